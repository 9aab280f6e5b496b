//! Metadata: addresses, issuer, endpoints (OpenID Discovery §4, RFC 8414 §3).

use keyfob_protocol::{Endpoint, Issuer, MetadataRequest, RequestPolicy, ServerMetadata};
use serde_json::{Value, json};

use crate::fixtures::{answer, answer_as, issuer};

fn read(document: &Value) -> Result<ServerMetadata, &'static str> {
    let request = &MetadataRequest::candidates(&issuer())[0];
    request
        .read(&answer(200, document.to_string()))
        .map_err(|error| error.code())
}

#[test]
fn addresses_are_appended_for_openid_and_inserted_for_rfc_8414() {
    let table = [
        (
            "https://as.example",
            "/.well-known/openid-configuration",
            "/.well-known/oauth-authorization-server",
        ),
        (
            "https://as.example/",
            "/.well-known/openid-configuration",
            "/.well-known/oauth-authorization-server",
        ),
        (
            "https://as.example/issuer1",
            "/issuer1/.well-known/openid-configuration",
            "/.well-known/oauth-authorization-server/issuer1",
        ),
        (
            "https://as.example/a/b/",
            "/a/b/.well-known/openid-configuration",
            "/.well-known/oauth-authorization-server/a/b",
        ),
    ];
    for (issuer, openid, oauth) in table {
        let issuer = Issuer::parse(issuer).unwrap();
        let requests = MetadataRequest::candidates(&issuer);
        let paths: Vec<&str> = requests.iter().map(|one| one.url().path()).collect();
        assert_eq!(paths, [openid, oauth]);
        let request = requests[0].request().unwrap();
        assert_eq!(
            RequestPolicy::of(&request).unwrap().endpoint,
            Endpoint::Metadata
        );
        assert_eq!(
            RequestPolicy::of(&request).unwrap().max_body,
            RequestPolicy::DOCUMENT_CAP
        );
    }
}

#[test]
fn reads_every_endpoint_and_keeps_the_rest() {
    let metadata = read(&json!({
        "issuer": "https://as.example",
        "authorization_endpoint": "https://as.example/authorize",
        "token_endpoint": "https://as.example/token?x=1",
        "jwks_uri": "https://keys.example/jwks",
        "userinfo_endpoint": "",
        "revocation_endpoint": null,
        "mtls_endpoint_aliases": { "token_endpoint": "https://mtls.as.example/token", "odd": 1 },
        "scopes_supported": ["openid", 5, "email"],
        "grant_types_supported": "not a list",
        "authorization_response_iss_parameter_supported": true,
        "service_documentation": "http://docs.example",
    }))
    .unwrap();
    assert_eq!(
        metadata.endpoint(Endpoint::Token).unwrap().query(),
        Some("x=1")
    );
    assert_eq!(
        metadata.jwks_uri.as_ref().unwrap().host_str(),
        Some("keys.example")
    );
    assert!(metadata.userinfo_endpoint.is_none() && metadata.revocation_endpoint.is_none());
    assert_eq!(
        metadata.mtls_endpoint_aliases["token_endpoint"].as_str(),
        "https://mtls.as.example/token"
    );
    assert_eq!(metadata.mtls_endpoint_aliases.len(), 1);
    assert_eq!(metadata.scopes_supported.unwrap(), ["openid", "email"]);
    assert_eq!(metadata.grant_types_supported, None);
    assert!(metadata.authorization_response_iss_parameter_supported);
    assert_eq!(metadata.extra.len(), 1);
    assert_eq!(
        metadata.extra["service_documentation"],
        "http://docs.example"
    );
}

#[test]
fn rejects_issuer_that_is_not_the_one_asked_for() {
    let others = [
        "https://as.example/",
        "https://AS.example",
        "https://as.example:443",
        "https://evil.example",
        "http://as.example",
        "",
    ];
    for other in others {
        assert_eq!(
            read(&json!({ "issuer": other })),
            Err("issuer_mismatch"),
            "{other}"
        );
    }
    assert_eq!(read(&json!({})), Err("missing"));
    assert_eq!(read(&json!({ "issuer": 5 })), Err("malformed"));
    let list = json!([]);
    assert_eq!(
        ServerMetadata::from_value(list, &issuer())
            .unwrap_err()
            .code(),
        "malformed"
    );
}

#[test]
fn issuer_mismatch_names_both_issuers_cleaned() {
    let request = &MetadataRequest::candidates(&issuer())[0];
    let document = r#"{"issuer":"https://evil\u001b[2J.example"}"#;
    let error = request.read(&answer(200, document)).unwrap_err();
    let said = "the document is from issuer https://evil[2J.example, not from https://as.example";
    assert_eq!(error.to_string(), said);
}

#[test]
fn given_address_still_compares_the_issuer() {
    let request = MetadataRequest::at("https://cdn.example/config.json", &issuer()).unwrap();
    assert_eq!(
        request.request().unwrap().uri(),
        "https://cdn.example/config.json"
    );
    let foreign = answer(200, r#"{"issuer":"https://cdn.example"}"#);
    assert_eq!(
        request.read(&foreign).unwrap_err().code(),
        "issuer_mismatch"
    );
    assert!(
        request
            .read(&answer(200, r#"{"issuer":"https://as.example"}"#))
            .is_ok()
    );
    let insecure = MetadataRequest::at("http://cdn.example/config.json", &issuer());
    assert_eq!(insecure.unwrap_err().code(), "insecure_url");
}

#[test]
fn rejects_endpoints_that_are_not_https() {
    let endpoints = [
        "authorization_endpoint",
        "token_endpoint",
        "jwks_uri",
        "userinfo_endpoint",
        "device_authorization_endpoint",
        "introspection_endpoint",
        "revocation_endpoint",
        "end_session_endpoint",
        "registration_endpoint",
        "pushed_authorization_request_endpoint",
    ];
    for name in endpoints {
        for url in [
            "http://as.example/x",
            "ftp://as.example/x",
            "http://127.0.0.1/x",
        ] {
            let mut document = json!({ "issuer": "https://as.example" });
            document[name] = json!(url);
            assert_eq!(read(&document), Err("insecure_url"), "{name} {url}");
        }
        let mut document = json!({ "issuer": "https://as.example" });
        document[name] = json!("/relative");
        assert_eq!(read(&document), Err("malformed"), "{name}");
    }
    let alias = json!({ "token_endpoint": "http://as.example/token" });
    let document = json!({ "issuer": "https://as.example", "mtls_endpoint_aliases": alias });
    assert_eq!(read(&document), Err("insecure_url"));
}

#[test]
fn server_on_this_machine_may_use_http() {
    let issuer = Issuer::parse("http://127.0.0.1:9000").unwrap();
    let document = json!({
        "issuer": "http://127.0.0.1:9000", "token_endpoint": "http://127.0.0.1:9000/token",
    });
    assert!(ServerMetadata::from_value(document, &issuer).is_ok());
    let document = json!({
        "issuer": "http://127.0.0.1:9000", "token_endpoint": "http://as.example/token",
    });
    let error = ServerMetadata::from_value(document, &issuer).unwrap_err();
    assert_eq!(error.code(), "insecure_url");
}

#[test]
fn next_candidate_is_worth_asking_only_when_nothing_is_there() {
    let request = &MetadataRequest::candidates(&issuer())[0];
    let table = [
        (404, "", true),
        (403, "<html>", true),
        (400, r#"{"error":"not_found"}"#, true),
        (301, "", true),
        (200, "<html>app</html>", true),
        (500, "", false),
        (503, "", false),
        (429, "", false),
        (408, "", false),
        (200, r#"{"issuer":"https://other.example"}"#, false),
    ];
    for (status, body, expected) in table {
        let error = request.read(&answer_as(status, &[], body)).unwrap_err();
        assert_eq!(
            MetadataRequest::is_absent(&error),
            expected,
            "{status} {body}"
        );
    }
}

#[test]
fn endpoints_can_be_overridden_and_are_checked() {
    let mut metadata = ServerMetadata::new(issuer());
    let all = [
        Endpoint::Authorization,
        Endpoint::Token,
        Endpoint::Jwks,
        Endpoint::DeviceAuthorization,
        Endpoint::Introspection,
        Endpoint::Revocation,
        Endpoint::Userinfo,
    ];
    for endpoint in all {
        assert_eq!(
            metadata.endpoint(endpoint).unwrap_err().code(),
            "no_endpoint"
        );
        assert_eq!(
            metadata
                .set_endpoint(endpoint, "http://x.example")
                .unwrap_err()
                .code(),
            "insecure_url"
        );
        metadata
            .set_endpoint(endpoint, "https://x.example/e")
            .unwrap();
        assert_eq!(
            metadata.endpoint(endpoint).unwrap().as_str(),
            "https://x.example/e"
        );
    }
    let resource = metadata.set_endpoint(Endpoint::Resource, "https://x.example");
    assert_eq!(resource.unwrap_err().code(), "unsupported");
}

// covers: C-31
#[test]
fn metadata_need_hold_no_endpoint_that_nobody_calls() {
    let bare = json!({ "issuer": issuer().as_str(), "token_endpoint": "https://as.example/token" });
    let metadata = read(&bare).unwrap();
    assert!(metadata.endpoint(Endpoint::Token).is_ok());
    let missing = metadata
        .endpoint(Endpoint::DeviceAuthorization)
        .unwrap_err();
    assert_eq!(missing.code(), "no_endpoint");
    assert!(missing.to_string().contains("device"), "{missing}");
}

/// Unreachable is the transport's error, with codes of its own.
// covers: ceg-7
#[test]
fn metadata_that_are_not_there_and_incomplete_ones_are_different_errors() {
    let request = &MetadataRequest::candidates(&issuer())[0];
    let gone = request.read(&answer(404, String::new())).unwrap_err();
    let incomplete = request.read(&answer(200, "{}".to_owned())).unwrap_err();
    assert_ne!(gone.code(), incomplete.code());
    assert!(gone.to_string().contains("404"), "{gone}");
    assert!(incomplete.to_string().contains("issuer"), "{incomplete}");
}
