//! Whatever arrives, no reader panics.

use http::{HeaderMap, HeaderValue};
use keyfob_protocol::challenge::{BearerChallenge, Challenge};
use keyfob_protocol::exchange::{Response, retry_after};
use keyfob_protocol::{
    Callback, DeviceAuthorizationRequest, IdTokenRules, IntrospectionRequest, Issuer,
    MetadataRequest, Pending, Poll, RevocationRequest, Scopes, TokenResponse, UserinfoRequest,
};
use proptest::prelude::*;

use crate::fixtures::{CLIENT, issuer, keys, now};

fn survived<T>(outcome: T) {
    drop(outcome);
}

fn read_everything(response: &Response) {
    survived(TokenResponse::read(response));
    survived(Poll::read(response));
    survived(MetadataRequest::candidates(&issuer())[0].read(response));
    survived(DeviceAuthorizationRequest::new().read(response));
    survived(IntrospectionRequest::new("t").read(response));
    survived(RevocationRequest::new("t").read(response));
    if let Ok(userinfo) = UserinfoRequest::new("t").read(response) {
        survived(userinfo.verify(&issuer(), CLIENT, &keys(), None, now()));
    }
}

fn respond(status: u16, kind: &[u8], challenge: &[u8], body: Vec<u8>) -> Response {
    let mut response = http::Response::new(body.into());
    *response.status_mut() = http::StatusCode::from_u16(status).unwrap();
    for (name, value) in [
        ("content-type", kind),
        ("www-authenticate", challenge),
        ("retry-after", challenge),
    ] {
        if let Ok(value) = HeaderValue::from_bytes(value) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

/// JSON whose names and values are near what the readers look for.
fn near_json() -> impl Strategy<Value = String> {
    let names = prop::sample::select(vec![
        "access_token",
        "refresh_token",
        "expires_in",
        "token_type",
        "scope",
        "error",
        "error_description",
        "active",
        "exp",
        "aud",
        "sub",
        "iss",
        "issuer",
        "token_endpoint",
        "mtls_endpoint_aliases",
        "device_code",
        "user_code",
        "verification_uri",
        "interval",
    ]);
    let values = prop_oneof![
        Just("null".to_owned()),
        Just("1e999".to_owned()),
        Just("-0.0".to_owned()),
        Just("\"\"".to_owned()),
        Just("[[],{}]".to_owned()),
        Just("{\"a\":1}".to_owned()),
        any::<f64>().prop_map(|number| number.to_string()),
        any::<i64>().prop_map(|number| number.to_string()),
        any::<u64>().prop_map(|number| format!("\"{number}\"")),
        any::<String>().prop_map(|text| serde_json::Value::from(text).to_string()),
        Just("\"https://as.example\"".to_owned()),
    ];
    prop::collection::vec((names, values), 0..8).prop_map(|members| {
        let members: Vec<String> = members
            .iter()
            .map(|(name, value)| format!("\"{name}\":{value}"))
            .collect();
        format!("{{{}}}", members.join(","))
    })
}

proptest! {
    #[test]
    fn readers_survive_any_bytes(
        status in 100_u16..600,
        kind in prop_oneof![Just(b"application/jwt".to_vec()), any::<Vec<u8>>()],
        challenge in any::<Vec<u8>>(),
        body in any::<Vec<u8>>(),
    ) {
        read_everything(&respond(status, &kind, &challenge, body));
    }

    #[test]
    fn readers_survive_json_that_is_nearly_right(status in 100_u16..600, body in near_json()) {
        read_everything(&respond(status, b"application/json", b"Bearer", body.into_bytes()));
    }

    #[test]
    fn callbacks_survive_any_bytes(bytes in any::<Vec<u8>>(), text in any::<String>()) {
        survived(Callback::from_form(&bytes));
        survived(Callback::from_query(&text));
        survived(Callback::from_redirect_url(&text));
        survived(Pending::from_json(&text));
    }

    #[test]
    fn challenges_survive_any_header(
        bytes in any::<Vec<u8>>(),
        text in "[A-Za-z]{0,8}[ ,=\"\\\\a-z]{0,40}",
    ) {
        for value in [&bytes[..], text.as_bytes()] {
            let mut headers = HeaderMap::new();
            if let Ok(value) = HeaderValue::from_bytes(value) {
                headers.insert("www-authenticate", value.clone());
                headers.insert("retry-after", value);
            }
            survived(Challenge::read_all(&headers));
            survived(BearerChallenge::read(&headers));
            survived(retry_after(&headers));
        }
    }

    #[test]
    fn names_and_tokens_survive_any_text(text in any::<String>()) {
        survived(Scopes::parse(&text));
        survived(Issuer::parse(text.as_str()));
        survived(MetadataRequest::at(&text, &issuer()));
        let rules = IdTokenRules::new(&issuer(), CLIENT);
        prop_assert!(rules.verify(&text, &keys(), None, now()).is_err());
    }

    #[test]
    fn what_reaches_a_screen_has_no_control_characters(text in any::<String>()) {
        let body = serde_json::json!({ "error": text, "error_description": text }).to_string();
        if let Err(error) = TokenResponse::read(&respond(400, b"", b"", body.into_bytes())) {
            prop_assert!(!error.to_string().chars().any(char::is_control));
        }
    }
}
