//! Userinfo as JSON and as signed JWT (OpenID Connect Core §5.3).

use keyfob_protocol::jose::{Algorithm, Secret, SigningKey};
use keyfob_protocol::userinfo::UserinfoResponse;
use keyfob_protocol::{Endpoint, ProtocolError, RequestPolicy, Userinfo, UserinfoRequest};
use serde_json::{Value, json};

use crate::fixtures::{
    self, CLIENT, FOREIGN, ISSUER, KEY, NOW, SECRET, answer, answer_as, issuer, keys, now,
    sign_with,
};

fn request() -> UserinfoRequest {
    UserinfoRequest::new("SlAV32hkKG").with_subject("alice")
}

fn verify(response: UserinfoResponse) -> Result<Userinfo, ProtocolError> {
    response.verify(&issuer(), CLIENT, &keys(), None, now())
}

fn plain(status: u16, body: &Value) -> Result<Userinfo, &'static str> {
    let response = request().read(&answer(status, body.to_string()));
    response.and_then(verify).map_err(|error| error.code())
}

fn signed(key: &SigningKey, body: &Value) -> Result<Userinfo, &'static str> {
    let kind = [("content-type", "Application/JWT; charset=utf-8")];
    let response = request().read(&answer_as(200, &kind, &sign_with(key, "JWT", body)));
    response.and_then(verify).map_err(|error| error.code())
}

#[test]
fn token_goes_into_a_sensitive_header_or_into_the_body() {
    let header = request().request(&fixtures::metadata()).unwrap();
    assert_eq!(header.method(), "GET");
    assert_eq!(header.uri(), "https://as.example/userinfo");
    assert_eq!(header.headers()["authorization"], "Bearer SlAV32hkKG");
    assert!(header.headers()["authorization"].is_sensitive());
    assert_eq!(
        RequestPolicy::of(&header).unwrap().endpoint,
        Endpoint::Userinfo
    );

    let body = request().in_body().request(&fixtures::metadata()).unwrap();
    assert_eq!(body.method(), "POST");
    assert_eq!(body.body(), "access_token=SlAV32hkKG");
    assert!(!body.headers().contains_key("authorization"));
    for request in [header, body] {
        assert_eq!(
            request.headers()["accept"],
            "application/json, application/jwt"
        );
    }
    let broken = UserinfoRequest::new("a\nb").request(&fixtures::metadata());
    assert_eq!(broken.unwrap_err().code(), "bad_setting");
}

#[test]
fn reads_json_and_compares_sub() {
    let userinfo = plain(200, &json!({ "sub": "alice", "email": "a@example.com" })).unwrap();
    assert_eq!(userinfo.subject(), "alice");
    assert_eq!(userinfo.claims()["email"], "a@example.com");
    assert_eq!(
        plain(200, &json!({ "sub": "bob" })).err(),
        Some("subject_mismatch")
    );
    assert_eq!(plain(200, &json!({ "sub": "" })).err(), Some("missing"));
    assert_eq!(plain(200, &json!({})).err(), Some("missing"));
    assert_eq!(
        plain(401, &json!({ "error": "invalid_token" })).err(),
        Some("oauth_error")
    );
    assert_eq!(plain(200, &json!([])).err(), Some("not_json"));
}

#[test]
fn any_subject_will_do_only_when_none_is_expected() {
    let response = UserinfoRequest::new("t")
        .read(&answer(200, r#"{"sub":"bob"}"#))
        .unwrap();
    assert_eq!(verify(response).unwrap().subject(), "bob");
}

#[test]
fn challenge_of_an_expired_token_is_read() {
    let value = r#"Bearer error="invalid_token", error_description="The Access Token expired""#;
    let error = request()
        .read(&answer_as(401, &[("www-authenticate", value)], ""))
        .unwrap_err();
    assert_eq!(error.oauth_error(), Some("invalid_token"));
    let said = "the userinfo endpoint refused with invalid_token: The Access Token expired";
    assert_eq!(error.to_string(), said);
    let bare = request().read(&answer_as(401, &[("www-authenticate", "Bearer")], ""));
    assert_eq!(bare.unwrap_err().code(), "http_error");
}

#[test]
fn signed_userinfo_is_verified() {
    let good = json!({ "iss": ISSUER, "aud": CLIENT, "sub": "alice", "name": "Alice" });
    assert_eq!(signed(&KEY, &good).unwrap().claims()["name"], "Alice");
    assert!(
        signed(&KEY, &json!({ "sub": "alice" })).is_ok(),
        "iss and aud may be absent"
    );
    let table = [
        (json!({ "sub": "bob" }), "subject_mismatch"),
        (json!({ "name": "x" }), "missing"),
        (
            json!({ "sub": "alice", "iss": "https://evil.example" }),
            "issuer_mismatch",
        ),
        (json!({ "sub": "alice", "aud": "other" }), "malformed"),
        (json!({ "sub": "alice", "exp": NOW - 60 }), "malformed"),
    ];
    for (body, code) in table {
        assert_eq!(signed(&KEY, &body).err(), Some(code), "{body}");
    }
    assert_eq!(signed(&FOREIGN, &good).err(), Some("bad_signature"));
    let stranger = SigningKey::generate(Algorithm::ES256)
        .unwrap()
        .with_kid("two");
    assert_eq!(signed(&stranger, &good).err(), Some("unknown_key"));
}

#[test]
fn unknown_key_is_recognised_so_that_the_key_set_is_fetched_again() {
    let stranger = SigningKey::generate(Algorithm::ES256)
        .unwrap()
        .with_kid("two");
    let body = sign_with(&stranger, "JWT", &json!({ "sub": "alice" }));
    let response = request().read(&answer_as(
        200,
        &[("content-type", "application/jwt")],
        &body,
    ));
    assert!(verify(response.unwrap()).unwrap_err().is_unknown_key());
}

#[test]
fn hmac_signed_userinfo_needs_to_be_allowed() {
    let secret = Secret::new(SECRET);
    let key = SigningKey::hmac(&secret, Algorithm::HS256).unwrap();
    let body = sign_with(&key, "JWT", &json!({ "sub": "alice" }));
    let response = request().read(&answer_as(
        200,
        &[("content-type", "application/jwt")],
        &body,
    ));
    let UserinfoResponse::Signed(signed) = response.unwrap() else {
        panic!("not signed")
    };
    let verify = |signed: &keyfob_protocol::userinfo::SignedUserinfo| {
        let result = signed.verify(&issuer(), CLIENT, &keys(), Some(&secret), now());
        result.map_or_else(|error| error.code(), |_| "ok")
    };
    assert_eq!(verify(&signed), "unsupported_algorithm");
    assert_eq!(verify(&signed.with_algorithms([Algorithm::HS256])), "ok");
}
