//! The Ed25519 examples of RFC 8037, appendix A, and the algorithm name of RFC 9864.

use keyfob_jose::{Algorithm, CompactJws, HeaderFields, Jwk, SigningKey, base64url, jws};
use serde_json::{Value, json};

const TOKEN: &str = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.\
    hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";

fn private_key() -> Value {
    json!({
        "kty": "OKP",
        "crv": "Ed25519",
        "d": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
        "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
    })
}

#[test]
fn a1_private_key_and_a2_public_key_belong_together() {
    let mut swapped = private_key();
    assert!(SigningKey::from_jwk(&swapped, None).is_ok());
    swapped["d"] = swapped["x"].clone();
    assert_eq!(
        SigningKey::from_jwk(&swapped, None).unwrap_err().code(),
        "malformed_key"
    );
}

#[test]
fn a3_thumbprint_is_the_printed_one() {
    let thumbprint = Jwk::from_value(&private_key()).unwrap().thumbprint();
    assert_eq!(thumbprint, "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
}

#[test]
fn a4_signing_gives_the_printed_token() {
    let key = SigningKey::from_jwk(&private_key(), None).unwrap();
    assert_eq!(
        jws::sign(
            &key,
            &HeaderFields::default(),
            b"Example of Ed25519 signing"
        )
        .unwrap(),
        TOKEN
    );
}

#[test]
fn a5_the_printed_token_verifies() {
    let jwk = Jwk::from_value(&private_key()).unwrap();
    assert_eq!(
        &*CompactJws::parse(TOKEN).unwrap().verify(jwk.key()).unwrap(),
        b"Example of Ed25519 signing"
    );
}

#[test]
fn rfc9864_name_is_the_same_algorithm() {
    let key = SigningKey::from_jwk(&private_key(), None).unwrap();
    let input = format!(
        "{}.{}",
        base64url::encode(r#"{"alg":"Ed25519"}"#),
        base64url::encode("{}")
    );
    let token = format!(
        "{input}.{}",
        base64url::encode(key.sign(input.as_bytes()).unwrap())
    );
    let mut jwk = private_key();
    jwk["alg"] = "Ed25519".into();
    let jwk = Jwk::from_value(&jwk).unwrap();
    assert_eq!(jwk.algorithm(), Some(Algorithm::EdDSA));
    assert!(CompactJws::parse(&token).unwrap().verify(jwk.key()).is_ok());
}
