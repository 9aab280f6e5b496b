//! Keys in every file format, and every algorithm signing and verifying.

use keyfob_jose::{
    Algorithm, CompactJws, HeaderFields, JoseError, Jwk, Secret, SigningKey, VerifyingKey, jws,
};

const RSA: &[u8] = include_bytes!("../data/rsa.pkcs8.pem");
const RSA_PUBLIC: &[u8] = include_bytes!("../data/rsa.spki.pem");

fn password() -> Secret {
    Secret::new("tr0ub4dor")
}

fn read(pem: &[u8]) -> Result<SigningKey, JoseError> {
    SigningKey::from_pem(pem, None, None)
}

fn thumbprint(key: &SigningKey) -> String {
    key.public_jwk().unwrap().thumbprint()
}

#[test]
fn every_format_of_one_rsa_key_is_the_same_key() {
    let expected = Jwk::from_pem(RSA_PUBLIC, None).unwrap().thumbprint();
    assert_eq!(thumbprint(&read(RSA).unwrap()), expected);
    assert_eq!(
        thumbprint(&read(include_bytes!("../data/rsa.pkcs1.pem")).unwrap()),
        expected
    );
    let pkcs1_public = include_bytes!("../data/rsa.pkcs1-public.pem");
    assert_eq!(
        Jwk::from_pem(pkcs1_public, None).unwrap().thumbprint(),
        expected
    );
    for encrypted in [
        &include_bytes!("../data/rsa.encrypted.pem")[..],
        include_bytes!("../data/rsa.encrypted-scrypt.pem"),
    ] {
        let key = SigningKey::from_pem(encrypted, Some(&password()), None).unwrap();
        assert_eq!(thumbprint(&key), expected);
    }
}

#[test]
fn curve_keys_say_their_algorithm_in_every_format() {
    type Files = (&'static [u8], &'static [u8], &'static [u8]);
    let cases: [(Files, Algorithm); 3] = [
        (
            (
                include_bytes!("../data/p256.sec1.pem"),
                include_bytes!("../data/p256.pkcs8.pem"),
                include_bytes!("../data/p256.spki.pem"),
            ),
            Algorithm::ES256,
        ),
        (
            (
                include_bytes!("../data/p384.sec1.pem"),
                include_bytes!("../data/p384.pkcs8.pem"),
                include_bytes!("../data/p384.spki.pem"),
            ),
            Algorithm::ES384,
        ),
        (
            (
                include_bytes!("../data/p521.sec1.pem"),
                include_bytes!("../data/p521.pkcs8.pem"),
                include_bytes!("../data/p521.spki.pem"),
            ),
            Algorithm::ES512,
        ),
    ];
    for ((sec1, pkcs8, spki), algorithm) in cases {
        let verifying = VerifyingKey::from_pem(spki).unwrap();
        for pem in [sec1, pkcs8] {
            let key = read(pem).unwrap();
            assert_eq!(key.algorithm(), algorithm);
            verifying
                .verify(algorithm, b"m", &key.sign(b"m").unwrap())
                .unwrap();
        }
    }
    let key = read(include_bytes!("../data/ed25519.pkcs8.pem")).unwrap();
    assert_eq!(key.algorithm(), Algorithm::EdDSA);
    let verifying = VerifyingKey::from_pem(include_bytes!("../data/ed25519.spki.pem")).unwrap();
    verifying
        .verify(Algorithm::EdDSA, b"m", &key.sign(b"m").unwrap())
        .unwrap();
    let encrypted = include_bytes!("../data/ed25519.encrypted.pem");
    let decrypted = SigningKey::from_pem(encrypted, Some(&password()), None).unwrap();
    assert_eq!(thumbprint(&decrypted), thumbprint(&key));
}

#[test]
fn encrypted_keys_ask_for_the_right_password() {
    let encrypted = include_bytes!("../data/rsa.encrypted.pem");
    assert_eq!(read(encrypted).unwrap_err(), JoseError::PasswordNeeded);
    let wrong = SigningKey::from_pem(encrypted, Some(&Secret::new("wrong")), None).unwrap_err();
    assert_eq!(wrong, JoseError::PasswordWrong);
    for old in [
        &include_bytes!("../data/rsa.old-encryption.pem")[..],
        include_bytes!("../data/p256.encrypted-sha1.pem"),
        include_bytes!("../data/p256.encrypted-pbes1.pem"),
    ] {
        let refused = SigningKey::from_pem(old, Some(&password()), None).unwrap_err();
        assert_eq!(refused.code(), "unsupported_key");
    }
}

#[test]
fn refuses_weak_foreign_and_damaged_keys() {
    assert_eq!(
        read(include_bytes!("../data/rsa1024.pkcs8.pem"))
            .unwrap_err()
            .code(),
        "weak_key"
    );
    assert_eq!(
        read(include_bytes!("../data/secp256k1.pkcs8.pem"))
            .unwrap_err()
            .code(),
        "unsupported_key"
    );
    assert_eq!(
        read(include_bytes!("../data/secp256k1.sec1.pem"))
            .unwrap_err()
            .code(),
        "unsupported_key"
    );
    let foreign = include_bytes!("../data/secp256k1.spki.pem");
    assert_eq!(
        VerifyingKey::from_pem(foreign).unwrap_err().code(),
        "unsupported_key"
    );
    let text = std::str::from_utf8(RSA).unwrap();
    for damaged in [
        String::new(),
        "not a key".to_owned(),
        text.replace("-----END", "-----"),
        text.replacen("MII", "MI", 1),
        text.replacen("MII", "M!I", 1),
        text[..text.len() / 2].to_owned(),
        std::str::from_utf8(RSA_PUBLIC).unwrap().to_owned(),
    ] {
        assert_eq!(
            read(damaged.as_bytes()).unwrap_err().code(),
            "malformed_key",
            "{damaged}"
        );
    }
    assert_eq!(read(&vec![b' '; 100_000]).unwrap_err().code(), "too_large");
    assert_eq!(
        VerifyingKey::from_pem(RSA).unwrap_err().code(),
        "malformed_key"
    );
}

#[test]
fn finds_the_key_among_other_text_and_with_windows_line_ends() {
    let text = std::str::from_utf8(RSA).unwrap();
    let expected = thumbprint(&read(RSA).unwrap());
    let public = std::str::from_utf8(RSA_PUBLIC).unwrap();
    for variant in [
        text.replace('\n', "\r\n"),
        format!("{public}\nsome words\n{text}"),
        format!("{text}\n{public}\n\n"),
    ] {
        assert_eq!(thumbprint(&read(variant.as_bytes()).unwrap()), expected);
    }
}

#[test]
fn a_key_signs_only_what_its_kind_can() {
    for algorithm in Algorithm::ALL {
        let fits = algorithm.key_type() == keyfob_jose::KeyType::Rsa;
        assert_eq!(
            SigningKey::from_pem(RSA, None, Some(algorithm)).is_ok(),
            fits,
            "{algorithm}"
        );
    }
    let p256 = include_bytes!("../data/p256.pkcs8.pem");
    let mismatch = SigningKey::from_pem(p256, None, Some(Algorithm::ES384)).unwrap_err();
    assert_eq!(mismatch.code(), "key_mismatch");
    assert_eq!(
        SigningKey::hmac(&password(), Algorithm::RS256)
            .unwrap_err()
            .code(),
        "key_mismatch"
    );
}

#[test]
fn every_algorithm_signs_what_only_it_verifies() {
    let keys: Vec<SigningKey> = Algorithm::ALL
        .into_iter()
        .map(|algorithm| match algorithm.key_type() {
            keyfob_jose::KeyType::Rsa => SigningKey::from_pem(RSA, None, Some(algorithm)).unwrap(),
            _ => SigningKey::generate(algorithm).unwrap(),
        })
        .collect();
    for signer in &keys {
        let token = jws::sign(signer, &HeaderFields::typ("JWT"), b"{}").unwrap();
        let jws = CompactJws::parse(&token).unwrap();
        assert_eq!(jws.header().alg, signer.algorithm());
        for verifier in &keys {
            let verified = jws.verify(&verifier.verifying_key().unwrap());
            assert_eq!(
                verified.is_ok(),
                signer.algorithm() == verifier.algorithm(),
                "{signer:?} {verifier:?}"
            );
        }
    }
}

#[test]
fn generated_keys_survive_pem_and_jwk() {
    for algorithm in [
        Algorithm::RS256,
        Algorithm::ES256,
        Algorithm::ES384,
        Algorithm::ES512,
        Algorithm::EdDSA,
    ] {
        let key = SigningKey::generate(algorithm).unwrap().with_kid("gen-1");
        let pem = key.to_pkcs8_pem().unwrap();
        assert_eq!(
            thumbprint(&read(pem.expose().as_bytes()).unwrap()),
            thumbprint(&key)
        );
        let jwk = key.public_jwk().unwrap().to_value();
        assert_eq!(
            (&jwk["kid"], &jwk["alg"], &jwk["use"]),
            (&"gen-1".into(), &algorithm.as_str().into(), &"sig".into())
        );
        assert_eq!(Jwk::from_value(&jwk).unwrap().to_value(), jwk);
    }
    let shared = SigningKey::generate(Algorithm::HS256).unwrap();
    assert_eq!(shared.public_jwk().unwrap_err().code(), "unsupported_key");
    assert_eq!(shared.to_pkcs8_pem().unwrap_err().code(), "unsupported_key");
}
