//! Logins of two steps by authorization code: begun here, finished there.

use keyfob::login::{BeginOptions, PendingLogin, RedirectAnswer, begin, blocking, finish};
use keyfob::protocol::danger::PastedCode;
use keyfob::store::{MemoryStore, Store};
use keyfob::{Client, Session};
use keyfob_sandbox::Sandbox;
use serde_json::json;
use url::Url;

use super::login_setup::{client, sandbox};

const CODE: &str = "oidc_auth_code";
const REDIRECT: &str = "http://127.0.0.1:9/callback";

fn split(sandbox: &Sandbox) -> Client {
    client(sandbox, CODE, &json!({ "redirect_uri": REDIRECT }))
}

fn parameter(url: &str, name: &str) -> Option<String> {
    let url = Url::parse(url).unwrap();
    let mut pairs = url.query_pairs();
    pairs
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
}

// covers: ceg-9, ceg-10, ceg-11, W18, W22
#[tokio::test]
async fn another_process_finishes_what_this_one_began() {
    let sandbox = sandbox();
    let begun = begin(&split(&sandbox), &BeginOptions::new()).await.unwrap();
    for name in [
        "response_type",
        "nonce",
        "state",
        "code_challenge",
        "code_challenge_method",
        "client_id",
        "scope",
        "redirect_uri",
    ] {
        assert!(parameter(begun.url.as_str(), name).is_some(), "{name}");
    }
    assert!(parameter(begun.url.as_str(), "state").unwrap().len() >= 40);
    assert_eq!(
        parameter(begun.url.as_str(), "redirect_uri").unwrap(),
        REDIRECT
    );
    assert_eq!(begun.pending.redirect_uri(), REDIRECT);
    let written = begun.pending.to_json();
    let redirect = sandbox.person().redirect(begun.url.as_str()).await.unwrap();
    // The other process: another client of the same configuration.
    let client = split(&sandbox);
    let pending = PendingLogin::from_json(written.expose()).unwrap();
    let logged_in = finish(&client, &pending, redirect.as_str()).await.unwrap();
    assert_eq!(logged_in.id_token.as_ref().unwrap().subject(), "user-alice");
    let store = Store::new(MemoryStore::new());
    let session = Session::new(client, store, "work".parse().unwrap());
    session.adopt(logged_in).await.unwrap();
    assert!(session.access_token().await.is_ok());
}

// covers: P6, W19, C-1, pal-2, pal-3, planet-58
#[tokio::test]
async fn an_answer_counts_only_with_the_state_of_this_login() {
    let sandbox = sandbox();
    let client = split(&sandbox);
    let options = BeginOptions::new();
    let (mine, other) = (
        begin(&client, &options).await.unwrap(),
        begin(&client, &options).await.unwrap(),
    );
    let redirect = sandbox.person().redirect(mine.url.as_str()).await.unwrap();
    let code = parameter(&redirect, "code").unwrap();
    let iss = parameter(&redirect, "iss").unwrap();
    let state = parameter(&redirect, "state").unwrap();
    let foreign = parameter(other.url.as_str(), "state").unwrap();
    for (answer, expected) in [
        (
            RedirectAnswer::from_parts(&code, &foreign),
            "callback_state_mismatch",
        ),
        (
            RedirectAnswer::from(format!("?code={code}")),
            "callback_state_missing",
        ),
        (
            RedirectAnswer::from(format!("?state={state}&iss={iss}")),
            "login_answer_unusable",
        ),
        (RedirectAnswer::from(code.as_str()), "login_answer_unusable"),
        (
            RedirectAnswer::from(mine.url.as_str()),
            "login_answer_unusable",
        ),
        (RedirectAnswer::from(""), "login_answer_unusable"),
        (
            RedirectAnswer::from(format!("?error=access_denied&state={foreign}")),
            "callback_state_mismatch",
        ),
        (
            RedirectAnswer::from(format!(
                "?error=access_denied&code={code}&state={state}&iss={iss}"
            )),
            "login_denied",
        ),
    ] {
        let error = finish(&client, &mine.pending, answer).await.unwrap_err();
        assert_eq!(error.code(), expected, "{error}");
        assert!(!error.to_string().contains(&code), "{error}");
    }
    assert_eq!(
        sandbox.counters().grant("authorization_code").requests,
        0,
        "nothing was redeemed"
    );
    // The pending login is still good.
    let parts = RedirectAnswer::from_parts(&code, &state).with_iss(&iss);
    finish(&client, &mine.pending, parts).await.unwrap();
}

// covers: P6, P12
#[tokio::test]
async fn a_bare_code_is_taken_only_by_those_who_say_so() {
    let sandbox = sandbox();
    let client = split(&sandbox);
    let begun = begin(&client, &BeginOptions::new()).await.unwrap();
    let redirect = sandbox.person().redirect(begun.url.as_str()).await.unwrap();
    let code = parameter(&redirect, "code").unwrap();
    let bare = RedirectAnswer::from_bare_code(&format!(" {code}\n"), PastedCode);
    assert!(finish(&client, &begun.pending, bare).await.is_ok());
    // A code is passed on as it is, whatever words are in it.
    let odd = RedirectAnswer::from_bare_code("httpCODE-http://x", PastedCode);
    let error = finish(&client, &begun.pending, odd).await.unwrap_err();
    assert_eq!(error.oauth_error(), Some("invalid_grant"));
}

// covers: C-2, C-3, ceg-12
#[tokio::test]
async fn the_id_token_is_verified_by_whoever_finishes() {
    use keyfob_sandbox::FaultKind;
    for (fault, code) in [
        (FaultKind::WrongNonce, "id_token_nonce"),
        (FaultKind::WrongIssuer, "id_token_issuer"),
        (FaultKind::WrongAudience, "id_token_audience"),
        (FaultKind::Expired, "id_token_expired"),
        (FaultKind::BadSignature, "id_token_bad_signature"),
    ] {
        let sandbox = sandbox();
        let client = split(&sandbox);
        let begun = begin(&client, &BeginOptions::new()).await.unwrap();
        let redirect = sandbox.person().redirect(begun.url.as_str()).await.unwrap();
        sandbox.fault(fault.clone());
        let error = finish(&client, &begun.pending, redirect).await.unwrap_err();
        println!("{fault:?}: {}", error.code());
        assert!(
            error.code().starts_with("id_token"),
            "{fault:?}: {} not {code}",
            error.code()
        );
    }
}

#[tokio::test]
async fn a_pending_login_is_finished_only_by_its_own_client() {
    let (here, there) = (sandbox(), sandbox());
    let begun = begin(&split(&here), &BeginOptions::new()).await.unwrap();
    let redirect = here.person().redirect(begun.url.as_str()).await.unwrap();
    let other_client = client(&here, CODE, &json!({"client_id": "demo-device"}));
    for client in [split(&there), other_client] {
        let error = finish(&client, &begun.pending, redirect.as_str())
            .await
            .unwrap_err();
        assert_eq!(error.code(), "pending_login_unusable");
    }
    assert_eq!(there.counters().grant("authorization_code").requests, 0);
}

// covers: C-8, W21
#[tokio::test]
async fn nothing_of_a_pending_login_is_in_its_debug_output() {
    let sandbox = sandbox();
    let begun = begin(&split(&sandbox), &BeginOptions::new()).await.unwrap();
    let written = begun.pending.to_json();
    let shown = format!("{begun:?} {:?} {written:?}", begun.pending);
    let value: serde_json::Value = serde_json::from_str(written.expose()).unwrap();
    for secret in ["state", "nonce", "code_verifier"] {
        let secret = value["pending"][secret].as_str().unwrap();
        assert!(secret.len() > 20 && !shown.contains(secret), "{shown}");
    }
    let answer = RedirectAnswer::from_parts("canary", "canary").with_iss("canary");
    assert!(!format!("{answer:?}").contains("canary"));
}

#[tokio::test]
async fn what_is_no_pending_login_is_refused() {
    let sandbox = sandbox();
    let begun = begin(&split(&sandbox), &BeginOptions::new()).await.unwrap();
    let good = begun.pending.to_json().expose().to_owned();
    let deep = "[".repeat(100_000);
    for bad in [
        "",
        "{}",
        "null",
        r#"{"openid":true}"#,
        r#"{"openid":true,"pending":{}}"#,
        r#"{"openid":"yes","pending":{}}"#,
        &deep,
        &good.replace("\"state\"", "\"stale\""),
        &good.replace("true", "1"),
        good.get(..good.len() / 2).unwrap(),
    ] {
        let error = PendingLogin::from_json(bad).unwrap_err();
        assert_eq!(error.code(), "pending_login_unusable", "{bad}");
    }
}

// covers: P29
#[tokio::test]
async fn parameters_of_the_config_go_with_the_request_and_the_callers_own_win() {
    let sandbox = sandbox();
    let config = json!({
        "redirect_uri": "https://foundry.example/multipass/api/oauth2/callback",
        "authorize_params": {"access_type": "offline"},
        "paste_params": {"prompt": "consent"},
    });
    let shown = client(&sandbox, CODE, &config);
    let url = begin(&shown, &BeginOptions::new()).await.unwrap().url;
    assert_eq!(
        parameter(url.as_str(), "access_type").as_deref(),
        Some("offline")
    );
    assert_eq!(
        parameter(url.as_str(), "prompt").as_deref(),
        Some("consent")
    );
    let own = BeginOptions::new()
        .with_prompt("login")
        .with_param("access_type", "online")
        .with_redirect_uri("http://127.0.0.1:9/");
    let url = begin(&shown, &own).await.unwrap().url;
    assert_eq!(
        parameter(url.as_str(), "access_type").as_deref(),
        Some("online")
    );
    assert_eq!(parameter(url.as_str(), "prompt").as_deref(), Some("login"));
    let loopback = BeginOptions::new().with_redirect_uri("http://127.0.0.1:9/");
    let url = begin(&shown, &loopback).await.unwrap().url;
    assert_eq!(
        parameter(url.as_str(), "prompt"),
        None,
        "nobody pastes there"
    );
    for odd in [json!("x"), json!({"a": []})] {
        let config = shown.config().clone().with("authorize_params", odd);
        let error = config.check().unwrap_err();
        assert!(error.to_string().contains("authorize_params"), "{error}");
    }
}

#[test]
fn the_blocking_twins_do_the_same() {
    let sandbox = sandbox();
    let client = split(&sandbox);
    let begun = blocking::begin(&client, &BeginOptions::new()).unwrap();
    let redirect = sandbox
        .person()
        .redirect_blocking(begun.url.as_str())
        .unwrap();
    let logged_in = blocking::finish(&client, &begun.pending, redirect).unwrap();
    assert!(logged_in.id_token.is_some());
}

#[tokio::test]
async fn the_blocking_twins_work_within_a_runtime_too() {
    let sandbox = sandbox();
    let begun = blocking::begin(&split(&sandbox), &BeginOptions::new());
    assert!(begun.is_ok());
}
