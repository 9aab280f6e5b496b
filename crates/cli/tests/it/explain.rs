//! `keyfob jwt explain`: parts in plain words, rules without a decision.
use keyfob::jose::{Algorithm, HeaderFields, SigningKey, base64url, jws};
use keyfob_sandbox::SandboxConfig;
use serde_json::{Value, json};

use crate::world::{World, now};

fn signed(typ: &str, claims: &Value) -> String {
    let key = SigningKey::generate(Algorithm::EdDSA).unwrap();
    jws::sign(&key, &HeaderFields::typ(typ), claims.to_string().as_bytes()).unwrap()
}

fn explain(token: &str, more: &str) -> String {
    let world = World::new();
    let run = world
        .run_with_input(&format!("jwt explain - {more}"), token)
        .ok();
    assert!(world.sandbox.requests().is_empty());
    run.out
}

#[test]
fn each_part_is_told_in_words_with_the_place_where_it_is_laid_down() {
    let claims = json!({
        "iss": "https://id.example", "sub": "alice", "aud": ["a", "b"], "exp": now() + 750, "iat": now(),
        "client_id": "app", "jti": "1", "scope": "read", "cnf": {"jkt": "x"}, "house": 1,
    });
    let text = explain(&signed("at+jwt", &claims), "");
    for part in [
        "This is an access token (RFC 9068 §2.1), signed",
        "  alg: EdDSA\n      Ed25519 (RFC 8037 §3.1)\n",
        "  aud: a, b\n      for whom it is",
        "expires in 12 min, ",
        "it lives 12 min in all (RFC 7519 §4.1.4)",
        "bound to a DPoP key (RFC 9449)",
        "  house: 1\n      the issuer's own",
        "  64 bytes, not shown\n",
        "  signature: not checked: no keys were given\n",
        "  issuer: not checked: say what it should be: --issuer\n",
        "  kept: form, algorithm, type, expiry, not before, issued at, profile\n",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    for line in text.lines() {
        assert!(line.chars().count() < 140, "{line}");
    }
}

#[test]
fn what_would_fail_is_named_and_is_no_failure_of_the_command() {
    let claims = json!({
        "iss": "https://id.example", "sub": "alice", "aud": "a", "exp": now() - 750, "iat": now() - 1000,
        "client_id": "app", "jti": "1",
    });
    let text = explain(&signed("at+jwt", &claims), "--audience other");
    for part in [
        "  expiry: the token expired 12 min ago (expired)\n",
        "  audience: the token was issued for someone else, for a (wrong_audience)\n",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    let text = explain(&signed("at+jwt", &claims), "--at -15m");
    assert!(!text.contains("(expired)"), "{text}");
    let value: Value =
        serde_json::from_str(&explain(&signed("at+jwt", &claims), "-o json")).unwrap();
    let expiry = value["rules"]
        .as_array()
        .unwrap()
        .iter()
        .find(|rule| rule["rule"] == "expiry");
    assert_eq!(expiry.unwrap()["code"], "expired");
}

#[test]
fn id_tokens_are_held_against_their_own_rules() {
    let claims = json!({
        "iss": "https://id.example", "sub": "alice", "aud": "app", "exp": now() + 60, "iat": now(), "nonce": "n",
    });
    let text = explain(&signed("JWT", &claims), "");
    assert!(text.contains("an ID token, by its claims"), "{text}");
    assert!(
        text.contains("kept: form, type, authorized party, algorithm, expiry"),
        "{text}"
    );
}

#[test]
fn opaque_encrypted_and_damaged_tokens_are_called_what_they_are() {
    assert!(explain("2YotnFZFEjr1zCsicMWpAA", "").starts_with("This is an opaque token"));
    let header = base64url::encode(json!({"alg": "RSA-OAEP", "enc": "A256GCM"}).to_string());
    let text = explain(&format!("{header}.a.b.c.d"), "");
    assert!(
        text.starts_with("This is an encrypted token (JWE, RFC 7516)"),
        "{text}"
    );
    assert!(text.contains("enc: A256GCM"), "{text}");
    assert!(
        explain(&format!("{header}.!.c"), "").starts_with("This begins like a JWT and is none")
    );
    let unsigned = format!(
        "{}.{}.",
        base64url::encode(r#"{"alg":"none"}"#),
        base64url::encode(r#"{"exp":1}"#)
    );
    let text = explain(&unsigned, "");
    assert!(
        text.contains("not signed at all: anybody can have made it"),
        "{text}"
    );
    assert!(
        text.contains("(unsupported_algorithm)") && text.contains("(expired)"),
        "{text}"
    );
}

#[test]
fn with_an_issuer_the_signature_is_checked_too() {
    let world = World::with(SandboxConfig::default());
    world.seed("work");
    let token = world.run("token work").ok().out;
    let line = format!("jwt explain - --issuer {}", world.sandbox.issuer());
    let text = world.run_with_input(&line, &token).ok().out;
    assert!(
        text.contains("kept: form, algorithm, type, signature, issuer, expiry"),
        "{text}"
    );
    let (rest, signature) = token.trim().rsplit_once('.').unwrap();
    let first = if signature.starts_with('A') { "B" } else { "A" };
    let swapped = format!("{first}{}", &signature[1..]);
    let text = world
        .run_with_input(&line, &format!("{rest}.{swapped}"))
        .ok()
        .out;
    assert!(text.contains("signature: "), "{text}");
    assert!(
        !text.contains("kept: form, algorithm, type, signature"),
        "{text}"
    );
}

#[test]
fn control_characters_of_a_token_do_not_reach_the_terminal() {
    let claims = json!({"iss": "\u{1b}[2J", "aud": "\u{9b}31m", "\u{202e}x": "y", "exp": 1, "scope": "\u{7}"});
    let text = explain(&signed("\u{1b}]0;x", &claims), "--audience a");
    assert!(
        !text.contains(['\u{1b}', '\u{9b}', '\u{202e}', '\u{7}']),
        "{text:?}"
    );
}
