//! Token revocation (RFC 7009).

use std::time::Duration;

use keyfob_protocol::{
    Advice, Client, Endpoint, Repeat, RequestPolicy, RevocationRequest, TokenHint,
};

use crate::fixtures::{self, CLIENT, answer, answer_as};

#[test]
fn request_sends_token_and_hint() {
    let request = RevocationRequest::new("45ghiukldjahdnhzdauz").with_hint(TokenHint::RefreshToken);
    let client = Client::public(CLIENT);
    let request = request
        .request(&fixtures::metadata(), &client, fixtures::now())
        .unwrap();
    assert_eq!(request.uri(), "https://as.example/revoke");
    let expected = "token=45ghiukldjahdnhzdauz&token_type_hint=refresh_token&client_id=demo-cli";
    assert_eq!(request.body(), expected);
    let policy = RequestPolicy::of(&request).unwrap();
    assert_eq!(
        (policy.endpoint, policy.repeat),
        (Endpoint::Revocation, Repeat::Always)
    );
}

#[test]
fn any_success_is_success_whatever_the_body() {
    for (status, body) in [
        (200, ""),
        (200, "{}"),
        (204, ""),
        (200, "OK"),
        (200, "<html>"),
    ] {
        assert!(
            RevocationRequest::new("t")
                .read(&answer(status, body))
                .is_ok(),
            "{status} {body}"
        );
    }
}

#[test]
fn refusals_are_typed() {
    let read = |response| RevocationRequest::new("t").read(&response).unwrap_err();
    let error = read(answer(400, r#"{"error":"unsupported_token_type"}"#));
    assert_eq!(error.oauth_error(), Some("unsupported_token_type"));
    let error = read(answer_as(503, &[("retry-after", "30")], ""));
    assert_eq!(
        error.advice(),
        Advice::RetryAfter(Some(Duration::from_secs(30)))
    );
    assert_eq!(
        read(answer(200, r#"{"error":"invalid_client"}"#)).code(),
        "oauth_error"
    );
}

#[test]
fn refuses_server_without_revocation_endpoint() {
    let mut metadata = fixtures::metadata();
    metadata.revocation_endpoint = None;
    let client = Client::public(CLIENT);
    let error = RevocationRequest::new("t").request(&metadata, &client, fixtures::now());
    assert_eq!(error.unwrap_err().code(), "no_endpoint");
}
