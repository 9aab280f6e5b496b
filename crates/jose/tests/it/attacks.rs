//! The attack list of the conformance page, one test per line, as far as tokens and keys can answer it.

use std::time::{Duration, SystemTime};

use keyfob_jose::json::{self, Limits};
use keyfob_jose::{
    Algorithm, Audience, Claims, CompactJws, HeaderFields, JoseError, JwkSet, Secret, SigningKey,
    VerifyingKey, base64url, jws,
};
use serde_json::json;

/// A token with any header, signed by a key that does not care.
fn forge(key: &SigningKey, header: &str, payload: &str) -> String {
    let input = format!(
        "{}.{}",
        base64url::encode(header),
        base64url::encode(payload)
    );
    let signature = base64url::encode(key.sign(input.as_bytes()).unwrap());
    format!("{input}.{signature}")
}

fn es256() -> SigningKey {
    SigningKey::generate(Algorithm::ES256)
        .unwrap()
        .with_kid("k")
}

fn set_of(key: &SigningKey) -> JwkSet {
    JwkSet::from_keys([key.public_jwk().unwrap()])
}

fn outcome(set: &JwkSet, token: &str) -> Result<Vec<u8>, JoseError> {
    let jws = CompactJws::parse(token)?;
    set.verify(&jws).map(|payload| payload.to_vec())
}

fn refusal(set: &JwkSet, token: &str) -> &'static str {
    outcome(set, token).unwrap_err().code()
}

#[test]
fn alg_none_in_every_spelling() {
    let (key, payload) = (es256(), r#"{"sub":"alice"}"#);
    for bits in 0..16_u32 {
        let flip = |(index, letter): (usize, char)| {
            if bits >> index & 1 == 1 {
                letter.to_ascii_uppercase()
            } else {
                letter
            }
        };
        let name: String = "none".chars().enumerate().map(flip).collect();
        for header in [
            format!(r#"{{"alg":"{name}"}}"#),
            format!(r#"{{"alg":"{name}","kid":"k"}}"#),
        ] {
            let unsigned = format!(
                "{}.{}.",
                base64url::encode(&header),
                base64url::encode(payload)
            );
            assert_eq!(
                refusal(&set_of(&key), &unsigned),
                "unsupported_algorithm",
                "{header}"
            );
            assert_eq!(
                refusal(&set_of(&key), &forge(&key, &header, payload)),
                "unsupported_algorithm",
                "{header}"
            );
        }
    }
    for header in [
        r#"{"alg":""}"#,
        r#"{"alg":" none"}"#,
        r#"{"alg":"\u006eone"}"#,
        r#"{"alg":"none\u0000"}"#,
    ] {
        assert_eq!(
            refusal(&set_of(&key), &forge(&key, header, payload)),
            "unsupported_algorithm",
            "{header}"
        );
    }
    for header in [
        "{}",
        r#"{"alg":null}"#,
        r#"{"alg":false}"#,
        r#"{"Alg":"ES256"}"#,
    ] {
        assert_eq!(
            refusal(&set_of(&key), &forge(&key, header, payload)),
            "malformed_json",
            "{header}"
        );
    }
}

#[test]
fn hmac_with_the_rsa_public_key_as_secret() {
    let pem = include_bytes!("../data/rsa.spki.pem");
    let public = keyfob_jose::Jwk::from_pem(pem, None).unwrap();
    let set = JwkSet::from_keys([public.clone()]);
    let pem_text = std::str::from_utf8(pem).unwrap();
    for secret in [
        pem_text,
        pem_text.trim_end(),
        &public.to_value().to_string(),
    ] {
        for algorithm in [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512] {
            let attacker = SigningKey::hmac(&Secret::new(secret), algorithm).unwrap();
            let token = jws::sign(&attacker, &HeaderFields::default(), b"{}").unwrap();
            assert_eq!(refusal(&set, &token), "unknown_key");
            let jws = CompactJws::parse(&token).unwrap();
            assert_eq!(jws.verify(public.key()).unwrap_err().code(), "key_mismatch");
        }
    }
    let published_secret =
        json!({"keys": [{"kty": "oct", "k": base64url::encode([7; 64]), "alg": "HS256"}]});
    let set = JwkSet::parse(published_secret.to_string().as_bytes()).unwrap();
    let attacker = SigningKey::from_jwk(&published_secret["keys"][0], None).unwrap();
    assert_eq!(
        refusal(
            &set,
            &jws::sign(&attacker, &HeaderFields::default(), b"{}").unwrap()
        ),
        "unknown_key"
    );
}

#[test]
fn embedded_jwk() {
    let (key, attacker) = (es256(), es256());
    let header =
        json!({"alg": "ES256", "kid": "k", "jwk": attacker.public_jwk().unwrap().to_value()});
    assert_eq!(
        refusal(&set_of(&key), &forge(&attacker, &header.to_string(), "{}")),
        "bad_signature"
    );
    assert_eq!(
        refusal(
            &JwkSet::default(),
            &forge(&attacker, &header.to_string(), "{}")
        ),
        "unknown_key"
    );
}

#[test]
fn jku_x5u_x5c_never_followed() {
    let (key, attacker) = (es256(), es256());
    for member in ["jku", "x5u"] {
        let mut header = json!({"alg": "ES256", "kid": "k"});
        header[member] = "https://evil.example/keys".into();
        assert_eq!(
            refusal(&set_of(&key), &forge(&attacker, &header.to_string(), "{}")),
            "bad_signature"
        );
        assert!(outcome(&set_of(&key), &forge(&key, &header.to_string(), "{}")).is_ok());
    }
    let header = json!({"alg": "ES256", "kid": "k", "x5c": ["MIIB"], "x5t": "AA"});
    assert_eq!(
        refusal(&set_of(&key), &forge(&attacker, &header.to_string(), "{}")),
        "bad_signature"
    );
}

#[test]
fn unknown_crit() {
    let key = es256();
    for crit in [
        r#"["exp"]"#,
        r#"["unknown"]"#,
        "[]",
        r#""exp""#,
        "null",
        r#"["alg"]"#,
        "{}",
    ] {
        let header = format!(r#"{{"alg":"ES256","kid":"k","exp":1,"unknown":1,"crit":{crit}}}"#);
        assert_eq!(
            refusal(&set_of(&key), &forge(&key, &header, "{}")),
            "critical_header",
            "{crit}"
        );
    }
}

#[test]
fn b64_false() {
    let key = es256();
    for rest in [r#""b64":false,"crit":["b64"]"#, r#""b64":false"#] {
        let header = format!(r#"{{"alg":"ES256","kid":"k",{rest}}}"#);
        assert_eq!(
            refusal(&set_of(&key), &forge(&key, &header, "{}")),
            "unencoded_payload",
            "{rest}"
        );
    }
    let header = r#"{"alg":"ES256","kid":"k","b64":true,"crit":["b64"]}"#;
    assert_eq!(
        refusal(&set_of(&key), &forge(&key, header, "{}")),
        "critical_header"
    );
}

#[test]
fn duplicate_header_members() {
    let key = es256();
    for header in [
        r#"{"alg":"ES256","alg":"ES256","kid":"k"}"#,
        r#"{"alg":"none","alg":"ES256","kid":"k"}"#,
        r#"{"alg":"ES256","kid":"k","\u006bid":"k"}"#,
        r#"{"alg":"ES256","kid":"k","other":1,"other":1}"#,
        r#"{"alg":"ES256","kid":"k","other":[{"deep":{"a":1,"a":2}}]}"#,
    ] {
        assert_eq!(
            refusal(&set_of(&key), &forge(&key, header, "{}")),
            "duplicate_member",
            "{header}"
        );
    }
}

#[test]
fn duplicate_claim_members() {
    for claims in [
        r#"{"sub":"alice","sub":"bob"}"#,
        r#"{"sub":"alice","s\u0075b":"bob"}"#,
        r#"{"exp":1,"exp":null}"#,
        r#"{"x":1,"x":1}"#,
        r#"{"x":{"y":1,"y":1}}"#,
        r#"{"aud":["a"],"x":[[{"y":1,"z":2,"y":3}]]}"#,
    ] {
        assert_eq!(
            Claims::parse(claims.as_bytes()).unwrap_err().code(),
            "duplicate_member",
            "{claims}"
        );
    }
}

#[test]
fn zero_and_oversized_ecdsa_signatures() {
    for (algorithm, length) in [
        (Algorithm::ES256, 64),
        (Algorithm::ES384, 96),
        (Algorithm::ES512, 132),
    ] {
        let key = SigningKey::generate(algorithm).unwrap();
        let verifying = key.verifying_key().unwrap();
        let good = key.sign(b"message").unwrap();
        assert_eq!(good.len(), length);
        verifying.verify(algorithm, b"message", &good).unwrap();
        let half = length / 2;
        let wrong = [
            vec![0; length],
            vec![0xff; length],
            [&vec![0; half], &good[half..]].concat(),
            [&good[..half], &vec![0; half]].concat(),
            [&good[..], &[0]].concat(),
            [&[0], &good[..]].concat(),
            [&[0], &good[..half], &[0], &good[half..]].concat(),
            good[..length - 1].to_vec(),
            vec![0; 4096],
            vec![],
        ];
        for signature in wrong {
            let refused = verifying.verify(algorithm, b"message", &signature);
            assert_eq!(
                refused,
                Err(JoseError::BadSignature),
                "{algorithm}, {} bytes",
                signature.len()
            );
        }
    }
}

#[test]
fn truncated_and_padded_base64url() {
    let key = SigningKey::generate(Algorithm::EdDSA).unwrap();
    let set = set_of(&key);
    let token = jws::sign(&key, &HeaderFields::default(), br#"{"sub":"alice"}"#).unwrap();
    assert!(outcome(&set, &token).is_ok());
    let parts: Vec<&str> = token.split('.').collect();
    for part in 0..3 {
        for change in [
            format!("{}=", parts[part]),
            format!("{}==", parts[part]),
            format!("{}\n", parts[part]),
            format!(" {}", parts[part]),
            format!("{}A", parts[part]),
            parts[part][..parts[part].len() - 1].to_owned(),
            parts[part].replacen(|_: char| true, "+", 1),
            String::new(),
        ] {
            let mut changed = parts.clone();
            changed[part] = &change;
            assert!(
                outcome(&set, &changed.join(".")).is_err(),
                "part {part}: {change:?}"
            );
        }
    }
}

#[test]
fn trailing_data() {
    let key = es256();
    let set = set_of(&key);
    let token = forge(&key, r#"{"alg":"ES256","kid":"k"}"#, "{}");
    for changed in [
        format!("{token}."),
        format!("{token}.x"),
        format!(".{token}"),
        format!("{token}\n"),
        format!("{token} "),
    ] {
        assert!(outcome(&set, &changed).is_err(), "{changed:?}");
    }
    assert_eq!(refusal(&set, &format!("{token}.x.y")), "encrypted_token");
    for header in [
        r#"{"alg":"ES256","kid":"k"}{}"#,
        r#"{"alg":"ES256","kid":"k"}x"#,
        "{\"alg\":\"ES256\"}\0",
    ] {
        assert_eq!(
            refusal(&set, &forge(&key, header, "{}")),
            "malformed_json",
            "{header:?}"
        );
    }
    for claims in ["{}{}", "{},", "{}]", "{} null", "{}\0"] {
        assert_eq!(
            Claims::parse(claims.as_bytes()).unwrap_err().code(),
            "malformed_json",
            "{claims:?}"
        );
    }
}

#[test]
fn deep_json() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(json::parse(nested(32).as_bytes(), Limits::TOKEN).is_ok());
    assert_eq!(
        json::parse(nested(33).as_bytes(), Limits::TOKEN)
            .unwrap_err()
            .code(),
        "malformed_json"
    );
    let claims = |depth| format!(r#"{{"x":{}}}"#, nested(depth));
    assert!(Claims::parse(claims(31).as_bytes()).is_ok());
    assert_eq!(
        Claims::parse(claims(32).as_bytes()).unwrap_err().code(),
        "malformed_json"
    );
    let bomb = "[".repeat(60_000);
    assert_eq!(
        json::parse(bomb.as_bytes(), Limits::TOKEN)
            .unwrap_err()
            .code(),
        "malformed_json"
    );
    let key = es256();
    let header = format!(r#"{{"alg":"ES256","kid":"k","x":{}}}"#, nested(40));
    assert_eq!(
        refusal(&set_of(&key), &forge(&key, &header, "{}")),
        "malformed_json"
    );
}

#[test]
fn token_over_the_size_cap() {
    let key = es256();
    let padded = |length: usize| {
        forge(
            &key,
            r#"{"alg":"ES256","kid":"k"}"#,
            &format!(r#"{{"x":"{}"}}"#, "x".repeat(length)),
        )
    };
    assert!(outcome(&set_of(&key), &padded(40_000)).is_ok());
    assert_eq!(refusal(&set_of(&key), &padded(60_000)), "too_large");
    assert_eq!(
        keyfob_jose::jwt::decode_unverified(&padded(60_000))
            .unwrap_err()
            .code(),
        "too_large"
    );
}

#[test]
fn kid_with_path_or_sql_text() {
    let key = es256();
    for kid in [
        "../../../../dev/null",
        "/etc/passwd",
        "' OR '1'='1",
        "k'; DROP TABLE keys;--",
        "k\u{0}",
        "K",
        "",
        " k",
        "%6b",
    ] {
        let header = json!({"alg": "ES256", "kid": kid}).to_string();
        assert_eq!(
            refusal(&set_of(&key), &forge(&key, &header, "{}")),
            "unknown_key",
            "{kid:?}"
        );
        let named = key.clone().with_kid(kid);
        assert!(
            outcome(&set_of(&named), &forge(&key, &header, "{}")).is_ok(),
            "{kid:?}"
        );
    }
}

#[test]
fn wrong_typ() {
    let key = es256();
    let token = jws::sign(&key, &HeaderFields::typ("JWT"), b"{}").unwrap();
    let jws = CompactJws::parse(&token).unwrap();
    assert!(jws.header().has_type("jwt") && jws.header().has_type("application/jwt"));
    for other in [
        "at+jwt",
        "dpop+jwt",
        "logout+jwt",
        "",
        "JWT2",
        "application/",
        "text/jwt",
    ] {
        assert!(!jws.header().has_type(other), "{other}");
    }
    let number = forge(&key, r#"{"alg":"ES256","kid":"k","typ":1}"#, "{}");
    assert_eq!(refusal(&set_of(&key), &number), "malformed_json");
}

#[test]
fn two_aud_forms() {
    let one = Claims::parse(br#"{"aud":"api"}"#).unwrap();
    let many = Claims::parse(br#"{"aud":["web","api"]}"#).unwrap();
    assert_eq!(one.aud, Some(Audience::from("api")));
    assert!(one.is_for("api") && many.is_for("api"));
    assert!(!one.is_for("ap") && !one.is_for("api2") && !many.is_for("web,api"));
    for aud in [
        "null",
        "7",
        "{}",
        r#"{"0":"api"}"#,
        r#"["api",null]"#,
        r#"[["api"]]"#,
        "true",
    ] {
        let claims = format!(r#"{{"aud":{aud}}}"#);
        assert_eq!(
            Claims::parse(claims.as_bytes()).unwrap_err().code(),
            "malformed_claim",
            "{aud}"
        );
    }
}

#[test]
fn numeric_and_fractional_dates_negative_far_future() {
    let exp = |text: &str| Claims::parse(format!(r#"{{"exp":{text}}}"#).as_bytes());
    let at = |text: &str| exp(text).unwrap().exp.unwrap().to_system_time();
    let epoch = SystemTime::UNIX_EPOCH;
    assert_eq!(at("1300819381"), epoch + Duration::from_secs(1_300_819_381));
    assert_eq!(
        at("1300819381.25"),
        epoch + Duration::from_millis(1_300_819_381_250)
    );
    assert_eq!(
        at("1.300819381e9"),
        epoch + Duration::from_secs(1_300_819_381)
    );
    for text in [
        "-1",
        "-0.001",
        "253402300800",
        "1e300",
        "18446744073709551616",
        r#""1300819380""#,
        "null",
        "[]",
    ] {
        assert_eq!(exp(text).unwrap_err().code(), "malformed_claim", "{text}");
    }
    for text in ["1e400", "NaN", "Infinity", "0x10", "01"] {
        assert_eq!(exp(text).unwrap_err().code(), "malformed_json", "{text}");
    }
}

#[test]
fn another_algorithm_of_the_same_key() {
    let rsa = SigningKey::generate(Algorithm::RS256).unwrap();
    let bound = set_of(&rsa);
    let pem = rsa.to_pkcs8_pem().unwrap();
    let pss = SigningKey::from_pem(pem.expose().as_bytes(), None, Some(Algorithm::PS256)).unwrap();
    let token = jws::sign(&pss, &HeaderFields::default(), b"{}").unwrap();
    assert_eq!(refusal(&bound, &token), "unknown_key");
    let jws = CompactJws::parse(&token).unwrap();
    assert_eq!(
        jws.verify(bound.keys()[0].key()).unwrap_err().code(),
        "key_mismatch"
    );
    let relabelled = forge(&pss, r#"{"alg":"RS256"}"#, "{}");
    assert_eq!(refusal(&bound, &relabelled), "bad_signature");
}

#[test]
fn short_shared_secrets() {
    for (algorithm, bytes) in [
        (Algorithm::HS256, 32),
        (Algorithm::HS384, 48),
        (Algorithm::HS512, 64),
    ] {
        assert!(VerifyingKey::hmac(&Secret::new("s".repeat(bytes)), algorithm).is_ok());
        let refused =
            VerifyingKey::hmac(&Secret::new("s".repeat(bytes - 1)), algorithm).unwrap_err();
        assert_eq!(refused.code(), "weak_key");
    }
}

// covers: C-17
#[test]
fn claims_whose_base64url_has_minus_and_underscore_are_read() {
    let claims = r#"{"sub":"https://h/x?y~~~>>>???"}"#;
    let payload = base64url::encode(claims.as_bytes());
    assert!(payload.contains('-') || payload.contains('_'), "{payload}");
    let header = base64url::encode(br#"{"alg":"RS256"}"#);
    let token = format!("{header}.{payload}.AAAA");
    let read = keyfob_jose::jwt::decode_unverified(&token).unwrap();
    assert!(format!("{read:?}").contains("https://h/x?y~~~"), "{read:?}");
}
