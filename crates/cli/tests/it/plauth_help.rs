//! plauth's front: help, version, wrong command lines, and the ways to call it.
use crate::plauth_world::PlauthWorld;

const OAUTH: [&str; 16] = [
    "decode-access-token",
    "decode-id-token",
    "decode-refresh-token",
    "discovery",
    "list-scopes",
    "login",
    "print-access-token",
    "refresh",
    "revoke-access-token",
    "revoke-refresh-token",
    "userinfo",
    "validate-access-token",
    "validate-access-token-local",
    "validate-id-token",
    "validate-id-token-local",
    "validate-refresh-token",
];

// covers: planet-100
#[test]
fn alone_and_each_group_alone_print_help_and_succeed() {
    let world = PlauthWorld::new();
    for (line, command) in [
        ("", "profile"),
        ("oauth", "print-access-token"),
        ("jwt", "validate-oauth"),
        ("legacy", "print-api-key"),
        ("profile", "copy"),
    ] {
        let run = world.run(line).ok();
        assert!(run.out.contains("Usage: plauth"), "{line}: {}", run.out);
        assert!(run.out.contains(command), "{line}: {}", run.out);
        assert_eq!(run.err, "", "{line}");
    }
}

// covers: planet-100, W39
#[test]
fn version_prints_the_lines_of_planet_auth_and_the_programs_own_whatever_profile_is_chosen() {
    let world = PlauthWorld::new();
    let run = world.run_with(&[("PL_AUTH_PROFILE", "nowhere")], "version");
    let out = run.ok().out;
    let lines: Vec<&str> = out.lines().collect();
    assert!(lines[0].starts_with("planet-auth : 2."), "{out}");
    assert_eq!(lines[1..3], ["planet-auth-config : N/A", "planet : N/A"]);
    assert!(lines[3].starts_with("keyfob : "), "{out}");
}

// covers: W39
#[test]
fn help_of_every_command_works_whatever_profile_is_chosen() {
    let world = PlauthWorld::new();
    let oauth = OAUTH.map(|command| format!("oauth {command}"));
    let others = [
        "version",
        "reset",
        "login",
        "jwt decode",
        "jwt validate-oauth",
        "jwt validate-rs256",
        "jwt validate-hs512",
        "legacy login",
        "legacy print-api-key",
        "legacy print-access-token",
        "profile list",
        "profile create",
        "profile edit",
        "profile copy",
        "profile set",
        "profile show",
    ];
    let all = oauth.iter().map(String::as_str).chain(others);
    for line in all {
        let variables = [("PL_AUTH_PROFILE", "nowhere")];
        let run = world.run_with(&variables, &format!("{line} --help")).ok();
        assert!(
            run.out.contains(&format!("Usage: plauth {line}")),
            "{}",
            run.out
        );
    }
}

#[test]
fn hidden_commands_stay_hidden_and_say_that_they_do_nothing() {
    let world = PlauthWorld::new();
    let help = world.run("jwt").ok().out;
    for command in ["validate-rs256", "validate-hs512"] {
        assert!(!help.contains(command), "{help}");
        let run = world.run(&format!("jwt {command}")).exits(1);
        assert!(
            run.err.starts_with("Error: Command not implemented\n"),
            "{}",
            run.err
        );
    }
}

#[test]
fn wrong_command_line_exits_2_and_says_how_the_command_is_used() {
    let world = PlauthWorld::new();
    for (line, command, what) in [
        ("nonsense", "plauth", "No such command 'nonsense'."),
        (
            "oauth nonsense",
            "plauth oauth",
            "No such command 'nonsense'.",
        ),
        (
            "jwt decode --nonsense",
            "plauth jwt decode",
            "No such option '--nonsense'.",
        ),
        (
            "profile copy",
            "plauth profile copy",
            "Missing argument 'SRC'.",
        ),
        (
            "profile copy a",
            "plauth profile copy",
            "Missing argument 'DST'.",
        ),
        (
            "version extra",
            "plauth version",
            "Got unexpected extra argument (extra)",
        ),
        (
            "jwt decode",
            "plauth jwt decode",
            "A token must be provided.",
        ),
        (
            "jwt decode --token",
            "plauth jwt decode",
            "Option '--token' requires an argument.",
        ),
        (
            "profile set",
            "plauth profile set",
            "Missing argument 'SELECTED_PROFILE'.",
        ),
    ] {
        let run = world.run(line).exits(2);
        assert_eq!(run.out, "", "{line}");
        let usage = format!("Usage: {command}");
        let way_on = format!("\nTry '{command} --help' for help.\n\nError: {what}\n");
        assert!(
            format!("{} ", run.err).starts_with(&usage),
            "{line}: {}",
            run.err
        );
        assert!(run.err.ends_with(&way_on), "{line}: {}", run.err);
    }
}

#[test]
fn log_level_is_taken_in_any_case_and_a_wrong_one_refused_as_an_option_but_not_as_a_variable() {
    let world = PlauthWorld::new();
    world.run("-l DEBUG version").ok();
    world.run("--loglevel=critical -l info version").ok();
    let run = world.run("-l loud version").exits(2);
    assert!(
        run.err.contains("Invalid value for '--loglevel'"),
        "{}",
        run.err
    );
    let run = world.run_with(&[("PL_LOGLEVEL", "loud")], "version").ok();
    assert!(run.err.contains("PL_LOGLEVEL"), "{}", run.err);
}

#[test]
fn debug_level_shows_the_requests_but_no_token() {
    let world = PlauthWorld::logged_in();
    let quiet = world.run("oauth userinfo").ok();
    assert_eq!(quiet.err, "");
    let loud = world
        .run_with(&[("PL_LOGLEVEL", "debug")], "oauth userinfo")
        .ok();
    assert!(
        loud.err.contains("/userinfo") || loud.err.contains("userinfo"),
        "{}",
        loud.err
    );
    assert!(!loud.err.contains("eyJ"), "{}", loud.err);
}

#[test]
fn keyfob_plauth_is_the_same_as_plauth() {
    let world = PlauthWorld::logged_in();
    let by_name = world.run("profile show").ok();
    let by_word = world.world.run("plauth profile show").ok();
    assert_eq!(by_name.out, by_word.out);
    assert!(
        by_name.out.starts_with("Current: work\n"),
        "{}",
        by_name.out
    );
    let run = world.world.run("-q plauth version").exits(2);
    assert!(run.err.contains("keyfob plauth"), "{}", run.err);
    assert!(world.world.run("--help").ok().out.contains("plauth"));
}

#[test]
fn a_program_called_plauth_does_not_take_keyfobs_verbs() {
    let world = PlauthWorld::logged_in();
    world.run("token").exits(2);
    world.run("status").exits(2);
}
