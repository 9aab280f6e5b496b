//! Token requests by grant (RFC 6749 §4 to §6, RFC 8628 §3.4).

use http::Method;
use keyfob_protocol::jose::Secret;
use keyfob_protocol::{
    Client, Endpoint, Issuer, Repeat, RequestPolicy, Scopes, ServerMetadata, TokenRequest,
};

use crate::fixtures::{self, CLIENT};

fn body(grant: &TokenRequest) -> String {
    let client = Client::public(CLIENT);
    let request = grant
        .request(&fixtures::metadata(), &client, fixtures::now())
        .unwrap();
    String::from_utf8(request.into_body().to_vec()).unwrap()
}

// covers: pal-12, pal-13
#[test]
fn each_grant_sends_its_parameters_and_says_whether_it_may_be_repeated() {
    let secret = Secret::new;
    let device = "urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code";
    let table = [
        (
            TokenRequest::refresh(secret("r+1")),
            "grant_type=refresh_token&refresh_token=r%2B1".to_owned(),
            Repeat::OnlyIfUnsent,
        ),
        (
            TokenRequest::client_credentials(),
            "grant_type=client_credentials".to_owned(),
            Repeat::Always,
        ),
        (
            TokenRequest::device_code(secret("d")),
            format!("grant_type={device}&device_code=d"),
            Repeat::OnlyIfUnsent,
        ),
        (
            TokenRequest::password("alice", secret("won der")),
            "grant_type=password&username=alice&password=won+der".to_owned(),
            Repeat::OnlyIfUnsent,
        ),
        (
            TokenRequest::extension("urn:x", [("assertion", "a.b")]),
            "grant_type=urn%3Ax&assertion=a.b".to_owned(),
            Repeat::OnlyIfUnsent,
        ),
    ];
    for (grant, expected, repeat) in table {
        assert_eq!(body(&grant), format!("{expected}&client_id={CLIENT}"));
        let client = Client::public(CLIENT);
        let request = grant
            .request(&fixtures::metadata(), &client, fixtures::now())
            .unwrap();
        let policy = RequestPolicy::of(&request).unwrap();
        assert_eq!((policy.endpoint, policy.repeat), (Endpoint::Token, repeat));
        assert_eq!(policy.max_body, RequestPolicy::ANSWER_CAP);
        assert_eq!(request.method(), Method::POST);
        assert_eq!(request.uri(), "https://as.example/token");
        assert_eq!(
            request.headers()["content-type"],
            "application/x-www-form-urlencoded"
        );
        assert_eq!(request.headers()["accept"], "application/json");
    }
}

#[test]
fn scopes_audiences_resources_and_own_parameters_are_sent() {
    let grant = TokenRequest::client_credentials()
        .with_scopes(Scopes::parse("b a").unwrap())
        .with_audience("https://api.example/")
        .with_audience("https://two.example/")
        .with_resource("https://r1.example/")
        .with_resource("https://r2.example/")
        .with_param("organization", "org 1");
    let expected = "grant_type=client_credentials&scope=b+a\
        &audience=https%3A%2F%2Fapi.example%2F+https%3A%2F%2Ftwo.example%2F\
        &resource=https%3A%2F%2Fr1.example%2F&resource=https%3A%2F%2Fr2.example%2F\
        &organization=org+1&client_id=demo-cli";
    assert_eq!(body(&grant), expected);
}

#[test]
fn refuses_own_parameter_that_the_protocol_sets() {
    let reserved = [
        "grant_type",
        "client_id",
        "client_secret",
        "client_assertion",
        "client_assertion_type",
        "refresh_token",
        "scope",
        "request",
        "request_uri",
    ];
    for name in reserved {
        let grant = TokenRequest::refresh(Secret::new("r"))
            .with_scopes(Scopes::parse("a").unwrap())
            .with_param(name, "x");
        let client = Client::public(CLIENT);
        let error = grant
            .request(&fixtures::metadata(), &client, fixtures::now())
            .unwrap_err();
        assert_eq!(error.code(), "reserved_parameter", "{name}");
    }
    let twice = TokenRequest::client_credentials()
        .with_param("a", "1")
        .with_param("a", "2");
    let client = Client::public(CLIENT);
    let error = twice
        .request(&fixtures::metadata(), &client, fixtures::now())
        .unwrap_err();
    assert_eq!(error.code(), "reserved_parameter");
}

#[test]
fn refuses_server_without_token_endpoint() {
    let metadata = ServerMetadata::new(Issuer::parse("https://as.example").unwrap());
    let client = Client::public(CLIENT);
    let grant = TokenRequest::client_credentials();
    let error = grant
        .request(&metadata, &client, fixtures::now())
        .unwrap_err();
    assert_eq!(error.code(), "no_endpoint");
    assert_eq!(
        error.to_string(),
        "the authorization server has no token endpoint"
    );
}

#[test]
fn refuses_insecure_endpoint_that_was_set_by_hand() {
    let mut metadata = fixtures::metadata();
    metadata.token_endpoint = Some("http://as.example/token".parse().unwrap());
    let client = Client::public(CLIENT);
    let grant = TokenRequest::client_credentials();
    let error = grant
        .request(&metadata, &client, fixtures::now())
        .unwrap_err();
    assert_eq!(error.code(), "insecure_url");
}

#[test]
fn token_endpoint_keeps_its_own_query() {
    let mut metadata = fixtures::metadata();
    metadata
        .set_endpoint(Endpoint::Token, "https://as.example/token?p=policy")
        .unwrap();
    let client = Client::public(CLIENT);
    let grant = TokenRequest::client_credentials();
    let request = grant.request(&metadata, &client, fixtures::now()).unwrap();
    assert_eq!(request.uri(), "https://as.example/token?p=policy");
}

#[test]
fn extension_grant_can_neither_name_another_client_nor_repeat_a_parameter() {
    let client = Client::public(CLIENT);
    for parameters in [
        [("assertion", "a"), ("client_id", "other")],
        [("assertion", "a"), ("client_secret", "s")],
        [("assertion", "a"), ("grant_type", "password")],
        [("assertion", "a"), ("assertion", "b")],
    ] {
        let error = TokenRequest::extension("urn:x", parameters)
            .request(&fixtures::metadata(), &client, fixtures::now())
            .unwrap_err();
        assert_eq!(error.code(), "reserved_parameter", "{parameters:?}");
    }
}
