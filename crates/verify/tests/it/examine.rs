//! Every broken rule is named, not only the first; `tokens::check` compares with verification in all other tests.

use keyfob_jose::{HeaderFields, base64url, jws};
use keyfob_verify::{Outcome, Profile, RequiredClaims};
use serde_json::{Value, json};

use crate::tokens::{NOW, broken, changed, new_key, now, rules, sign, sign_typed};

#[test]
fn all_rules_that_a_token_breaks_are_named_in_order() {
    let rules = rules()
        .with_required_claims(RequiredClaims::new().with("a", 1).with("b", ()))
        .with_any_scope(["admin"]);
    let claims = changed(&json!({
        "iss": "https://evil.example", "aud": "x", "exp": NOW - 99, "nbf": NOW + 99, "iat": NOW + 99,
        "sub": "", "client_id": null, "jti": null, "a": 2,
    }));
    let foreign = new_key("foreign");
    let payload = Value::Object(claims).to_string();
    let token = jws::sign(&foreign, &HeaderFields::typ("JWT"), payload.as_bytes()).unwrap();
    let expected = [
        "wrong_type",
        "unknown_key",
        "wrong_issuer",
        "wrong_audience",
        "expired",
        "not_yet_valid",
        "issued_in_future",
        "missing_claim",
        "missing_claim",
        "missing_claim",
        "required_claim_different",
        "required_claim_missing",
        "insufficient_scope",
    ];
    assert_eq!(broken(&rules, &token), expected);
}

#[test]
fn a_signature_is_left_open_without_keys() {
    let findings = rules().examine(&sign(changed(&json!({}))), None, now());
    for finding in findings {
        match finding.outcome {
            Outcome::Open => assert_eq!(finding.rule, "signature"),
            outcome => assert!(matches!(outcome, Outcome::Kept), "{}", finding.rule),
        }
    }
}

#[test]
fn claims_of_an_unsigned_token_are_looked_at_too() {
    let part = |value: &Value| base64url::encode(value.to_string());
    let claims = Value::Object(changed(&json!({"exp": NOW - 99})));
    let token = format!("{}.{}.", part(&json!({"alg": "none"})), part(&claims));
    assert_eq!(
        broken(&rules(), &token),
        ["unsupported_algorithm", "expired"]
    );
    assert_eq!(broken(&rules(), "opaque"), ["malformed_token"]);
    assert_eq!(broken(&rules(), "a.b.c.d.e"), ["encrypted_token"]);
}

#[test]
fn an_id_token_shown_to_a_plain_issuer_is_named_as_such() {
    let token = sign_typed(changed(&json!({"nonce": "n"})), &HeaderFields::typ("JWT"));
    let plain = rules().with_profile(Profile::Plain);
    assert_eq!(broken(&plain, &token), ["id_token_presented"]);
}
