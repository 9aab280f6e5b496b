//! Token introspection (RFC 7662).

use keyfob_protocol::{
    Client, Endpoint, Introspection, IntrospectionRequest, Repeat, RequestPolicy, TokenHint,
};
use serde_json::json;

use crate::fixtures::{self, CLIENT, answer, answer_as};

fn read(status: u16, body: &str) -> Result<Introspection, &'static str> {
    let request = IntrospectionRequest::new("t");
    request
        .read(&answer(status, body))
        .map_err(|error| error.code())
}

#[test]
fn request_sends_token_and_hint() {
    let table = [
        (None, None),
        (Some(TokenHint::AccessToken), Some("access_token")),
        (Some(TokenHint::RefreshToken), Some("refresh_token")),
        (Some(TokenHint::IdToken), Some("id_token")),
        (Some(TokenHint::Other("pat".into())), Some("pat")),
    ];
    for (hint, expected) in table {
        let mut request = IntrospectionRequest::new("2YotnFZFEjr1zCsicMWpAA");
        if let Some(hint) = hint {
            request = request.with_hint(hint);
        }
        let client = Client::public(CLIENT);
        let request = request
            .request(&fixtures::metadata(), &client, fixtures::now())
            .unwrap();
        let form = fixtures::form(&request);
        assert_eq!(form["token"], "2YotnFZFEjr1zCsicMWpAA");
        assert_eq!(form.get("token_type_hint").map(String::as_str), expected);
        let policy = RequestPolicy::of(&request).unwrap();
        assert_eq!(
            (policy.endpoint, policy.repeat),
            (Endpoint::Introspection, Repeat::Always)
        );
    }
}

#[test]
fn reads_rfc_7662_example() {
    let token = read(
        200,
        r#"{"active":true,"client_id":"l238j323ds-23ij4","username":"jdoe",
            "scope":"read write dolphin","sub":"Z5O3upPC88QrAjx00dis",
            "aud":"https://protected.example.net/resource","iss":"https://server.example.com/",
            "exp":1419356238,"iat":1419350238,"extension_field":"twenty-seven"}"#,
    )
    .unwrap();
    assert!(token.active);
    assert_eq!(token.client_id.as_deref(), Some("l238j323ds-23ij4"));
    assert_eq!(token.username.as_deref(), Some("jdoe"));
    assert!(token.scope.unwrap().contains("dolphin"));
    assert_eq!(token.exp.unwrap().as_secs(), 1_419_356_238);
    assert_eq!(
        token.aud.unwrap().as_slice(),
        ["https://protected.example.net/resource"]
    );
    assert_eq!(token.raw["extension_field"], "twenty-seven");
    assert!(!read(200, r#"{"active":false}"#).unwrap().active);
}

#[test]
fn reads_scopes_that_come_as_a_list() {
    let token = read(200, r#"{"active":true,"scope":["read","write"]}"#).unwrap();
    assert_eq!(token.scope.unwrap().to_string(), "read write");
}

// covers: planet-54
#[test]
fn refuses_answer_that_does_not_say_clearly_whether_the_token_is_active() {
    let table = [
        (200, "{}", "missing"),
        (200, r#"{"active":"true"}"#, "malformed"),
        (200, r#"{"active":1}"#, "malformed"),
        (200, r#"{"active":null}"#, "malformed"),
        (200, r#"{"active":true,"exp":"never"}"#, "malformed"),
        (200, r#"{"active":true,"nbf":-1}"#, "malformed"),
        (200, r#"{"active":true,"aud":[1]}"#, "malformed"),
        (200, r#"{"active":true,"aud":{}}"#, "malformed"),
        (200, r#"{"active":true,"active":false}"#, "not_json"),
        (200, "true", "not_json"),
        (401, r#"{"error":"invalid_client"}"#, "oauth_error"),
        (500, r#"{"active":true}"#, "http_error"),
    ];
    for (status, body, code) in table {
        assert_eq!(read(status, body).err(), Some(code), "{body}");
    }
}

#[test]
fn reads_dates_as_digits_and_audiences_as_list() {
    let body = json!({ "active": true, "exp": "1419356238", "aud": ["a", "b"] }).to_string();
    let token = read(200, &body).unwrap();
    assert_eq!(token.exp.unwrap().as_secs(), 1_419_356_238);
    assert_eq!(token.aud.unwrap().as_slice(), ["a", "b"]);
}

#[test]
fn challenge_without_body_is_read_as_the_error() {
    let challenge = [("www-authenticate", r#"Bearer error="invalid_token""#)];
    let error = IntrospectionRequest::new("t")
        .read(&answer_as(401, &challenge, ""))
        .unwrap_err();
    assert_eq!(error.oauth_error(), Some("invalid_token"));
}
