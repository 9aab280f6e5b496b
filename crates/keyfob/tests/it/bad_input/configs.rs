//! `auth_client.json`.

use std::path::{Path, PathBuf};

use keyfob::Profiles;
use keyfob::transport::testing::ScriptedTransport;
use keyfob::transport::{Clock, ManualClock};
use serde_json::{Value, json};

use super::mutations::case;
use super::{Expect, Outcome, Subject, home, json_cases, outcome, places, put, run};
use crate::support::{profile, start};

const TEXTS: [&str; 11] = [
    "client_type",
    "auth_server",
    "issuer",
    "client_id",
    "client_secret",
    "token_endpoint",
    "jwks_endpoint",
    "redirect_uri",
    "organization",
    "proxy",
    "ca_file",
];

struct Config;

fn good() -> Value {
    json!({"client_type": "oidc_auth_code_secret", "auth_server": "https://op.example", "client_id": "demo",
        "client_secret": "canary-secret", "redirect_uri": "http://127.0.0.1/cb", "scopes": ["openid"],
        "token_endpoint": "https://op.example/token", "_comment": "kept"})
}

impl Subject for Config {
    fn fresh(&self) -> tempfile::TempDir {
        let home = home();
        put(&self.path(home.path()), &format!("{:#}", good()));
        put(
            &home.path().join("work/token.json"),
            "{\"refresh_token\": \"precious\"}",
        );
        put(&home.path().join("keyfob.json"), "{\"profile\": \"work\"}");
        home
    }

    fn path(&self, home: &Path) -> PathBuf {
        home.join("work/auth_client.json")
    }

    fn file_name(&self) -> &'static str {
        "work/auth_client.json"
    }

    fn probe(&self, home: &Path, is_refused: bool) -> Vec<(&'static str, Outcome)> {
        let profiles = Profiles::open(home);
        let script = ScriptedTransport::new();
        let clock = || Clock::from(ManualClock::new(start()));
        let transport = || profiles.show(&profile())?.transport();
        let open = || profiles.open_session(&profile(), script.transport(), clock());
        let mut outcomes = vec![("a session", outcome(open()))];
        if is_refused {
            let good = keyfob::ClientConfig::new(good().as_object().cloned().unwrap());
            outcomes.push((
                "a check",
                outcome(profiles.show(&profile()).and_then(|it| Ok(it.check()?))),
            ));
            let added = profiles.add(&profile(), &good).unwrap_err();
            assert!(
                added.code() == "profile_exists" || added.to_string().contains(self.file_name()),
                "{added}"
            );
        } else {
            outcomes.push(("a transport", outcome(transport())));
        }
        assert_eq!(script.count(), 0);
        outcomes
    }
}

#[test]
fn a_damaged_configuration_is_named_and_left_alone() {
    let mut cases = json_cases(&format!("{:#}", good()), &TEXTS);
    for (key, wrong) in [
        ("scopes", json!(5)),
        ("scopes", json!([5])),
        ("scopes", json!({"a": "b"})),
        ("audiences", json!([["a"]])),
        ("resource", json!(true)),
        ("extra_params", json!([])),
        ("extra_params", json!({"a": 5})),
        ("timeout", json!([])),
        ("timeout", json!("canary")),
        ("retry", json!(5)),
        ("retry", json!({"attempts": "canary"})),
        ("id_token_algorithms", json!(["none"])),
        ("token_endpoint", json!("no address")),
        ("auth_server", json!("http://plain.example")),
        ("auth_server", json!("")),
        ("client_id", json!(null)),
        ("client_secret", json!("")),
        ("client_type", json!("canary_type")),
        ("client_type", json!("")),
        ("redirect_uri", json!(null)),
        ("client_auth_method", json!("canary")),
    ] {
        let mut config = good();
        config[key] = wrong.clone();
        let expect = match key {
            "client_type" if wrong == "canary_type" => continue,
            key => Expect::RefusedFor(key),
        };
        cases.push(case(
            format!("{key} is {wrong}"),
            config.to_string(),
            expect,
        ));
    }
    for (key, odd) in [
        ("_comment", json!([1])),
        ("later", json!({"x": [null]})),
        ("organization", json!(null)),
        ("timeout", json!("7")),
    ] {
        let mut config = good();
        config[key] = odd.clone();
        cases.push(case(
            format!("{key} is {odd}"),
            config.to_string(),
            Expect::Fine,
        ));
    }
    cases.extend(places());
    run("auth_client.json", &Config, cases);
}
