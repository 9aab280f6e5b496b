//! No Debug output shows a secret.

use std::fmt::Debug;

use keyfob_protocol::danger::{AlreadyVerified, PastedCode};
use keyfob_protocol::jose::{Algorithm, Secret, SigningKey};
use keyfob_protocol::{
    AssertionAudience, AuthorizationRequest, Callback, Client, ClientAuthentication,
    DeviceAuthorizationRequest, IdToken, IdTokenRules, IntrospectionRequest, Poll,
    RevocationRequest, TokenRequest, TokenResponse, UserinfoRequest,
};
use serde_json::json;

use crate::fixtures::{CLIENT, answer, answer_as, claims, issuer, keys, metadata, now, sign};

const CANARY: &str = "canary-canary-canary-canary-canary";

#[track_caller]
fn redacted(value: &impl Debug) {
    for said in [format!("{value:?}"), format!("{value:#?}")] {
        assert!(!said.contains(CANARY), "{said}");
    }
}

fn canary() -> Secret {
    Secret::new(CANARY)
}

#[test]
fn requests_and_clients_are_redacted() {
    let key = SigningKey::hmac(&canary(), Algorithm::HS256).unwrap();
    let (secret, audience) = (canary(), AssertionAudience::Issuer);
    let algorithm = Algorithm::HS256;
    let methods = [
        ClientAuthentication::SecretBasic(canary()),
        ClientAuthentication::SecretPost(canary()),
        ClientAuthentication::SecretJwt {
            secret,
            algorithm,
            audience: audience.clone(),
        },
        ClientAuthentication::PrivateKeyJwt { key, audience },
    ];
    for method in methods {
        redacted(&Client::new(CLIENT, method));
    }
    redacted(&TokenRequest::refresh(canary()));
    redacted(&TokenRequest::password("alice", canary()));
    redacted(&TokenRequest::device_code(canary()));
    redacted(&TokenRequest::extension("urn:x", [("assertion", CANARY)]));
    redacted(&TokenRequest::client_credentials().with_param("p", CANARY));
    redacted(&AuthorizationRequest::new("https://a.example").with_param("p", CANARY));
    redacted(&DeviceAuthorizationRequest::new().with_param("p", CANARY));
    redacted(&IntrospectionRequest::new(CANARY));
    redacted(&RevocationRequest::new(CANARY));
    redacted(&UserinfoRequest::new(CANARY));
}

#[test]
fn answers_are_redacted() {
    let body = json!({
        "access_token": CANARY, "refresh_token": CANARY, "id_token": CANARY, "custom": CANARY,
    });
    let response = answer(200, body.to_string());
    redacted(&TokenResponse::read(&response).unwrap());
    redacted(&Poll::read(&response).unwrap());
    let body = json!({
        "device_code": CANARY, "user_code": "A", "expires_in": 5,
        "verification_uri": "https://as.example/device",
    });
    let device = DeviceAuthorizationRequest::new()
        .read(&answer(200, body.to_string()))
        .unwrap();
    redacted(&device);
    redacted(&device.poll());
    let body = json!({ "active": true, "sub": CANARY, "x": CANARY }).to_string();
    redacted(
        &IntrospectionRequest::new("t")
            .read(&answer(200, body))
            .unwrap(),
    );
    let body = json!({ "sub": CANARY, "email": CANARY }).to_string();
    redacted(&UserinfoRequest::new("t").read(&answer(200, body)).unwrap());
    let jwt = [("content-type", "application/jwt")];
    redacted(
        &UserinfoRequest::new("t")
            .read(&answer_as(200, &jwt, CANARY))
            .unwrap(),
    );
}

#[test]
fn logins_are_redacted() {
    let request = AuthorizationRequest::new("http://127.0.0.1/cb")
        .with_scopes(keyfob_protocol::Scopes::parse("openid").unwrap());
    let (_, pending) = request.begin(&metadata(), &Client::public(CLIENT)).unwrap();
    let mut stored: serde_json::Value = serde_json::from_str(pending.to_json().expose()).unwrap();
    for name in ["state", "nonce", "code_verifier"] {
        assert!(
            !format!("{pending:?}").contains(stored[name].as_str().unwrap()),
            "{name}"
        );
        stored[name] = json!(CANARY);
    }
    let pending = keyfob_protocol::Pending::from_json(&stored.to_string()).unwrap();
    redacted(&pending);
    redacted(&pending.to_json());
    redacted(&pending.id_token_rules());
    let code = pending.read_pasted(CANARY, PastedCode).unwrap();
    redacted(&code);
    redacted(&pending.redeem(code));
    redacted(&Callback::from_query(&format!("code={CANARY}&state={CANARY}")).unwrap());
}

#[test]
fn id_tokens_and_their_rules_are_redacted() {
    let token = sign(&claims(json!({ "sub": CANARY, "email": CANARY })));
    let verified = IdToken::reread(&Secret::new(token.as_str()), AlreadyVerified).unwrap();
    redacted(&verified);
    assert!(!format!("{verified:?}").contains(&token));
    let rules = IdTokenRules::new(&issuer(), CLIENT)
        .with_access_token(canary())
        .with_code(canary())
        .refreshed(&verified)
        .with_nonce(canary());
    redacted(&rules);
    redacted(
        &rules
            .verify(&token, &keys(), Some(&canary()), now())
            .unwrap_err(),
    );
}
