//! `plauth login`, `plauth oauth login`: which profile, which way, and what follows.
use serde_json::{Value, json};

use crate::plauth_world::{PlauthWorld, SERVICE_SECRET};

const SUCCESS: &str = "Login succeeded.\n";

fn leading(profile: &str) -> String {
    format!("Logging in with authentication profile {profile}...\n{SUCCESS}")
}

// covers: W23
#[test]
fn login_in_a_browser_prints_two_lines_to_stdout_and_all_else_to_stderr() {
    let world = PlauthWorld::new();
    world.configure_person("work");
    let run = world.login("login --auth-profile work --open-browser").ok();
    assert_eq!(run.out, leading("work"));
    assert!(run.err.contains("http"), "{}", run.err);
    assert_eq!(world.stored("work")["token_type"], "Bearer");
    assert_eq!(world.settings(), json!({"PL_AUTH_PROFILE": "work"}));
    world.run("oauth print-access-token").ok();
}

// covers: W38
#[test]
fn profile_of_the_root_option_is_honoured_by_login_and_the_commands_own_wins() {
    let world = PlauthWorld::new();
    world.configure_service("one");
    world.configure_service("two");
    let run = world.run("--auth-profile one login").ok();
    assert_eq!(run.out, leading("one"));
    let run = world
        .run("--auth-profile one login --auth-profile two -n")
        .ok();
    assert_eq!(run.out, leading("two"));
    let run = world
        .run_with(&[("PL_AUTH_PROFILE", "two")], "--auth-profile one login -n")
        .ok();
    assert_eq!(run.out, leading("one"));
    let run = world
        .run_with(&[("PL_AUTH_PROFILE", "two")], "login -n")
        .ok();
    assert_eq!(run.out, leading("two"));
}

// covers: W40
#[test]
fn a_profile_that_does_not_exist_is_refused_with_the_name_of_who_says_so() {
    let world = PlauthWorld::new();
    world.write_settings(&json!({"PL_AUTH_PROFILE": "gone"}));
    let run = world.run("login").exits(1);
    assert!(
        run.err.contains("gone") && run.err.contains(".planet.json"),
        "{}",
        run.err
    );
    let run = world
        .run_with(&[("PL_AUTH_PROFILE", "nowhere")], "oauth userinfo")
        .exits(1);
    assert!(
        run.err.contains("nowhere") && run.err.contains("PL_AUTH_PROFILE"),
        "{}",
        run.err
    );
    assert_eq!(run.out, "");
}

// covers: W39
#[test]
fn a_wrong_profile_in_environment_or_settings_leaves_the_way_out_open() {
    let world = PlauthWorld::new();
    world.configure_service("svc");
    world.write_settings(&json!({"PL_AUTH_PROFILE": "gone"}));
    let variables = [("PL_AUTH_PROFILE", "nowhere")];
    for line in [
        "version",
        "profile list",
        "profile show",
        "profile set svc",
        "jwt",
        "oauth",
    ] {
        world.run_with(&variables, line).ok();
    }
    assert_eq!(world.settings(), json!({"PL_AUTH_PROFILE": "svc"}));
    world.run("login").ok();
}

#[test]
fn first_login_makes_its_profile_the_default_and_a_later_one_only_if_told() {
    let world = PlauthWorld::new();
    world.configure_service("one");
    world.configure_service("two");
    world.write_settings(&json!({"other": 1}));
    world.run("login --auth-profile one").ok();
    assert_eq!(
        world.settings(),
        json!({"PL_AUTH_PROFILE": "one", "other": 1})
    );
    world.run("login --auth-profile two --no").ok();
    assert_eq!(world.settings()["PL_AUTH_PROFILE"], "one");
    world.run("login --auth-profile TWO -n -y").ok();
    assert_eq!(
        world.settings(),
        json!({"PL_AUTH_PROFILE": "two", "other": 1})
    );
}

#[test]
fn question_after_a_login_does_not_abort_where_nobody_can_answer() {
    let world = PlauthWorld::new();
    world.configure_service("one");
    world.configure_service("two");
    world.run("login --auth-profile one").ok();
    let run = world.run("login --auth-profile two").ok();
    assert_eq!(run.out, leading("two"));
    assert!(run.err.contains("plauth profile set two"), "{}", run.err);
    assert_eq!(world.settings()["PL_AUTH_PROFILE"], "one");
}

#[test]
fn variables_that_override_the_default_profile_are_named_after_a_login() {
    let world = PlauthWorld::new();
    world.configure_service("svc");
    let variables = [("PL_API_KEY", "canary-key"), ("PL_AUTH_PROFILE", "other")];
    let run = world.run_with(&variables, "login --auth-profile svc").ok();
    for name in ["PL_API_KEY", "PL_AUTH_PROFILE"] {
        assert!(run.err.contains(&format!("warning: {name}")), "{}", run.err);
    }
    assert!(!run.err.contains("canary"), "{}", run.err);
}

// covers: W37
#[test]
fn client_in_the_environment_wins_over_a_saved_profile() {
    let world = PlauthWorld::logged_in();
    let variables = [
        ("PL_AUTH_CLIENT_ID", "demo-service"),
        ("PL_AUTH_CLIENT_SECRET", "canary"),
    ];
    let run = world.run_with(&variables, "profile show").ok();
    assert!(
        run.out
            .starts_with("Current: planet-m2m-demo-service\nUser Default: work\n"),
        "{}",
        run.out
    );
    let run = world
        .run_with(&variables, "--auth-profile work profile show")
        .ok();
    assert!(run.out.starts_with("Current: work\n"), "{}", run.out);
}

// covers: W36
#[test]
fn secrets_on_the_command_line_are_accepted_with_a_warning_that_names_the_variable() {
    let world = PlauthWorld::new();
    world.configure(
        "pw",
        &json!({"client_type": "oidc_resource_owner", "client_id": "demo-cli"}),
    );
    let line = "login --auth-profile pw --email alice --password wonderland";
    let run = world.run(line).ok();
    assert!(run.err.contains("PL_AUTH_PASSWORD"), "{}", run.err);
    assert!(!run.err.contains("wonderland"), "{}", run.err);
    let silent = [
        ("PL_AUTH_USERNAME", "alice"),
        ("PL_AUTH_PASSWORD", "wonderland"),
    ];
    let run = world.run_with(&silent, "login --auth-profile pw").ok();
    assert_eq!(run.err, "");
    let line =
        "login --auth-client-id demo-service --auth-client-secret canary --auth-api-key canary";
    let run = world.run(line);
    for variable in ["PL_AUTH_CLIENT_SECRET", "PL_API_KEY"] {
        assert!(run.err.contains(variable), "{}", run.err);
    }
    assert!(!run.err.contains("canary"), "{}", run.err);
}

#[test]
fn a_login_with_a_typed_name_is_found_again_without_it() {
    let world = PlauthWorld::new();
    world.configure(
        "pw",
        &json!({"client_type": "oidc_resource_owner", "client_id": "demo-cli"}),
    );
    let variables = [
        ("PL_AUTH_USERNAME", "alice"),
        ("PL_AUTH_PASSWORD", "wonderland"),
    ];
    world.run_with(&variables, "login --auth-profile pw").ok();
    let with = world.run_with(&variables, "oauth print-access-token").ok();
    assert_eq!(world.run("oauth print-access-token").ok().out, with.out);
    world.configure(
        "alices",
        &json!({"client_type": "oidc_resource_owner", "client_id": "demo-cli", "username": "alice"}),
    );
    let run = world
        .run("login --auth-profile alices --username bob --password builder")
        .exits(1);
    assert!(run.err.contains("\"alice\", not \"bob\""), "{}", run.err);
    assert!(!world.token_file("alices").exists());
}

#[test]
fn a_wrong_password_is_one_line_and_leaves_nothing_behind() {
    let world = PlauthWorld::new();
    world.configure(
        "pw",
        &json!({"client_type": "oidc_resource_owner", "client_id": "demo-cli"}),
    );
    let variables = [
        ("PL_AUTH_USERNAME", "alice"),
        ("PL_AUTH_PASSWORD", "canary"),
    ];
    let run = world
        .run_with(&variables, "login --auth-profile pw")
        .exits(1);
    assert!(run.err.starts_with("Error: "), "{}", run.err);
    assert!(
        !run.err.contains("canary") && !run.out.contains(SUCCESS),
        "{}",
        run.err
    );
    assert!(!world.token_file("pw").exists());
    assert!(!world.settings_file().exists());
}

// covers: W46
#[test]
fn scopes_of_a_login_by_option_or_variable_are_used_again() {
    let world = PlauthWorld::new();
    world.configure(
        "pw",
        &json!({"client_type": "oidc_resource_owner", "client_id": "demo-cli"}),
    );
    let variables = [
        ("PL_AUTH_USERNAME", "alice"),
        ("PL_AUTH_PASSWORD", "wonderland"),
        ("PL_AUTH_SCOPE", "openid  profile"),
    ];
    let scope = || {
        world.stored("pw")["scope"]
            .as_str()
            .map(str::to_owned)
            .unwrap()
    };
    world.run_with(&variables, "login --auth-profile pw").ok();
    assert_eq!(scope(), "openid profile");
    world.run("oauth print-access-token").ok();
    let line = "login --auth-profile pw --scope openid --scope offline_access";
    world.run_with(&variables, line).ok();
    assert_eq!(scope(), "openid offline_access");
    world.run_with(&variables, "oauth print-access-token").ok();
    world.run("oauth refresh").ok();
    assert_eq!(scope(), "openid offline_access");
    // The configuration is as it was.
    assert_eq!(world.config("pw")["scopes"], Value::Null);
}

#[test]
fn oauth_login_sends_extras_and_project_and_organization_win_over_extras_of_their_name() {
    let world = PlauthWorld::new();
    world.configure_person("work");
    let line = "--auth-profile work oauth login --open-browser -O a=b=c --extra organization=no --organization yes --project p";
    let variables = [("PL_AUTH_EXTRA", "never=sent")];
    let browser = world.world.path("browser");
    let mut command = world.command(line);
    let child = command
        .envs(variables)
        .env("BROWSER", browser)
        .spawn()
        .unwrap();
    let url = world.world.wait_for_browser();
    for part in ["a=b%3Dc", "organization=yes", "project_id=p"] {
        assert!(url.contains(part), "{url}");
    }
    assert!(
        !url.contains("organization=no") && !url.contains("never"),
        "{url}"
    );
    world.sandbox().person().approve_blocking(&url).unwrap();
    assert!(child.wait_with_output().unwrap().status.success());
}

// covers: W43
#[test]
fn extra_without_a_value_is_said_in_words() {
    let world = PlauthWorld::new();
    world.configure_service("svc");
    for line in ["-O novalue", "-O =x"] {
        let run = world
            .run(&format!("--auth-profile svc oauth login {line}"))
            .exits(1);
        assert!(
            run.err.starts_with("Error: -O takes KEY=VALUE"),
            "{}",
            run.err
        );
    }
    assert!(!world.token_file("svc").exists());
}

#[test]
fn without_a_browser_window_an_address_is_shown_and_pasted() {
    let world = PlauthWorld::new();
    world.configure_person("work");
    let run = world
        .run("login --auth-profile work --no-open-browser")
        .exits(1);
    // Nobody is here to paste, and no browser was opened either.
    assert!(world.world.browsed().is_empty());
    assert!(!run.out.contains(SUCCESS), "{}", run.out);
    assert!(
        run.err.contains("Error: ") || run.err.contains("Aborted!"),
        "{}",
        run.err
    );
}

#[test]
fn device_login_shows_its_code_on_stderr() {
    let world = PlauthWorld::new();
    world.configure(
        "dev",
        &json!({"client_type": "oidc_device_code", "client_id": "demo-device", "scopes": ["openid"]}),
    );
    let mut child = world
        .command("login --auth-profile dev --no-open-browser")
        .spawn()
        .unwrap();
    let mut err = std::io::BufReader::new(child.stderr.take().unwrap());
    let code = loop {
        let mut line = String::new();
        assert!(std::io::BufRead::read_line(&mut err, &mut line).unwrap() > 0);
        if let Some(code) = line.strip_prefix("and type the code    ") {
            break code.trim().to_owned();
        }
    };
    world
        .sandbox()
        .person()
        .approve_device_blocking(&code)
        .unwrap();
    let run = crate::world::Run::from(child.wait_with_output().unwrap()).ok();
    assert_eq!(run.out, leading("dev"));
}

#[test]
fn none_and_configured_keys_need_no_login() {
    let world = PlauthWorld::new();
    world.configure(
        "key",
        &json!({"client_type": "static_apikey", "api_key": "canary-key"}),
    );
    assert_eq!(
        world.run("login --auth-profile key -y").ok().out,
        leading("key")
    );
    assert_eq!(
        world.run("login --auth-profile none -n").ok().out,
        leading("none")
    );
    assert_eq!(world.settings(), json!({"PL_AUTH_PROFILE": "key"}));
}

#[test]
fn api_key_of_the_environment_is_used_but_not_kept() {
    let world = PlauthWorld::new();
    let run = world
        .run_with(&[("PL_API_KEY", "canary-key")], "login")
        .ok();
    assert!(run.out.ends_with(SUCCESS), "{}", run.out);
    assert!(run.err.contains("not stored"), "{}", run.err);
    assert!(!run.err.contains("canary"), "{}", run.err);
    assert!(!world.settings_file().exists());
}

// covers: W32
#[test]
fn sops_is_refused_before_anything_happens() {
    let world = PlauthWorld::new();
    world.configure_service("svc");
    for line in [
        "login --auth-profile svc --sops",
        "--auth-profile svc oauth login --sops",
        "legacy login --sops",
        "profile copy svc other --sops",
        "profile create --sops other",
    ] {
        let run = world.run(line).exits(1);
        assert!(
            run.err.starts_with("Error: --sops: "),
            "{line}: {}",
            run.err
        );
        assert_eq!(run.out, "", "{line}");
    }
    assert!(!world.token_file("svc").exists());
    assert!(!world.folder("other").exists());
    world.run("login --auth-profile svc --sops --no-sops").ok();
}

// covers: W32
#[test]
fn profile_with_an_encrypted_file_is_named_as_such_and_gets_no_plain_one() {
    let world = PlauthWorld::new();
    crate::world::private_folder(&world.folder("enc"));
    crate::world::private_file(
        &world.folder("enc").join("auth_client.sops.json"),
        &json!({}),
    );
    for line in [
        "login --auth-profile enc",
        "--auth-profile enc oauth userinfo",
        "profile set enc",
    ] {
        let run = world.run(line).exits(1);
        assert!(run.err.contains("encrypted by SOPS"), "{line}: {}", run.err);
    }
    world.configure_service("svc");
    crate::world::private_file(&world.folder("svc").join("token.sops.json"), &json!({}));
    let run = world.run("login --auth-profile svc").exits(1);
    assert!(run.err.contains("token.sops.json"), "{}", run.err);
    assert!(!world.token_file("svc").exists());
}

// covers: W40
#[test]
fn client_id_and_secret_by_option_become_a_profile_of_their_own() {
    let world = PlauthWorld::new();
    let variables = [("PL_AUTH_CLIENT_SECRET", SERVICE_SECRET)];
    let run = world.run_with(
        &variables,
        "login --auth-client-id demo-service --audience x",
    );
    // The preset knows Planet's server only, which is not here; but it is never taken for "none".
    let run = run.exits(1);
    assert!(
        run.out
            .starts_with("Logging in with authentication profile planet-m2m-demo-service"),
        "{}",
        run.out
    );
    assert!(!run.out.contains(SUCCESS), "{}", run.out);
    let folder = world.folder("planet-m2m-demo-service");
    assert!(!folder.join("auth_client.json").exists());
    let half = world.run("login --auth-client-id demo-service").exits(1);
    assert!(half.err.contains("Error: "), "{}", half.err);
    assert!(!half.out.contains(SUCCESS), "{}", half.out);
}
