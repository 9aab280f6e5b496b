//! Signed introspection responses (RFC 9701).

use std::time::Duration;

use keyfob_protocol::exchange::Response;
use keyfob_protocol::jose::{Algorithm, HeaderFields, Secret, SigningKey, jws};
use keyfob_protocol::{Client, Introspection, IntrospectionRequest, SignedAnswerRules};
use serde_json::{Value, json};

use crate::fixtures::{self, CLIENT, FOREIGN, ISSUER, KEY, NOW, answer, answer_as};

const SIGNED: &str = "application/token-introspection+jwt";

fn claims() -> Value {
    json!({
        "iss": ISSUER, "aud": CLIENT, "iat": NOW,
        "token_introspection": {"active": true, "scope": "read write", "sub": "alice", "exp": NOW + 60},
    })
}

fn with(name: &str, value: Value) -> Value {
    let mut claims = claims();
    claims[name] = value;
    claims
}

fn without(name: &str) -> Value {
    let mut claims = claims();
    claims.as_object_mut().unwrap().remove(name);
    claims
}

fn sign(key: &SigningKey, typ: &str, claims: &Value) -> Response {
    let token = jws::sign(key, &HeaderFields::typ(typ), claims.to_string().as_bytes()).unwrap();
    answer_as(200, &[("content-type", SIGNED)], &token)
}

fn signed(claims: &Value) -> Response {
    sign(&KEY, "token-introspection+jwt", claims)
}

fn rules() -> SignedAnswerRules {
    SignedAnswerRules::new(ISSUER, CLIENT, [Algorithm::ES256])
}

fn read(response: &Response) -> Result<Introspection, &'static str> {
    read_at(response, 0)
}

/// Reads the answer `later` seconds after it was signed.
fn read_at(response: &Response, later: i64) -> Result<Introspection, &'static str> {
    let question = IntrospectionRequest::new("t").with_signed_answer();
    let passed = Duration::from_secs(later.unsigned_abs());
    let now = if later < 0 {
        fixtures::now() - passed
    } else {
        fixtures::now() + passed
    };
    question
        .read_signed(response)
        .and_then(|answer| rules().read_with(&fixtures::keys(), &answer, now))
        .map_err(|error| error.code())
}

#[test]
fn asks_for_a_signed_answer_by_its_media_type() {
    let request = IntrospectionRequest::new("t")
        .with_signed_answer()
        .request(
            &fixtures::metadata(),
            &Client::public(CLIENT),
            fixtures::now(),
        )
        .unwrap();
    assert_eq!(request.headers()["accept"], SIGNED);
}

#[test]
fn reads_the_answer_out_of_a_signed_one() {
    let token = read(&signed(&claims())).unwrap();
    assert!(token.active && token.scope.unwrap().contains("write"));
    assert_eq!(token.sub.as_deref(), Some("alice"));
    let several = with("aud", json!(["other", CLIENT]));
    assert!(read(&signed(&several)).is_ok());
    let inactive = with("token_introspection", json!({"active": false}));
    assert!(!read(&signed(&inactive)).unwrap().active);
}

#[test]
fn refuses_a_plain_answer_where_signed_ones_are_required() {
    let plain = answer(200, r#"{"active":true}"#);
    assert_eq!(read(&plain).unwrap_err(), "answer_unsigned");
    let labelled = answer_as(200, &[("content-type", SIGNED)], r#"{"active":true}"#);
    assert_eq!(read(&labelled).unwrap_err(), "malformed_token");
}

#[test]
fn a_refusal_is_told_as_ever() {
    let refused = answer(401, r#"{"error":"invalid_client"}"#);
    assert_eq!(read(&refused).unwrap_err(), "oauth_error");
    assert_eq!(read(&answer(503, "busy")).unwrap_err(), "http_error");
}

#[test]
fn refuses_any_other_token_of_the_issuer() {
    for typ in ["JWT", "at+jwt", "introspection+jwt"] {
        let other = sign(&KEY, typ, &claims());
        assert_eq!(read(&other).unwrap_err(), "answer_wrong_type", "{typ}");
    }
    let spelled_out = sign(&KEY, SIGNED, &claims());
    assert!(read(&spelled_out).is_ok(), "RFC 7515 §4.1.9 allows both");
}

#[test]
fn refuses_an_answer_that_the_issuer_did_not_sign() {
    let forged = sign(&FOREIGN, "token-introspection+jwt", &claims());
    assert_eq!(read(&forged).unwrap_err(), "bad_signature");
    let secret = Secret::new(fixtures::SECRET);
    let symmetric = SigningKey::hmac(&secret, Algorithm::HS256).unwrap();
    let symmetric = sign(&symmetric, "token-introspection+jwt", &claims());
    assert_eq!(read(&symmetric).unwrap_err(), "answer_algorithm_refused");
    let only_symmetric = SignedAnswerRules::new(ISSUER, CLIENT, [Algorithm::HS256]);
    assert!(only_symmetric.accepts_nothing());
}

#[test]
fn refuses_an_answer_from_or_for_someone_else() {
    for (claims, code) in [
        (
            with("iss", json!("https://as.example/")),
            "answer_wrong_issuer",
        ),
        (with("aud", json!("demo-cli2")), "answer_wrong_audience"),
        (with("aud", json!([])), "answer_wrong_audience"),
        (without("iss"), "answer_missing_claim"),
        (without("aud"), "answer_missing_claim"),
        (without("iat"), "answer_missing_claim"),
        (without("token_introspection"), "answer_missing_claim"),
        (
            with("token_introspection", json!("{}")),
            "answer_missing_claim",
        ),
        (with("token_introspection", json!({})), "missing"),
        (
            with("token_introspection", json!({"active": "true"})),
            "malformed",
        ),
    ] {
        assert_eq!(read(&signed(&claims)).unwrap_err(), code, "{claims}");
    }
}

#[test]
fn an_answer_is_good_from_its_signing_until_five_minutes_after() {
    let answer = signed(&claims());
    assert_eq!(read_at(&answer, -31).unwrap_err(), "answer_from_future");
    assert!(read_at(&answer, -30).is_ok());
    assert!(read_at(&answer, 329).is_ok());
    assert_eq!(read_at(&answer, 330).unwrap_err(), "answer_too_old");
    let ending = signed(&with("exp", json!(NOW + 10)));
    assert!(read_at(&ending, 39).is_ok());
    assert_eq!(read_at(&ending, 40).unwrap_err(), "answer_too_old");
}

#[test]
fn neither_answer_nor_error_shows_what_it_says() {
    let question = IntrospectionRequest::new("t");
    let answer = question.read_signed(&signed(&claims())).unwrap();
    assert_eq!(format!("{answer:?}"), "SignedAnswer(..)");
}
