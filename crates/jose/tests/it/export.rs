//! Keys as they leave: private JWKs, SPKI in PEM, thumbprint URIs.

use keyfob_jose::{
    Algorithm, CompactJws, HeaderFields, JoseError, Jwk, Secret, SigningKey, json, jws,
};
use serde_json::{Value, json};

/// One key of each kind and curve.
fn each_kind() -> [SigningKey; 5] {
    [
        Algorithm::PS384,
        Algorithm::ES256,
        Algorithm::ES384,
        Algorithm::ES512,
        Algorithm::EdDSA,
    ]
    .map(|algorithm| SigningKey::generate(algorithm).unwrap())
}

fn value(jwk: &Secret) -> Value {
    json::parse(jwk.expose().as_bytes(), json::Limits::TOKEN).unwrap()
}

#[test]
fn a_private_jwk_is_the_same_key_with_name_and_algorithm() {
    for key in each_kind() {
        let key = key.with_kid("quo\"ted");
        let written = value(&key.to_jwk().unwrap());
        let again = SigningKey::from_jwk(&written, None).unwrap();
        assert_eq!(again.algorithm(), key.algorithm());
        assert_eq!(again.kid(), Some("quo\"ted"));
        let token = jws::sign(&again, &HeaderFields::typ("JWT"), b"{}").unwrap();
        let parsed = CompactJws::parse(&token).unwrap();
        parsed.verify(&key.verifying_key().unwrap()).unwrap();
    }
}

#[test]
fn from_pem_to_jwk_and_back_nothing_is_lost() {
    for key in each_kind() {
        let pem = key.to_pkcs8_pem().unwrap();
        let read = SigningKey::from_pem(pem.expose().as_bytes(), None, None).unwrap();
        let jwk = read.to_jwk().unwrap();
        let again = SigningKey::from_jwk(&value(&jwk), None).unwrap();
        assert!(
            again.to_pkcs8_pem().unwrap() == pem,
            "{:?}",
            key.algorithm()
        );
        assert!(again.to_jwk().unwrap() == jwk, "{:?}", key.algorithm());
    }
}

/// RFC 7518 §6.2.2.1: `d` has the length of the order, whatever its first bytes are.
#[test]
fn the_private_number_of_a_curve_keeps_its_leading_zeros() {
    for (algorithm, digits) in [(Algorithm::ES256, 43), (Algorithm::ES512, 88)] {
        // One in 256 begins with a zero byte; of P-521, half do.
        for _ in 0..200 {
            let key = SigningKey::generate(algorithm).unwrap();
            let jwk = value(&key.to_jwk().unwrap());
            assert_eq!(jwk["d"].as_str().unwrap().len(), digits);
        }
    }
}

#[test]
fn the_private_key_of_rfc_7517_leaves_as_it_came() {
    let published = json!({
        "kty": "EC", "crv": "P-256", "kid": "1", "use": "sig", "alg": "ES256",
        "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
        "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
        "d": "870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE",
    });
    let key = SigningKey::from_jwk(&published, None).unwrap();
    assert_eq!(value(&key.to_jwk().unwrap()), published);
}

#[test]
fn a_public_key_leaves_as_the_pem_that_others_write() {
    for pem in [
        include_str!("../data/rsa.spki.pem"),
        include_str!("../data/p256.spki.pem"),
        include_str!("../data/p384.spki.pem"),
        include_str!("../data/p521.spki.pem"),
        include_str!("../data/ed25519.spki.pem"),
    ] {
        let jwk = Jwk::from_pem(pem.as_bytes(), None).unwrap();
        assert_eq!(jwk.to_pem().unwrap(), pem);
    }
}

/// The key of RFC 9278 §4 is that of RFC 7638 §3.1.
#[test]
fn thumbprint_uri_is_that_of_rfc_9278() {
    let jwk = Jwk::from_value(&json!({
        "kty": "RSA", "e": "AQAB",
        "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
    }));
    assert_eq!(
        jwk.unwrap().thumbprint_uri(),
        "urn:ietf:params:oauth:jwk-thumbprint:sha-256:NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
    );
}

#[test]
fn a_shared_secret_does_not_leave() {
    let key = SigningKey::generate(Algorithm::HS256).unwrap();
    assert_eq!(key.to_jwk().unwrap_err().code(), "unsupported_key");
}

#[test]
fn rsa_keys_are_made_in_three_sizes_for_rsa_only() {
    let key = SigningKey::generate_rsa(Algorithm::PS256, 3072).unwrap();
    assert_eq!(
        value(&key.to_jwk().unwrap())["n"].as_str().unwrap().len(),
        512
    );
    let refused = |algorithm, bits| {
        SigningKey::generate_rsa(algorithm, bits)
            .unwrap_err()
            .code()
    };
    assert_eq!(refused(Algorithm::RS256, 1024), "unsupported_key");
    assert_eq!(refused(Algorithm::ES256, 2048), "key_mismatch");
}

#[test]
fn a_broken_member_is_named() {
    let key = SigningKey::generate(Algorithm::ES256).unwrap();
    let whole = value(&key.to_jwk().unwrap());
    for member in ["x", "y", "d"] {
        for (broken, why) in [
            (Value::Null, "is not a text"),
            (json!("a=="), "is not base64url without padding"),
        ] {
            let mut jwk = whole.clone();
            jwk[member] = broken;
            let error = SigningKey::from_jwk(&jwk, None).unwrap_err();
            assert_eq!(error, JoseError::KeyMember { member, why });
            assert_eq!(error.code(), "malformed_key");
        }
        let mut jwk = whole.clone();
        jwk.as_object_mut().unwrap().remove(member);
        let error = SigningKey::from_jwk(&jwk, None).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("malformed key: `{member}` is missing")
        );
    }
}
