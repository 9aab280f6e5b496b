//! What a route asks of an accepted token (RFC 9470 for the login behind it).

use std::time::Duration;

use keyfob_transport::{Clock, ManualClock};
use keyfob_verify::{Principal, Rejection, RequiredClaims, Requirement, StepUpReason};
use serde_json::{Value, json};

use crate::tokens::{NOW, now};

fn principal(claims: &Value) -> Principal {
    Principal::from_claims(claims.as_object().unwrap().clone()).unwrap()
}

fn code(requirement: &Requirement, claims: &Value) -> &'static str {
    let outcome = requirement.check(&principal(claims));
    assert_eq!(principal(claims).meets(requirement), outcome.is_ok());
    outcome.as_ref().map_or_else(Rejection::code, |()| "good")
}

fn on(hand: &ManualClock) -> Requirement {
    Requirement::new().clock(Clock::from(hand.clone()))
}

#[test]
fn nothing_asked_for_is_met_by_anything() {
    assert_eq!(code(&Requirement::new(), &json!({})), "good");
    assert_eq!(code(&Requirement::default(), &json!({"scope": 7})), "good");
}

#[test]
fn any_scope_needs_one_and_all_scopes_needs_every_one() {
    let any = || Requirement::new().any_scope(["a", "b"]);
    let all = || Requirement::new().all_scopes(["a", "b"]);
    let both = || Requirement::new().all_scopes(["a"]).any_scope(["b", "c"]);
    for (requirement, scope, expected) in [
        (any(), "b", "good"),
        (any(), "c", "insufficient_scope"),
        (any(), "", "insufficient_scope"),
        (all(), "b a", "good"),
        (all(), "a c", "insufficient_scope"),
        (both(), "a c", "good"),
        (both(), "b c", "insufficient_scope"),
        (both(), "a", "insufficient_scope"),
    ] {
        assert_eq!(
            code(&requirement, &json!({"scope": scope})),
            expected,
            "{scope}"
        );
    }
}

#[test]
fn the_scopes_are_read_from_scope_and_scp_as_text_and_as_list() {
    let requirement = Requirement::new().all_scopes(["a", "b"]);
    for claims in [
        json!({"scope": "a b"}),
        json!({"scope": ["a", "b"]}),
        json!({"scp": "a b"}),
        json!({"scp": ["b", "a"]}),
    ] {
        assert_eq!(code(&requirement, &claims), "good", "{claims}");
    }
}

#[test]
fn a_missing_scope_is_told_with_what_a_token_would_need() {
    let needed = |requirement: Requirement| match requirement.check(&principal(&json!({}))) {
        Err(Rejection::Scope { needed }) => needed,
        other => panic!("{other:?}"),
    };
    assert_eq!(needed(Requirement::new().all_scopes(["a", "b"])), "a b");
    assert_eq!(needed(Requirement::new().any_scope(["a", "b"])), "a");
    assert_eq!(
        needed(Requirement::new().all_scopes(["a"]).any_scope(["b", "c"])),
        "a b"
    );
}

#[test]
fn claims_are_asked_for_by_value_and_by_presence() {
    let claims = RequiredClaims::new()
        .with("groups", "staff")
        .with("sub", ());
    let requirement = Requirement::new().claims(claims);
    for (claims, expected) in [
        (json!({"groups": ["staff"], "sub": "alice"}), "good"),
        (
            json!({"groups": ["guest"], "sub": "alice"}),
            "required_claim_different",
        ),
        (json!({"groups": ["staff"]}), "required_claim_missing"),
    ] {
        assert_eq!(code(&requirement, &claims), expected, "{claims}");
    }
}

#[test]
fn one_of_the_acr_values_is_needed_and_a_missing_acr_is_none() {
    let requirement = Requirement::new().acr(["mfa", "hardware"]);
    for (claims, expected) in [
        (json!({"acr": "hardware"}), "good"),
        (json!({"acr": "password"}), "acr_not_met"),
        (json!({"acr": ["mfa"]}), "acr_not_met"),
        (json!({"acr": ""}), "acr_not_met"),
        (json!({}), "acr_not_met"),
    ] {
        assert_eq!(code(&requirement, &claims), expected, "{claims}");
    }
}

#[test]
fn a_login_may_be_as_old_as_max_age_and_leeway_to_the_second() {
    let hand = ManualClock::new(now());
    let requirement = on(&hand).max_age(Duration::from_mins(5));
    let strict = requirement.clone().leeway(Duration::ZERO);
    for (ago, tolerant, exact) in [
        (0, "good", "good"),
        (300, "good", "good"),
        (301, "good", "login_too_old"),
        (330, "good", "login_too_old"),
        (331, "login_too_old", "login_too_old"),
    ] {
        let claims = json!({"auth_time": NOW - ago});
        assert_eq!(code(&requirement, &claims), tolerant, "{ago}");
        assert_eq!(code(&strict, &claims), exact, "{ago}");
    }
}

#[test]
fn a_login_in_the_future_is_met_within_the_leeway_only() {
    let hand = ManualClock::new(now());
    let requirement = on(&hand).max_age(Duration::from_mins(5));
    assert_eq!(code(&requirement, &json!({"auth_time": NOW + 30})), "good");
    assert_eq!(
        code(&requirement, &json!({"auth_time": NOW + 31})),
        "login_too_old"
    );
}

#[test]
fn a_token_that_does_not_say_when_its_user_logged_in_is_not_recent() {
    let hand = ManualClock::new(now());
    let requirement = on(&hand).max_age(Duration::from_hours(24));
    for claims in [
        json!({}),
        json!({"auth_time": "yesterday"}),
        json!({"auth_time": null}),
        json!({"auth_time": -1}),
    ] {
        assert_eq!(
            code(&requirement, &claims),
            "login_time_unknown",
            "{claims}"
        );
    }
}

#[test]
fn max_age_zero_asks_for_a_login_of_this_moment() {
    let hand = ManualClock::new(now());
    let requirement = on(&hand).max_age(Duration::ZERO).leeway(Duration::ZERO);
    assert_eq!(code(&requirement, &json!({"auth_time": NOW})), "good");
    hand.advance(Duration::from_secs(1));
    assert_eq!(
        code(&requirement, &json!({"auth_time": NOW})),
        "login_too_old"
    );
}

#[test]
fn a_step_up_names_all_that_the_new_login_must_be() {
    let hand = ManualClock::new(now());
    let requirement = on(&hand).acr(["mfa"]).max_age(Duration::from_mins(5));
    let Err(Rejection::StepUp(needed)) = requirement.check(&principal(&json!({"acr": "mfa"})))
    else {
        panic!("it was met");
    };
    assert_eq!(needed.reason, StepUpReason::NoAuthTime);
    assert_eq!(needed.acr_values, ["mfa"]);
    assert_eq!(needed.max_age, Some(Duration::from_mins(5)));
}

#[test]
fn a_login_is_asked_for_only_when_nothing_else_is_missing() {
    let requirement = Requirement::new()
        .any_scope(["a"])
        .claims(RequiredClaims::new().with("tenant", ()))
        .acr(["mfa"]);
    for (claims, expected) in [
        (json!({}), "insufficient_scope"),
        (json!({"scope": "a"}), "required_claim_missing"),
        (json!({"scope": "a", "tenant": 1}), "acr_not_met"),
        (json!({"scope": "a", "tenant": 1, "acr": "mfa"}), "good"),
    ] {
        assert_eq!(code(&requirement, &claims), expected, "{claims}");
    }
}
