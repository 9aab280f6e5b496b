//! Turns on one profile with a rotating refresh token: nobody loses the login.

use std::time::Duration;

use keyfob_conformance::provider::Provider;
use serde_json::{Value, json};

use crate::desk::{Desk, output};

/// A profile `work` that keyfob made and logged in.
fn logged_in(desk: &Desk) {
    let run = output(
        desk.keyfob()
            .args(["login", "-p", "work", "--issuer", desk.provider.issuer()])
            .args([
                "--client-id",
                "native-public",
                "--browser",
                "--prompt",
                "consent",
            ])
            .args([
                "--scope",
                "openid profile offline_access",
                "--timeout",
                "60s",
            ])
            .env("BROWSER", Provider::scripted_browser()),
    );
    assert_eq!(run.code, 0, "{run:#?}");
}

fn refresh_token(desk: &Desk) -> Value {
    let token = desk.stored("work", "token.json")["refresh_token"].clone();
    assert!(token.is_string(), "the login is lost");
    token
}

/// Ten refreshes on command, every one with a refresh token that the other program got.
#[tokio::test(flavor = "multi_thread")]
async fn ten_refreshes_in_turns_on_one_rotating_token_lose_no_login() {
    let Some(desk) = Desk::new(&[]) else { return };
    logged_in(&desk);
    let mut seen = vec![refresh_token(&desk)];
    for turn in 0..10 {
        if turn % 2 == 0 {
            desk.plauth(&["--auth-profile", "work", "oauth", "refresh"]);
        } else {
            desk.ok(&["refresh", "-p", "work"]);
        }
        let token = refresh_token(&desk);
        assert!(
            !seen.contains(&token),
            "turn {turn}: the token did not rotate"
        );
        seen.push(token);
    }
    let grant = desk.grant("refresh_token").await;
    assert_eq!(grant["success"], json!(10));
    assert_eq!(grant["errors"], json!({}), "no reuse of a rotated token");
    println!("10 refreshes in turns by plauth and keyfob: 10 rotations, 0 logins lost");
}

/// Both as applications have them: a long-lived planet-auth session, and a keyfob process at a time; tokens go stale by
/// themselves, and whoever comes next renews.
#[tokio::test(flavor = "multi_thread")]
async fn two_programs_that_use_short_lived_tokens_take_over_each_others_refreshes() {
    let Some(desk) = Desk::new(&["--access-token-ttl", "2"]) else {
        return;
    };
    logged_in(&desk);
    let userinfo = format!("{}/me", desk.provider.issuer());
    for turn in 0..10 {
        tokio::time::sleep(Duration::from_millis(2200)).await;
        if turn % 2 == 0 {
            desk.ok(&["token", "-p", "work"]);
        } else {
            let answer = desk.planet("calls", &["work", &userinfo]);
            assert_eq!(answer["status"], json!(200), "turn {turn}");
        }
        refresh_token(&desk);
    }
    let grant = desk.grant("refresh_token").await;
    // A slow machine may find a token stale twice in a turn.
    assert!(grant["success"].as_u64() >= Some(10), "{grant}");
    assert_eq!(grant["errors"], json!({}), "no reuse of a rotated token");
    println!("10 stale tokens in turns by planet-auth and keyfob: {grant}");
}
