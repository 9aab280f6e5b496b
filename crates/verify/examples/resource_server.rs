//! A service with keyfob in front of its handlers: tokens of two issuers, routes that ask for different things, and metadata
//! that tells clients where to get a token.
//!
//! `cargo run -p keyfob-verify --example resource_server` starts two sandboxes as issuers, serves until Ctrl-C, and prints what to
//! try with curl. With `-- --check` it makes these requests itself and ends.
#![expect(clippy::print_stdout, reason = "an example talks to the terminal")]

mod support;

use std::error::Error;
use std::time::Duration;

use axum::Router;
use axum::routing::{delete, get};
use keyfob_sandbox::{Sandbox, SandboxConfig};
use keyfob_verify::extract::{Scoped, Scopes};
use keyfob_verify::layer::{RequireLayer, VerifyLayer};
use keyfob_verify::resource::ProtectedResourceMetadata;
use keyfob_verify::{Algorithm, Issuers, Principal, Profile, Requirement};
use tokio::net::TcpListener;

type Failure = Box<dyn Error + Send + Sync>;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let staff = Sandbox::start(SandboxConfig::default())?;
    let partners = Sandbox::start(SandboxConfig::default())?;
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = format!("http://{}", listener.local_addr()?);
    let service = service(&address, [staff.issuer(), partners.issuer()])?;

    let serving = tokio::spawn(axum::serve(listener, service).into_future());
    if std::env::args().any(|argument| argument == "--check") {
        return support::check(&address, &staff, &partners).await;
    }
    support::explain(&address, &staff);
    Ok(serving.await??)
}

/// The whole service. `address` is how clients know it, and whom their tokens are for.
fn service(address: &str, issuers: [String; 2]) -> Result<Router, Failure> {
    let metadata = issuers
        .iter()
        .fold(ProtectedResourceMetadata::builder(address), |all, one| {
            all.authorization_server(one)
        })
        .scopes(["api:read", "api:write"])
        .build()?;
    let issuers = Issuers::from_urls(issuers, address, &[Algorithm::RS256], Profile::Rfc9068)?;

    let recent_login = Requirement::new().max_age(Duration::from_mins(5));
    Ok(Router::new()
        .route("/orders", delete(async || "all orders are gone"))
        .route_layer(RequireLayer::new(recent_login))
        .route("/orders", get(list).post(order))
        .route("/whoami", get(whoami))
        .layer(VerifyLayer::new(issuers).realm("orders").resource(metadata))
        // What comes after the layer is for everybody.
        .route("/health", get(async || "ok")))
}

async fn whoami(who: Principal) -> String {
    format!("{} of {}", who.subject(), who.issuer())
}

struct Read;

impl Scopes for Read {
    const SCOPES: &'static [&'static str] = &["api:read"];
}

struct Write;

impl Scopes for Write {
    const SCOPES: &'static [&'static str] = &["api:write"];
}

async fn list(_: Scoped<Read>) -> &'static str {
    "three books"
}

async fn order(who: Scoped<Write>) -> String {
    format!("a fourth book for {}", who.subject())
}
