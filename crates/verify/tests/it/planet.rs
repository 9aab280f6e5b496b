//! planet-auth's tests of its validators, one by one, through issuers that are trusted as its multi-issuer validator does:
//! tokens that predate RFC 9068, one audience.

use std::time::Duration;

use keyfob_jose::{Algorithm, SigningKey, base64url, jwt, random};
use keyfob_protocol::Endpoint;
use keyfob_verify::issuers::IssuersBuilder;
use keyfob_verify::testing::{TestIssuer, TokenBuilder};
use keyfob_verify::{
    ExpectedLogin, IdTokenVerifier, IdTokenVerifierBuilder, Issuers, Profile, RequiredClaims,
    Verifier, VerifierBuilder,
};
use serde_json::{Value, json};

use crate::tokens::code;

fn issuer() -> TestIssuer {
    TestIssuer::new("https://one.example")
}

/// For the tests that are about the algorithm; making its keys takes time.
fn rsa_issuer() -> TestIssuer {
    issuer().with_algorithms([Algorithm::RS256])
}

fn rules(one: &TestIssuer) -> VerifierBuilder {
    one.verifier_builder().profile(Profile::Plain)
}

fn trusting(rules: VerifierBuilder) -> Issuers {
    Issuers::builder().issuer(rules).build().unwrap()
}

async fn outcome(issuers: &Issuers, token: &str) -> &'static str {
    code(&issuers.verify(token).await)
}

/// The tokens of planet-auth's tests have neither a type of their own nor `client_id` and `jti`.
fn token(one: &TestIssuer) -> TokenBuilder {
    one.token().typ(None).without("client_id").without("jti")
}

// covers: planet-73
#[tokio::test]
async fn p73_a_valid_token_gives_its_claims_and_can_be_taken_apart_unverified() {
    let one = rsa_issuer();
    let token = token(&one).claim("custom", json!({"a": [1]})).sign();
    let principal = trusting(rules(&one)).verify(&token).await.unwrap();
    assert_eq!(principal.subject(), "alice");
    assert_eq!(principal.claim("custom"), Some(json!({"a": [1]})));
    let parts = jwt::decode_unverified(&token).unwrap();
    assert_eq!(parts.header.get("alg"), Some(&json!("RS256")));
    assert_eq!(parts.claims.get("sub"), Some(&json!("alice")));
    let (_, signature) = token.rsplit_once('.').unwrap();
    assert_eq!(base64url::decode(signature).unwrap().len(), 256);
}

// covers: planet-74
#[tokio::test]
async fn p74_an_empty_token_is_refused_and_an_empty_issuer_or_audience_before_any_token_comes() {
    let one = issuer();
    assert_eq!(outcome(&trusting(rules(&one)), "").await, "malformed_token");
    assert_eq!(one.total(), 0);
    let es256 = [Algorithm::ES256];
    let without =
        |rules: VerifierBuilder| Issuers::builder().issuer(rules).build().unwrap_err().code();
    assert_eq!(
        without(Verifier::builder("").audience("a").algorithms(es256)),
        "bad_setting"
    );
    assert_eq!(
        without(
            Verifier::builder(one.issuer())
                .audience("")
                .algorithms(es256)
        ),
        "no_audience"
    );
    assert_eq!(
        without(Verifier::builder(one.issuer()).algorithms(es256)),
        "no_audience"
    );
}

// covers: planet-75
#[tokio::test]
async fn p75_garbage_and_tokens_that_were_tampered_with_are_refused() {
    let one = rsa_issuer();
    let issuers = trusting(rules(&one));
    let good = token(&one).sign();
    let parts: Vec<&str> = good.split('.').collect();
    let [header, body, signature] = parts[..] else {
        panic!("three parts")
    };
    let garbage = || random::token(60).unwrap();
    let altered = jwt_body(
        &json!({"iss": one.issuer(), "sub": "mallory", "aud": one.audience(), "exp": 9_999_999_999_u64}),
    );
    let mut other_body = body.to_owned();
    other_body.replace_range(body.len() / 2..=body.len() / 2, "~");
    let key = SigningKey::generate(Algorithm::RS256).unwrap();
    let kid = one
        .signing_key(Algorithm::RS256)
        .kid()
        .unwrap_or_default()
        .to_owned();
    for (bad, expected) in [
        ("\u{0}\u{1}\u{2}ÿ".to_owned(), "malformed_token"),
        (garbage(), "malformed_token"),
        (
            format!("{}.{}.{}", garbage(), garbage(), garbage()),
            "malformed_json",
        ),
        (format!("{}.{}", garbage(), garbage()), "malformed_token"),
        (format!("{header}.{body}"), "malformed_token"),
        (format!("{header}.{body}."), "bad_signature"),
        (format!("{header}.{altered}.{signature}"), "bad_signature"),
        (
            format!("{header}.{other_body}.{signature}"),
            "malformed_base64url",
        ),
        (
            format!("{header}.{body}.{}", base64url::encode([7; 256])),
            "bad_signature",
        ),
        (format!("{header}.{body}.{}", garbage()), "bad_signature"),
        (token(&one).key(key.with_kid(kid)).sign(), "bad_signature"),
    ] {
        assert_eq!(outcome(&issuers, &bad).await, expected, "{bad}");
    }
}

fn jwt_body(claims: &Value) -> String {
    base64url::encode(claims.to_string())
}

// covers: planet-76
#[tokio::test]
async fn p76_a_missing_or_wrong_issuer_a_wrong_audience_and_missing_claims_are_told_apart() {
    let one = issuer();
    let required = RequiredClaims::new().with("organization_id", ());
    let issuers = trusting(rules(&one).required_claims(required));
    let token = token(&one).claim("organization_id", 17);
    assert_eq!(outcome(&issuers, &token.sign()).await, "good");
    for (bad, expected) in [
        (token.clone().without("iss"), "missing_claim"),
        (
            token.clone().claim("iss", "https://two.example"),
            "unknown_issuer",
        ),
        (token.clone().audience("urn:other"), "wrong_audience"),
        (token.clone().without("aud"), "missing_claim"),
        (token.clone().without("exp"), "missing_claim"),
        (
            token.clone().without("organization_id"),
            "required_claim_missing",
        ),
    ] {
        assert_eq!(outcome(&issuers, &bad.sign()).await, expected);
    }
}

// covers: planet-77
#[tokio::test]
async fn p77_of_several_audiences_any_that_the_token_has_will_do() {
    let one = issuer();
    let for_audience = |audience: &str| {
        let builder = Verifier::builder(one.issuer())
            .audience(audience)
            .algorithms([Algorithm::ES256]);
        trusting(
            builder
                .profile(Profile::Plain)
                .transport(one.transport())
                .clock(one.clock().clone().into()),
        )
    };
    let many = token(&one).audiences(["urn:a", "urn:b"]).sign();
    for (audience, expected) in [
        ("urn:a", "good"),
        ("urn:b", "good"),
        ("urn:c", "wrong_audience"),
        ("urn", "wrong_audience"),
    ] {
        assert_eq!(
            outcome(&for_audience(audience), &many).await,
            expected,
            "{audience}"
        );
    }
}

// covers: planet-78
#[tokio::test]
async fn p78_an_expired_token_is_a_failure_of_its_own_from_the_second_of_its_expiry_on() {
    let one = issuer();
    let issuers = trusting(rules(&one).leeway(Duration::ZERO));
    let token = token(&one).expires_in(Duration::from_secs(1)).sign();
    assert_eq!(outcome(&issuers, &token).await, "good");
    one.clock().advance(Duration::from_secs(1));
    assert_eq!(outcome(&issuers, &token).await, "expired");
}

// covers: planet-79
#[tokio::test]
async fn p79_an_unknown_key_and_an_algorithm_that_is_not_accepted_are_failures_of_their_own() {
    let one = rsa_issuer();
    let issuers = trusting(rules(&one));
    let stranger = SigningKey::generate(Algorithm::RS256)
        .unwrap()
        .with_kid("stranger");
    assert_eq!(
        outcome(&issuers, &token(&one).key(stranger).sign()).await,
        "unknown_key"
    );
    let rs512 = SigningKey::generate(Algorithm::RS512)
        .unwrap()
        .with_kid("k");
    let rejection = issuers
        .verify(&token(&one).key(rs512).sign())
        .await
        .unwrap_err();
    assert_eq!(rejection.code(), "algorithm_refused");
    assert!(rejection.to_string().contains("RS512"), "{rejection}");
}

// covers: planet-80
#[tokio::test]
async fn p80_keys_are_fetched_at_the_first_miss_and_after_the_interval_at_the_next_one_only() {
    let one = issuer();
    let issuers = trusting(rules(&one));
    let good = token(&one).sign();
    let stranger = SigningKey::generate(Algorithm::ES256)
        .unwrap()
        .with_kid("stranger");
    let missing = token(&one).key(stranger).sign();
    let fetched = async |token: &str, expected: &str| {
        assert_eq!(outcome(&issuers, token).await, expected);
        one.count(Endpoint::Jwks)
    };
    assert_eq!(fetched(&good, "good").await, 1);
    for _ in 0..3 {
        assert_eq!(fetched(&good, "good").await, 1);
        assert_eq!(fetched(&missing, "unknown_key").await, 1);
    }
    one.clock().advance(Duration::from_secs(10));
    assert_eq!(fetched(&good, "good").await, 1);
    assert_eq!(fetched(&missing, "unknown_key").await, 2);
    assert_eq!(fetched(&missing, "unknown_key").await, 2);
    assert_eq!(fetched(&good, "good").await, 2);
}

// covers: planet-81, W13
#[tokio::test]
async fn p81_keys_that_nobody_can_read_do_not_spoil_the_others() {
    let one = issuer();
    let mut set = one.key_set().to_value();
    let odd = [
        json!({"kid": "odd", "kty": "XYZ"}),
        json!({"kid": "odd", "kty": "RSA", "n": "!", "e": "AQAB"}),
        json!({"kid": "odd", "kty": "EC", "crv": "P-256"}),
        json!({"kty": "RSA"}),
        json!({}),
        json!(7),
        json!(null),
    ];
    let keys = set.get_mut("keys").and_then(Value::as_array_mut).unwrap();
    keys.splice(0..0, odd);
    one.answer(Endpoint::Jwks, 200, set.to_string());
    let issuers = trusting(rules(&one));
    assert_eq!(outcome(&issuers, &token(&one).sign()).await, "good");
    let odd = SigningKey::generate(Algorithm::ES256)
        .unwrap()
        .with_kid("odd");
    assert_eq!(
        outcome(&issuers, &token(&one).key(odd).sign()).await,
        "unknown_key"
    );
}

// covers: planet-82, W25
#[tokio::test]
async fn p82_any_of_the_scopes_in_scope_or_scp_will_do_and_none_required_asks_for_none() {
    let one = issuer();
    let (any, none) = (
        trusting(rules(&one).any_scope(["a", "b"])),
        trusting(rules(&one)),
    );
    let bare = token(&one).without("scope");
    for (token, expected) in [
        (bare.clone().claim("scope", "x b y"), "good"),
        (bare.clone().claim("scp", json!(["x", "a"])), "good"),
        (bare.clone().claim("scope", json!(["b"])), "good"),
        (bare.clone().claim("scp", "b x"), "good"),
        (bare.clone().claim("scope", "x y"), "insufficient_scope"),
        (
            bare.clone().claim("scp", json!(["x", "y"])),
            "insufficient_scope",
        ),
        (bare.clone().claim("scp", "xab"), "insufficient_scope"),
        (bare.clone().claim("scope", ""), "insufficient_scope"),
        (bare.clone().claim("scp", json!([])), "insufficient_scope"),
        (bare.clone(), "insufficient_scope"),
    ] {
        let token = token.sign();
        assert_eq!(outcome(&any, &token).await, expected);
        assert_eq!(outcome(&none, &token).await, "good");
    }
}

fn id_tokens(one: &TestIssuer) -> IdTokenVerifierBuilder {
    IdTokenVerifier::builder(one.issuer())
        .client_id("demo")
        .algorithms([Algorithm::ES256])
        .transport(one.transport())
        .clock(one.clock().clone().into())
}

// covers: planet-83
#[tokio::test]
async fn p83_a_nonce_that_is_expected_must_be_there_and_equal_and_another_is_left_alone() {
    let one = issuer();
    let verifier = id_tokens(&one).build().unwrap();
    let (with, without) = (
        one.id_token().claim("nonce", "n"),
        one.id_token().without("nonce"),
    );
    let (some, none) = (
        |nonce: &str| ExpectedLogin::new().nonce(nonce),
        ExpectedLogin::new(),
    );
    for (token, expected, good) in [
        (&with, some("n"), true),
        (&with, some("m"), false),
        (&with, some("N"), false),
        (&without, some("n"), false),
        (&with, none.clone(), true),
        (&without, none, true),
    ] {
        let outcome = verifier.verify(&token.sign(), &expected).await;
        assert_eq!(outcome.is_ok(), good, "{outcome:?}");
    }
}

// covers: planet-84, W24
#[tokio::test]
async fn p84_an_id_token_for_several_names_the_client_as_its_authorized_party() {
    let one = issuer();
    let verifier = id_tokens(&one).build().unwrap();
    let token = one.id_token();
    let many = token.clone().audiences(["demo", "other"]);
    for (token, expected) in [
        (token.clone(), "good"),
        // planet-auth demands `azp` of a list of one, and never looks at it beside a text (W24).
        (token.clone().audiences(["demo"]), "good"),
        (token.clone().claim("azp", "demo"), "good"),
        (token.clone().claim("azp", "evil"), "bad"),
        (many.clone(), "bad"),
        (many.clone().claim("azp", "evil"), "bad"),
        (token.clone().audience("other").claim("azp", "demo"), "bad"),
    ] {
        let outcome = verifier.verify(&token.sign(), &ExpectedLogin::new()).await;
        assert_eq!(
            outcome.is_ok(),
            expected == "good",
            "{expected} {outcome:?}"
        );
    }
}

// covers: planet-85, planet-86
#[tokio::test]
async fn p85_the_issuers_that_are_trusted_are_exactly_those_that_were_given() {
    let one = issuer();
    let two = TestIssuer::new("https://two.example").on_clock(one.clock().clone());
    let issuers = [one.verifier_builder(), two.verifier_builder()]
        .into_iter()
        .fold(Issuers::builder(), IssuersBuilder::issuer)
        .build()
        .unwrap();
    for good in [&one, &two] {
        assert_eq!(outcome(&issuers, &good.token().sign()).await, "good");
    }
    for bad in [
        "https://three.example",
        "https://one.example/",
        "https://one.example.evil.example",
    ] {
        let token = one.token().claim("iss", bad).sign();
        assert_eq!(outcome(&issuers, &token).await, "unknown_issuer", "{bad}");
    }
}
