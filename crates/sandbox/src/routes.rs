//! Which function answers which path.

use axum::{
    Router,
    routing::{any, get, post},
};

use crate::endpoints::{
    admin, api, authorize, consent, device_authorization, device_page, introspection, jwks, login,
    metadata, revocation, token, userinfo,
};

/// Makes the router; every handler finds its request as the extension `Arc<Call>`.
pub(crate) fn router() -> Router {
    Router::new()
        .route("/.well-known/openid-configuration", get(metadata::endpoint))
        .route(
            "/.well-known/oauth-authorization-server",
            get(metadata::endpoint),
        )
        .route("/jwks", get(jwks::endpoint))
        .route(
            "/authorize",
            get(authorize::endpoint).post(authorize::endpoint),
        )
        .route("/login", get(login::page).post(login::submit))
        .route("/consent", get(consent::page).post(consent::submit))
        .route("/token", post(token::endpoint))
        .route(
            "/device_authorization",
            post(device_authorization::endpoint),
        )
        .route("/device", get(device_page::page).post(device_page::submit))
        .route("/introspect", post(introspection::endpoint))
        .route("/revoke", post(revocation::endpoint))
        .route(
            "/userinfo",
            get(userinfo::endpoint).post(userinfo::endpoint),
        )
        .route("/claims", get(userinfo::distributed))
        .route("/api/{*path}", any(api::endpoint))
        .route("/sandbox/{*path}", any(admin::endpoint))
}
