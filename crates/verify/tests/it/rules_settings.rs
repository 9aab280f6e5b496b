//! One test per rule that a service sets itself: leeway, age, further audiences, clients, scopes, and what loosens.

use std::time::Duration;

use keyfob_jose::{HeaderFields, NumericDate};
use keyfob_verify::{Leeway, Profile, RequiredClaims, Rules, danger};
use serde_json::{Value, json};

use crate::tokens::{
    API, NOW, changed, check, claims, code, keys, new_key, now, rules, sign, sign_typed,
};

const OTHER: &str = "https://other.example";

fn under(rules: &Rules, changes: &Value) -> &'static str {
    code(&check(rules, &sign(changed(changes))))
}

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

#[test]
fn each_time_has_a_leeway_of_its_own_to_the_second() {
    let leeway = Leeway {
        exp: seconds(5),
        nbf: seconds(10),
        iat: seconds(20),
    };
    let rules = rules().with_leeway(leeway);
    for (changes, expected) in [
        (json!({"exp": NOW - 4}), "good"),
        (json!({"exp": NOW - 5}), "expired"),
        (json!({"nbf": NOW + 10}), "good"),
        (json!({"nbf": NOW + 11}), "not_yet_valid"),
        (json!({"iat": NOW + 20}), "good"),
        (json!({"iat": NOW + 21}), "issued_in_future"),
    ] {
        assert_eq!(under(&rules, &changes), expected, "{changes}");
    }
}

#[test]
fn without_leeway_a_token_ends_at_exp_and_starts_at_nbf_and_iat() {
    let rules = rules().with_leeway(Duration::ZERO);
    for (changes, expected) in [
        (json!({"exp": NOW + 1}), "good"),
        (json!({"exp": NOW}), "expired"),
        (json!({"exp": 1_800_000_000.5}), "good"),
        (json!({"nbf": NOW, "iat": NOW}), "good"),
        (json!({"nbf": NOW + 1}), "not_yet_valid"),
        (json!({"iat": NOW + 1}), "issued_in_future"),
    ] {
        assert_eq!(under(&rules, &changes), expected, "{changes}");
    }
}

#[test]
fn the_largest_leeway_and_the_largest_times_overflow_nothing() {
    let endless = rules().with_leeway(Duration::MAX);
    assert_eq!(under(&endless, &json!({"exp": 0, "iat": 0})), "good");
    let far = json!({"exp": NumericDate::MAX_SECONDS, "nbf": 0, "iat": 0});
    assert_eq!(under(&rules(), &far), "good");
    let oldest = rules().with_max_token_age(Duration::MAX);
    assert_eq!(under(&oldest, &json!({"iat": 0})), "good");
}

#[test]
fn a_token_may_be_as_old_as_set_and_the_leeway_of_iat() {
    let rules = rules().with_max_token_age(Duration::from_mins(5));
    let strict = rules.clone().with_leeway(Duration::ZERO);
    for (ago, tolerant, exact) in [
        (300, "good", "good"),
        (301, "good", "issued_too_long_ago"),
        (360, "good", "issued_too_long_ago"),
        (361, "issued_too_long_ago", "issued_too_long_ago"),
    ] {
        let changes = json!({"iat": NOW - ago});
        assert_eq!(under(&rules, &changes), tolerant, "{ago}");
        assert_eq!(under(&strict, &changes), exact, "{ago}");
    }
}

#[test]
fn by_default_a_token_may_be_of_any_age_until_it_expires() {
    assert_eq!(under(&rules(), &json!({"iat": 0})), "good");
}

#[test]
fn further_audiences_are_ignored_unless_only_trusted_ones_are_accepted() {
    let both = json!({"aud": [API, OTHER]});
    let alone = || rules().with_trusted_audiences([""; 0]);
    let trusting = rules().with_trusted_audiences([OTHER]);
    for (rules, changes, expected) in [
        (rules(), &both, "good"),
        (alone(), &both, "untrusted_audience"),
        (alone(), &json!({"aud": [API]}), "good"),
        (alone(), &json!({"aud": API}), "good"),
        (alone(), &json!({"aud": [API, API]}), "good"),
        (trusting.clone(), &both, "good"),
        (
            trusting.clone(),
            &json!({"aud": [API, OTHER, "x"]}),
            "untrusted_audience",
        ),
        (trusting, &json!({"aud": [OTHER]}), "wrong_audience"),
    ] {
        assert_eq!(under(&rules, changes), expected, "{changes}");
    }
}

#[test]
fn each_name_of_the_client_must_be_an_accepted_one_where_clients_are_named() {
    let rules = rules()
        .with_profile(Profile::Plain)
        .with_authorized_parties(["demo", "other"]);
    for (changes, expected) in [
        (json!({}), "good"),
        (json!({"client_id": "other"}), "good"),
        (json!({"client_id": "evil"}), "wrong_azp"),
        (json!({"client_id": null, "azp": "demo"}), "good"),
        (json!({"client_id": null, "azp": "evil"}), "wrong_azp"),
        (json!({"azp": "other"}), "good"),
        (json!({"azp": "evil"}), "wrong_azp"),
        (json!({"client_id": "evil", "azp": "demo"}), "wrong_azp"),
        (json!({"azp": ["demo"]}), "wrong_azp"),
        (json!({"client_id": null}), "missing_claim"),
    ] {
        assert_eq!(under(&rules, &changes), expected, "{changes}");
    }
}

#[test]
fn without_named_clients_azp_is_not_compared() {
    assert_eq!(under(&rules(), &json!({"azp": "anyone"})), "good");
}

#[test]
fn every_scope_asked_for_must_be_granted() {
    let all = || rules().with_all_scopes(["read", "write"]);
    for (rules, changes, expected) in [
        (all(), json!({}), "good"),
        (all(), json!({"scope": "write x read"}), "good"),
        (all(), json!({"scope": ["write", "read"]}), "good"),
        (
            all(),
            json!({"scope": null, "scp": ["read", "write"]}),
            "good",
        ),
        (all(), json!({"scope": "read"}), "insufficient_scope"),
        (all(), json!({"scope": null}), "insufficient_scope"),
        (
            all().with_any_scope(["a", "b"]),
            json!({}),
            "insufficient_scope",
        ),
        (
            all().with_any_scope(["a", "b"]),
            json!({"scope": "b read write"}),
            "good",
        ),
    ] {
        assert_eq!(under(&rules, &changes), expected, "{changes}");
    }
}

#[test]
fn any_audience_is_accepted_only_where_danger_says_so() {
    let any = rules().with_any_audience(danger::AnyAudience);
    for changes in [
        json!({"aud": OTHER}),
        json!({"aud": []}),
        json!({"aud": null}),
    ] {
        assert_ne!(under(&rules(), &changes), "good");
        assert_eq!(under(&any, &changes), "good", "{changes}");
    }
    assert_eq!(under(&any, &json!({"aud": 7})), "malformed_claim");
}

#[test]
fn any_type_is_accepted_only_where_danger_says_so_and_id_tokens_nowhere() {
    for profile in [Profile::Rfc9068, Profile::Plain] {
        let strict = rules().with_profile(profile);
        let any = strict.clone().with_any_type(danger::AnyType);
        let own = HeaderFields::typ("application/vnd.example.at+jwt");
        let token = sign_typed(claims(), &own);
        assert_eq!(code(&check(&strict, &token)), "wrong_type");
        assert_eq!(code(&check(&any, &token)), "good");
        let id_token = sign_typed(changed(&json!({"nonce": "n"})), &own);
        assert_eq!(code(&check(&any, &id_token)), "id_token_presented");
    }
    let any = rules().with_any_type(danger::AnyType);
    assert_eq!(under(&any, &json!({"jti": null})), "missing_claim");
}

/// A token that breaks every rule, mended one by one.
#[test]
fn the_rules_are_checked_in_the_order_that_is_documented() {
    let rules = rules()
        .with_trusted_audiences([""; 0])
        .with_max_token_age(Duration::from_hours(1))
        .with_authorized_parties(["demo"])
        .with_required_claims(RequiredClaims::new().with("tenant", "t"))
        .with_any_scope(["admin"]);
    let mut token = json!({
        "iss": OTHER, "aud": [OTHER], "exp": 1, "nbf": NOW + 999, "iat": NOW + 999,
        "sub": "", "client_id": "evil", "jti": "1", "scope": "read",
    });
    let mends = [
        ("wrong_issuer", json!({"iss": crate::tokens::ISSUER})),
        ("wrong_audience", json!({"aud": [API, OTHER]})),
        ("untrusted_audience", json!({"aud": [API]})),
        ("expired", json!({"exp": NOW + 999})),
        ("not_yet_valid", json!({"nbf": NOW})),
        ("issued_in_future", json!({"iat": NOW - 9999})),
        ("issued_too_long_ago", json!({"iat": NOW})),
        ("missing_claim", json!({"sub": "alice"})),
        ("wrong_azp", json!({"client_id": "demo"})),
        ("required_claim_missing", json!({"tenant": "t"})),
        ("insufficient_scope", json!({"scope": "admin"})),
    ];
    for (expected, mend) in mends {
        let signed = sign(token.as_object().unwrap().clone());
        assert_eq!(code(&check(&rules, &signed)), expected);
        for (name, value) in mend.as_object().unwrap() {
            token[name] = value.clone();
        }
    }
    let signed = sign(token.as_object().unwrap().clone());
    assert_eq!(code(&check(&rules, &signed)), "good");
}

#[test]
fn algorithm_type_and_issuer_are_told_before_any_key_is_tried() {
    let stranger = keys(&[&new_key("k9")]);
    let verdict = |token: &str| code(&rules().verify_with(&stranger, token, now()));
    let foreign = sign(changed(&json!({"iss": OTHER})));
    assert_eq!(verdict(&foreign), "wrong_issuer");
    let typed = sign_typed(changed(&json!({"iss": OTHER})), &HeaderFields::typ("JWT"));
    assert_eq!(verdict(&typed), "wrong_type");
    assert_eq!(verdict(&sign(changed(&json!({"exp": 1})))), "unknown_key");
}
