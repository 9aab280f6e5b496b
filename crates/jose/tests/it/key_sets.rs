//! Key sets: the choice of the key, odd keys, and caps.

use keyfob_jose::{
    Algorithm, CompactJws, HeaderFields, JoseError, Jwk, JwkSet, SigningKey, base64url, jws,
};
use serde_json::{Value, json};

#[test]
fn several_keys_of_one_name_are_tried_and_the_number_of_tries_is_capped() {
    let key = SigningKey::generate(Algorithm::ES256)
        .unwrap()
        .with_kid("same");
    let decoy = || {
        SigningKey::generate(Algorithm::ES256)
            .unwrap()
            .with_kid("same")
            .public_jwk()
            .unwrap()
    };
    let token = jws::sign(&key, &HeaderFields::default(), b"{}").unwrap();
    let jws = CompactJws::parse(&token).unwrap();
    let found = JwkSet::from_keys([decoy(), decoy(), decoy(), key.public_jwk().unwrap()]);
    assert!(found.verify(&jws).is_ok());
    let too_far = JwkSet::from_keys([
        decoy(),
        decoy(),
        decoy(),
        decoy(),
        key.public_jwk().unwrap(),
    ]);
    assert_eq!(too_far.verify(&jws).unwrap_err(), JoseError::BadSignature);
    let other = JwkSet::from_keys([key.with_kid("other").public_jwk().unwrap()]);
    assert_eq!(other.verify(&jws).unwrap_err(), JoseError::UnknownKey);
}

#[test]
fn a_set_holds_a_key_only_as_it_was_when_it_verified_a_token() {
    let key = SigningKey::generate(Algorithm::ES256)
        .unwrap()
        .with_kid("one");
    let published = key.public_jwk().unwrap();
    let first = JwkSet::from_keys([published.clone()]);
    let token = jws::sign(&key, &HeaderFields::default(), b"{}").unwrap();
    let jws = CompactJws::parse(&token).unwrap();
    let (payload, mark) = first.verify_by(&jws).unwrap();
    assert_eq!(payload.as_bytes(), b"{}");
    assert!(first.holds(mark));

    let fetched_again = JwkSet::parse(first.to_value().to_string().as_bytes()).unwrap();
    assert!(fetched_again.holds(mark));
    let renamed = JwkSet::from_keys([published.with_kid("two")]);
    assert!(!renamed.holds(mark));
    let stranger = SigningKey::generate(Algorithm::ES256)
        .unwrap()
        .with_kid("one");
    let replaced = JwkSet::from_keys([stranger.public_jwk().unwrap()]);
    assert!(!replaced.holds(mark));
    let mut unbound = first.to_value();
    unbound["keys"][0].as_object_mut().unwrap().remove("alg");
    let unbound = JwkSet::parse(unbound.to_string().as_bytes()).unwrap();
    assert!(!unbound.holds(mark) && unbound.verify(&jws).is_ok());
}

#[test]
fn one_odd_key_never_spoils_the_set() {
    let rsa = Jwk::from_pem(include_bytes!("../data/rsa.spki.pem"), None)
        .unwrap()
        .to_value();
    let odd: Vec<(Value, &str)> = odd_rsa_keys(&rsa)
        .into_iter()
        .chain(other_odd_keys())
        .collect();
    let mut keys: Vec<Value> = odd.iter().map(|(key, _)| key.clone()).collect();
    keys.push(rsa);
    let set = JwkSet::parse(json!({ "keys": keys }).to_string().as_bytes()).unwrap();
    assert_eq!(set.keys().len(), 1);
    for (skipped, (key, code)) in set.skipped().iter().zip(&odd) {
        assert_eq!(skipped.reason.code(), *code, "{key}");
    }
    assert_eq!(set.skipped().len(), odd.len());
}

fn odd_rsa_keys(rsa: &Value) -> Vec<(Value, &'static str)> {
    let rsa_with = |name: &str, value: Value| {
        let mut key = rsa.clone();
        key[name] = value;
        key
    };
    vec![
        (rsa_with("kid", json!(7)), "malformed_key"),
        (rsa_with("alg", json!(7)), "malformed_key"),
        (rsa_with("alg", json!("RSA-OAEP")), "unsupported_algorithm"),
        (rsa_with("alg", json!("none")), "unsupported_algorithm"),
        (rsa_with("alg", json!("ES256")), "key_mismatch"),
        (rsa_with("use", json!("enc")), "unsupported_key"),
        (rsa_with("use", Value::Null), "unsupported_key"),
        (rsa_with("key_ops", json!("verify")), "unsupported_key"),
        (rsa_with("key_ops", json!(["sign"])), "unsupported_key"),
        (rsa_with("e", json!("AA")), "weak_key"),
        (rsa_with("e", json!("AQ")), "weak_key"),
        (rsa_with("e", json!("AQAA")), "weak_key"),
        (rsa_with("e", json!("AgAAAAE")), "weak_key"),
        (rsa_with("n", json!("AQAB")), "weak_key"),
        (rsa_with("n", json!("")), "weak_key"),
        (rsa_with("n", json!("A+B/")), "malformed_key"),
        (
            rsa_with("n", json!(base64url::encode([0xfe; 256]))),
            "malformed_key",
        ),
        (
            rsa_with("n", json!(base64url::encode([0xff; 1025]))),
            "unsupported_key",
        ),
    ]
}

fn other_odd_keys() -> Vec<(Value, &'static str)> {
    vec![
        (Value::Null, "malformed_key"),
        (json!("key"), "malformed_key"),
        (json!([]), "malformed_key"),
        (json!({}), "malformed_key"),
        (json!({"kty": "RSA"}), "malformed_key"),
        (json!({"kty": "AKP"}), "unsupported_key"),
        (
            json!({"kty": "EC", "crv": "P-257", "x": "AA", "y": "AA"}),
            "unsupported_key",
        ),
        (
            json!({"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}),
            "malformed_key",
        ),
        (point([1; 32], [2; 32]), "malformed_key"),
        (point([0; 32], [0; 32]), "malformed_key"),
        (
            json!({"kty": "OKP", "crv": "X25519", "x": "AA"}),
            "unsupported_key",
        ),
        (
            json!({"kty": "OKP", "crv": "Ed25519", "x": "AA"}),
            "malformed_key",
        ),
        (
            json!({"kty": "oct", "k": base64url::encode([7; 64])}),
            "unsupported_key",
        ),
    ]
}

fn point(x: [u8; 32], y: [u8; 32]) -> Value {
    json!({"kty": "EC", "crv": "P-256", "x": base64url::encode(x), "y": base64url::encode(y)})
}

#[test]
fn a_modulus_with_a_leading_zero_is_the_same_key() {
    let plain = Jwk::from_pem(include_bytes!("../data/rsa.spki.pem"), None).unwrap();
    let mut padded = plain.to_value();
    let modulus = base64url::decode(padded["n"].as_str().unwrap()).unwrap();
    padded["n"] = base64url::encode([&[0], &modulus[..]].concat()).into();
    assert_eq!(
        Jwk::from_value(&padded).unwrap().thumbprint(),
        plain.thumbprint()
    );
}

#[test]
fn key_sets_are_capped_and_must_be_sets() {
    let many: Vec<Value> = (0..101).map(|_| json!({})).collect();
    for document in [
        json!({ "keys": many }),
        json!({}),
        json!({"keys": {}}),
        json!({"keys": null}),
    ] {
        assert_eq!(
            JwkSet::parse(document.to_string().as_bytes())
                .unwrap_err()
                .code(),
            "malformed_key_set"
        );
    }
    let large = format!(r#"{{"keys":[],"pad":"{}"}}"#, "x".repeat(1 << 20));
    assert_eq!(
        JwkSet::parse(large.as_bytes()).unwrap_err().code(),
        "too_large"
    );
}
