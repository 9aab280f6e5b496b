//! What is answered over HTTP, read back as a client reads it.

use std::time::Duration;

use http::header::{CACHE_CONTROL, RETRY_AFTER};
use http::{HeaderMap, StatusCode};
use keyfob_jose::Algorithm;
use keyfob_protocol::challenge::{BearerChallenge, Challenge as Read};
use keyfob_protocol::dpop::ProofError;
use keyfob_transport::DocumentError;
use keyfob_verify::{
    BindingProblem, Challenge, Principal, Rejection, RequestProblem, Requirement, Scheme,
};
use serde_json::Map;

fn read(challenge: &Challenge) -> Vec<Read> {
    Read::read_all(&headers(challenge))
}

fn headers(challenge: &Challenge) -> HeaderMap {
    let mut headers = HeaderMap::new();
    challenge.write_headers(&mut headers);
    headers
}

fn schemes(challenge: &Challenge) -> Vec<String> {
    read(challenge).into_iter().map(|one| one.scheme).collect()
}

fn unmet(requirement: &Requirement) -> Rejection {
    let nobody = Principal::from_claims(Map::new()).unwrap();
    requirement.check(&nobody).unwrap_err()
}

#[test]
fn without_a_token_no_error_is_told() {
    let challenge = Rejection::NoToken.challenge();
    assert_eq!(challenge, Challenge::no_token());
    assert_eq!(challenge.status(), StatusCode::UNAUTHORIZED);
    let read = BearerChallenge::read(&headers(&challenge)).unwrap();
    assert_eq!(read, BearerChallenge::default());
    let told = challenge.with_realm("orders").with_scope("read");
    let read = BearerChallenge::read(&headers(&told)).unwrap();
    assert_eq!(read.error, None);
    assert_eq!(read.realm.as_deref(), Some("orders"));
    assert_eq!(read.scope.as_deref(), Some("read"));
}

#[test]
fn a_bad_token_is_told_with_error_and_description() {
    let read = BearerChallenge::read(&headers(&Rejection::Audience.challenge())).unwrap();
    assert_eq!(read.error.as_deref(), Some("invalid_token"));
    assert_eq!(
        read.error_description.as_deref(),
        Some("the token is for another audience")
    );
}

#[test]
fn a_token_presented_wrongly_is_a_bad_request() {
    for problem in RequestProblem::ALL {
        let challenge = Rejection::Request(problem).challenge();
        assert_eq!(challenge.status(), StatusCode::BAD_REQUEST);
        assert_eq!(challenge.error(), Some("invalid_request"));
    }
}

#[test]
fn a_missing_scope_is_forbidden_and_names_what_is_needed() {
    let challenge = unmet(&Requirement::new().all_scopes(["a", "b"])).challenge();
    assert_eq!(challenge.status(), StatusCode::FORBIDDEN);
    let read = BearerChallenge::read(&headers(&challenge)).unwrap();
    assert_eq!(read.error.as_deref(), Some("insufficient_scope"));
    assert_eq!(read.scope.as_deref(), Some("a b"));
}

#[test]
fn what_the_reason_needs_is_not_replaced_by_what_the_service_needs_in_general() {
    let challenge = unmet(&Requirement::new().all_scopes(["a"])).challenge();
    let told = challenge.with_scope("everything");
    let read = BearerChallenge::read(&headers(&told)).unwrap();
    assert_eq!(read.scope.as_deref(), Some("a"));
}

#[test]
fn a_step_up_names_acr_values_and_max_age() {
    let requirement = Requirement::new()
        .acr(["mfa", "hardware"])
        .max_age(Duration::from_mins(5));
    let challenge = unmet(&requirement).challenge();
    assert_eq!(challenge.status(), StatusCode::UNAUTHORIZED);
    let read = read(&challenge);
    let parameter = |name| read[0].parameter(name);
    assert_eq!(parameter("error"), Some("insufficient_user_authentication"));
    assert_eq!(parameter("acr_values"), Some("mfa hardware"));
    assert_eq!(parameter("max_age"), Some("300"));
}

#[test]
fn the_metadata_of_the_resource_is_linked_with_and_without_an_error() {
    let url = "https://api.example/.well-known/oauth-protected-resource";
    for challenge in [Challenge::no_token(), Rejection::Issuer.challenge()] {
        let read = read(&challenge.with_resource_metadata(url));
        assert_eq!(read[0].parameter("resource_metadata"), Some(url));
    }
}

#[test]
fn both_schemes_are_offered_and_the_error_stands_in_the_one_that_was_used() {
    let algorithms = [Algorithm::ES256, Algorithm::EdDSA];
    let challenge = Rejection::Audience.challenge().with_dpop(algorithms);
    let bearer = read(&challenge);
    assert_eq!(schemes(&challenge), ["Bearer", "DPoP"]);
    assert_eq!(bearer[0].parameter("error"), Some("invalid_token"));
    assert_eq!(bearer[1].parameter("error"), None);
    assert_eq!(bearer[1].parameter("algs"), Some("ES256 EdDSA"));

    let challenge = challenge.presented_with(Scheme::Dpop);
    let dpop = read(&challenge);
    assert_eq!(schemes(&challenge), ["DPoP", "Bearer"]);
    assert_eq!(dpop[0].parameter("error"), Some("invalid_token"));
    assert_eq!(dpop[0].parameter("algs"), Some("ES256 EdDSA"));
    assert_eq!(dpop[1].parameter("error"), None);
}

#[test]
fn a_service_that_takes_dpop_only_offers_dpop_only() {
    let only = |challenge: Challenge| challenge.with_dpop([Algorithm::ES256]).without_bearer();
    assert_eq!(schemes(&only(Challenge::no_token())), ["DPoP"]);
    let read = read(&only(Rejection::Audience.challenge()));
    assert_eq!(read.len(), 1);
    assert_eq!(read[0].parameter("error"), Some("invalid_token"));
}

#[test]
fn a_wrong_proof_is_told_in_dpops_challenge() {
    for problem in [
        ProofError::Missing,
        ProofError::Signature,
        ProofError::Replayed,
    ] {
        let challenge = Rejection::DpopProof(problem).challenge();
        let challenge = challenge.with_dpop([Algorithm::ES256]);
        let read = read(&challenge);
        assert_eq!(challenge.status(), StatusCode::UNAUTHORIZED);
        assert_eq!(schemes(&challenge), ["DPoP", "Bearer"]);
        assert_eq!(read[0].parameter("error"), Some("invalid_dpop_proof"));
    }
}

#[test]
fn a_token_bound_otherwise_is_an_invalid_token() {
    for problem in BindingProblem::ALL {
        let challenge = Rejection::Binding(problem).challenge();
        assert_eq!(challenge.status(), StatusCode::UNAUTHORIZED);
        assert_eq!(challenge.error(), Some("invalid_token"));
    }
    let challenge = Rejection::BindingRequired.challenge();
    assert_eq!(challenge.error(), Some("invalid_token"));
}

#[test]
fn a_nonce_is_handed_out_in_its_header() {
    let nonce = "eyJ7S_zG.eyJH0-Z.HX4w-7v".to_owned();
    let challenge = Rejection::UseDpopNonce { nonce }.challenge();
    let challenge = challenge.with_dpop([Algorithm::ES256]);
    assert_eq!(challenge.error(), Some("use_dpop_nonce"));
    assert_eq!(challenge.dpop_nonce(), Some("eyJ7S_zG.eyJH0-Z.HX4w-7v"));
    let headers = headers(&challenge);
    assert_eq!(headers["dpop-nonce"], "eyJ7S_zG.eyJH0-Z.HX4w-7v");
    assert_eq!(read(&challenge)[0].scheme, "DPoP");
}

#[test]
fn what_cannot_be_checked_now_is_to_be_tried_later_and_challenges_nobody() {
    let challenge = Rejection::KeysUnavailable(DocumentError::TooSoon)
        .challenge()
        .with_dpop([Algorithm::ES256]);
    assert_eq!(challenge.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(challenge.error(), None);
    let headers = headers(&challenge);
    assert!(!headers.contains_key("www-authenticate"));
    assert_eq!(headers[RETRY_AFTER], "5");
}

#[test]
fn no_answer_is_stored() {
    for challenge in [Challenge::no_token(), Rejection::Issuer.challenge()] {
        assert_eq!(headers(&challenge)[CACHE_CONTROL], "no-store");
    }
}

#[test]
fn no_value_breaks_out_of_its_quotes_or_its_header() {
    let odd = "a\"b\\c, error=\"x\", \r\nSet-Cookie: d=\u{e9}\u{0}";
    let challenge = Rejection::Issuer
        .challenge()
        .with_realm(odd)
        .with_scope(odd)
        .with_resource_metadata(odd);
    let read = read(&challenge);
    let shown = "a\"b\\c, error=\"x\", ??Set-Cookie: d=??";
    assert_eq!(read.len(), 1);
    for name in ["realm", "scope", "resource_metadata"] {
        assert_eq!(read[0].parameter(name), Some(shown), "{name}");
    }
    assert_eq!(read[0].parameter("error"), Some("invalid_token"));
}

#[test]
fn the_value_is_exactly_as_in_the_standards() {
    let value = |challenge: &Challenge| {
        let value = challenge.header_values().next().unwrap();
        value.to_str().unwrap().to_owned()
    };
    assert_eq!(value(&Challenge::no_token()), "Bearer");
    assert_eq!(
        value(&Challenge::no_token().with_realm("example")),
        r#"Bearer realm="example""#
    );
    let expired = Rejection::Expired {
        ago: Duration::from_secs(1),
    };
    assert_eq!(
        value(&expired.challenge().with_realm("example")),
        r#"Bearer realm="example", error="invalid_token", error_description="the token expired""#
    );
}
