//! What the layers log, at the most talkative level: codes, and nothing of a token.

use http::Request;
use keyfob_verify::Requirement;
use keyfob_verify::danger::TokenInQuery;
use keyfob_verify::layer::{RequireLayer, VerifyLayer};
use keyfob_verify::testing::{TestIssuer, Wrong};
use tower::ServiceBuilder;
use tracing::Level;

use super::{ask, bearer, get, hello, issuer, send};
use crate::events::Log;

/// Requests with all kinds of tokens, and the tokens.
fn requests(issuer: &TestIssuer) -> Vec<(String, Request<String>)> {
    let mut tokens = vec![issuer.token().scopes(["read", "write"]).sign()];
    tokens.push(issuer.token().scopes(["read"]).sign());
    tokens.extend(Wrong::ALL.iter().map(|wrong| issuer.wrong(*wrong)));
    let mut requests = Vec::new();
    for token in tokens {
        requests.push((token.clone(), bearer(&token)));
        requests.push((token.clone(), get(&format!("Bearer {token} {token}"))));
        let mut in_query = bearer(&token);
        let address = format!("/things?access_token={token}");
        if let Ok(uri) = address.parse() {
            *in_query.uri_mut() = uri;
            requests.push((token, in_query));
        }
    }
    requests
}

#[tokio::test]
async fn logs_codes_and_nothing_of_a_token() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(Level::TRACE)
        .with_ansi(false)
        .with_writer(log.clone())
        .finish();
    let issuer = issuer();
    let layer = VerifyLayer::new(issuer.verifier())
        .require(Requirement::new().all_scopes(["write"]))
        .token_in_query(TokenInQuery);
    let guard = tracing::subscriber::set_default(subscriber);
    let forgotten = || {
        let layer = RequireLayer::new(Requirement::new());
        send(
            ServiceBuilder::new().layer(layer).service_fn(hello),
            bearer("x"),
        )
    };
    // A log line that another test's thread met first may count as unwanted by all.
    drop((ask(&layer, bearer("x")).await, forgotten().await));
    tracing::callsite::rebuild_interest_cache();
    log.0.lock().unwrap().clear();
    let requests = requests(&issuer);
    let tokens: Vec<_> = requests.iter().map(|(token, _)| token.clone()).collect();
    for (_, request) in requests {
        drop(ask(&layer, request).await);
    }
    drop(forgotten().await);
    drop(guard);
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    for told in [
        "several_tokens",
        "insufficient_scope",
        "expired",
        "not_verified",
    ] {
        assert!(text.contains(told), "{told}: {text}");
    }
    for token in tokens {
        for part in token.split('.').filter(|part| part.len() > 12) {
            assert!(!text.contains(part), "{part}");
        }
    }
}
