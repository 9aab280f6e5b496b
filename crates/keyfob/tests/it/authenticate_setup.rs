//! A session whose provider issues `at-1`, `at-2`, … one per request.

use std::sync::atomic::{AtomicUsize, Ordering};

use keyfob::client::ClientConfig;
use keyfob::store::{MemoryStore, Store};
use keyfob::transport::Clock;
use keyfob::transport::testing::{ScriptedTransport, json as answer};
use keyfob::{Client, Session};
use serde_json::json;

/// The session, and the provider to count its token requests.
pub(crate) fn session() -> (Session, ScriptedTransport) {
    let script = ScriptedTransport::new();
    let issued = AtomicUsize::new(0);
    script.otherwise(move |_| {
        let number = issued.fetch_add(1, Ordering::SeqCst) + 1;
        let token = json!({
            "access_token": format!("at-{number}"), "token_type": "Bearer", "expires_in": 3600,
        });
        answer(200, token.to_string())
    });
    let config = json!({
        "client_type": "oidc_client_credentials_secret",
        "auth_server": "https://as.example",
        "token_endpoint": "https://as.example/token",
        "client_id": "demo",
        "client_secret": "canary-client-secret",
    });
    let config = ClientConfig::from_json(config.to_string().as_bytes()).unwrap();
    let client = Client::from_config(config, script.transport(), Clock::system()).unwrap();
    (
        Session::new(
            client,
            Store::new(MemoryStore::new()),
            "work".parse().unwrap(),
        ),
        script,
    )
}
