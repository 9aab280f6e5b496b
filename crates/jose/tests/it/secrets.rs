//! No secret leaves through `Debug`, errors or published keys.

use keyfob_jose::{
    Algorithm, CompactJws, HeaderFields, JwkSet, Secret, SecretBytes, SigningKey, VerifyingKey,
    jws, jwt,
};
use serde_json::json;

const CANARY: &str = "canary-canary-canary-canary-canary-canary-canary-canary-canary-canary";

#[test]
fn debug_of_every_secret_type_hides_the_secret() {
    let secret = Secret::new(CANARY);
    let key = SigningKey::hmac(&secret, Algorithm::HS512)
        .unwrap()
        .with_kid("shown");
    let token = jws::sign(
        &key,
        &HeaderFields::typ("JWT"),
        format!(r#"{{"x":"{CANARY}"}}"#).as_bytes(),
    )
    .unwrap();
    let parsed = CompactJws::parse(&token).unwrap();
    let verifying = key.verifying_key().unwrap();
    let payload = parsed.verify(&verifying).unwrap();
    let shown = format!(
        "{secret:?} {secret:#?} {:?} {key:?} {key:#?} {verifying:?} {parsed:?} {payload:?} {:?}",
        SecretBytes::new(CANARY.as_bytes()),
        VerifyingKey::hmac(&secret, Algorithm::HS256).unwrap(),
    );
    assert!(shown.contains("shown"), "the key's name is no secret");
    assert!(!shown.contains("canary"), "{shown}");
    let signature = token.rsplit('.').next().unwrap();
    assert!(!shown.contains(signature), "{shown}");
}

#[test]
fn debug_of_private_keys_hides_them() {
    for pem in [
        &include_bytes!("../data/rsa.pkcs8.pem")[..],
        include_bytes!("../data/p256.pkcs8.pem"),
    ] {
        let key = SigningKey::from_pem(pem, None, None).unwrap();
        let shown = format!("{key:?} {:?}", key.to_pkcs8_pem().unwrap());
        let body = std::str::from_utf8(pem).unwrap().lines().nth(1).unwrap();
        assert!(!shown.contains(&body[..16]), "{shown}");
        assert!(shown.len() < 200, "{shown}");
    }
}

#[test]
fn errors_quote_no_input() {
    let tokens = [
        CANARY.to_owned(),
        format!("{CANARY}.{CANARY}.{CANARY}"),
        format!(
            "{}.e30.AA",
            keyfob_jose::base64url::encode(json!({"alg": 7, "x": CANARY}).to_string())
        ),
        format!("{}.e30.AA", keyfob_jose::base64url::encode(CANARY)),
    ];
    for token in tokens {
        let error = CompactJws::parse(&token).unwrap_err();
        assert!(
            !format!("{error} {error:?}").contains("canary"),
            "{error:?}"
        );
        let error = jwt::decode_unverified(&token).map(|_| ()).err();
        assert!(!format!("{error:?}").contains("canary"), "{error:?}");
    }
    for pem in [
        format!("-----BEGIN PRIVATE KEY-----\n{CANARY}\n-----END PRIVATE KEY-----\n"),
        CANARY.to_owned(),
    ] {
        let error =
            SigningKey::from_pem(pem.as_bytes(), Some(&Secret::new(CANARY)), None).unwrap_err();
        assert!(
            !format!("{error} {error:?}").contains("canary"),
            "{error:?}"
        );
    }
    let jwk = json!({"kty": "EC", "crv": "P-256", "x": CANARY, "y": CANARY, "d": CANARY});
    let error = SigningKey::from_jwk(&jwk, None).unwrap_err();
    assert!(
        !format!("{error} {error:?}").contains("canary"),
        "{error:?}"
    );
    let set = JwkSet::parse(
        json!({"keys": [{"kty": "oct", "k": CANARY}]})
            .to_string()
            .as_bytes(),
    )
    .unwrap();
    assert!(!format!("{set:?} {}", set.to_value()).contains("canary"));
}
