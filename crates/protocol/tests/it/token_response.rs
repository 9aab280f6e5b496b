//! Token responses as the world sends them (RFC 6749 §5), good and bad.

use std::time::Duration;

use keyfob_protocol::{Advice, Blame, Scopes, TokenResponse};
use serde_json::json;

use crate::fixtures::{answer, answer_as};

fn read(body: &str) -> TokenResponse {
    TokenResponse::read(&answer(200, body)).unwrap()
}

// covers: pal-14
#[test]
fn reads_rfc_6749_example() {
    let response = read(
        r#"{"access_token":"2YotnFZFEjr1zCsicMWpAA","token_type":"example","expires_in":3600,
            "refresh_token":"tGzv3JOkF0XG5Qx2TlKWIA","example_parameter":"example_value"}"#,
    );
    assert_eq!(response.access_token.expose(), "2YotnFZFEjr1zCsicMWpAA");
    assert_eq!(
        response.refresh_token.unwrap().expose(),
        "tGzv3JOkF0XG5Qx2TlKWIA"
    );
    assert_eq!(response.expires_in, Some(Duration::from_hours(1)));
    assert_eq!(response.token_type, "example");
    assert_eq!(response.raw["example_parameter"], "example_value");
    assert_eq!(response.scope, None);
}

// covers: pal-15, P17, P19, W15
#[test]
fn reads_expires_in_as_the_world_writes_it() {
    let table = [
        (json!(3600), Some(3600)),
        (json!("3600"), Some(3600)),
        (json!(" 60 "), Some(60)),
        (json!(59.9), Some(59)),
        (json!(u64::MAX), None),
        (json!(200_000_000_000_u64), Some(3_155_760_000)),
        (json!(0), None),
        (json!(-1), None),
        (json!("soon"), None),
        (json!("-5"), None),
        (json!(null), None),
        (json!([3600]), None),
    ];
    for (value, expected) in table {
        let body = json!({ "access_token": "a", "expires_in": value }).to_string();
        let seconds = read(&body).expires_in.map(|lifetime| lifetime.as_secs());
        assert_eq!(seconds, expected, "{value}");
    }
}

#[test]
fn reads_token_type_in_any_case_and_takes_bearer_when_absent() {
    for (token_type, bearer) in [
        ("Bearer", true),
        ("bearer", true),
        ("BEARER", true),
        ("DPoP", false),
    ] {
        let body = json!({ "access_token": "a", "token_type": token_type }).to_string();
        assert_eq!(read(&body).is_bearer(), bearer);
    }
    assert_eq!(read(r#"{"access_token":"a"}"#).token_type, "Bearer");
}

#[test]
fn empty_or_null_optional_tokens_count_as_absent() {
    for value in [json!(""), json!(null), json!(5)] {
        let body = json!({ "access_token": "a", "refresh_token": value, "id_token": value });
        let response = read(&body.to_string());
        assert!(response.refresh_token.is_none() && response.id_token.is_none());
    }
}

// covers: P26
#[test]
fn reads_scope_as_text_and_as_list() {
    for scope in [
        json!("a b"),
        json!(["a", "b"]),
        json!(["a b"]),
        json!(" a  b "),
    ] {
        let body = json!({ "access_token": "a", "scope": scope }).to_string();
        assert_eq!(read(&body).scope, Some(Scopes::parse("a b").unwrap()));
    }
}

// covers: planet-51
#[test]
fn ignores_declared_type_when_the_body_is_json() {
    for kind in [
        "text/html",
        "text/plain; charset=utf-8",
        "application/octet-stream",
    ] {
        let response = answer_as(200, &[("content-type", kind)], r#"{"access_token":"a"}"#);
        assert!(TokenResponse::read(&response).is_ok(), "{kind}");
    }
}

// covers: planet-49, planet-50, pal-16, A11
#[test]
fn refuses_success_without_a_usable_token() {
    let table = [
        ("", "not_json"),
        ("<html>login</html>", "not_json"),
        (r#"{"access_token":"abc"#, "not_json"),
        (r#"{"access_token":"a"} {"x":1}"#, "not_json"),
        (r#"{"access_token":"a","access_token":"b"}"#, "not_json"),
        (r#"["access_token"]"#, "not_json"),
        ("{}", "missing"),
        (r#"{"access_token":""}"#, "missing"),
        (r#"{"access_token":null}"#, "missing"),
        (r#"{"access_token":{"a":1}}"#, "missing"),
        (r#"{"token":"a"}"#, "missing"),
        (r#"{"access_token":"a\r\nX-Evil: 1"}"#, "malformed"),
        (r#"{"access_token":"a b"}"#, "malformed"),
        (r#"{"access_token":"é"}"#, "malformed"),
        (r#"{"error":"bad_verification_code"}"#, "oauth_error"),
        (
            r#"{"access_token":"a","error":"invalid_grant"}"#,
            "oauth_error",
        ),
    ];
    for (body, code) in table {
        let error = TokenResponse::read(&answer(200, body)).unwrap_err();
        assert_eq!(error.code(), code, "{body}");
        assert!(!error.is_invalid_grant(), "{body}");
    }
}

// covers: planet-50, pal-19, P18
#[test]
fn not_json_says_what_it_got_without_the_body() {
    let response = answer_as(
        200,
        &[("content-type", "text/html; charset=utf-8")],
        "<p>canary",
    );
    let error = TokenResponse::read(&response).unwrap_err();
    let said =
        "the token endpoint answered with HTTP status 200 and text/html instead of a JSON object";
    assert_eq!(error.to_string(), said);
    assert_eq!(error.advice(), Advice::RetryAfter(None));
}

#[test]
fn only_json_invalid_grant_with_4xx_counts_as_invalid_grant() {
    let body = r#"{"error":"invalid_grant"}"#;
    let table = [
        (400, body, true),
        (401, body, true),
        (403, body, true),
        (200, body, false),
        (302, body, false),
        (408, body, false),
        (429, body, false),
        (500, body, false),
        (503, body, false),
        (400, "invalid_grant", false),
        (400, "<h1>invalid_grant</h1>", false),
        (400, r#"{"error":"invalid_grant""#, false),
        (400, r#"{"error":{"code":"invalid_grant"}}"#, false),
        (400, r#"{"error":"INVALID_GRANT"}"#, false),
        (400, r#"{"errorCode":"E0000001"}"#, false),
    ];
    for (status, body, expected) in table {
        let error = TokenResponse::read(&answer(status, body)).unwrap_err();
        assert_eq!(error.is_invalid_grant(), expected, "{status} {body}");
    }
    let challenge = [("www-authenticate", "Bearer error=\"invalid_grant\"")];
    let error = TokenResponse::read(&answer_as(401, &challenge, "")).unwrap_err();
    assert!(!error.is_invalid_grant(), "a header is not JSON");
}

// covers: pal-18
#[test]
fn refusals_carry_status_description_and_retry_after() {
    let response = answer_as(
        503,
        &[("retry-after", "7")],
        r#"{"error":"temporarily_unavailable","error_description":"back \u001b[1msoon"}"#,
    );
    let error = TokenResponse::read(&response).unwrap_err();
    assert_eq!(error.oauth_error(), Some("temporarily_unavailable"));
    assert_eq!(
        error.advice(),
        Advice::RetryAfter(Some(Duration::from_secs(7)))
    );
    let said = "the token endpoint refused with temporarily_unavailable: back [1msoon";
    assert_eq!(error.to_string(), said);

    let error = TokenResponse::read(&answer_as(429, &[("retry-after", "9")], "slow")).unwrap_err();
    assert_eq!(error.code(), "http_error");
    assert_eq!(
        error.advice(),
        Advice::RetryAfter(Some(Duration::from_secs(9)))
    );
}

// covers: planet-49
#[test]
fn reads_okta_error_code() {
    let body = r#"{"errorCode":"E0000011","errorSummary":"Invalid token provided"}"#;
    let error = TokenResponse::read(&answer(401, body)).unwrap_err();
    assert_eq!(error.oauth_error(), Some("E0000011"));
}

#[test]
fn advice_and_blame_follow_the_error() {
    use Advice::{FixConfiguration, LoginAgain, Never, RetryAfter};
    let table = [
        (400, r#"{"error":"invalid_grant"}"#, Blame::User, LoginAgain),
        (400, r#"{"error":"access_denied"}"#, Blame::User, LoginAgain),
        (400, r#"{"error":"expired_token"}"#, Blame::User, LoginAgain),
        (
            401,
            r#"{"error":"invalid_client"}"#,
            Blame::Caller,
            FixConfiguration,
        ),
        (
            400,
            r#"{"error":"unauthorized_client"}"#,
            Blame::Caller,
            FixConfiguration,
        ),
        (
            400,
            r#"{"error":"invalid_scope"}"#,
            Blame::Caller,
            FixConfiguration,
        ),
        (400, r#"{"error":"something_new"}"#, Blame::Provider, Never),
        (
            500,
            r#"{"error":"invalid_grant"}"#,
            Blame::Provider,
            RetryAfter(None),
        ),
        (500, "<html>", Blame::Provider, RetryAfter(None)),
        (404, "<html>", Blame::Provider, FixConfiguration),
        (302, "", Blame::Provider, FixConfiguration),
    ];
    for (status, body, blame, advice) in table {
        let error = TokenResponse::read(&answer(status, body)).unwrap_err();
        assert_eq!(
            (error.blame(), error.advice()),
            (blame, advice),
            "{status} {body}"
        );
    }
}

#[test]
fn a_new_refresh_token_survives_an_answer_without_an_access_token_and_no_refusal() {
    let successor = |status, body| {
        TokenResponse::successor(&answer(status, body)).map(|token| token.expose().to_owned())
    };
    let useless = r#"{"token_type":"Bearer","refresh_token":"next"}"#;
    assert!(TokenResponse::read(&answer(200, useless)).is_err());
    assert_eq!(successor(200, useless).as_deref(), Some("next"));
    for (status, body) in [
        (400, r#"{"error":"invalid_grant","refresh_token":"next"}"#),
        (200, r#"{"error":"invalid_grant","refresh_token":"next"}"#),
        (500, useless),
        (200, r#"{"refresh_token":""}"#),
        (200, r#"{"refresh_token":"ne"#),
    ] {
        assert_eq!(successor(status, body), None, "{status} {body}");
    }
}
