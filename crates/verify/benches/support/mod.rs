//! What the benchmarks share: an RFC 9068 token of about 900 bytes, a verifier with fetched keys, medians.

use std::time::{Duration, SystemTime};

use keyfob_jose::{Algorithm, HeaderFields, JwkSet, SigningKey, jws};
use keyfob_transport::testing::{ScriptedTransport, json};
use keyfob_transport::{Clock, DocumentPolicy, KeySetDocument};
use keyfob_verify::{Profile, Verifier, VerifierBuilder};

pub(crate) fn key(algorithm: Algorithm) -> SigningKey {
    SigningKey::generate(algorithm).unwrap().with_kid("2026-01")
}

/// A fetched key set of three keys, as at a provider in the middle of a rotation.
pub(crate) fn key_set(
    key: &SigningKey,
    script: &ScriptedTransport,
    policy: DocumentPolicy,
) -> KeySetDocument {
    let other = |kid: &str| {
        let key = SigningKey::generate(Algorithm::ES256).unwrap();
        key.with_kid(kid).public_jwk().unwrap()
    };
    let keys = [
        other("2025-12"),
        key.public_jwk().unwrap(),
        other("2026-02"),
    ];
    let keys = JwkSet::from_keys(keys).to_value().to_string();
    script.push(json(200, keys));
    let url: url::Url = "https://login.example.com/jwks".parse().unwrap();
    KeySetDocument::with_policy(url, script.transport(), Clock::system(), policy)
}

pub(crate) fn rules(algorithm: Algorithm) -> VerifierBuilder {
    Verifier::builder("https://login.example.com")
        .audience("https://api.example.com")
        .algorithms([algorithm])
        .profile(Profile::Rfc9068)
}

/// An RFC 9068 access token of about 900 bytes.
pub(crate) fn access_token(key: &SigningKey) -> String {
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap();
    // An RSA signature takes 256 bytes more than the others, which leave room for a few roles.
    let roles = match key.algorithm() {
        Algorithm::RS256 | Algorithm::PS256 => &["editor", "reviewer"][..],
        _ => &[
            "editor",
            "reviewer",
            "auditor",
            "urn:example:roles:operations:on-call:primary",
            "urn:example:roles:operations:on-call:secondary",
            "urn:example:roles:publishing:approver:europe",
            "urn:example:roles:publishing:approver:americas",
        ],
    };
    let claims = serde_json::json!({
        "iss": "https://login.example.com",
        "sub": "auth0|5c1f2e9d8a7b6c5d4e3f2a1b",
        "aud": ["https://api.example.com", "https://login.example.com/userinfo"],
        "client_id": "s6BhdRkqt3-mobile-application",
        "iat": now.as_secs(),
        "exp": (now + Duration::from_hours(1)).as_secs(),
        "jti": "dbe39bf3a3ba4238a513f51d6e1691c4",
        "scope": "openid profile email offline_access reports:read reports:write",
        "auth_time": now.as_secs(),
        "acr": "urn:example:acr:silver",
        "roles": roles,
    });
    let fields = HeaderFields::typ("at+jwt");
    jws::sign(key, &fields, claims.to_string().as_bytes()).unwrap()
}

pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

pub(crate) fn is_checked() -> bool {
    std::env::args().any(|argument| argument == "--check")
}
