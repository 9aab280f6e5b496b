//! What an introspection endpoint answers (RFC 7662 §2.2, RFC 9701). Input: the body; or, with a line break in it, the
//! header and the claims of a signed answer, which the target signs with the issuer's key.
#![no_main]

use std::sync::LazyLock;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Response};
use keyfob_fuzz::{
    AUDIENCE, CannedTransport, ISSUER, NOW, TEST_ISSUER, assert_quotes_nothing, plant, run, sign,
};
use keyfob_jose::{Algorithm, JwkSet};
use keyfob_protocol::{Client, ClientAuthentication, IntrospectionRequest, SignedAnswerRules};
use keyfob_verify::{Introspector, Principal, Rejection};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

const CLIENT: &str = "my-api";

static CANNED: LazyLock<CannedTransport> = LazyLock::new(CannedTransport::default);
static KEYS: LazyLock<JwkSet> = LazyLock::new(|| TEST_ISSUER.key_set());
static INTROSPECTOR: LazyLock<Introspector> = LazyLock::new(|| {
    Introspector::builder(ISSUER)
        .audience(AUDIENCE)
        .client(Client::new(
            CLIENT,
            ClientAuthentication::SecretBasic("s3cret".into()),
        ))
        .endpoint(format!("{ISSUER}/introspect"))
        .transport(CANNED.transport())
        .clock(TEST_ISSUER.clock().clone().into())
        .build()
        .expect("it has all it needs")
});

fuzz_target!(|input: &[u8]| {
    let input = &plant(input)[..];
    if let Some(at) = input.iter().position(|byte| *byte == b'\n') {
        signed(&input[..at], &input[at + 1..]);
    } else {
        plain(input);
    }
});

fn plain(body: &[u8]) {
    CANNED.answer(response("application/json", body));
    let outcome = run(INTROSPECTOR.check(&CANNED.new_token()));
    match outcome {
        Ok(principal) => check(&principal, body),
        // What a server says by `error` and `error_description` is told, cleaned and cut (RFC 6749 §5.2).
        Err(Rejection::IntrospectionUnavailable(error)) if error.code() == "oauth_error" => {}
        Err(rejection) => assert_quotes_nothing(&rejection),
    }
}

/// What must be true of every answer that is believed, said again in other words.
fn check(principal: &Principal, body: &[u8]) {
    let answer: Value = serde_json::from_slice(body).expect("an accepted answer is JSON");
    assert_eq!(answer["active"], true);
    assert!(answer.get("iss").is_none_or(|iss| *iss == ISSUER));
    let listed = |list: &Vec<Value>| list.iter().any(|one| *one == AUDIENCE);
    assert!(answer["aud"] == AUDIENCE || answer["aud"].as_array().is_some_and(listed));
    if let Some(exp) = answer["exp"].as_f64() {
        #[expect(
            clippy::cast_precision_loss,
            reason = "the clock stands at a number that f64 has"
        )]
        let now = NOW as f64;
        assert!(exp > now - 30.0, "{exp}");
    }
    if let Some(sub) = answer["sub"].as_str() {
        assert_eq!(principal.subject(), sub);
    }
}

fn signed(header: &[u8], claims: &[u8]) {
    let rules = SignedAnswerRules::new(ISSUER, CLIENT, [Algorithm::EdDSA]);
    let response = response(
        "application/token-introspection+jwt",
        sign(header, claims).as_bytes(),
    );
    let answer = IntrospectionRequest::new("token").read_signed(&response);
    let outcome =
        answer.and_then(|answer| rules.read_with(&KEYS, &answer, TEST_ISSUER.clock().now()));
    match outcome {
        Ok(believed) => {
            let claims: Value = serde_json::from_slice(claims).expect("accepted claims are JSON");
            assert_eq!(claims["iss"], ISSUER);
            assert_eq!(claims["token_introspection"]["active"], believed.active);
        }
        Err(error) => {
            assert_quotes_nothing(&error);
            assert_quotes_nothing(&error);
        }
    }
}

fn response(content_type: &'static str, body: &[u8]) -> Response<Bytes> {
    let mut response = Response::new(Bytes::copy_from_slice(body));
    let content_type = HeaderValue::from_static(content_type);
    response.headers_mut().insert(CONTENT_TYPE, content_type);
    response
}
