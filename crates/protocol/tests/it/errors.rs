//! Codes are stable, and no error says more than it may.

use http::StatusCode;
use keyfob_protocol::jose::JoseError;
use keyfob_protocol::{
    Advice, Blame, CallbackError, Endpoint, IdTokenError, ProtocolError, TokenResponse,
};

use crate::fixtures::answer;

// covers: C-30
#[test]
fn every_protocol_error_has_its_code_blame_and_advice() {
    use Advice::{FixConfiguration, Never, RetryAfter};
    let (endpoint, status) = (Endpoint::Token, StatusCode::BAD_REQUEST);
    let table = [
        (
            ProtocolError::Http {
                endpoint,
                status,
                retry_after: None,
            },
            "http_error",
            Blame::Provider,
            FixConfiguration,
        ),
        (
            ProtocolError::NotJson {
                endpoint,
                status,
                content_type: None,
            },
            "not_json",
            Blame::Provider,
            RetryAfter(None),
        ),
        (
            ProtocolError::Malformed {
                what: "w",
                field: "f",
                why: "y",
            },
            "malformed",
            Blame::Provider,
            Never,
        ),
        (
            ProtocolError::Setting {
                what: "w",
                why: "y",
            },
            "bad_setting",
            Blame::Caller,
            FixConfiguration,
        ),
        (
            ProtocolError::Missing {
                what: "w",
                field: "f",
            },
            "missing",
            Blame::Provider,
            Never,
        ),
        (
            ProtocolError::NoEndpoint { endpoint },
            "no_endpoint",
            Blame::Caller,
            FixConfiguration,
        ),
        (
            ProtocolError::Unsupported { what: "w" },
            "unsupported",
            Blame::Caller,
            FixConfiguration,
        ),
        (
            ProtocolError::InsecureUrl { what: "w" },
            "insecure_url",
            Blame::Caller,
            FixConfiguration,
        ),
        (
            ProtocolError::SubjectMismatch,
            "subject_mismatch",
            Blame::Provider,
            Never,
        ),
        (
            ProtocolError::ReservedParameter { name: "n".into() },
            "reserved_parameter",
            Blame::Caller,
            FixConfiguration,
        ),
        (
            ProtocolError::IssuerMismatch {
                expected: "a".into(),
                found: "b".into(),
            },
            "issuer_mismatch",
            Blame::Caller,
            FixConfiguration,
        ),
        (
            CallbackError::MissingCode.into(),
            "callback_missing_code",
            Blame::Provider,
            Advice::LoginAgain,
        ),
        (
            IdTokenError::Nonce.into(),
            "id_token_nonce",
            Blame::Provider,
            Never,
        ),
        (
            IdTokenError::AuthTime.into(),
            "id_token_auth_time",
            Blame::User,
            Advice::LoginAgain,
        ),
        (
            IdTokenError::Algorithm { found: "HS256" }.into(),
            "id_token_algorithm",
            Blame::Caller,
            FixConfiguration,
        ),
        (
            JoseError::BadSignature.into(),
            "bad_signature",
            Blame::Provider,
            Never,
        ),
        (
            JoseError::WeakKey("short").into(),
            "weak_key",
            Blame::Caller,
            FixConfiguration,
        ),
        (
            JoseError::Crypto("sign").into(),
            "crypto_failed",
            Blame::Caller,
            Never,
        ),
    ];
    for (error, code, blame, advice) in table {
        assert_eq!(error.code(), code);
        assert_eq!(error.blame(), blame, "{code}");
        assert_eq!(error.advice(), advice, "{code}");
        let said = error.to_string();
        assert!(!said.ends_with('.') && !said.is_empty(), "{said}");
    }
}

// covers: C-30
#[test]
fn errors_do_not_repeat_what_the_body_says() {
    let bodies = [
        (200, r#"{"id_token":"canary"}"#),
        (200, "canary"),
        (500, "canary"),
        (400, r#"{"message":"canary"}"#),
        (200, r#"{"access_token":"canary canary"}"#),
    ];
    for (status, body) in bodies {
        let error = TokenResponse::read(&answer(status, body)).unwrap_err();
        assert!(
            !format!("{error} {error:?}").contains("canary"),
            "{error:?}"
        );
    }
}

#[test]
fn description_loses_an_echoed_token() {
    let token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJlLWNhbmFyeQ";
    let body =
        format!(r#"{{"error":"invalid_grant","error_description":"token {token} is used"}}"#);
    let error = TokenResponse::read(&answer(400, body)).unwrap_err();
    let said = "the token endpoint refused with invalid_grant: token [...] is used";
    assert_eq!(error.to_string(), said);
    assert!(!format!("{error:?}").contains(token));
}
