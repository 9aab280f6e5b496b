//! keyfob under the name `plauth` beside the real one: the same command line on the same files, the same answer.

use std::process::Command;

use keyfob_conformance::provider::Provider;
use serde_json::{Value, json};

use crate::desk::{Desk, output};

const TOKEN: &str = "eyJhbGciOiJSUzI1NiIsImtpZCI6ImsifQ.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUiLCJleHAiOjE3MDAwMDAwMDAsImlhdCI6MTcwMDAwMDAwMCwibmJmIjoxNzAwMDAwMDAwfQ.c2lnbmF0dXJl";

/// What a command line left: its exit status and what it printed.
type Left = (i32, String);

fn ours(desk: &Desk, arguments: &[&str]) -> Left {
    let mut command = desk.keyfob();
    command
        .env_remove("KEYFOB_PRESET")
        .env("BROWSER", Provider::scripted_browser())
        .arg("plauth");
    run(&mut command, arguments)
}

fn theirs(desk: &Desk, arguments: &[&str]) -> Left {
    let mut command = desk.originals.plauth(&desk.home());
    command.env("BROWSER", format!("{} %s &", Provider::scripted_browser()));
    run(&mut command, arguments)
}

fn run(command: &mut Command, arguments: &[&str]) -> Left {
    let run = output(command.args(arguments));
    (run.code, run.stdout)
}

/// A home with a person's login `work`, a service `svc`, a key `key` and a default.
fn furnish(desk: &Desk) {
    let issuer = desk.provider.issuer();
    let redirect = format!(
        "http://localhost:{}/callback",
        keyfob_conformance::originals::free_port().unwrap()
    );
    let work = json!({ "config": {
        "client_type": "oidc_auth_code", "auth_server": issuer, "client_id": "native-public",
        "local_redirect_uri": redirect, "scopes": ["openid", "profile", "offline_access"],
    }});
    desk.planet_with(&["write", "work"], &work);
    let key = json!({ "config": { "client_type": "static_apikey", "api_key": "k", "bearer_token_prefix": "Bearer" } });
    desk.planet_with(&["write", "key"], &key);
    desk.planet("login", &["work"]);
    desk.plauth(&["profile", "set", "work"]);
}

/// Commands that only look: the output must be the same to the letter.
// covers: planet-100
#[test]
fn looking_commands_print_what_the_real_plauth_prints() {
    let Some(desk) = Desk::new(&[]) else { return };
    furnish(&desk);
    let token_file = desk.home().join("token.jwt");
    std::fs::write(&token_file, TOKEN).unwrap();
    let token_file = token_file.to_str().unwrap().to_owned();
    let table: &[&[&str]] = &[
        &["profile", "list"],
        &["profile", "show"],
        &["--auth-profile", "key", "profile", "show"],
        &["oauth", "discovery"],
        &["oauth", "list-scopes"],
        &["oauth", "userinfo"],
        &["oauth", "validate-access-token"],
        &["oauth", "validate-refresh-token"],
        &["oauth", "decode-id-token"],
        &["oauth", "decode-id-token", "--human-readable"],
        &["oauth", "print-access-token", "--no-refresh"],
        &["jwt", "decode", "--token", TOKEN],
        &["jwt", "decode", "--token", TOKEN, "-H"],
        &["jwt", "decode", "--token-file", &token_file],
    ];
    let mut differ = Vec::new();
    for arguments in table {
        let (ours, theirs) = (ours(&desk, arguments), theirs(&desk, arguments));
        assert_eq!(theirs.0, 0, "{arguments:?}: {theirs:?}");
        if comparable(arguments, &ours) != comparable(arguments, &theirs) {
            differ.push(format!(
                "{arguments:?}\nours:   {ours:?}\ntheirs: {theirs:?}"
            ));
        }
    }
    assert!(differ.is_empty(), "{}", differ.join("\n\n"));
    println!("{} command lines of plauth: the same output", table.len());
}

/// What both must print alike: keyfob brings Planet's own profiles, the real plauth has them from the SDK only.
fn comparable(arguments: &[&str], left: &Left) -> Left {
    let (code, text) = left;
    let common = match arguments {
        [.., "profile", "list"] => text.split_once("Locally defined").map(|(_, own)| own),
        [.., "profile", "show"] => text.split_once("Global Built-in").map(|(own, _)| own),
        _ => Some(text.as_str()),
    };
    (*code, common.unwrap_or("nothing in common").to_owned())
}

/// The provider publishes its keys as RFC 7517 §8.5.2 says; the real plauth does not take them.
// covers: W13
#[test]
fn an_id_token_is_validated_where_the_real_plauth_refuses_the_key_sets_media_type() {
    let Some(desk) = Desk::new(&[]) else { return };
    furnish(&desk);
    let line = ["oauth", "validate-id-token-local"];
    assert_eq!(theirs(&desk, &line).0, 1);
    let (code, claims) = ours(&desk, &line);
    let claims: Value = serde_json::from_str(&claims).unwrap();
    assert_eq!((code, &claims["aud"]), (0, &json!("native-public")));
}

/// Command lines that fail: the same exit status.
#[test]
fn failing_commands_fail_with_the_exit_status_of_the_real_plauth() {
    let Some(desk) = Desk::new(&[]) else { return };
    furnish(&desk);
    let table: &[&[&str]] = &[
        &["nonsense"],
        &["oauth", "nonsense"],
        &["jwt", "decode"],
        &["jwt", "decode", "--token", "garbage"],
        &["jwt", "decode", "--token-file", "/nowhere"],
        &["profile", "set", "nobody"],
        &["profile", "copy", "nobody", "other"],
        &["--auth-profile", "nobody", "oauth", "userinfo"],
        &["--auth-profile", "key", "oauth", "userinfo"],
        &["oauth", "login", "--extra", "without-equals"],
        &["jwt", "validate-rs256"],
    ];
    let mut differ = Vec::new();
    for arguments in table {
        let (ours, theirs) = (ours(&desk, arguments), theirs(&desk, arguments));
        if ours.0 != theirs.0 {
            differ.push(format!("{arguments:?}: ours {ours:?}, theirs {theirs:?}"));
        }
    }
    assert!(differ.is_empty(), "{}", differ.join("\n"));
}

/// Commands that change something: afterwards the files say the same.
#[tokio::test(flavor = "multi_thread")]
async fn changing_commands_leave_the_files_as_the_real_plauth_does() {
    let Some(desk) = Desk::new(&[]) else { return };
    furnish(&desk);
    let token = || desk.stored("work", "token.json");
    let before = token();
    assert_eq!(ours(&desk, &["oauth", "refresh"]), (0, String::new()));
    let renewed = token();
    assert_ne!(renewed["refresh_token"], before["refresh_token"]);
    let names = |value: &Value| {
        let object = value.as_object().unwrap();
        let own = object.keys().filter(|name| !name.starts_with("_keyfob"));
        own.cloned().collect::<Vec<_>>()
    };
    assert_eq!(theirs(&desk, &["oauth", "refresh"]), (0, String::new()));
    assert_ne!(token()["refresh_token"], renewed["refresh_token"]);
    assert_eq!(names(&token()), names(&renewed), "the same members");

    assert_eq!(ours(&desk, &["profile", "copy", "work", "mine"]).0, 0);
    assert_eq!(theirs(&desk, &["profile", "copy", "work", "theirs"]).0, 0);
    assert_eq!(
        desk.stored("mine", "auth_client.json"),
        desk.stored("theirs", "auth_client.json")
    );
    assert_eq!(ours(&desk, &["profile", "set", "mine"]), (0, String::new()));
    assert_eq!(desk.planet("default", &[])["profile"], json!("mine"));

    let login = [
        "oauth",
        "login",
        "--open-browser",
        "-n",
        "-O",
        "prompt=consent",
    ];
    let (code, screen) = ours(&desk, &[&["--auth-profile", "work"], &login[..]].concat());
    assert_eq!(code, 0, "{screen}");
    let (code, screen) = theirs(&desk, &[&["--auth-profile", "work"], &login[..]].concat());
    assert_eq!(code, 0, "{screen}");
    assert!(token()["refresh_token"].is_string());

    assert_eq!(
        ours(
            &desk,
            &["--auth-profile", "work", "oauth", "revoke-refresh-token"]
        )
        .0,
        0
    );
    let (code, _) = theirs(
        &desk,
        &["--auth-profile", "work", "oauth", "validate-refresh-token"],
    );
    assert_eq!(code, 1, "what one revoked is revoked for the other");
}
