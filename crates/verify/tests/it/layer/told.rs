//! What is told when a good token is refused nevertheless: a warning under the names of `event`, after `TOKEN_VALID`.

use http::Request;
use keyfob_protocol::Endpoint;
use keyfob_verify::binding::Binding;
use keyfob_verify::layer::{RequireLayer, VerifyLayer};
use keyfob_verify::{JwtOrOpaque, Requirement};
use serde_json::json;
use tower::ServiceBuilder;

use super::bound::{ADDRESS, Holder, proofs};
use super::{bearer, hello, issuer, send};
use crate::events::recorded;

/// The events about tokens that one request causes, DEBUG lines left out.
async fn told(layer: &VerifyLayer, request: impl Fn() -> Request<String>) -> Vec<String> {
    told_behind(layer, Requirement::new(), request).await
}

async fn told_behind(
    layer: &VerifyLayer,
    needed: Requirement,
    request: impl Fn() -> Request<String>,
) -> Vec<String> {
    let lines = recorded(async || {
        let service = ServiceBuilder::new()
            .layer(layer)
            .layer(RequireLayer::new(needed.clone()))
            .service_fn(hello);
        drop(send(service, request()).await);
    });
    let lines = lines.await.into_iter();
    lines.filter(|line| line.contains(" event=")).collect()
}

/// Two events: the token is good, and it is refused, by this name and code.
fn assert_told(lines: &[String], name: &str, code: &str) {
    assert_eq!(lines.len(), 2, "{lines:?}");
    let line = |at| lines.get(at).map_or("", String::as_str);
    let (valid, refused) = (line(0), line(1));
    assert!(valid.contains(r#"event="TOKEN_VALID""#), "{lines:?}");
    assert!(refused.trim_start().starts_with("WARN"), "{lines:?}");
    for part in [
        format!(r#"event="{name}" "#),
        format!(r#"code="{code}" "#),
        r#"jwt_payload.iss="https://login.example""#.to_owned(),
    ] {
        assert!(refused.contains(&part), "{part}: {lines:?}");
    }
}

#[tokio::test]
async fn a_bound_token_shown_as_bearer_is_told_with_and_without_a_binding() {
    let issuer = issuer();
    let holder = Holder::of(&issuer);
    let plain = VerifyLayer::new(issuer.verifier());
    let request = || bearer(&holder.token);
    let lines = told(&plain, request).await;
    assert_told(&lines, "TOKEN_INVALID", "binding_required");
    assert!(lines[1].contains("jwt_header.alg="), "{lines:?}");
    let bound = plain.binding(Binding::new(), ADDRESS).unwrap();
    let lines = told(&bound, request).await;
    assert_told(&lines, "TOKEN_INVALID", "bound_token_as_bearer");
    assert!(told(&bound.events(false), request).await.len() == 1);
}

#[tokio::test]
async fn a_replayed_proof_is_told() {
    let issuer = issuer();
    let holder = Holder::of(&issuer);
    let binding = Binding::new().with_proofs(proofs(&issuer));
    let layer = VerifyLayer::new(issuer.verifier());
    let layer = layer.binding(binding, ADDRESS).unwrap();
    let proof = holder.proof(&issuer, "https://api.example/things", "1", None);
    // Recorded is the second request.
    let request = || holder.request(std::slice::from_ref(&proof));
    assert_told(
        &told(&layer, request).await,
        "TOKEN_INVALID",
        "dpop_replayed",
    );
}

#[tokio::test]
async fn a_scope_that_is_missing_is_told_by_whichever_layer_asks_for_it() {
    let issuer = issuer();
    let token = issuer.token().subject("canary").scopes(["read"]).sign();
    let request = || bearer(&token);
    let writes = Requirement::new().all_scopes(["write"]);
    let layer = VerifyLayer::new(issuer.verifier());
    let name = "TOKEN_INVALID_BAD_SCOPE";
    let outer = told(&layer.clone().require(writes.clone()), request).await;
    assert_told(&outer, name, "insufficient_scope");
    let inner = told_behind(&layer, writes.clone(), request).await;
    assert_told(&inner, name, "insufficient_scope");
    assert!(!format!("{outer:?}{inner:?}").contains("canary"));
    let silent = told_behind(&layer.events(false), writes, request).await;
    assert_eq!(silent.len(), 1, "{silent:?}");
}

#[tokio::test]
async fn what_a_token_is_refused_for_by_its_checker_is_told_once() {
    let issuer = issuer();
    let layer = VerifyLayer::new(issuer.verifier());
    let expired = issuer.wrong(keyfob_verify::testing::Wrong::Expired);
    let lines = told(&layer, || bearer(&expired)).await;
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].contains("TOKEN_INVALID_EXPIRED"), "{lines:?}");
}

#[tokio::test]
async fn a_jwt_that_its_issuer_contradicts_is_told_to_be_good_and_then_to_be_refused() {
    let issuer = issuer();
    issuer.answer(
        Endpoint::Introspection,
        200,
        json!({"active": false}).to_string(),
    );
    let introspector = crate::introspection::builder(&issuer).build().unwrap();
    let checker = JwtOrOpaque::new(issuer.verifier(), introspector).confirming();
    let token = issuer.token().sign();
    assert_told(
        &told(&VerifyLayer::new(checker), || bearer(&token)).await,
        "TOKEN_INVALID_INTROSPECTION_REJECTION",
        "inactive",
    );
}
