//! plauth in front of somebody: its questions, and how they are ended.
use std::os::unix::fs::PermissionsExt as _;

use serde_json::json;

use crate::plauth_world::PlauthWorld;
use crate::screen::Screen;

const QUESTION: &str =
    "Do you want to change the user default PL_AUTH_PROFILE from \"one\" to \"two\"?  [y/N]: ";

fn two_services() -> PlauthWorld {
    let world = PlauthWorld::new();
    world.configure_service("one");
    world.configure_service("two");
    world.run("login --auth-profile one").ok();
    world
}

fn start(world: &PlauthWorld, line: &str) -> Screen {
    Screen::run(world.command(line))
}

#[test]
fn login_asks_whether_its_profile_becomes_the_default_one() {
    for (answer, default) in [("y", "two"), ("", "one"), ("no", "one")] {
        let world = two_services();
        let mut screen = start(&world, "login --auth-profile two");
        screen.answer(QUESTION, answer);
        let run = screen.finish().ok();
        assert!(run.out.ends_with("Login succeeded.\n"), "{}", run.out);
        assert!(
            run.err.contains("Current value and user default differ."),
            "{}",
            run.err
        );
        assert_eq!(world.settings()["PL_AUTH_PROFILE"], default, "{answer:?}");
    }
}

#[test]
fn an_ended_question_aborts_with_exit_code_1_and_keeps_the_login() {
    let world = two_services();
    let mut screen = start(&world, "login --auth-profile two");
    screen.expect(QUESTION);
    screen.press("\u{4}");
    let run = screen.finish().exits(1);
    assert!(run.err.ends_with("Aborted!\n"), "{}", run.err);
    assert_eq!(world.settings()["PL_AUTH_PROFILE"], "one");
    assert!(world.token_file("two").exists());
}

#[test]
fn user_name_and_hidden_password_are_asked_for() {
    let world = PlauthWorld::new();
    world.configure(
        "pw",
        &json!({"client_type": "oidc_resource_owner", "client_id": "demo-cli"}),
    );
    let mut screen = start(&world, "login --auth-profile pw");
    screen.answer("User name: ", "alice");
    screen.answer_hidden("Password: ", "wonderland");
    let run = screen.finish().ok();
    assert!(!run.err.contains("wonderland"), "{}", run.err);
    let mut screen = start(&world, "login --auth-profile pw");
    screen.answer("User name: ", "alice");
    screen.expect("Password: ");
    screen.press("\u{3}");
    let run = screen.finish().exits(1);
    assert!(run.err.ends_with("Aborted!\n"), "{}", run.err);
}

// covers: W19
#[test]
fn without_a_browser_window_the_address_that_the_browser_ended_at_is_pasted() {
    let world = PlauthWorld::new();
    world.configure_person("work");
    let mut screen = start(&world, "login --auth-profile work --no-open-browser");
    screen.expect("Paste the whole address that the browser ended at: ");
    let shown = screen.text();
    let url = shown
        .lines()
        .find_map(|line| line.trim().strip_prefix("http"));
    let url = format!("http{}", url.unwrap());
    let ended_at = world.sandbox().person().redirect_blocking(&url).unwrap();
    screen.press(&format!("{ended_at}\n"));
    screen.finish().ok();
    assert!(world.world.browsed().is_empty());
    world.run("oauth print-access-token").ok();
}

// covers: W36, W50
#[test]
fn create_asks_question_by_question_and_shows_no_secret() {
    let world = PlauthWorld::new();
    let mut screen = start(&world, "profile create svc");
    screen.answer("Kind of client [1]: ", "static_apikey");
    screen.answer_hidden("): ", "canary-key");
    screen.answer("[Bearer]: ", "");
    screen.answer("Write this profile? [Y/n] ", "y");
    let run = screen.finish().ok();
    assert_eq!(run.out, "");
    assert!(!run.err.contains("canary"), "{}", run.err);
    assert_eq!(world.config("svc")["api_key"], "canary-key");
    assert!(!world.settings_file().exists());
    let run = start(&world, "profile create svc").finish().exits(1);
    assert!(
        run.err.contains("there is a profile svc already"),
        "{}",
        run.err
    );
}

#[test]
fn create_that_is_broken_off_writes_nothing() {
    let world = PlauthWorld::new();
    let mut screen = start(&world, "profile create new");
    screen.expect("Kind of client [1]: ");
    screen.press("\u{4}");
    let run = screen.finish().exits(1);
    assert!(run.err.ends_with("Aborted!\n"), "{}", run.err);
    assert!(!world.folder("new").exists());
}

// covers: W50
#[test]
fn edit_opens_the_editor_and_takes_over_what_can_be_used() {
    let world = PlauthWorld::new();
    world.configure_service("svc");
    let editor = world.world.path("editor");
    std::fs::write(
        &editor,
        "#!/bin/sh\nsed -i \"s/demo-service\\\"/$CHANGED\\\"/\" \"$1\"\n",
    )
    .unwrap();
    std::fs::set_permissions(&editor, std::fs::Permissions::from_mode(0o755)).unwrap();
    let edit = |changed: &str| {
        let mut command = world.command("--auth-profile svc profile edit");
        command.env("EDITOR", &editor).env("CHANGED", changed);
        Screen::run(command).finish()
    };
    let run = edit("other").ok();
    assert_eq!(run.out, "");
    assert_eq!(world.config("svc")["client_id"], "other");
    world.configure_service("svc");
    let run = edit("\\\",").exits(1);
    assert!(
        run.err.contains("Error: nothing was changed"),
        "{}",
        run.err
    );
    assert_eq!(world.config("svc")["client_id"], "demo-service");
}

#[test]
fn set_without_a_name_lists_the_profiles_and_takes_number_or_name() {
    let world = two_services();
    let mut screen = start(&world, "profile set");
    screen.answer("Default profile (number or name): ", "two");
    screen.finish().ok();
    assert_eq!(world.settings()["PL_AUTH_PROFILE"], "two");
    let mut screen = start(&world, "profile set");
    screen.expect("Default profile (number or name): ");
    let shown = screen.text();
    let number = shown
        .lines()
        .position(|line| line.ends_with("  one"))
        .unwrap()
        + 1;
    screen.press(&format!("{number}\n"));
    screen.finish().ok();
    assert_eq!(world.settings()["PL_AUTH_PROFILE"], "one");
}
