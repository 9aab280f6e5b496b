//! ID tokens from a refresh (OpenID Connect Core §12.2).

use keyfob_protocol::danger::AlreadyVerified;
use keyfob_protocol::jose::Secret;
use keyfob_protocol::{IdToken, IdTokenRules};
use serde_json::{Value, json};

use crate::fixtures::{CLIENT, NOW, claims, issuer, keys, now, sign};

fn original() -> Value {
    claims(json!({ "auth_time": NOW - 100, "azp": CLIENT, "iat": NOW - 100 }))
}

fn stored(claims: &Value) -> IdToken {
    IdToken::reread(&Secret::new(sign(claims)), AlreadyVerified).unwrap()
}

fn outcome(original: &Value, refreshed: &Value) -> &'static str {
    let rules = IdTokenRules::new(&issuer(), CLIENT)
        .with_nonce(Secret::new("a nonce of the first login"))
        .with_trusted_audience("https://api.example")
        .refreshed(&stored(original));
    let result = rules.verify(&sign(refreshed), &keys(), None, now());
    result.map_or_else(
        |error| {
            assert!(
                ["id_token_changed", "id_token_issuer"].contains(&error.code()),
                "{error}"
            );
            if error.code() == "id_token_issuer" {
                "iss"
            } else {
                claim(&error)
            }
        },
        |_| "ok",
    )
}

fn claim(error: &keyfob_protocol::IdTokenError) -> &'static str {
    match error {
        keyfob_protocol::IdTokenError::Changed { claim } => claim,
        other => panic!("{other}"),
    }
}

#[test]
fn refreshed_id_token_must_continue_the_original() {
    let table = [
        (json!({}), "ok"),
        (json!({ "nonce": null }), "ok"),
        (json!({ "nonce": "other" }), "nonce"),
        (json!({ "auth_time": null }), "ok"),
        (json!({ "auth_time": NOW }), "auth_time"),
        (json!({ "auth_time": NOW - 40 }), "ok"),
        (json!({ "auth_time": "yesterday" }), "auth_time"),
        (json!({ "sub": "bob" }), "sub"),
        (json!({ "iss": "https://evil.example" }), "iss"),
        (json!({ "azp": null }), "azp"),
        (json!({ "aud": [CLIENT] }), "ok"),
        (json!({ "aud": [CLIENT, "https://api.example"] }), "aud"),
        (json!({ "iat": NOW - 161 }), "iat"),
        (json!({ "iat": NOW - 160 }), "ok"),
    ];
    for (changes, expected) in table {
        let mut refreshed = original();
        refreshed["iat"] = json!(NOW);
        for (name, value) in changes.as_object().unwrap() {
            match value {
                Value::Null => drop(refreshed.as_object_mut().unwrap().remove(name)),
                value => refreshed[name] = value.clone(),
            }
        }
        assert_eq!(outcome(&original(), &refreshed), expected, "{changes}");
    }
}

#[test]
fn refreshed_id_token_must_not_gain_azp_or_nonce() {
    let bare = claims(json!({ "nonce": null }));
    assert_eq!(outcome(&bare, &bare), "ok");
    assert_eq!(outcome(&bare, &claims(json!({}))), "nonce");
    assert_eq!(
        outcome(&bare, &claims(json!({ "nonce": null, "azp": CLIENT }))),
        "azp"
    );
}

#[test]
fn original_of_another_issuer_is_refused() {
    let foreign = claims(json!({ "iss": "https://old.example" }));
    assert_eq!(outcome(&foreign, &claims(json!({}))), "iss");
}

#[test]
fn reread_refuses_what_is_no_id_token() {
    let error = |token: &str| IdToken::reread(&Secret::new(token), AlreadyVerified).unwrap_err();
    assert_eq!(error("opaque").code(), "id_token_malformed");
    assert_eq!(
        error(&sign(&claims(json!({ "sub": null })))).code(),
        "id_token_missing_claim"
    );
}
