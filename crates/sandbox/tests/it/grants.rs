//! Refresh, client credentials and password, and the five client authentications.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use keyfob_jose::{Algorithm, HeaderFields, Secret, SigningKey, jws, random};
use keyfob_sandbox::{AuthenticationMethod, Client, Endpoint, Rotation, SandboxConfig};
use serde_json::{Value, json};

use crate::support::{Answer, Stage, read, refresh_fields, stage, stage_with, text};

const ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

#[tokio::test]
async fn refresh_rotates_and_the_new_pair_works() {
    let stage = stage();
    let first = stage.password().await;
    let second = stage.refresh(&text(&first, "refresh_token")).await.ok();
    assert_ne!(first["refresh_token"], second["refresh_token"]);
    assert_ne!(first["access_token"], second["access_token"]);
    let id = stage.claims(&text(&second, "id_token")).await;
    assert_eq!(id.text("nonce"), None);
    let third = stage.refresh(&text(&second, "refresh_token")).await.ok();
    assert_eq!(
        stage
            .get_as("/api/whoami", &text(&third, "access_token"))
            .await
            .status,
        200
    );
    assert_eq!(stage.sandbox.counters().grant("refresh_token").success, 2);
}

#[tokio::test]
async fn reuse_of_a_rotated_token_kills_the_family_and_is_counted() {
    let stage = stage();
    let first = stage.password().await;
    let second = stage.refresh(&text(&first, "refresh_token")).await.ok();
    stage
        .refresh(&text(&first, "refresh_token"))
        .await
        .refused(400, "invalid_grant");
    stage
        .refresh(&text(&second, "refresh_token"))
        .await
        .refused(400, "invalid_grant");
    assert_eq!(
        stage
            .get_as("/api/whoami", &text(&second, "access_token"))
            .await
            .status,
        401
    );
    assert_eq!(stage.sandbox.counters().reuse_detected, 1);
}

#[tokio::test]
async fn of_ten_refreshes_at_once_one_succeeds_and_the_rest_are_reuse() {
    let stage = stage_with(SandboxConfig::default().with_token_latency(Duration::from_millis(200)));
    let first = stage.password().await;
    let token = text(&first, "refresh_token");
    stage.sandbox.reset_counters();
    let answers = futures_util::future::join_all((0..10).map(|_| stage.refresh(&token))).await;
    assert_eq!(
        answers.iter().filter(|answer| answer.status == 200).count(),
        1
    );
    let counters = stage.sandbox.counters();
    assert_eq!((counters.token_success, counters.reuse_detected), (1, 9));
    assert_eq!(counters.requests(Endpoint::Token), 10);
    assert!(counters.peak(Endpoint::Token) > 1, "{counters:?}");
}

#[tokio::test]
async fn token_latency_delays_token_requests() {
    let latency = Duration::from_millis(200);
    let stage = stage_with(SandboxConfig::default().with_token_latency(latency));
    let start = Instant::now();
    stage.password().await;
    assert!(start.elapsed() >= latency);
}

#[tokio::test]
async fn other_rotation_policies_keep_the_token() {
    let stage = stage();
    let token = text(&stage.password().await, "refresh_token");
    stage.sandbox.settings(|s| s.rotation = Rotation::Same);
    assert_eq!(stage.refresh(&token).await.ok()["refresh_token"], token);
    stage.sandbox.settings(|s| s.rotation = Rotation::Silent);
    assert!(
        stage
            .refresh(&token)
            .await
            .ok()
            .get("refresh_token")
            .is_none()
    );
    stage.refresh(&token).await.ok();
    assert_eq!(stage.sandbox.counters().reuse_detected, 0);
}

#[tokio::test]
async fn refresh_narrows_and_never_widens() {
    let stage = stage();
    let token = text(&stage.password().await, "refresh_token");
    let with_scope = |scope| {
        let mut fields = refresh_fields(&token).to_vec();
        fields.push(("scope", scope));
        fields
    };
    stage
        .post("/token", &with_scope("phone"))
        .await
        .refused(400, "invalid_scope");
    let narrow = stage.post("/token", &with_scope("api:read")).await.ok();
    assert_eq!(narrow["scope"], "api:read");
    assert!(narrow.get("id_token").is_none());
    // What was granted is not lost by asking for less once.
    let all = stage.refresh(&text(&narrow, "refresh_token")).await.ok();
    assert_eq!(all["scope"], "openid email offline_access api:read");
}

#[tokio::test]
async fn refresh_token_is_its_clients_only_and_expires() {
    let stage = stage();
    let token = text(&stage.password().await, "refresh_token");
    let fields = [
        ("grant_type", "refresh_token"),
        ("client_id", "demo-device"),
        ("refresh_token", &token),
    ];
    stage
        .post("/token", &fields)
        .await
        .refused(400, "invalid_grant");
    stage
        .sandbox
        .settings(|s| s.clock_skew = 30 * 24 * 3600 + 1);
    stage.refresh(&token).await.refused(400, "invalid_grant");
}

#[tokio::test]
async fn lifetimes_go_down_to_a_second() {
    let config = SandboxConfig::default().with_access_token_ttl(Duration::from_secs(1));
    let stage = stage_with(config);
    let tokens = stage.password().await;
    assert_eq!(tokens["expires_in"], 1);
    stage.sandbox.settings(|s| s.clock_skew = 2);
    let answer = stage
        .get_as("/api/whoami", &text(&tokens, "access_token"))
        .await;
    answer.refused(401, "invalid_token");
    assert!(
        answer
            .header("www-authenticate")
            .contains("error=\"invalid_token\"")
    );
}

#[tokio::test]
async fn skewed_clock_shows_in_tokens_and_date() {
    let stage = stage();
    stage.sandbox.settings(|s| s.clock_skew = 600);
    let answer = stage.password_answer().await;
    let date = httpdate::parse_http_date(answer.header("date")).unwrap();
    let ahead = date.duration_since(SystemTime::now()).unwrap();
    assert!((590..=600).contains(&ahead.as_secs()), "{ahead:?}");
    let id = stage.claims(&text(&answer.ok(), "id_token")).await;
    let ahead = id
        .iat
        .unwrap()
        .to_system_time()
        .duration_since(SystemTime::now())
        .unwrap();
    assert!((590..=600).contains(&ahead.as_secs()), "{ahead:?}");
}

#[tokio::test]
async fn password_grant_refuses_a_wrong_password() {
    let stage = stage();
    let mut fields = crate::support::PASSWORD;
    fields[3].1 = "builder";
    stage
        .post("/token", &fields)
        .await
        .refused(400, "invalid_grant");
}

#[tokio::test]
async fn client_credentials_speak_for_the_client() {
    let stage = stage();
    let answer = service(&stage, &[("scope", "openid api:write")]).await.ok();
    assert_eq!(answer["scope"], "api:write");
    assert!(answer.get("id_token").is_none() && answer.get("refresh_token").is_none());
    let claims = stage.claims(&text(&answer, "access_token")).await;
    assert_eq!(claims.sub.as_deref(), Some("demo-service"));
    let public = [
        ("grant_type", "client_credentials"),
        ("client_id", "demo-cli"),
    ];
    stage
        .post("/token", &public)
        .await
        .refused(400, "unauthorized_client");
}

#[tokio::test]
async fn audience_and_resource_are_honoured() {
    let stage = stage();
    let both = [
        ("audience", "urn:one"),
        ("resource", "https://two.example.test/"),
    ];
    let answer = service(&stage, &both).await.ok();
    let (_, claims) = crate::support::parts(&text(&answer, "access_token"));
    assert_eq!(
        claims["aud"],
        json!(["urn:one", "https://two.example.test/"])
    );
    let bad = [("resource", "https://two.example.test/#part")];
    service(&stage, &bad).await.refused(400, "invalid_target");
    let answer = stage
        .get_as("/api/whoami", &text(&answer, "access_token"))
        .await;
    answer.refused(401, "invalid_token");
}

#[tokio::test]
async fn each_secret_method_works_and_is_logged() {
    let stage = stage();
    let secret = stage
        .sandbox
        .client("demo-service")
        .unwrap()
        .secret()
        .unwrap()
        .to_owned();
    basic(&stage, "demo-service", &secret).await.ok();
    service(&stage, &[]).await.ok();
    let key = SigningKey::hmac(&Secret::new(secret.as_str()), Algorithm::HS256).unwrap();
    let assertion = assert_for(&stage, &key, "demo-service", &json!({}));
    asserted(&stage, &assertion).await.ok();
    let used: Vec<_> = stage
        .sandbox
        .requests()
        .into_iter()
        .filter_map(|r| r.client_authentication)
        .collect();
    assert_eq!(
        used,
        [
            "client_secret_basic",
            "client_secret_post",
            "client_secret_jwt"
        ]
    );
}

#[tokio::test]
async fn private_key_jwt_works_once_per_assertion() {
    let stage = stage();
    let pem = stage
        .sandbox
        .client("demo-service-key")
        .unwrap()
        .private_key_pem()
        .unwrap()
        .to_owned();
    let key = SigningKey::from_pem(pem.as_bytes(), None, None).unwrap();
    let assertion = assert_for(&stage, &key, "demo-service-key", &json!({}));
    asserted(&stage, &assertion).await.ok();
    asserted(&stage, &assertion)
        .await
        .refused(401, "invalid_client");
    let record = stage.sandbox.requests().remove(0);
    assert_eq!(
        record.client_authentication.as_deref(),
        Some("private_key_jwt")
    );
    assert_eq!(record.assertion_audience, Some(stage.sandbox.issuer()));
}

#[tokio::test]
async fn bad_assertions_are_refused() {
    let stage = stage();
    let pem = stage
        .sandbox
        .client("demo-service-key")
        .unwrap()
        .private_key_pem()
        .unwrap()
        .to_owned();
    let key = SigningKey::from_pem(pem.as_bytes(), None, None).unwrap();
    for wrong in [
        json!({ "aud": "https://elsewhere.example.test" }),
        json!({ "exp": 1 }),
        json!({ "exp": now() + 86_400 }),
        json!({ "exp": null }),
        json!({ "jti": null }),
        json!({ "iss": "somebody" }),
        json!({ "iat": now() + 3600 }),
    ] {
        let assertion = assert_for(&stage, &key, "demo-service-key", &wrong);
        let answer = asserted(&stage, &assertion).await;
        assert_eq!(answer.status, 401, "{wrong}: {}", answer.text);
    }
    let stranger = SigningKey::generate(Algorithm::ES256)
        .unwrap()
        .with_kid("demo");
    let assertion = assert_for(&stage, &stranger, "demo-service-key", &json!({}));
    asserted(&stage, &assertion)
        .await
        .refused(401, "invalid_client");
}

#[tokio::test]
async fn registered_method_is_the_only_one_accepted() {
    let stage = stage();
    let secret = stage
        .sandbox
        .client("demo-web")
        .unwrap()
        .secret()
        .unwrap()
        .to_owned();
    let fields = [
        ("grant_type", "refresh_token"),
        ("refresh_token", "x"),
        ("client_id", "demo-web"),
        ("client_secret", &secret),
    ];
    stage
        .post("/token", &fields)
        .await
        .refused(401, "invalid_client");
    let bare = [
        ("grant_type", "refresh_token"),
        ("refresh_token", "x"),
        ("client_id", "demo-web"),
    ];
    let answer = stage.post("/token", &bare).await;
    answer.refused(401, "invalid_client");
    assert!(answer.header("www-authenticate").starts_with("Basic "));
}

#[tokio::test]
async fn odd_id_and_secret_work_in_basic_when_form_encoded() {
    let (id, secret) = (
        "odd:client/id +%20&=e",
        "odd secret: +%&=é-0123456789-0123456789",
    );
    let client = Client::confidential(id, secret).with_method(AuthenticationMethod::SecretBasic);
    let stage = stage_with(SandboxConfig::default().with_client(client));
    basic(&stage, id, secret).await.ok();
}

#[tokio::test]
async fn malformed_token_requests_are_refused() {
    let stage = stage();
    stage
        .post("/token", &[])
        .await
        .refused(400, "invalid_request");
    let odd = [("grant_type", "magic"), ("client_id", "demo-cli")];
    stage
        .post("/token", &odd)
        .await
        .refused(400, "unsupported_grant_type");
    let twice = [("grant_type", "password"), ("grant_type", "password")];
    stage
        .post("/token", &twice)
        .await
        .refused(400, "invalid_request");
    assert_eq!(stage.get("/token").await.status, 405);
    let json = stage
        .http
        .post(stage.url("/token"))
        .body("{}")
        .send()
        .await
        .unwrap();
    read(json).await.refused(400, "invalid_request");
}

async fn service(stage: &Stage, more: &[(&str, &str)]) -> Answer {
    let secret = stage
        .sandbox
        .client("demo-service")
        .unwrap()
        .secret()
        .unwrap()
        .to_owned();
    let mut fields = vec![
        ("grant_type", "client_credentials"),
        ("client_id", "demo-service"),
        ("client_secret", secret.as_str()),
    ];
    fields.extend(more);
    stage.post("/token", &fields).await
}

async fn basic(stage: &Stage, id: &str, secret: &str) -> Answer {
    let encode =
        |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let request = stage
        .http
        .post(stage.url("/token"))
        .basic_auth(encode(id), Some(encode(secret)))
        .header("content-type", "application/x-www-form-urlencoded")
        .body("grant_type=client_credentials");
    read(request.send().await.unwrap()).await
}

async fn asserted(stage: &Stage, assertion: &str) -> Answer {
    let fields = [
        ("grant_type", "client_credentials"),
        ("client_assertion_type", ASSERTION),
        ("client_assertion", assertion),
    ];
    stage.post("/token", &fields).await
}

/// An assertion with some claims replaced, or removed where null.
fn assert_for(stage: &Stage, key: &SigningKey, id: &str, other: &Value) -> String {
    let mut claims = json!({
        "iss": id,
        "sub": id,
        "aud": stage.sandbox.issuer(),
        "exp": now() + 60,
        "iat": now(),
        "jti": random::token(16).unwrap(),
    });
    let object = claims.as_object_mut().unwrap();
    for (name, value) in other.as_object().unwrap() {
        object.insert(name.clone(), value.clone());
    }
    object.retain(|_, value| !value.is_null());
    jws::sign(
        key,
        &HeaderFields::typ("JWT"),
        claims.to_string().as_bytes(),
    )
    .unwrap()
}

fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs()
}
