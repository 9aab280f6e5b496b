//! `keyfob profile add` asks whoever is there.
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::screen::Screen;
use crate::world::World;

fn config(world: &World, profile: &str) -> Value {
    let path = world.home().join(profile).join("auth_client.json");
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

// covers: W50
#[test]
fn wizard_asks_for_everything_a_client_needs_scopes_and_audiences_included() {
    let world = World::new();
    let mut screen = Screen::start(&world, "profile add");
    screen.answer("Name of the profile: ", "Work");
    screen.answer("Kind of client [1]: ", "");
    screen.answer("tokens name it): ", "https://id.example");
    screen.answer("gave to the client): ", "my-cli");
    screen.answer("cannot reach this machine): ", "");
    screen.answer("[http://127.0.0.1/callback]: ", "");
    screen.answer("separated by spaces) [openid]: ", "openid offline_access");
    screen.answer(
        "separated by spaces): ",
        "https://a.example https://b.example",
    );
    screen.answer("Write this profile? [Y/n] ", "");
    let run = screen.finish().ok();
    assert_eq!(run.out, "Added the profile work.\n");
    let expected = json!({
        "client_type": "oidc_auth_code",
        "auth_server": "https://id.example",
        "client_id": "my-cli",
        "local_redirect_uri": "http://127.0.0.1/callback",
        "scopes": ["openid", "offline_access"],
        "audiences": ["https://a.example", "https://b.example"],
    });
    let mut written = config(&world, "work");
    if let Some(members) = written.as_object_mut() {
        // The one address may stand in for the other.
        members.remove("redirect_uri");
    }
    assert_eq!(written, expected);
}

// covers: W36
#[test]
fn wizard_hides_a_typed_secret_and_shows_none_in_the_summary() {
    let world = World::new();
    let mut screen = Screen::start(&world, "profile add svc");
    screen.answer("Kind of client [1]: ", "oidc_client_credentials_secret");
    screen.answer("tokens name it): ", "https://id.example");
    screen.answer("gave to the client): ", "svc");
    screen.answer("Where is it? [1]: ", "1");
    screen.answer_hidden("Client secret: ", "canary-secret");
    screen.answer("separated by spaces): ", "");
    screen.answer("separated by spaces): ", "");
    screen.answer("Write this profile? [Y/n] ", "y");
    let run = screen.finish().ok();
    assert!(!run.err.contains("canary"), "{}", run.err);
    assert_eq!(config(&world, "svc")["client_secret"], "canary-secret");
}

#[test]
fn wizard_takes_a_reference_instead_of_a_secret() {
    let world = World::new();
    let mut screen = Screen::start(&world, "profile add svc");
    screen.answer("Kind of client [1]: ", "4");
    screen.answer("tokens name it): ", "https://id.example");
    screen.answer("gave to the client): ", "svc");
    screen.answer("Where is it? [1]: ", "2");
    screen.answer("Name of the variable: ", "SVC_SECRET");
    screen.answer("separated by spaces): ", "deploy");
    screen.answer("separated by spaces): ", "");
    screen.answer("Write this profile? [Y/n] ", "yes");
    screen.finish().ok();
    let written = config(&world, "svc");
    assert_eq!(written["client_secret_env"], "SVC_SECRET");
    assert_eq!(written["scopes"], json!(["deploy"]));
}

#[test]
fn wizard_checks_each_answer_at_once() {
    let world = World::new();
    world.seed_config("work", &json!({}));
    let mut screen = Screen::start(&world, "profile add");
    screen.answer("Name of the profile: ", "../evil");
    screen.answer("Name of the profile: ", "work");
    screen.answer("Name of the profile: ", "new");
    screen.answer("Kind of client [1]: ", "99");
    screen.answer("Kind of client [1]: ", "oidc_device_code");
    screen.answer("tokens name it): ", "http://id.example");
    screen.answer("tokens name it): ", "");
    screen.answer("tokens name it): ", "https://id.example");
    screen.answer("gave to the client): ", "");
    screen.answer("gave to the client): ", "cli");
    screen.answer("[openid]: ", "");
    screen.answer("separated by spaces): ", "");
    screen.answer("[Y/n] ", "maybe");
    screen.answer("[Y/n] ", "n");
    let run = screen.finish().exits(3);
    for complaint in [
        "there is a profile work already",
        "from 1 to 15",
        "auth_server",
        "client_id must be",
        "y or n",
    ] {
        assert!(run.err.contains(complaint), "{complaint}: {}", run.err);
    }
    assert!(!world.home().join("new").exists());
}

#[test]
fn wizard_that_is_left_half_way_leaves_nothing_behind() {
    for (keys, code) in [("\u{4}", 3), ("SIGINT", 130), ("SIGTERM", 143)] {
        let world = World::new();
        let mut screen = Screen::start(&world, "profile add svc");
        screen.answer("Kind of client [1]: ", "4");
        screen.answer("tokens name it): ", "https://id.example");
        screen.expect("gave to the client): ");
        let process = Pid::from_raw(i32::try_from(screen.id()).unwrap()).unwrap();
        match keys {
            "SIGINT" => kill_process(process, Signal::INT).unwrap(),
            "SIGTERM" => kill_process(process, Signal::TERM).unwrap(),
            keys => screen.press(keys),
        }
        screen.finish().exits(code);
        assert!(!world.home().join("svc").exists());
    }
}

#[test]
fn hidden_question_ends_by_ctrl_c_and_ctrl_d_and_the_terminal_is_as_before() {
    for (key, code) in [("\u{3}", 130), ("\u{4}", 3)] {
        let world = World::new();
        let line =
            "profile add svc --issuer https://id.example --client-id c --type client-credentials";
        let mut screen = Screen::start(&world, line);
        screen.expect("Client secret: ");
        crate::world::until("the terminal is quiet", || (!screen.echoes()).then_some(()));
        screen.press(key);
        screen.finish().exits(code);
        assert!(!world.home().join("svc").exists());
    }
}

#[test]
fn hidden_question_ends_when_the_time_is_up_and_the_terminal_is_as_before() {
    let world = World::new();
    let line = "profile add svc --issuer https://id.example --client-id c --type client-credentials --timeout 1s";
    let began = Instant::now();
    let screen = Screen::start(&world, line);
    let run = screen.finish().exits(8);
    assert!(began.elapsed() < Duration::from_secs(15));
    assert!(run.err.contains("not done after 1"), "{}", run.err);
}

#[test]
fn without_anybody_to_ask_a_new_profile_needs_its_flags() {
    let world = World::new();
    let run = world.run("profile add").exits(2);
    assert!(run.err.contains("needs a name"), "{}", run.err);
    let run = world.run("profile add work").exits(2);
    assert!(run.err.contains("--issuer"), "{}", run.err);
    let mut command = world.command(["profile", "add", "work", "--no-input"]);
    command.stdin(std::process::Stdio::null());
    Screen::run(command).finish().exits(2);
}

#[test]
fn wizard_of_a_preset_asks_for_its_parameters_and_proposes_a_name() {
    let world = World::new();
    let mut screen = Screen::start(&world, "--preset foundry profile add");
    screen.answer("example.palantirfoundry.com): ", "not a host");
    screen.answer(
        "example.palantirfoundry.com): ",
        "https://Team.PalantirFoundry.com/workspace",
    );
    screen.answer("that Foundry gave): ", "my-cli");
    screen.answer("separated by spaces): ", "offline_access api:read-data");
    screen.answer("[team.palantirfoundry.com]: ", "");
    screen.answer("Write this profile? [Y/n] ", "y");
    screen.finish().ok();
    let written = config(&world, "team.palantirfoundry.com");
    let endpoint = "https://team.palantirfoundry.com/multipass/api/oauth2/token";
    assert_eq!(written["token_endpoint"], endpoint);
    assert_eq!(written["client_id"], "my-cli");
}

#[test]
fn wizard_of_keystone_takes_its_provider_by_name() {
    let world = World::new();
    let mut screen = Screen::start(&world, "--preset keystone profile add ks");
    screen.answer("[prod]: ", "nowhere");
    screen.answer("[prod]: ", "stg");
    screen.answer("client identifier): ", "cli");
    screen.answer("separated by spaces): ", "scope-a");
    screen.answer("separated by spaces): ", "other");
    screen.answer("separated by spaces): ", "scope-a");
    screen.answer("Write this profile? [Y/n] ", "");
    let run = screen.finish().ok();
    assert!(run.err.contains("must be one of dev, prod"), "{}", run.err);
    assert!(
        run.err.contains("must be among extra_scopes"),
        "{}",
        run.err
    );
    let written = config(&world, "ks");
    assert_eq!(
        written["auth_server"],
        "https://stg-keystone.cegal-geo.com/identity"
    );
    assert_eq!(written["audiences"], json!(["scope-a"]));
}

// covers: W36
#[test]
fn wizard_asks_for_an_api_key_without_showing_it() {
    let world = World::new();
    let mut screen = Screen::start(&world, "profile add api");
    screen.answer("Kind of client [1]: ", "14");
    screen.answer_hidden("API key (the key itself): ", "canary-key");
    screen.answer("[Bearer]: ", "api-key");
    screen.answer("Write this profile? [Y/n] ", "");
    let run = screen.finish().ok();
    assert!(!run.err.contains("canary"), "{}", run.err);
    let written = config(&world, "api");
    assert_eq!(written["api_key"], "canary-key");
    assert_eq!(written["bearer_token_prefix"], "api-key");
}

#[test]
fn wizard_of_a_client_with_a_key_asks_for_its_file_and_password() {
    let world = World::new();
    std::fs::write(world.path("key.pem"), "").unwrap();
    let mut screen = Screen::start(&world, "profile add svc");
    screen.answer("Kind of client [1]: ", "oidc_client_credentials_pubkey");
    screen.answer("tokens name it): ", "https://id.example");
    screen.answer("gave to the client): ", "svc");
    // One of two keys is needed, so a missing one shows at the end, and is asked for again.
    screen.answer("private key (PEM)): ", "");
    screen.answer("separated by spaces): ", "");
    screen.answer("separated by spaces): ", "");
    screen.answer("private key (PEM)): ", "key.pem");
    screen.answer("Write this profile? [Y/n] ", "");
    screen.finish().ok();
    let written = config(&world, "svc");
    let path = world.path("key.pem").canonicalize().unwrap();
    assert_eq!(written["client_privkey_file"], path.to_str().unwrap());
}
