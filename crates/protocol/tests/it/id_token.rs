//! ID token rules, one table per rule (OpenID Connect Core §2, §3.1.3.6 to §3.1.3.8).

use std::time::Duration;

use keyfob_protocol::jose::{Algorithm, HeaderFields, JwkSet, Secret, SigningKey, base64url, jws};
use keyfob_protocol::{IdToken, IdTokenError, IdTokenRules};
use serde_json::{Value, json};

use crate::fixtures::{
    CLIENT, FOREIGN, ISSUER, KEY, NOW, SECRET, claims, issuer, keys, now, set_of, sign, sign_with,
};

fn rules() -> IdTokenRules {
    IdTokenRules::new(&issuer(), CLIENT).with_nonce(Secret::new("n-0S6_WzA2Mj"))
}

/// Verifies a token, and sees to it that the rules one by one say the same.
fn verify(rules: &IdTokenRules, token: &str) -> Result<IdToken, IdTokenError> {
    let outcome = rules.verify(token, &keys(), None, now());
    let broken = broken(rules, token);
    match &outcome {
        Ok(_) => assert!(broken.is_empty(), "{broken:?}"),
        Err(error) => assert!(broken.contains(&error.code()), "{error} {broken:?}"),
    }
    outcome
}

/// The codes of all rules that a token breaks.
fn broken(rules: &IdTokenRules, token: &str) -> Vec<&'static str> {
    let examined = rules.examine(token, Some(&keys()), now());
    let outcomes = examined.into_iter().filter_map(|rule| rule.outcome);
    outcomes
        .filter_map(|outcome| Some(outcome.err()?.code()))
        .collect()
}

fn outcome(rules: &IdTokenRules, changes: Value) -> &'static str {
    verify(rules, &sign(&claims(changes))).map_or_else(|error| error.code(), |_| "ok")
}

#[test]
fn accepts_good_id_token_and_shows_its_claims() {
    let token = sign(&claims(
        json!({ "auth_time": NOW - 5, "email": "alice@example.com" }),
    ));
    let verified = verify(&rules(), &token).unwrap();
    assert_eq!(verified.issuer(), ISSUER);
    assert_eq!(verified.subject(), "alice");
    assert_eq!(verified.raw().expose(), token);
    assert_eq!(verified.expires_at(), Some(now() + Duration::from_mins(10)));
    assert_eq!(verified.auth_time(), Some(now() - Duration::from_secs(5)));
    assert_eq!(verified.claims().text("email"), Some("alice@example.com"));
}

// covers: planet-83, planet-84, W24
#[test]
fn rejects_id_token_that_breaks_a_claim_rule() {
    let table = [
        (json!({ "iss": "https://evil.example" }), "id_token_issuer"),
        (json!({ "iss": "https://as.example/" }), "id_token_issuer"),
        (json!({ "iss": null }), "id_token_missing_claim"),
        (json!({ "aud": "other" }), "id_token_audience"),
        (json!({ "aud": [] }), "id_token_audience"),
        (json!({ "aud": null }), "id_token_missing_claim"),
        (json!({ "aud": [CLIENT] }), "ok"),
        (
            json!({ "aud": [CLIENT, "other"], "azp": CLIENT }),
            "id_token_audience",
        ),
        (json!({ "azp": CLIENT }), "ok"),
        (json!({ "azp": "other" }), "id_token_azp"),
        (json!({ "azp": 5 }), "id_token_azp"),
        (json!({ "sub": null }), "id_token_missing_claim"),
        (json!({ "sub": "" }), "id_token_missing_claim"),
        (json!({ "exp": null }), "id_token_missing_claim"),
        (json!({ "exp": NOW - 59 }), "ok"),
        (json!({ "exp": NOW - 60 }), "id_token_expired"),
        (json!({ "exp": "tomorrow" }), "id_token_malformed"),
        (json!({ "exp": -1 }), "id_token_malformed"),
        (json!({ "nbf": NOW + 60 }), "ok"),
        (json!({ "nbf": NOW + 61 }), "id_token_future"),
        (json!({ "iat": null }), "id_token_missing_claim"),
        (json!({ "iat": NOW + 60 }), "ok"),
        (json!({ "iat": NOW + 61 }), "id_token_future"),
        (json!({ "nonce": "other" }), "id_token_nonce"),
        (json!({ "nonce": "" }), "id_token_nonce"),
        (json!({ "nonce": null }), "id_token_nonce"),
        (json!({ "nonce": ["n-0S6_WzA2Mj"] }), "id_token_nonce"),
    ];
    for (changes, expected) in table {
        assert_eq!(outcome(&rules(), changes.clone()), expected, "{changes}");
    }
}

#[test]
fn names_every_rule_that_a_token_breaks_and_leaves_a_signature_without_keys_open() {
    let all_wrong = claims(json!({
        "iss": "x", "aud": "x", "azp": "x", "exp": 1, "nbf": NOW + 999, "iat": null, "nonce": "x", "sub": "",
    }));
    let token = sign_with(&FOREIGN, "at+jwt", &all_wrong);
    let expected = [
        "id_token_type",
        "id_token_issuer",
        "id_token_audience",
        "id_token_azp",
        "id_token_bad_signature",
        "id_token_expired",
        "id_token_future",
        "id_token_missing_claim",
        "id_token_nonce",
        "id_token_missing_claim",
    ];
    assert_eq!(broken(&rules(), &token), expected);
    let examined = rules().examine(&token, None, now());
    let open: Vec<_> = examined
        .iter()
        .filter(|rule| rule.outcome.is_none())
        .collect();
    assert_eq!(open.len(), 1);
    assert_eq!(open[0].name, "signature");
}

#[test]
fn reports_rules_in_the_order_of_the_specification() {
    let broken = json!({
        "iss": "x", "aud": "x", "azp": "x", "exp": 1, "iat": NOW + 999, "nonce": "x",
    });
    let repairs = [
        ("id_token_issuer", "iss", json!(ISSUER)),
        ("id_token_audience", "aud", json!(CLIENT)),
        ("id_token_azp", "azp", json!(CLIENT)),
    ];
    let mut changes = broken;
    for (expected, claim, value) in repairs {
        let token = sign_with(&FOREIGN, "JWT", &claims(changes.clone()));
        assert_eq!(verify(&rules(), &token).unwrap_err().code(), expected);
        changes[claim] = value;
    }
    let token = sign_with(&FOREIGN, "JWT", &claims(changes.clone()));
    let only_rsa = rules().with_algorithms([Algorithm::RS256]);
    assert_eq!(
        verify(&only_rsa, &token).unwrap_err().code(),
        "id_token_algorithm"
    );
    assert_eq!(
        verify(&rules(), &token).unwrap_err().code(),
        "id_token_bad_signature"
    );
    assert_eq!(outcome(&rules(), changes.clone()), "id_token_expired");
    changes["exp"] = json!(NOW + 600);
    assert_eq!(outcome(&rules(), changes.clone()), "id_token_future");
    changes["iat"] = json!(NOW);
    assert_eq!(outcome(&rules(), changes.clone()), "id_token_nonce");
}

// covers: planet-84
#[test]
fn several_audiences_need_trust_and_azp() {
    let rules = rules().with_trusted_audience("https://api.example");
    let both = json!([CLIENT, "https://api.example"]);
    assert_eq!(outcome(&rules, json!({ "aud": both, "azp": CLIENT })), "ok");
    assert_eq!(outcome(&rules, json!({ "aud": both })), "id_token_azp");
    let other = json!([CLIENT, "https://api.example", "x"]);
    assert_eq!(
        outcome(&rules, json!({ "aud": other, "azp": CLIENT })),
        "id_token_audience"
    );
}

#[test]
fn rejects_signature_that_is_not_the_issuers() {
    let token = sign_with(&FOREIGN, "JWT", &claims(json!({})));
    assert_eq!(
        verify(&rules(), &token).unwrap_err().code(),
        "id_token_bad_signature"
    );
    let stranger = SigningKey::generate(Algorithm::ES256)
        .unwrap()
        .with_kid("two");
    let error = verify(&rules(), &sign_with(&stranger, "JWT", &claims(json!({})))).unwrap_err();
    assert_eq!(error.code(), "id_token_unknown_key");
    assert!(error.is_unknown_key());
}

#[test]
fn rejects_tokens_that_are_not_signed_jwts() {
    let part = |value: Value| base64url::encode(value.to_string().as_bytes());
    let payload = part(claims(json!({})));
    let good = sign(&claims(json!({})));
    let (head, _) = good.rsplit_once('.').unwrap();
    let table = [
        (String::new(), "id_token_malformed"),
        ("a.b".to_owned(), "id_token_malformed"),
        ("a.b.c.d.e".to_owned(), "id_token_encrypted"),
        (
            format!("{}.{payload}.", part(json!({ "alg": "none" }))),
            "id_token_algorithm",
        ),
        (
            format!("{}.{payload}.", part(json!({ "alg": "NoNe" }))),
            "id_token_algorithm",
        ),
        (
            format!("{}.{payload}.AAAA", part(json!({ "alg": "ES256K" }))),
            "id_token_algorithm",
        ),
        (format!("{head}."), "id_token_bad_signature"),
        (format!("{good} "), "id_token_malformed"),
    ];
    for (token, expected) in table {
        let code = verify(&rules(), &token).unwrap_err().code();
        assert_eq!(code, expected, "{token}");
    }
}

#[test]
fn rejects_access_token_and_logout_token_presented_as_id_token() {
    for typ in ["at+jwt", "application/at+jwt", "AT+JWT", "logout+jwt"] {
        let token = sign_with(&KEY, typ, &claims(json!({})));
        assert_eq!(
            verify(&rules(), &token).unwrap_err().code(),
            "id_token_type",
            "{typ}"
        );
    }
    for typ in ["JWT", "jwt"] {
        assert!(verify(&rules(), &sign_with(&KEY, typ, &claims(json!({})))).is_ok());
    }
    let untyped = HeaderFields::default();
    let token = jws::sign(&KEY, &untyped, claims(json!({})).to_string().as_bytes()).unwrap();
    assert!(verify(&rules(), &token).is_ok());
}

#[test]
fn hmac_needs_to_be_allowed_and_verifies_with_the_client_secret() {
    let secret = Secret::new(SECRET);
    let key = SigningKey::hmac(&secret, Algorithm::HS256).unwrap();
    let token = sign_with(&key, "JWT", &claims(json!({})));
    let none = JwkSet::default();
    let code = |rules: &IdTokenRules, secret: Option<&Secret>| {
        let result = rules.verify(&token, &none, secret, now());
        result.map_or_else(|error| error.code(), |_| "ok")
    };
    assert_eq!(code(&rules(), Some(&secret)), "id_token_algorithm");
    let allowed = rules().with_algorithms([Algorithm::HS256]);
    assert_eq!(code(&allowed, Some(&secret)), "ok");
    let other = Secret::new(SECRET.to_uppercase());
    assert_eq!(code(&allowed, Some(&other)), "id_token_bad_signature");
    assert_eq!(code(&allowed, None), "id_token_key");
    assert_eq!(code(&allowed, Some(&Secret::new("short"))), "id_token_key");
}

#[test]
fn hmac_with_the_public_key_as_secret_is_refused() {
    let rsa = SigningKey::generate(Algorithm::RS256).unwrap();
    let public = Secret::new(rsa.public_jwk().unwrap().to_value().to_string());
    let forged = SigningKey::hmac(&public, Algorithm::HS256).unwrap();
    let token = sign_with(&forged, "JWT", &claims(json!({})));
    let every = rules().with_algorithms(Algorithm::ALL);
    let error = every
        .verify(&token, &set_of(&rsa), None, now())
        .unwrap_err();
    assert_eq!(error.code(), "id_token_key");
}

#[test]
fn every_asymmetric_algorithm_is_accepted() {
    use Algorithm::{ES256, ES384, ES512, EdDSA, PS256, PS384, PS512, RS256, RS384, RS512};
    for algorithm in [
        RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA,
    ] {
        let key = SigningKey::generate(algorithm).unwrap();
        let token = sign_with(&key, "JWT", &claims(json!({})));
        assert!(
            rules().verify(&token, &set_of(&key), None, now()).is_ok(),
            "{algorithm}"
        );
    }
}

#[test]
fn max_age_demands_a_recent_auth_time() {
    let rules = rules().with_max_age(Duration::from_secs(100));
    assert_eq!(outcome(&rules, json!({})), "id_token_missing_claim");
    assert_eq!(
        outcome(&rules, json!({ "auth_time": "x" })),
        "id_token_missing_claim"
    );
    assert_eq!(outcome(&rules, json!({ "auth_time": NOW - 160 })), "ok");
    assert_eq!(
        outcome(&rules, json!({ "auth_time": NOW - 161 })),
        "id_token_auth_time"
    );
}

#[test]
fn acr_must_be_one_that_was_asked_for() {
    let rules = rules().with_acr(["phr", "phrh"]);
    assert_eq!(outcome(&rules, json!({ "acr": "phrh" })), "ok");
    assert_eq!(outcome(&rules, json!({ "acr": "0" })), "id_token_acr");
    assert_eq!(outcome(&rules, json!({})), "id_token_acr");
}

#[test]
fn hashes_must_fit_where_present() {
    // The values of OpenID Connect Core appendix A, whose algorithm also hashes with SHA-256.
    let token = Secret::new("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y");
    let code = Secret::new("Qcb0Orv1zh30vL1MPRsbm-diHiMwcLyZvn1arpZv-Jxf_11jnpEX3Tgfvk");
    let rules = rules().with_access_token(token).with_code(code);
    let table = [
        (json!({}), "ok"),
        (json!({ "at_hash": "77QmUPtjPfzWtF2AnpK9RQ" }), "ok"),
        (json!({ "c_hash": "LDktKdoQak3Pk0cnXxCltA" }), "ok"),
        (
            json!({ "at_hash": "LDktKdoQak3Pk0cnXxCltA" }),
            "id_token_at_hash",
        ),
        (json!({ "at_hash": "" }), "id_token_at_hash"),
        (json!({ "at_hash": 5 }), "id_token_at_hash"),
        (
            json!({ "c_hash": "77QmUPtjPfzWtF2AnpK9RQ" }),
            "id_token_c_hash",
        ),
    ];
    for (changes, expected) in table {
        assert_eq!(outcome(&rules, changes.clone()), expected, "{changes}");
    }
}

#[test]
fn leeway_is_adjustable() {
    let strict = rules().with_leeway(Duration::ZERO);
    assert_eq!(outcome(&strict, json!({ "exp": NOW })), "id_token_expired");
    assert_eq!(outcome(&strict, json!({ "exp": NOW + 1 })), "ok");
    assert_eq!(
        outcome(&strict, json!({ "iat": NOW + 1 })),
        "id_token_future"
    );
    let lenient = rules().with_leeway(Duration::from_mins(10));
    assert_eq!(outcome(&lenient, json!({ "iat": NOW + 600 })), "ok");
}

#[test]
fn wrong_time_is_told_apart_as_a_clock_problem() {
    let error = verify(&rules(), &sign(&claims(json!({ "iat": NOW + 600 })))).unwrap_err();
    assert!(error.may_be_clock());
    assert_eq!(
        error.to_string(),
        "the ID token is from the future, or a clock is off: iat is 600 seconds ahead"
    );
    let error = verify(&rules(), &sign(&claims(json!({ "exp": NOW - 600 })))).unwrap_err();
    assert!(error.may_be_clock());
    assert_eq!(
        error.to_string(),
        "the ID token expired 600 seconds ago, unless a clock is off"
    );
    let error = verify(&rules(), &sign(&claims(json!({ "aud": "other" })))).unwrap_err();
    assert!(!error.may_be_clock());
}

#[test]
fn empty_nonce_proves_nothing_even_when_both_sides_have_it() {
    let rules = IdTokenRules::new(&issuer(), CLIENT).with_nonce(Secret::new(""));
    assert_eq!(outcome(&rules, json!({ "nonce": "" })), "id_token_nonce");
    assert_eq!(outcome(&rules, json!({ "nonce": null })), "id_token_nonce");
}
