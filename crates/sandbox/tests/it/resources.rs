//! Metadata, userinfo, introspection, revocation and the example API.

use keyfob_sandbox::{AccessTokenFormat, Endpoint, SandboxConfig};

use crate::support::{Answer, Stage, encode, read, stage, stage_with, text};

async fn introspect(stage: &Stage, token: &str) -> serde_json::Value {
    as_service(stage, "/introspect", token).await.ok()
}

async fn as_service(stage: &Stage, path: &str, token: &str) -> Answer {
    let secret = stage
        .sandbox
        .client("demo-service")
        .unwrap()
        .secret()
        .unwrap()
        .to_owned();
    let fields = [
        ("client_id", "demo-service"),
        ("client_secret", &secret),
        ("token", token),
    ];
    stage.post(path, &fields).await
}

#[tokio::test]
async fn metadata_name_the_issuer_and_every_endpoint() {
    let stage = stage();
    let metadata = stage.get("/.well-known/openid-configuration").await;
    assert_eq!(metadata.header("cache-control"), "max-age=300");
    let metadata = metadata.ok();
    assert_eq!(metadata["issuer"], stage.sandbox.issuer());
    for name in [
        "authorization_endpoint",
        "token_endpoint",
        "jwks_uri",
        "userinfo_endpoint",
        "device_authorization_endpoint",
        "introspection_endpoint",
        "revocation_endpoint",
    ] {
        let url = text(&metadata, name);
        let status = stage.http.get(&url).send().await.unwrap().status();
        assert_ne!(status, 404, "{url}");
    }
    let other = stage
        .get("/.well-known/oauth-authorization-server")
        .await
        .ok();
    assert_eq!(metadata, other);
}

#[tokio::test]
async fn userinfo_shows_what_the_scopes_ask_for() {
    let stage = stage();
    let token = text(&stage.password().await, "access_token");
    let info = stage.get_as("/userinfo", &token).await.ok();
    assert_eq!(info["sub"], "user-alice");
    assert_eq!(info["email"], "alice@example.test");
    assert!(info.get("phone_number").is_none() && info.get("name").is_none());
    let in_body = stage
        .post("/userinfo", &[("access_token", &token)])
        .await
        .ok();
    assert_eq!(in_body, info);
    let answer = stage.get("/userinfo").await;
    assert_eq!(
        (answer.status, answer.header("www-authenticate")),
        (401, "Bearer realm=\"sandbox\"")
    );
}

#[tokio::test]
async fn userinfo_needs_openid() {
    let stage = stage();
    let mut fields = crate::support::PASSWORD;
    fields[4].1 = "api:read";
    let token = text(&stage.post("/token", &fields).await.ok(), "access_token");
    stage
        .get_as("/userinfo", &token)
        .await
        .refused(403, "insufficient_scope");
}

#[tokio::test]
async fn introspection_tells_active_from_everything_else() {
    let stage = stage();
    let tokens = stage.password().await;
    let access = introspect(&stage, &text(&tokens, "access_token")).await;
    assert_eq!(
        (&access["active"], &access["username"]),
        (&true.into(), &"alice".into())
    );
    let refresh = introspect(&stage, &text(&tokens, "refresh_token")).await;
    assert_eq!(
        (&refresh["active"], &refresh["client_id"]),
        (&true.into(), &"demo-cli".into())
    );
    assert_eq!(
        introspect(&stage, "nonsense").await,
        serde_json::json!({ "active": false })
    );
    stage.sandbox.settings(|s| s.clock_skew = 3601);
    assert_eq!(
        introspect(&stage, &text(&tokens, "access_token")).await["active"],
        false
    );
    let anonymous = stage.post("/introspect", &[("token", "x")]).await;
    anonymous.refused(401, "invalid_client");
}

#[tokio::test]
async fn revoking_a_refresh_token_ends_its_family_and_foreign_tokens_stay() {
    let stage = stage();
    let tokens = stage.password().await;
    let (access, refresh) = (
        text(&tokens, "access_token"),
        text(&tokens, "refresh_token"),
    );
    assert_eq!(as_service(&stage, "/revoke", &refresh).await.status, 200);
    assert_eq!(stage.get_as("/api/whoami", &access).await.status, 200);
    let own = [("client_id", "demo-cli"), ("token", refresh.as_str())];
    assert_eq!(stage.post("/revoke", &own).await.status, 200);
    assert_eq!(stage.get_as("/api/whoami", &access).await.status, 401);
    stage.refresh(&refresh).await.refused(400, "invalid_grant");
    assert_eq!(stage.post("/revoke", &own).await.status, 200);
}

#[tokio::test]
async fn revoking_an_access_token_spares_the_refresh_token() {
    let stage = stage();
    let tokens = stage.password().await;
    let access = text(&tokens, "access_token");
    stage
        .post("/revoke", &[("client_id", "demo-cli"), ("token", &access)])
        .await;
    assert_eq!(stage.get_as("/api/whoami", &access).await.status, 401);
    stage.refresh(&text(&tokens, "refresh_token")).await.ok();
}

#[tokio::test]
async fn api_says_who_is_calling_and_echoes() {
    let stage = stage();
    let token = text(&stage.password().await, "access_token");
    let who = stage.get_as("/api/whoami", &token).await.ok();
    assert_eq!(
        (&who["sub"], &who["client_id"]),
        (&"user-alice".into(), &"demo-cli".into())
    );
    let echo = stage
        .http
        .put(stage.url("/api/echo"))
        .bearer_auth(&token)
        .body("hello");
    assert_eq!(read(echo.send().await.unwrap()).await.text, "hello");
    stage.sandbox.revoke_access_tokens();
    assert_eq!(stage.get_as("/api/whoami", &token).await.status, 401);
    assert_eq!(stage.sandbox.counters().requests(Endpoint::Api), 3);
}

#[tokio::test]
async fn opaque_access_tokens_work_too() {
    let config = SandboxConfig::default()
        .with_settings(|s| s.access_token_format = AccessTokenFormat::Opaque);
    let stage = stage_with(config);
    let token = text(&stage.password().await, "access_token");
    assert!(!token.contains('.'));
    assert_eq!(stage.get_as("/api/whoami", &token).await.status, 200);
}

#[tokio::test]
async fn foreign_host_name_is_refused() {
    let stage = stage();
    let request = stage
        .http
        .get(stage.url("/jwks"))
        .header("host", "evil.example");
    assert_eq!(request.send().await.unwrap().status(), 421);
}

#[tokio::test]
async fn oversized_body_is_refused() {
    let stage = stage();
    let mut body = encode(&crate::support::PASSWORD);
    body.push_str(&"x".repeat(2 * 1024 * 1024));
    let request = stage
        .http
        .post(stage.url("/token"))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(body);
    // The answer may be lost if the connection closes while the rest is still being sent.
    let status = request
        .send()
        .await
        .ok()
        .map(|answer| answer.status().as_u16());
    assert!(matches!(status, None | Some(413)), "{status:?}");
    assert_eq!(stage.sandbox.counters().requests(Endpoint::Token), 0);
}
