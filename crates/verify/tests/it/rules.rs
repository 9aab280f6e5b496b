//! One test per rule (RFC 9068 §4).

use std::time::Duration;

use keyfob_jose::{Algorithm, HeaderFields, SigningKey, jws};
use keyfob_verify::{Profile, Rejection, RequiredClaims, Rules};
use serde_json::{Value, json};

use crate::tokens::{
    API, ISSUER, KEY, NOW, changed, check, claims, code, keys, new_key, now, rules, sign,
    sign_typed,
};

fn verdict(changes: &Value) -> &'static str {
    code(&check(&rules(), &sign(changed(changes))))
}

fn plain(header: &HeaderFields, changes: &Value) -> &'static str {
    code(&check(
        &rules().with_profile(Profile::Plain),
        &sign_typed(changed(changes), header),
    ))
}

// covers: planet-73
#[test]
fn a_good_token_tells_who_and_what() {
    let principal = check(&rules(), &sign(claims())).unwrap();
    assert_eq!((principal.subject(), principal.issuer()), ("alice", ISSUER));
    assert_eq!(principal.client_id(), Some("demo"));
    assert_eq!(principal.audiences().collect::<Vec<_>>(), [API]);
    assert_eq!(principal.token_id(), Some("1"));
    assert_eq!(principal.expires_at(), Some(now() + Duration::from_mins(5)));
    assert_eq!(principal.scopes().collect::<Vec<_>>(), ["read", "write"]);
    assert!(principal.has_scope("read") && !principal.has_scope("rea"));
}

// covers: planet-82, W25
#[test]
fn scopes_come_as_words_or_lists_under_two_names() {
    for (changes, expected) in [
        (json!({"scope": ["a", "b"]}), vec!["a", "b"]),
        (json!({"scope": null, "scp": "a b"}), vec!["a", "b"]),
        (json!({"scope": null, "scp": ["a", 1, "b"]}), vec!["a", "b"]),
        (json!({"scope": null}), vec![]),
        (json!({"scope": 7}), vec![]),
    ] {
        let principal = check(&rules(), &sign(changed(&changes))).unwrap();
        assert_eq!(
            principal.scopes().collect::<Vec<_>>(),
            expected,
            "{changes}"
        );
    }
}

// covers: ceg-13, planet-76, W29, planet-85
#[test]
fn rejects_a_foreign_or_odd_issuer() {
    for iss in [
        "https://op.example/",
        "https://OP.example",
        "https://evil.example",
        "",
    ] {
        assert_eq!(verdict(&json!({"iss": iss})), "wrong_issuer", "{iss}");
    }
    assert_eq!(verdict(&json!({"iss": null})), "missing_claim");
    for odd in [json!([ISSUER]), json!(1), json!({})] {
        assert_eq!(verdict(&json!({"iss": odd})), "malformed_claim");
    }
}

// covers: ceg-13, planet-76, planet-77
#[test]
fn rejects_a_token_for_someone_else_and_accepts_one_of_several() {
    assert_eq!(
        verdict(&json!({"aud": ["https://other.example", API]})),
        "good"
    );
    for aud in [
        json!("https://other.example"),
        json!([]),
        json!("https://api.example/"),
        json!(""),
    ] {
        assert_eq!(verdict(&json!({"aud": aud})), "wrong_audience", "{aud}");
    }
    assert_eq!(verdict(&json!({"aud": null})), "missing_claim");
    assert_eq!(verdict(&json!({"aud": 7})), "malformed_claim");
}

// covers: ceg-13, planet-78, C-29
#[test]
fn times_are_checked_with_leeway_to_the_second() {
    for (changes, expected) in [
        (json!({"exp": NOW - 29}), "good"),
        (json!({"exp": NOW - 30}), "expired"),
        (json!({"exp": null}), "missing_claim"),
        (json!({"exp": "9999999999"}), "malformed_claim"),
        (json!({"nbf": NOW + 30}), "good"),
        (json!({"nbf": NOW + 31}), "not_yet_valid"),
        (json!({"iat": NOW + 60}), "good"),
        (json!({"iat": NOW + 61}), "issued_in_future"),
        (json!({"iat": null}), "missing_claim"),
    ] {
        assert_eq!(verdict(&changes), expected, "{changes}");
    }
    let expired = check(&rules(), &sign(changed(&json!({"exp": NOW - 90})))).unwrap_err();
    assert_eq!(expired.to_string(), "the token expired 90 s ago");
}

// covers: W27
#[test]
fn leeway_is_a_setting() {
    let token = sign(changed(&json!({"exp": NOW - 29})));
    assert_eq!(
        code(&check(&rules().with_leeway(Duration::ZERO), &token)),
        "expired"
    );
}

// covers: planet-76
#[test]
fn rejects_tokens_without_the_claims_of_the_profile() {
    for claim in ["sub", "client_id", "jti"] {
        let outcome = check(&rules(), &sign(changed(&json!({claim: null}))));
        assert!(matches!(outcome, Err(Rejection::MissingClaim(missing)) if missing == claim));
    }
    assert_eq!(verdict(&json!({"sub": ""})), "missing_claim");
}

// covers: W26
#[test]
fn only_access_token_types_pass() {
    for typ in ["at+jwt", "application/at+jwt", "AT+JWT"] {
        assert_eq!(
            code(&check(
                &rules(),
                &sign_typed(claims(), &HeaderFields::typ(typ))
            )),
            "good",
            "{typ}"
        );
    }
    for typ in ["JWT", "dpop+jwt", "logout+jwt", "id_token", ""] {
        assert_eq!(
            code(&check(
                &rules(),
                &sign_typed(claims(), &HeaderFields::typ(typ))
            )),
            "wrong_type",
            "{typ}"
        );
    }
    assert_eq!(
        code(&check(
            &rules(),
            &sign_typed(claims(), &HeaderFields::default())
        )),
        "wrong_type"
    );
}

// covers: W26
#[test]
fn rejects_an_id_token_as_access_token() {
    assert_eq!(
        code(&check(
            &rules(),
            &sign_typed(claims(), &HeaderFields::typ("JWT"))
        )),
        "wrong_type"
    );
    for claim in ["nonce", "at_hash", "c_hash", "s_hash"] {
        assert_eq!(
            plain(&HeaderFields::typ("JWT"), &json!({claim: "x"})),
            "id_token_presented"
        );
    }
    for typ in ["ID", "id", "Id"] {
        assert_eq!(
            plain(&HeaderFields::typ("JWT"), &json!({"typ": typ})),
            "id_token_presented"
        );
    }
}

#[test]
fn rejects_logout_refresh_and_event_tokens_as_access_tokens() {
    let logout = json!({"http://schemas.openid.net/event/backchannel-logout": {}});
    for other in [
        json!({"events": logout}),
        json!({"events": []}),
        json!({"typ": "Logout"}),
        json!({"typ": "Refresh"}),
        json!({"typ": "refresh"}),
        json!({"typ": "OFFLINE"}),
    ] {
        for header in [HeaderFields::default(), HeaderFields::typ("JWT")] {
            assert_eq!(plain(&header, &other), "wrong_type", "{other}");
        }
    }
    let bearer = json!({"typ": "Bearer"});
    assert_eq!(plain(&HeaderFields::typ("JWT"), &bearer), "good");
}

#[test]
fn the_plain_profile_takes_older_tokens() {
    let older = json!({"client_id": null, "jti": null, "azp": "demo"});
    for header in [
        HeaderFields::default(),
        HeaderFields::typ("JWT"),
        HeaderFields::typ("at+jwt"),
    ] {
        assert_eq!(plain(&header, &older), "good");
    }
    assert_eq!(plain(&HeaderFields::typ("dpop+jwt"), &older), "wrong_type");
    assert_eq!(
        plain(&HeaderFields::default(), &json!({"exp": null})),
        "missing_claim"
    );
}

// covers: planet-79
#[test]
fn rejects_foreign_algorithms_before_looking_for_a_key() {
    let other = SigningKey::generate(Algorithm::EdDSA)
        .unwrap()
        .with_kid("k1");
    let body = Value::Object(claims()).to_string();
    let token = jws::sign(&other, &HeaderFields::typ("at+jwt"), body.as_bytes()).unwrap();
    let outcome = rules().verify_with(&keys(&[&other]), &token, now());
    assert_eq!(code(&outcome), "algorithm_refused");
}

// covers: W26
#[test]
fn symmetric_algorithms_are_never_accepted() {
    let rules = Rules::new(
        ISSUER,
        [API],
        [Algorithm::HS256, Algorithm::ES256],
        Profile::Rfc9068,
    );
    let secret = keyfob_jose::Secret::new("a".repeat(32));
    let key = SigningKey::hmac(&secret, Algorithm::HS256).unwrap();
    let body = Value::Object(claims()).to_string();
    let token = jws::sign(&key, &HeaderFields::typ("at+jwt"), body.as_bytes()).unwrap();
    assert_eq!(code(&check(&rules, &token)), "algorithm_refused");
}

// covers: ceg-13, planet-75, planet-79, C-4
#[test]
fn rejects_unknown_keys_and_wrong_signatures() {
    let token = sign(claims());
    let stranger = rules().verify_with(&keys(&[&new_key("k2")]), &token, now());
    assert_eq!(code(&stranger), "unknown_key");
    let namesake = rules().verify_with(&keys(&[&new_key("k1")]), &token, now());
    assert_eq!(code(&namesake), "bad_signature");
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let other = sign(changed(&json!({"sub": "bob"})));
    let (other_signed, _) = other.rsplit_once('.').unwrap();
    assert_ne!(signed, other_signed);
    assert_eq!(
        code(&check(&rules(), &format!("{other_signed}.{signature}"))),
        "bad_signature"
    );
}

// covers: ceg-13, planet-74, planet-75
#[test]
fn rejects_what_is_no_token() {
    for junk in [
        "",
        ".",
        "..",
        "a.b.c",
        "Bearer x",
        &sign(claims()).replace('.', ""),
    ] {
        assert!(check(&rules(), junk).is_err(), "{junk}");
    }
    let crit = HeaderFields::typ("at+jwt").with("crit", json!(["exp"]));
    assert!(check(&rules(), &sign_typed(claims(), &crit)).is_err());
}

#[test]
fn neither_rejection_nor_debug_shows_the_token_or_claims() {
    let token = sign(changed(
        &json!({"sub": "canary-subject", "secret_claim": "canary-claim", "exp": NOW - 999}),
    ));
    let rejection = check(&rules(), &token).unwrap_err();
    assert!(!format!("{rejection} {rejection:?}").contains("canary"));
    let token = sign(changed(&json!({"secret_claim": "canary-claim"})));
    let principal = check(&rules(), &token).unwrap();
    assert!(!format!("{principal:?}").contains("canary"));
    assert_eq!(KEY.kid(), Some("k1"));
}

// covers: planet-82, W25, W27
#[test]
fn one_of_the_scopes_asked_for_is_enough_and_none_asks_for_nothing() {
    for (claims, asked, expected) in [
        (json!({"scope": "read write"}), &["write"][..], "good"),
        (json!({"scope": "read write"}), &["admin", "read"], "good"),
        (
            json!({"scope": null, "scp": ["read", "write"]}),
            &["write"],
            "good",
        ),
        (
            json!({"scope": null, "scp": "read write"}),
            &["write"],
            "good",
        ),
        (json!({"scope": ["read"]}), &["read"], "good"),
        (
            json!({"scope": "read write"}),
            &["admin"],
            "insufficient_scope",
        ),
        (
            json!({"scope": "read write"}),
            &["r", "readwrite"],
            "insufficient_scope",
        ),
        (json!({"scope": ""}), &["read"], "insufficient_scope"),
        (json!({"scope": "", "scp": ["read"]}), &["read"], "good"),
        (json!({"scope": [], "scp": "read"}), &["read"], "good"),
        (
            json!({"scope": "write", "scp": "read"}),
            &["read"],
            "insufficient_scope",
        ),
        (json!({"scope": null}), &["read"], "insufficient_scope"),
        (json!({"scope": null}), &[], "good"),
    ] {
        let rules = rules().with_any_scope(asked.iter().copied());
        assert_eq!(
            code(&check(&rules, &sign(changed(&claims)))),
            expected,
            "{claims}"
        );
    }
}

// covers: planet-76, ceg-22, W30
#[test]
fn required_claims_are_checked_after_everything_else() {
    let rules =
        rules().with_required_claims(RequiredClaims::new().with("tenant", "t").with("scope", ()));
    for (claims, expected) in [
        (json!({"tenant": "t"}), "good"),
        (json!({"tenant": ["s", "t"]}), "good"),
        (json!({"tenant": "u"}), "required_claim_different"),
        (json!({}), "required_claim_missing"),
        (json!({"exp": 1}), "expired"),
    ] {
        assert_eq!(
            code(&check(&rules, &sign(changed(&claims)))),
            expected,
            "{claims}"
        );
    }
}

#[test]
fn rules_alone_refuse_a_bound_token_since_nobody_proved_to_hold_its_key() {
    let token = sign(changed(&json!({"cnf": {"jkt": "0".repeat(43)}})));
    let outcome = rules().verify_with(&keys(&[&KEY]), &token, now());
    assert_eq!(code(&outcome), "binding_required");
}
