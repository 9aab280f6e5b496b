//! What is told about each token: one event, the right name and level, nothing but what may be shown.

use std::io::Write;
use std::sync::{Arc, Mutex};

use keyfob_jose::{Algorithm, HeaderFields, jws};
use keyfob_verify::{Profile, RequiredClaims, TokenMemory, Verifier, VerifierBuilder, event};
use serde_json::{Value, json};
use tracing::Level;
use tracing_subscriber::fmt::MakeWriter;

use crate::tokens::{API, ISSUER, KEY, changed, claims, keys, new_key, now, sign, sign_typed};

#[derive(Clone, Default)]
pub(crate) struct Log(pub(crate) Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

fn verifier() -> VerifierBuilder {
    Verifier::builder(ISSUER)
        .audience(API)
        .algorithms([Algorithm::ES256])
        .profile(Profile::Rfc9068)
        .keys(keys(&[&KEY]))
        .clock(keyfob_transport::Clock::from(
            keyfob_transport::ManualClock::new(now()),
        ))
}

/// Every line that verifying one token logs.
async fn told(builder: VerifierBuilder, token: &str) -> Vec<String> {
    let verifier = builder.build().unwrap();
    recorded(async || drop(verifier.verify(token).await)).await
}

/// Every line that something logs when it is done for the second time.
pub(crate) async fn recorded(act: impl AsyncFn()) -> Vec<String> {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(Level::TRACE)
        .with_ansi(false)
        .without_time()
        .with_writer(log.clone())
        .finish();
    let guard = tracing::subscriber::set_default(subscriber);
    act().await;
    // A log line that another test's thread met first may count as unwanted by all.
    tracing::callsite::rebuild_interest_cache();
    log.0.lock().unwrap().clear();
    act().await;
    drop(guard);
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    text.lines().map(str::to_owned).collect()
}

#[tokio::test]
async fn a_token_found_in_memory_is_told_like_any_other() {
    let memory = TokenMemory::new(10);
    let token = sign(claims());
    // The line is that of the second verification.
    let lines = told(verifier().memory(memory.clone()), &token).await;
    assert_eq!(memory.len(), 1);
    assert_eq!(lines, told(verifier(), &token).await);
    assert!(lines[0].contains(r#"event="TOKEN_VALID""#), "{lines:?}");
}

// covers: planet-87
#[tokio::test]
async fn an_accepted_token_is_told_by_exactly_one_info_and_by_nothing_when_switched_off() {
    let lines = told(verifier(), &sign(claims())).await;
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].trim_start().starts_with("INFO"), "{lines:?}");
    assert!(lines[0].contains(r#"event="TOKEN_VALID""#), "{lines:?}");
    let silent = verifier().events(false);
    assert!(told(silent, &sign(claims())).await.is_empty());
    let silent = verifier().events(false);
    assert!(told(silent, "not a token").await.is_empty());
}

// covers: planet-87, W29
#[tokio::test]
async fn each_reason_is_told_by_exactly_one_warning_under_planet_auths_name() {
    let signed = |key: &keyfob_jose::SigningKey| {
        let payload = Value::Object(claims()).to_string();
        jws::sign(key, &HeaderFields::typ("at+jwt"), payload.as_bytes()).unwrap()
    };
    let mut forged = sign(claims());
    forged.truncate(forged.rfind('.').unwrap() + 1);
    forged.push_str(&"A".repeat(86));
    for (token, name) in [
        (
            sign(changed(&json!({"exp": 1}))),
            event::TOKEN_INVALID_EXPIRED,
        ),
        (
            sign(changed(&json!({"iss": "https://evil.example"}))),
            event::TOKEN_INVALID_BAD_ISSUER,
        ),
        (
            sign(changed(&json!({"aud": "https://other.example"}))),
            event::TOKEN_INVALID,
        ),
        (sign(changed(&json!({"aud": null}))), event::TOKEN_INVALID),
        (
            signed(&new_key("unknown")),
            event::TOKEN_INVALID_BAD_SIGNING_KEY,
        ),
        (forged, event::TOKEN_INVALID),
        (
            "eyJhbGciOiJub25lIn0.e30.".to_owned(),
            event::TOKEN_INVALID_BAD_ALGORITHM,
        ),
        (
            "eyJhbGciOiJSUzI1NiJ9.e30.c2ln".to_owned(),
            event::TOKEN_INVALID_BAD_ALGORITHM,
        ),
        (String::new(), event::TOKEN_INVALID),
    ] {
        let lines = told(verifier(), &token).await;
        assert_eq!(lines.len(), 1, "{name}: {lines:?}");
        assert!(lines[0].trim_start().starts_with("WARN"), "{lines:?}");
        assert!(
            lines[0].contains(&format!(r#"event="{name}" "#)),
            "{name}: {lines:?}"
        );
    }
    let picky = verifier().required_claims(RequiredClaims::new().with("tenant", "t"));
    let lines = told(picky, &sign(claims())).await;
    assert!(lines[0].contains("required_claim_missing"), "{lines:?}");
}

// covers: planet-88
#[tokio::test]
async fn only_the_listed_claims_are_shown_and_never_whom_the_token_is_about() {
    let members = json!({
        "sub": "canary-sub", "email": "canary@example.com", "jti": "canary-jti", "cid": "client-7",
        "scope": "read", "scp": ["a", "b"], "pl_principal": "principal-1", "organization_id": 17
    });
    for changes in [members.clone(), {
        let mut expired = members;
        expired["exp"] = json!(1);
        expired
    }] {
        let token = sign(changed(&changes));
        let lines = told(verifier(), &token).await.join("\n");
        for shown in [
            "client-7",
            "read",
            r#"[\"a\",\"b\"]"#,
            "principal-1",
            "17",
            ISSUER,
            API,
            "ES256",
        ] {
            assert!(lines.contains(shown), "{shown}: {lines}");
        }
        let signature = token.rsplit('.').next().unwrap();
        for hidden in ["canary", signature, "k1"] {
            assert!(!lines.contains(hidden), "{hidden}: {lines}");
        }
    }
}

#[tokio::test]
async fn what_a_token_says_cannot_write_lines_of_its_own() {
    let long = "x".repeat(1000);
    let changes = json!({"iss": "a\nINFO forged \u{1b}[31m", "scope": long});
    let header = HeaderFields::typ("at+jwt");
    let lines = told(verifier(), &sign_typed(changed(&changes), &header)).await;
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(
        !lines[0].contains('\u{1b}') && lines[0].len() < 1000,
        "{lines:?}"
    );
}

// covers: planet-88
#[tokio::test]
async fn without_a_subscriber_nothing_is_printed_and_verification_works() {
    let verifier = verifier().build().unwrap();
    assert!(verifier.verify(&sign(claims())).await.is_ok());
}

#[test]
fn the_page_about_events_names_every_one() {
    let page = include_str!("../../../../docs/events.md");
    for name in [
        event::TOKEN_VALID,
        event::TOKEN_INVALID,
        event::TOKEN_INVALID_BAD_ALGORITHM,
        event::TOKEN_INVALID_BAD_ISSUER,
        event::TOKEN_INVALID_BAD_NONCE,
        event::TOKEN_INVALID_BAD_SCOPE,
        event::TOKEN_INVALID_BAD_SIGNING_KEY,
        event::TOKEN_INVALID_EXPIRED,
        event::TOKEN_INVALID_INTROSPECTION_REJECTION,
        event::TRACE,
    ] {
        assert!(page.contains(&format!("`{name}`")), "{name}");
    }
    for claim in event::SHOWN_CLAIMS {
        assert!(page.contains(&format!(".{claim}`")), "{claim}");
    }
}
