//! `token.json`.

use std::path::{Path, PathBuf};

use keyfob::Profiles;
use keyfob::store::FileStore;
use keyfob::transport::testing::ScriptedTransport;
use keyfob::transport::{Clock, ManualClock};
use serde_json::{Value, json};

use super::mutations::case;
use super::{Case, Expect, Outcome, Subject, home, json_cases, outcome, places, put, run};
use crate::support::{START, config, profile, start};

const KEYS: [&str; 5] = [
    "access_token",
    "refresh_token",
    "id_token",
    "token_type",
    "_keyfob",
];

struct Token;

fn good() -> Value {
    json!({"access_token": "canary-access", "refresh_token": "canary-refresh", "id_token": "canary.id.token",
        "token_type": "Bearer", "scope": "openid", "expires_in": 3600, "_iat": START - 7200, "_exp": START - 3600,
        "unknown": {"kept": [1, null]}, "_keyfob": {"received_at": START - 7200, "expires_at": START - 3600}})
}

impl Subject for Token {
    fn fresh(&self) -> tempfile::TempDir {
        let home = home();
        put(&self.path(home.path()), &format!("{:#}", good()));
        let config = json!(config().values());
        put(
            &home.path().join("work/auth_client.json"),
            &config.to_string(),
        );
        home
    }

    fn path(&self, home: &Path) -> PathBuf {
        home.join("work/token.json")
    }

    fn file_name(&self) -> &'static str {
        "work/token.json"
    }

    fn probe(&self, home: &Path, is_refused: bool) -> Vec<(&'static str, Outcome)> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let script = ScriptedTransport::new();
        let clock = Clock::from(ManualClock::new(start()));
        let store = FileStore::new(home);
        let profiles = Profiles::open(home);
        let lease = store.try_lock_now(&profile()).unwrap().held();
        let reread = lease.and_then(|mut lease| lease.load_now());
        let mut outcomes = vec![("under the lock", outcome(reread.map_err(Into::into)))];
        let session = match profiles.open_session(&profile(), script.transport(), clock) {
            Ok(session) => session,
            Err(error) => {
                outcomes.push(("a session", outcome::<()>(Err(error))));
                return outcomes;
            }
        };
        outcomes.push(("status", outcome(runtime.block_on(session.status()))));
        if is_refused {
            outcomes.push(("a token", outcome(runtime.block_on(session.access_token()))));
            outcomes.push(("a refresh", outcome(runtime.block_on(session.refresh()))));
            outcomes.push((
                "getting ready",
                outcome(runtime.block_on(session.ensure_ready())),
            ));
        }
        assert_eq!(script.count(), 0, "nothing is sent for a damaged file");
        outcomes
    }
}

/// What is odd but does no harm: dates that say nothing, members that nobody knows.
fn tolerated() -> Vec<Case> {
    let mut cases = Vec::new();
    for key in ["scope", "expires_in", "_iat", "_exp", "unknown"] {
        for odd in [
            json!(null),
            json!(-1),
            json!("soon"),
            json!([]),
            json!({}),
            json!(1e300),
            json!(true),
        ] {
            let mut token = good();
            token[key] = odd.clone();
            cases.push(case(
                format!("{key} is {odd}"),
                token.to_string(),
                Expect::Fine,
            ));
        }
    }
    cases
}

fn without_tokens() -> Vec<Case> {
    let cases = [
        json!({}),
        json!({"unknown": 1}),
        json!({"access_token": ""}),
        json!({"error": "canary"}),
    ];
    let cases = cases.into_iter().map(|value| {
        case(
            format!("no token: {value}"),
            value.to_string(),
            Expect::Either,
        )
    });
    cases.collect()
}

#[test]
fn a_damaged_token_file_is_named_and_left_alone() {
    let mut cases = json_cases(&format!("{:#}", good()), &KEYS[..4]);
    for wrong in [json!(5), json!("canary"), json!([]), json!(true)] {
        let mut token = good();
        token["_keyfob"] = wrong;
        cases.push(case(
            "_keyfob is no object",
            token.to_string(),
            Expect::RefusedFor("_keyfob"),
        ));
    }
    cases.extend(places());
    cases.extend(tolerated());
    cases.extend(without_tokens());
    run("token.json", &Token, cases);
}
