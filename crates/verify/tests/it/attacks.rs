//! The attack list of JOSE, one test per line, through the verifier: what is refused, and that nobody was asked for it.

use std::time::Duration;

use keyfob_jose::{Algorithm, Secret, SigningKey, base64url};
use keyfob_protocol::Endpoint;
use keyfob_verify::testing::{TestIssuer, TokenBuilder};
use keyfob_verify::{Profile, Rejection, Verifier};
use serde_json::{Value, json};

/// An issuer, and a verifier that has its keys already.
struct Ground {
    issuer: TestIssuer,
    verifier: Verifier,
    asked: usize,
}

async fn ground_of(algorithm: Algorithm) -> Ground {
    let issuer = TestIssuer::new("https://op.example").with_algorithms([algorithm]);
    let verifier = issuer.verifier();
    verifier.verify(&issuer.token().sign()).await.unwrap();
    let asked = issuer.total();
    Ground {
        issuer,
        verifier,
        asked,
    }
}

async fn ground() -> Ground {
    ground_of(Algorithm::ES256).await
}

impl Ground {
    fn token(&self) -> TokenBuilder {
        self.issuer.token()
    }

    fn claims(&self) -> String {
        Value::Object(self.token().claims().clone()).to_string()
    }

    /// A well signed token of this header and the good claims.
    fn with_header(&self, header: &str) -> String {
        self.token().sign_parts(header, self.claims())
    }

    /// A well signed token of the good header and these claims.
    fn with_claims(&self, claims: &str) -> String {
        self.token().sign_payload(claims)
    }

    async fn code(&self, token: &str) -> &'static str {
        let outcome = self.verifier.verify(token).await;
        outcome.map_or_else(|rejection: Rejection| rejection.code(), |_| "good")
    }

    /// The code, and proof that the issuer was not asked about it.
    async fn quietly(&self, token: &str) -> &'static str {
        let code = self.code(token).await;
        assert_eq!(self.issuer.total(), self.asked, "{code} cost a request");
        code
    }
}

#[tokio::test]
async fn alg_none_in_every_spelling() {
    let ground = ground().await;
    for bits in 0..16_u32 {
        let flip = |(index, letter): (usize, char)| match bits >> index & 1 {
            1 => letter.to_ascii_uppercase(),
            _ => letter,
        };
        let name: String = "none".chars().enumerate().map(flip).collect();
        let header = format!(r#"{{"alg":"{name}","kid":"ES256-1","typ":"at+jwt"}}"#);
        let signed = ground.with_header(&header);
        let (unsigned, _) = signed.rsplit_once('.').unwrap();
        for token in [&signed, &format!("{unsigned}.")] {
            assert_eq!(ground.quietly(token).await, "unsupported_algorithm");
        }
    }
    for alg in [r#""""#, r#"" none""#, r#""\u006eone""#, r#""none\u0000""#] {
        let header = format!(r#"{{"alg":{alg},"typ":"at+jwt"}}"#);
        let token = ground.with_header(&header);
        assert_eq!(ground.quietly(&token).await, "unsupported_algorithm");
    }
    for header in [r#"{"typ":"at+jwt"}"#, r#"{"alg":null,"typ":"at+jwt"}"#] {
        let token = ground.with_header(header);
        assert_eq!(ground.quietly(&token).await, "malformed_json", "{header}");
    }
}

#[tokio::test]
async fn hmac_with_the_rsa_public_key_as_secret() {
    let ground = ground_of(Algorithm::RS256).await;
    let public = ground.issuer.key_set().keys()[0].clone();
    let pem = public.to_pem().unwrap();
    let modulus = public.to_value()["n"].as_str().unwrap().to_owned();
    for secret in [
        &pem,
        pem.trim_end(),
        &public.to_value().to_string(),
        &modulus,
    ] {
        for algorithm in [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512] {
            let forger = SigningKey::hmac(&Secret::new(secret), algorithm).unwrap();
            let token = ground.token().key(forger.with_kid("RS256-1")).sign();
            assert_eq!(ground.quietly(&token).await, "algorithm_refused");
        }
    }
    let forger = SigningKey::hmac(&Secret::new(pem), Algorithm::HS256).unwrap();
    let header = ground.token().header_json();
    let relabelled = ground
        .token()
        .key(forger)
        .sign_parts(header, ground.claims());
    assert_eq!(ground.quietly(&relabelled).await, "bad_signature");
}

#[tokio::test]
async fn embedded_jwk() {
    let ground = ground().await;
    let attacker = SigningKey::generate(Algorithm::ES256).unwrap();
    let public = attacker.public_jwk().unwrap().to_value();
    let forged = ground.token().header("jwk", public).kid("ES256-1");
    let token = forged.key(attacker).sign();
    assert_eq!(ground.quietly(&token).await, "bad_signature");
}

#[tokio::test]
async fn jku_x5u_x5c_never_followed() {
    let ground = ground().await;
    let attacker = SigningKey::generate(Algorithm::ES256).unwrap();
    for (member, value) in [
        ("jku", json!("https://evil.example/keys")),
        ("jku", json!("https://op.example/jwks")),
        ("x5u", json!("https://evil.example/chain.pem")),
        ("x5c", json!(["MIIB"])),
    ] {
        let honest = ground.token().header(member, value.clone());
        assert_eq!(ground.quietly(&honest.sign()).await, "good", "{member}");
        let forged = honest.key(attacker.clone()).kid("ES256-1").sign();
        assert_eq!(ground.quietly(&forged).await, "bad_signature", "{member}");
    }
}

#[tokio::test]
async fn unknown_crit() {
    let ground = ground().await;
    for crit in [
        r#"["exp"]"#,
        r#"["unknown"]"#,
        "[]",
        r#""exp""#,
        "null",
        r#"["alg"]"#,
    ] {
        let header = format!(
            r#"{{"alg":"ES256","kid":"ES256-1","typ":"at+jwt","exp":1,"unknown":1,"crit":{crit}}}"#
        );
        let token = ground.with_header(&header);
        assert_eq!(ground.quietly(&token).await, "critical_header", "{crit}");
    }
}

#[tokio::test]
async fn b64_false() {
    let ground = ground().await;
    let token = ground.token().header("b64", false);
    assert_eq!(ground.quietly(&token.sign()).await, "unencoded_payload");
    let token = token.header("crit", json!(["b64"]));
    assert_eq!(ground.quietly(&token.sign()).await, "unencoded_payload");
    // RFC 7797 §3: the payload as it is, signed as it is.
    let header = base64url::encode(token.header_json());
    let input = format!("{header}.{}", "payload");
    let signature = ground
        .issuer
        .signing_key(Algorithm::ES256)
        .sign(input.as_bytes());
    let token = format!("{input}.{}", base64url::encode(signature.unwrap()));
    assert_eq!(ground.quietly(&token).await, "unencoded_payload");
}

#[tokio::test]
async fn duplicate_header_or_claim_members() {
    let ground = ground().await;
    for header in [
        r#"{"alg":"ES256","alg":"ES256","typ":"at+jwt"}"#,
        r#"{"alg":"none","alg":"ES256","typ":"at+jwt"}"#,
        r#"{"alg":"ES256","typ":"at+jwt","t\u0079p":"at+jwt"}"#,
        r#"{"alg":"ES256","typ":"at+jwt","x":[{"deep":{"a":1,"a":2}}]}"#,
    ] {
        let token = ground.with_header(header);
        assert_eq!(ground.quietly(&token).await, "duplicate_member", "{header}");
    }
    let claims = ground.claims();
    let open = claims.strip_suffix('}').unwrap();
    for more in [
        r#""sub":"bob""#,
        r#""s\u0075b":"bob""#,
        r#""exp":9999999999"#,
        r#""aud":"https://other.example""#,
        r#""x":1,"x":1"#,
        r#""x":[[{"y":1,"z":2,"y":3}]]"#,
    ] {
        let token = ground.with_claims(&format!("{open},{more}}}"));
        assert_eq!(ground.quietly(&token).await, "duplicate_member", "{more}");
    }
}

#[tokio::test]
async fn zero_and_oversized_ecdsa_signatures() {
    for (algorithm, length) in [
        (Algorithm::ES256, 64),
        (Algorithm::ES384, 96),
        (Algorithm::ES512, 132),
    ] {
        let ground = ground_of(algorithm).await;
        let token = ground.token().sign();
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let good = base64url::decode(signature).unwrap();
        let half = length / 2;
        assert_eq!(good.len(), length);
        for wrong in [
            vec![0; length],
            vec![0xff; length],
            [&vec![0; half], &good[half..]].concat(),
            [&good[..half], &vec![0; half]].concat(),
            [&good[..], &[0]].concat(),
            [&[0], &good[..half], &[0], &good[half..]].concat(),
            good[..length - 1].to_vec(),
            vec![0; 4096],
            vec![],
        ] {
            let token = format!("{signed}.{}", base64url::encode(&wrong));
            assert_eq!(ground.quietly(&token).await, "bad_signature", "{algorithm}");
        }
    }
}

#[tokio::test]
async fn truncated_and_padded_base64url() {
    let ground = ground_of(Algorithm::EdDSA).await;
    let token = ground.token().sign();
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
            parts[part].replacen(|_: char| true, "%2D", 1),
            String::new(),
        ] {
            let mut changed = parts.clone();
            changed[part] = &change;
            let code = ground.quietly(&changed.join(".")).await;
            assert_ne!(code, "good", "part {part}: {change:?}");
        }
    }
}

#[tokio::test]
async fn trailing_data() {
    let ground = ground().await;
    let token = ground.token().sign();
    for changed in [
        format!("{token}."),
        format!("{token}.x"),
        format!(".{token}"),
        format!("{token}\n"),
        format!("{token} "),
        format!("{token}\0"),
        format!("{token},{token}"),
        format!("Bearer {token}"),
    ] {
        assert_ne!(ground.quietly(&changed).await, "good", "{changed:?}");
    }
    for tail in ["{}", "x", "\0", ",", "]", " null"] {
        let header = format!("{}{tail}", ground.token().header_json());
        let token = ground.with_header(&header);
        assert_eq!(ground.quietly(&token).await, "malformed_json", "{tail:?}");
        let token = ground.with_claims(&format!("{}{tail}", ground.claims()));
        assert_eq!(ground.quietly(&token).await, "malformed_json", "{tail:?}");
    }
}

#[tokio::test]
async fn deep_json() {
    let ground = ground().await;
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    let claims = ground.claims();
    let open = claims.strip_suffix('}').unwrap();
    let at = |depth| ground.with_claims(&format!(r#"{open},"x":{}}}"#, nested(depth)));
    assert_eq!(ground.quietly(&at(31)).await, "good");
    for depth in [32, 1_000, 15_000] {
        assert_eq!(ground.quietly(&at(depth)).await, "malformed_json");
    }
    let header = format!(r#"{{"alg":"ES256","typ":"at+jwt","x":{}}}"#, nested(40));
    let token = ground.with_header(&header);
    assert_eq!(ground.quietly(&token).await, "malformed_json");
}

#[tokio::test]
async fn token_over_the_size_cap() {
    let ground = ground().await;
    let padded = |length: usize| ground.token().claim("x", "x".repeat(length)).sign();
    assert_eq!(ground.quietly(&padded(40_000)).await, "good");
    for length in [60_000, 1_000_000] {
        assert_eq!(ground.quietly(&padded(length)).await, "too_large");
    }
    assert_eq!(ground.quietly(&".".repeat(1_000_000)).await, "too_large");
}

#[tokio::test]
async fn kid_with_path_or_sql_text_is_looked_up_and_never_sent() {
    let ground = ground().await;
    let attacker = SigningKey::generate(Algorithm::ES256).unwrap();
    let texts = [
        "../../../../dev/null",
        "https://evil.example/key",
        "' OR '1'='1",
        "k'; DROP TABLE keys;--",
        "ES256-1\u{0}",
        "es256-1",
        "",
        " ES256-1",
        "%45S256-1",
    ];
    for kid in texts {
        ground.issuer.clock().advance(Duration::from_secs(10));
        for token in [
            ground.token().kid(kid),
            ground.token().kid(kid).key(attacker.clone()),
        ] {
            assert_eq!(ground.code(&token.sign()).await, "unknown_key", "{kid:?}");
        }
    }
    let fetches = ground.issuer.requests(Endpoint::Jwks);
    assert_eq!(fetches.len(), 1 + texts.len(), "one per floor");
    for request in &fetches {
        assert_eq!(request.uri(), "https://op.example/jwks");
        assert!(request.body().is_empty());
    }
    assert_eq!(ground.issuer.count(Endpoint::Metadata), 1);
}

#[tokio::test]
async fn wrong_typ() {
    let ground = ground().await;
    for typ in [
        "JWT",
        "dpop+jwt",
        "logout+jwt",
        "secevent+jwt",
        "at+jwt2",
        "",
        "text/at+jwt",
    ] {
        let token = ground.token().typ(typ).sign();
        assert_eq!(ground.quietly(&token).await, "wrong_type", "{typ}");
    }
    let absent = ground.token().typ(None).sign();
    assert_eq!(ground.quietly(&absent).await, "wrong_type");
    let number = ground.with_header(r#"{"alg":"ES256","kid":"ES256-1","typ":1}"#);
    assert_eq!(ground.quietly(&number).await, "malformed_json");
}

#[tokio::test]
async fn two_aud_forms() {
    let ground = ground().await;
    let ours = TestIssuer::AUDIENCE;
    for (aud, expected) in [
        (json!(ours), "good"),
        (json!([ours]), "good"),
        (json!(["https://other.example", ours]), "good"),
        (json!(["https://other.example"]), "wrong_audience"),
        (json!([]), "wrong_audience"),
        (json!(format!("{ours}/")), "wrong_audience"),
        (
            json!(format!("https://other.example {ours}")),
            "wrong_audience",
        ),
        (json!({ "0": ours }), "malformed_claim"),
        (json!([[ours]]), "malformed_claim"),
        (json!([ours, null]), "malformed_claim"),
        (json!(7), "malformed_claim"),
        (json!(null), "malformed_claim"),
    ] {
        let token = ground.token().claim("aud", aud.clone()).sign();
        assert_eq!(ground.quietly(&token).await, expected, "{aud}");
    }
}

#[tokio::test]
async fn dates_numeric_fractional_negative_and_far_future() {
    let ground = ground().await;
    let now = ground.token().claims()["iat"].as_u64().unwrap();
    let claims = ground.claims();
    let exp = claims.split_once(r#""exp":"#).unwrap().1;
    let exp = exp.split_once(',').unwrap().0;
    let with = |date: &str| {
        let changed = claims.replace(&format!(r#""exp":{exp}"#), &format!(r#""exp":{date}"#));
        ground.with_claims(&changed)
    };
    for (date, expected) in [
        (&*(now + 5).to_string(), "good"),
        (&format!("{now}.5"), "good"),
        (&format!("{now}e0"), "good"),
        ("253402300799", "good"),
        ("0", "expired"),
        ("-1", "malformed_claim"),
        ("-0.001", "malformed_claim"),
        ("253402300800", "malformed_claim"),
        ("18446744073709551616", "malformed_claim"),
        ("1e300", "malformed_claim"),
        (r#""9999999999""#, "malformed_claim"),
        ("null", "malformed_claim"),
        ("1e400", "malformed_json"),
        ("NaN", "malformed_json"),
        ("0x7fffffff", "malformed_json"),
        ("09999999999", "malformed_json"),
    ] {
        assert_eq!(ground.quietly(&with(date)).await, expected, "{date}");
    }
}

#[tokio::test]
async fn an_id_token_is_no_access_token_whatever_the_profile() {
    let ground = ground().await;
    let id_token = ground.issuer.id_token().audience(TestIssuer::AUDIENCE);
    assert_eq!(ground.quietly(&id_token.sign()).await, "wrong_type");
    let builder = ground.issuer.verifier_builder().profile(Profile::Plain);
    let plain = builder.build().unwrap();
    let rejection = plain.verify(&id_token.sign()).await.unwrap_err();
    assert_eq!(rejection.code(), "id_token_presented");
}
