//! A server, a clock, keys and answers that the tests share.

use std::collections::BTreeMap;
use std::sync::LazyLock;
use std::time::{Duration, SystemTime};

use keyfob_protocol::exchange::{Request, Response};
use keyfob_protocol::jose::{Algorithm, HeaderFields, Jwk, JwkSet, SigningKey, jws};
use keyfob_protocol::{Endpoint, Issuer, ServerMetadata};
use serde_json::{Value, json};
use url::form_urlencoded;

pub(crate) const ISSUER: &str = "https://as.example";
pub(crate) const CLIENT: &str = "demo-cli";
pub(crate) const NOW: u64 = 1_700_000_000;
pub(crate) const SECRET: &str = "a-client-secret-of-32-characters";

/// The issuer's signing key.
pub(crate) static KEY: LazyLock<SigningKey> = LazyLock::new(|| {
    SigningKey::generate(Algorithm::ES256)
        .unwrap()
        .with_kid("one")
});
/// A key of nobody, with the issuer's kid.
pub(crate) static FOREIGN: LazyLock<SigningKey> = LazyLock::new(|| {
    SigningKey::generate(Algorithm::ES256)
        .unwrap()
        .with_kid("one")
});

pub(crate) fn issuer() -> Issuer {
    Issuer::parse(ISSUER).unwrap()
}

pub(crate) fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(NOW)
}

pub(crate) fn metadata() -> ServerMetadata {
    let mut metadata = ServerMetadata::new(issuer());
    let endpoints = [
        (Endpoint::Authorization, "/authorize"),
        (Endpoint::Token, "/token"),
        (Endpoint::Jwks, "/jwks"),
        (Endpoint::DeviceAuthorization, "/device"),
        (Endpoint::Introspection, "/introspect"),
        (Endpoint::Revocation, "/revoke"),
        (Endpoint::Userinfo, "/userinfo"),
    ];
    for (endpoint, path) in endpoints {
        metadata
            .set_endpoint(endpoint, &format!("{ISSUER}{path}"))
            .unwrap();
    }
    metadata
}

pub(crate) fn keys() -> JwkSet {
    set_of(&KEY)
}

pub(crate) fn set_of(key: &SigningKey) -> JwkSet {
    let jwk: Jwk = key.public_jwk().unwrap();
    JwkSet::from_keys([jwk])
}

/// The parameters of a form body; the test fails when one is there twice.
pub(crate) fn form(request: &Request) -> BTreeMap<String, String> {
    parameters(request.body())
}

pub(crate) fn parameters(encoded: &[u8]) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for (name, value) in form_urlencoded::parse(encoded) {
        assert!(
            found.insert(name.to_string(), value.to_string()).is_none(),
            "{name} twice"
        );
    }
    found
}

pub(crate) fn answer(status: u16, body: impl Into<String>) -> Response {
    let body: String = body.into();
    let builder = http::Response::builder().status(status);
    builder
        .header("content-type", "application/json")
        .body(body.into())
        .unwrap()
}

pub(crate) fn answer_as(status: u16, headers: &[(&str, &str)], body: &str) -> Response {
    let mut builder = http::Response::builder().status(status);
    for (name, value) in headers {
        builder = builder.header(*name, *value);
    }
    builder.body(body.to_owned().into()).unwrap()
}

/// Good claims of an ID token with some replaced; `null` removes one.
pub(crate) fn claims(changes: Value) -> Value {
    let mut claims = json!({
        "iss": ISSUER, "sub": "alice", "aud": CLIENT,
        "exp": NOW + 600, "iat": NOW, "nonce": "n-0S6_WzA2Mj",
    });
    let (Value::Object(all), Value::Object(changes)) = (&mut claims, changes) else {
        panic!("claims are objects")
    };
    for (name, value) in changes {
        if value.is_null() {
            all.remove(&name);
        } else {
            all.insert(name, value);
        }
    }
    claims
}

pub(crate) fn sign(claims: &Value) -> String {
    sign_with(&KEY, "JWT", claims)
}

pub(crate) fn sign_with(key: &SigningKey, typ: &str, claims: &Value) -> String {
    jws::sign(key, &HeaderFields::typ(typ), claims.to_string().as_bytes()).unwrap()
}
