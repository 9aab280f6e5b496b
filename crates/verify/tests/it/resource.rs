//! Metadata of a protected resource (RFC 9728): where it lies, what is in it, how it is served.

use http::{Method, Request, StatusCode};
use keyfob_jose::Algorithm;
use keyfob_verify::resource::{MetadataService, ProtectedResourceMetadata};
use serde_json::json;

use crate::layer::send;

fn minimal(resource: &str) -> ProtectedResourceMetadata {
    ProtectedResourceMetadata::builder(resource)
        .build()
        .unwrap()
}

#[test]
fn lies_between_the_host_and_the_path() {
    // RFC 9728 §3.1: only the slash that ends the host is dropped.
    for (resource, url) in [
        (
            "https://api.example",
            "https://api.example/.well-known/oauth-protected-resource",
        ),
        (
            "https://api.example/",
            "https://api.example/.well-known/oauth-protected-resource",
        ),
        (
            "https://api.example/v1",
            "https://api.example/.well-known/oauth-protected-resource/v1",
        ),
        (
            "https://api.example/v1/",
            "https://api.example/.well-known/oauth-protected-resource/v1/",
        ),
        (
            "http://127.0.0.1:8080",
            "http://127.0.0.1:8080/.well-known/oauth-protected-resource",
        ),
    ] {
        assert_eq!(minimal(resource).url(), url);
    }
    assert_eq!(
        minimal("https://a.example/v1").path(),
        "/.well-known/oauth-protected-resource/v1"
    );
}

#[test]
fn holds_what_it_was_given() {
    let metadata = ProtectedResourceMetadata::builder("https://api.example/v1")
        .authorization_server("https://login.example")
        .authorization_server("https://other.example/tenant")
        .scopes(["read", "write"])
        .dpop_algorithms([Algorithm::ES256, Algorithm::EdDSA])
        .requires_dpop()
        .mtls_bound()
        .name("Orders")
        .documentation("https://docs.example")
        .member("resource_name#de", "Bestellungen")
        .build()
        .unwrap();
    let expected = json!({
        "resource": "https://api.example/v1",
        "authorization_servers": ["https://login.example", "https://other.example/tenant"],
        "scopes_supported": ["read", "write"],
        "bearer_methods_supported": ["header"],
        "dpop_signing_alg_values_supported": ["ES256", "EdDSA"],
        "dpop_bound_access_tokens_required": true,
        "tls_client_certificate_bound_access_tokens": true,
        "resource_name": "Orders",
        "resource_documentation": "https://docs.example",
        "resource_name#de": "Bestellungen",
    });
    let served: serde_json::Value = serde_json::from_slice(metadata.json()).unwrap();
    assert_eq!(served, expected);
    assert_eq!(
        serde_json::Value::Object(metadata.members().clone()),
        expected
    );
}

#[test]
fn refuses_what_no_client_could_use() {
    let builder = ProtectedResourceMetadata::builder;
    for resource in [
        "",
        "api",
        "http://api.example",
        "https://api.example#x",
        "https://a@b.example",
    ] {
        assert_eq!(
            builder(resource).build().unwrap_err().code(),
            "bad_resource",
            "{resource}"
        );
    }
    let error = builder("https://api.example")
        .authorization_server("login.example")
        .build();
    assert_eq!(error.unwrap_err().code(), "bad_authorization_server");
    for name in ["resource", "scopes_supported"] {
        let twice = builder("https://api.example")
            .scopes(["read"])
            .member(name, "x")
            .build();
        assert_eq!(twice.unwrap_err().code(), "bad_member", "{name}");
    }
}

#[tokio::test]
async fn is_served_to_everybody_for_reading_only() {
    let metadata = minimal("https://api.example");
    let request = |method: Method, path: &str| {
        let request = Request::builder().method(method).uri(path);
        request.body(String::new()).unwrap()
    };
    let service = MetadataService::new(metadata.clone());
    let answer = send(service.clone(), request(Method::GET, metadata.path())).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    assert_eq!(answer.header("cache-control"), "public, max-age=300");
    assert!(answer.body.contains("https://api.example"));
    let preflight = send(service.clone(), request(Method::OPTIONS, "/")).await;
    assert_eq!(preflight.status, StatusCode::NO_CONTENT);
    let posted = send(service, request(Method::POST, "/")).await;
    assert_eq!(posted.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(posted.header("allow"), "GET, HEAD, OPTIONS");

    assert!(metadata.respond(&request(Method::GET, "/things")).is_none());
    assert!(
        metadata
            .respond(&request(Method::GET, metadata.path()))
            .is_some()
    );
}
