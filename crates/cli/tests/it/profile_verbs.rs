//! Copying, renaming, removing, exporting and importing profiles.
use std::time::Instant;

use keyfob_sandbox::Endpoint;
use serde_json::{Value, json};

use crate::screen::Screen;
use crate::world::{World, now, private_file, until};

/// A stored configuration; whether the one redirect address was written in the place of the other does not matter.
fn config(world: &World, profile: &str) -> Value {
    let path = world.home().join(profile).join("auth_client.json");
    let mut config: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    if config.get("local_redirect_uri") == config.get("redirect_uri") {
        config.as_object_mut().unwrap().remove("local_redirect_uri");
    }
    config
}

#[test]
fn a_certificate_that_nobody_trusts_is_mended_where_the_server_was_named() {
    let world = World::new();
    let server = world.sandbox.issuer().replace("http:", "https:");
    let config = format!("--issuer {server} --client-id c --type client-credentials");
    world
        .run(&format!("profile add tls {config} --client-secret-env X"))
        .ok();
    let run = world.run("discover -p tls").exits(6);
    let hint = "keyfob profile edit -p tls --set ca_file=FILE\n";
    assert!(run.err.ends_with(hint), "{}", run.err);
    let run = world.run(&format!("discover {server}")).exits(6);
    assert!(run.err.contains("keyfob profile add …"), "{}", run.err);
}

// covers: W50
#[test]
fn copy_takes_the_configuration_and_never_replaces_unasked() {
    let world = World::new();
    world.seed("work");
    world.run("profile copy work copy").ok();
    assert_eq!(config(&world, "copy"), config(&world, "work"));
    assert!(!world.token_file("copy").exists());
    world.seed_config("other", &json!({"client_id": "theirs"}));
    let run = world.run("profile copy work other").exits(2);
    assert!(run.err.contains("--replace"), "{}", run.err);
    assert_eq!(config(&world, "other")["client_id"], "theirs");
    world.run("profile copy work other --replace").ok();
    assert_eq!(config(&world, "other")["client_id"], "demo-cli");
    world.run("profile copy nobody x").exits(10);
    world.run("profile copy work work").exits(2);
}

#[test]
fn copy_points_out_files_that_both_profiles_use() {
    let world = World::new();
    world.seed_config(
        "work",
        &json!({"ca_file": "ca.pem", "client_secret_file": "/etc/secret"}),
    );
    let run = world.run("profile copy work copy").ok();
    assert!(
        run.err.contains("ca_file is looked for from the folder"),
        "{}",
        run.err
    );
    assert!(
        run.err.contains("use the same client_secret_file"),
        "{}",
        run.err
    );
}

#[test]
fn copy_never_puts_a_refresh_token_in_two_places() {
    let world = World::new();
    world
        .run("profile add out --issuer https://a.example --client-id c")
        .ok();
    let run = world
        .run("profile copy out copy --with-credential")
        .exits(4);
    assert!(run.err.contains("-p out\n"), "{}", run.err);
    world.seed("work");
    let run = world
        .run("profile copy work copy --with-credential")
        .exits(2);
    assert!(run.err.contains("would end both logins"), "{}", run.err);
    assert!(!world.home().join("copy").exists());
    let lone = json!({"access_token": "lone", "_iat": now(), "_exp": now() + 3600});
    private_file(&world.token_file("work"), &lone);
    world.run("profile copy work copy --with-credential").ok();
    assert_eq!(world.stored("copy")["access_token"], "lone");
}

// covers: W50
#[test]
fn profiles_of_the_preset_are_copied_and_their_names_are_not_taken() {
    let world = World::new();
    // The variable of keyfob's own home does not move another deployment's.
    let at = format!("--preset planet --home {}", world.home().display());
    let names = world
        .run(&format!("{at} profile copy planet-user mine -o json"))
        .ok()
        .json();
    assert_eq!(names["profile"], "mine");
    let kind = &config(&world, "mine")["client_type"];
    assert_eq!(*kind, names["config"]["client_type"]);
    for line in [
        "profile copy mine planet-user",
        "profile rename mine planet-user",
        "profile edit planet-user --set client_id=x",
    ] {
        let run = world.run(&format!("{at} {line}")).exits(2);
        assert!(
            run.err.contains("built into the preset planet"),
            "{}",
            run.err
        );
    }
}

#[test]
fn renamed_profile_keeps_its_login_and_stays_current() {
    let world = World::new();
    world.seed("work");
    world.run("switch work").ok();
    let login = world.stored("work");
    world.run("profile rename work office").ok();
    assert_eq!(world.stored("office"), login);
    assert!(!world.home().join("work").exists());
    assert_eq!(world.run("status -o json").ok().json()["profile"], "office");
    assert_eq!(world.run("token").ok().out.trim(), login["access_token"]);
    world.run("refresh office").ok();
    world.run("profile rename work office").exits(10);
}

#[test]
fn rename_never_takes_the_name_of_another_profile() {
    let world = World::new();
    world.seed("work");
    world.seed_config("other", &json!({"client_id": "theirs"}));
    let run = world.run("profile rename work other").exits(2);
    assert!(run.err.contains("choose another name"), "{}", run.err);
    assert_eq!(config(&world, "other")["client_id"], "theirs");
    assert!(world.token_file("work").exists());
}

#[test]
fn rename_that_was_cut_off_leaves_a_usable_current_profile() {
    for moved in [false, true] {
        let world = World::new();
        world.seed("work");
        let names = json!({"profile": "office", "profile_before_rename": "work"});
        private_file(&world.home().join("keyfob.json"), &names);
        if moved {
            std::fs::rename(world.home().join("work"), world.home().join("office")).unwrap();
        }
        let expected = if moved { "office" } else { "work" };
        world.run("token").ok();
        assert_eq!(world.run("status -o json").ok().json()["profile"], expected);
    }
}

#[test]
fn rename_that_is_killed_at_any_moment_loses_nothing() {
    const ROUNDS: u32 = 80;
    let world = World::new();
    world.seed("work");
    world.run("switch work").ok();
    let login = world.stored("work");
    let began = Instant::now();
    world.run("profile rename work office").ok();
    world.run("profile rename office work").ok();
    let usual = began.elapsed() / 2;
    let is_at = |name: &str| world.home().join(name).join("auth_client.json").exists();
    let (mut killed, mut moved) = (0, 0);
    for round in 0..ROUNDS {
        let (from, to) = if is_at("work") {
            ("work", "office")
        } else {
            ("office", "work")
        };
        let mut child = world
            .command(["profile", "rename", from, to])
            .spawn()
            .unwrap();
        // Moments all over the time that it takes, and a little beyond.
        std::thread::sleep(usual * 3 / 2 * round / ROUNDS);
        killed += usize::from(child.try_wait().unwrap().is_none());
        child.kill().unwrap();
        child.wait().unwrap();
        moved += usize::from(is_at(to));
        assert_ne!(is_at(from), is_at(to), "under one name");
        let now = if is_at(to) { to } else { from };
        assert_eq!(world.stored(now), login);
        let token = world.run("token").ok().out;
        assert_eq!(token.trim(), login["access_token"]);
    }
    println!("renames: {ROUNDS}, killed {killed}, moved {moved}");
    assert!(killed > 0 && moved > 0, "killed {killed}, moved {moved}");
}

#[test]
fn remove_with_revoke_revokes_first() {
    let world = World::new();
    world.seed("work");
    let run = world
        .run("profile remove work --revoke -o json")
        .ok()
        .json();
    assert_eq!(run["revoked"]["refresh_token"], "revoked");
    assert!(!world.home().join("work").exists());
    assert!(world.sandbox.counters().requests(Endpoint::Revocation) >= 1);
}

#[test]
fn a_login_that_cannot_be_read_is_not_removed_in_passing() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = World::new();
    world.seed("work");
    let open = std::fs::Permissions::from_mode(0o666);
    std::fs::set_permissions(world.token_file("work"), open).unwrap();
    let run = world.run("profile remove work --yes").exits(2);
    assert!(run.err.contains("logged in"), "{}", run.err);
    let run = world.run("profile remove work --yes --revoke");
    assert_ne!(
        run.code,
        Some(0),
        "its tokens are still valid, and that is said"
    );
    assert!(run.err.contains("was not revoked"), "{}", run.err);
    assert!(!world.token_file("work").exists());
}

#[test]
fn remove_asks_whoever_is_there() {
    let world = World::new();
    world.seed_config("work", &json!({}));
    let mut screen = Screen::start(&world, "profile remove work");
    screen.answer("from this machine? [y/N] ", "");
    screen.finish().exits(3);
    assert!(world.home().join("work").exists());
    let mut screen = Screen::start(&world, "profile remove work");
    screen.answer("from this machine? [y/N] ", "y");
    screen.finish().ok();
    assert!(!world.home().join("work").exists());
}

// covers: W36
#[test]
fn show_prints_secrets_only_when_told() {
    let world = World::new();
    world.seed_config("work", &json!({"client_secret": "canary"}));
    assert!(!world.run("profile show work").ok().out.contains("canary"));
    let run = world.run("profile show work --secrets -o json").ok().json();
    assert_eq!(run["config"]["client_secret"], "canary");
}

#[test]
fn use_is_another_word_for_switch() {
    let world = World::new();
    world.seed("work");
    world.seed("home");
    world.run("profile use home").ok();
    assert_eq!(world.run("status -o json").ok().json()["profile"], "home");
}

#[test]
fn exported_profile_is_imported_elsewhere_without_its_secrets_or_login() {
    let (here, there) = (World::new(), World::new());
    here.seed("work");
    here.seed_config("work", &json!({"client_secret": "canary"}));
    let run = here.run("profile export work").ok();
    assert!(!run.out.contains("canary") && !run.out.contains("refresh_token"));
    assert!(run.err.contains("WORK_CLIENT_SECRET"), "{}", run.err);
    there.run_with_input("profile import -", &run.out).ok();
    let taken = config(&there, "work");
    assert_eq!(taken["client_secret_env"], "WORK_CLIENT_SECRET");
    assert_eq!(taken["scopes"], config(&here, "work")["scopes"]);
    let full = here.run("profile export work --with-secrets").ok();
    there
        .run_with_input("profile import - --name full", &full.out)
        .ok();
    assert_eq!(config(&there, "full"), config(&here, "work"));
}

#[test]
fn import_never_overwrites_and_says_so_and_may_be_repeated() {
    let world = World::new();
    world.seed_config("work", &json!({}));
    let same = world.run("profile export work --with-secrets").ok().out;
    let run = world
        .run_with_input("profile import - -o json", &same)
        .ok()
        .json();
    assert_eq!(run["profiles"][0]["outcome"], "there_already");
    let other = same.replace("demo-cli", "theirs");
    let run = world.run_with_input("profile import -", &other).exits(2);
    assert!(run.err.contains("another profile work"), "{}", run.err);
    assert_eq!(config(&world, "work")["client_id"], "demo-cli");
    world
        .run_with_input("profile import - --name theirs --dry-run", &other)
        .ok();
    assert!(!world.home().join("theirs").exists());
}

#[test]
fn import_waits_no_longer_for_stdin_than_it_was_told() {
    let world = World::new();
    let mut command = world.command("profile import - --timeout 1s".split(' '));
    let mut child = command.stdin(std::process::Stdio::piped()).spawn().unwrap();
    let code = until("the command ends", || child.try_wait().unwrap());
    assert_eq!(code.code(), Some(8));
}
