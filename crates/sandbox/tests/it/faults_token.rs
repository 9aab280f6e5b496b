//! Faults in tokens, callback, userinfo and documents: each differs in one thing from the truth.

use keyfob_jose::{Algorithm, CompactJws, Secret, VerifyingKey};
use keyfob_sandbox::{Client, Endpoint, Fault, FaultKind, SandboxConfig};
use serde_json::{Value, json};

use crate::support::{Stage, one, parts, stage, stage_with, text};

async fn id_token(stage: &Stage, fault: impl Into<Fault>) -> String {
    stage.sandbox.fault(fault.into().once());
    let code = stage.code().await;
    text(&stage.redeem(&code).await.ok(), "id_token")
}

#[tokio::test]
async fn claim_faults_change_their_claim_and_stay_signed() {
    let stage = stage();
    let foreign = "https://foreign.example.test";
    for (kind, name, expected) in [
        (FaultKind::WrongIssuer, "iss", json!(foreign)),
        (FaultKind::WrongAudience, "aud", json!(foreign)),
        (
            FaultKind::ExtraAudience,
            "aud",
            json!(["demo-cli", foreign]),
        ),
        (FaultKind::AudienceArray, "aud", json!(["demo-cli"])),
        (
            FaultKind::WrongAuthorizedParty,
            "azp",
            json!("somebody-else"),
        ),
        (FaultKind::WrongNonce, "nonce", json!("another-nonce")),
        (FaultKind::WrongSubject, "sub", json!("user-somebody-else")),
        (
            FaultKind::WrongAtHash,
            "at_hash",
            json!("AAAAAAAAAAAAAAAAAAAAAA"),
        ),
        (FaultKind::MissingIss, "iss", Value::Null),
        (FaultKind::MissingSub, "sub", Value::Null),
        (FaultKind::MissingAud, "aud", Value::Null),
        (FaultKind::MissingExp, "exp", Value::Null),
        (FaultKind::MissingIat, "iat", Value::Null),
        (FaultKind::MissingNonce, "nonce", Value::Null),
        (FaultKind::MissingAtHash, "at_hash", Value::Null),
        (
            FaultKind::Claim {
                name: "acr".into(),
                value: json!("2"),
            },
            "acr",
            json!("2"),
        ),
    ] {
        let token = id_token(&stage, kind.clone()).await;
        let (_, claims) = parts(&token);
        assert_eq!(claims[name], expected, "{kind:?}");
        assert!(stage.is_signed_right(&token).await, "{kind:?}");
    }
}

#[tokio::test]
async fn time_faults_move_the_times() {
    let stage = stage();
    let times = |token: &str| {
        let (_, claims) = parts(token);
        let now = std::time::UNIX_EPOCH
            .elapsed()
            .unwrap()
            .as_secs()
            .cast_signed();
        let off = |name: &str| claims[name].as_i64().map(|time| time - now);
        (off("iat"), off("exp"), off("nbf"))
    };
    let near =
        |time: Option<i64>, expected: i64| (expected - 30..=expected).contains(&time.unwrap());
    let (iat, exp, _) = times(&id_token(&stage, FaultKind::Expired).await);
    assert!(near(iat, -7200) && near(exp, -3600));
    let (.., nbf) = times(&id_token(&stage, FaultKind::NotYetValid).await);
    assert!(near(nbf, 3600));
    let (iat, exp, _) = times(&id_token(&stage, FaultKind::ClockSkew { seconds: 600 }).await);
    assert!(near(iat, 600) && near(exp, 4200));
}

#[tokio::test]
async fn signature_faults_do_not_verify() {
    let stage = stage();
    for kind in [
        FaultKind::BadSignature,
        FaultKind::AlgNone,
        FaultKind::HmacWithPublicKey,
        FaultKind::UnknownKey,
        FaultKind::ForeignKey,
        FaultKind::UnknownCrit,
    ] {
        let token = id_token(&stage, kind.clone()).await;
        assert!(!stage.is_signed_right(&token).await, "{kind:?}");
    }
    let published = stage.get("/jwks").await.ok();
    let known = |kid: &Value| {
        published["keys"]
            .as_array()
            .unwrap()
            .iter()
            .any(|k| k["kid"] == *kid)
    };
    let (unknown, _) = parts(&id_token(&stage, FaultKind::UnknownKey).await);
    assert!(!known(&unknown["kid"]));
    let (foreign, _) = parts(&id_token(&stage, FaultKind::ForeignKey).await);
    assert!(known(&foreign["kid"]));
    let none = id_token(&stage, FaultKind::AlgNone).await;
    assert!(none.ends_with('.') && parts(&none).0["alg"] == "none");
}

#[tokio::test]
async fn broken_signature_comes_with_each_algorithm() {
    let secret = "secret-of-32-bytes-or-more-012345678";
    let stage =
        stage_with(SandboxConfig::default().with_client(Client::confidential("web", secret)));
    let key = VerifyingKey::hmac(&Secret::new(secret), Algorithm::HS256).unwrap();
    for alg in [
        "RS256", "PS256", "ES256", "EdDSA", "RS512", "PS384", "ES384", "ES512", "HS256",
    ] {
        for broken in [false, true] {
            let alg_fault = FaultKind::Algorithm {
                alg: alg.to_owned(),
            };
            stage.sandbox.fault(Fault::new(alg_fault).once());
            if broken {
                stage
                    .sandbox
                    .fault(Fault::new(FaultKind::BadSignature).once());
            }
            let code = one(&stage.callback(&[("client_id", "web")]).await, "code");
            let more = [("client_id", "web"), ("client_secret", secret)];
            let tokens = stage.redeem_with(&code, &more).await.ok();
            let token = text(&tokens, "id_token");
            let right = if alg == "HS256" {
                CompactJws::parse(&token).unwrap().verify(&key).is_ok()
            } else {
                stage.is_signed_right(&token).await
            };
            assert_eq!(right, !broken, "{alg}");
            assert_eq!(parts(&token).0["alg"], alg);
        }
    }
}

#[tokio::test]
async fn registered_algorithm_signs_the_id_token() {
    let client = Client::public("es").with_id_token_algorithm("ES256");
    let stage = stage_with(SandboxConfig::default().with_client(client));
    let code = one(&stage.callback(&[("client_id", "es")]).await, "code");
    let tokens = stage.redeem_with(&code, &[("client_id", "es")]).await.ok();
    assert_eq!(parts(&text(&tokens, "id_token")).0["alg"], "ES256");
    assert_eq!(parts(&text(&tokens, "access_token")).0["alg"], "RS256");
}

#[tokio::test]
async fn missing_kid_and_rotated_key_still_verify() {
    let stage = stage();
    let token = id_token(&stage, FaultKind::KidAbsent).await;
    assert!(parts(&token).0.get("kid").is_none());
    assert!(stage.is_signed_right(&token).await);

    let before = stage.get("/jwks").await.ok();
    let token = id_token(&stage, FaultKind::RotatedKey).await;
    let (header, _) = parts(&token);
    assert!(
        before["keys"]
            .as_array()
            .unwrap()
            .iter()
            .all(|key| key["kid"] != header["kid"])
    );
    assert!(stage.is_signed_right(&token).await);
}

#[tokio::test]
async fn rotation_keeps_or_drops_the_old_keys() {
    let stage = stage();
    let old = text(&stage.password().await, "id_token");
    stage.sandbox.rotate_keys().unwrap();
    assert!(stage.is_signed_right(&old).await);
    stage.sandbox.rotate_keys_dropping_old().unwrap();
    assert!(!stage.is_signed_right(&old).await);
    let new = text(&stage.password().await, "id_token");
    assert!(stage.is_signed_right(&new).await);
}

#[tokio::test]
async fn refreshed_id_token_alone_can_be_wrong() {
    let stage = stage();
    stage.sandbox.fault(
        Fault::new(FaultKind::WrongIssuer)
            .grant("refresh_token")
            .once(),
    );
    stage.sandbox.fault(
        Fault::new(FaultKind::WrongSubject)
            .grant("refresh_token")
            .once(),
    );
    let first = stage.password().await;
    assert_eq!(parts(&text(&first, "id_token")).1["sub"], "user-alice");
    let second = stage.refresh(&text(&first, "refresh_token")).await.ok();
    let (_, claims) = parts(&text(&second, "id_token"));
    assert_eq!(claims["sub"], "user-somebody-else");
    assert_eq!(claims["iss"], "https://foreign.example.test");
}

#[tokio::test]
async fn spoilt_access_token_is_refused_by_the_api_and_a_harmless_one_is_not() {
    let stage = stage();
    stage
        .sandbox
        .fault(Fault::new(FaultKind::WrongIssuer).in_access_token().once());
    let token = text(&stage.password().await, "access_token");
    assert_eq!(parts(&token).1["iss"], "https://foreign.example.test");
    assert_eq!(stage.get_as("/api/whoami", &token).await.status, 401);
    stage.sandbox.fault(
        Fault::new(FaultKind::AudienceArray)
            .in_access_token()
            .once(),
    );
    let token = text(&stage.password().await, "access_token");
    assert_eq!(stage.get_as("/api/whoami", &token).await.status, 200);
}

#[tokio::test]
async fn callback_faults_spoil_one_parameter() {
    let stage = stage();
    let honest = stage.callback(&[]).await;
    let names = |found: &[(String, String)]| {
        let mut names: Vec<_> = found.iter().map(|(name, _)| name.clone()).collect();
        names.sort();
        names
    };
    assert_eq!(names(&honest), ["code", "iss", "state"]);
    for (kind, name, present) in [
        (FaultKind::CallbackWrongIss, "iss", true),
        (FaultKind::CallbackMissingIss, "iss", false),
        (FaultKind::CallbackWrongState, "state", true),
        (FaultKind::CallbackMissingState, "state", false),
        (FaultKind::CallbackWrongCode, "code", true),
    ] {
        stage.sandbox.fault(Fault::new(kind.clone()).once());
        let spoilt = stage.callback(&[]).await;
        let found = spoilt.iter().find(|(found, _)| found == name);
        assert_eq!(found.is_some(), present, "{kind:?}");
        let honest_value = one(&honest, name);
        assert!(
            found.is_none_or(|(_, value)| *value != honest_value),
            "{kind:?}"
        );
    }
    stage.sandbox.fault(
        Fault::oauth_error("access_denied")
            .at(Endpoint::Authorize)
            .once(),
    );
    assert_eq!(one(&stage.callback(&[]).await, "error"), "access_denied");
    assert_eq!(one(&stage.callback(&[]).await, "state"), "st");
}

#[tokio::test]
async fn userinfo_faults() {
    let stage = stage();
    let token = text(&stage.password().await, "access_token");
    stage
        .sandbox
        .fault(Fault::new(FaultKind::UserinfoWrongSub).once());
    assert_eq!(
        stage.get_as("/userinfo", &token).await.ok()["sub"],
        "user-somebody-else"
    );
    stage
        .sandbox
        .fault(Fault::new(FaultKind::UserinfoMissingSub).once());
    assert!(
        stage
            .get_as("/userinfo", &token)
            .await
            .ok()
            .get("sub")
            .is_none()
    );

    stage
        .sandbox
        .fault(Fault::new(FaultKind::AggregatedClaims).once());
    stage
        .sandbox
        .fault(Fault::new(FaultKind::DistributedClaims).once());
    let info = stage.get_as("/userinfo", &token).await.ok();
    let source =
        |claim: &str| &info["_claim_sources"][info["_claim_names"][claim].as_str().unwrap()];
    let aggregated = stage
        .claims(source("eye_color")["JWT"].as_str().unwrap())
        .await;
    assert_eq!(aggregated.text("eye_color"), Some("green"));
    let endpoint = source("shoe_size")["endpoint"].as_str().unwrap();
    let fetched = stage
        .http
        .get(endpoint)
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert_eq!(
        stage.claims(&fetched).await.get("shoe_size"),
        Some(&json!(42))
    );

    stage.sandbox.settings(|s| s.userinfo_signed = true);
    stage
        .sandbox
        .fault(Fault::new(FaultKind::BadSignature).in_userinfo().once());
    let signed = stage.get_as("/userinfo", &token).await;
    assert_eq!(signed.header("content-type"), "application/jwt");
    assert!(!stage.is_signed_right(&signed.text).await);
    let signed = stage.get_as("/userinfo", &token).await;
    assert!(stage.is_signed_right(&signed.text).await);
}

#[tokio::test]
async fn document_faults() {
    let stage = stage();
    let metadata = "/.well-known/openid-configuration";
    stage
        .sandbox
        .fault(Fault::new(FaultKind::MetadataWrongIssuer).once());
    assert_eq!(
        stage.get(metadata).await.ok()["issuer"],
        "https://foreign.example.test"
    );
    let without = FaultKind::MetadataMember {
        name: "jwks_uri".to_owned(),
        value: Value::Null,
    };
    stage.sandbox.fault(Fault::new(without).once());
    assert!(stage.get(metadata).await.ok().get("jwks_uri").is_none());

    let keys = async || {
        stage.get("/jwks").await.ok()["keys"]
            .as_array()
            .unwrap()
            .clone()
    };
    let honest = keys().await;
    stage
        .sandbox
        .fault(Fault::new(FaultKind::JwksOddKeys).once());
    let odd = keys().await;
    assert!(odd.len() > honest.len() && odd.ends_with(&honest));
    stage
        .sandbox
        .fault(Fault::new(FaultKind::JwksSeveralKeys).once());
    let several = keys().await;
    assert_eq!(several.iter().filter(|key| key["kty"] == "RSA").count(), 2);
    stage
        .sandbox
        .fault(Fault::new(FaultKind::JwksWithoutKids).once());
    assert!(keys().await.iter().all(|key| key.get("kid").is_none()));
    stage.sandbox.fault(Fault::new(FaultKind::JwksEmpty).once());
    assert!(keys().await.is_empty());
    assert_eq!(keys().await, honest);
}
