//! ID tokens through the verifier (OpenID Connect Core §3.1.3.7): one test per rule that a call can set, and the fetches.

use std::time::Duration;

use keyfob_jose::{Algorithm, SigningKey};
use keyfob_protocol::Endpoint;
use keyfob_transport::Clock;
use keyfob_verify::testing::{TestIssuer, TokenBuilder};
use keyfob_verify::{
    CheckToken, Checker, ExpectedLogin, IdTokenVerifier, IdTokenVerifierBuilder, event,
};

use crate::tokens::{ISSUER, code};

const NONCE: &str = "n-0S6_WzA2Mj";

fn issuer() -> TestIssuer {
    TestIssuer::new(ISSUER)
}

fn builder(issuer: &TestIssuer) -> IdTokenVerifierBuilder {
    IdTokenVerifier::builder(issuer.issuer())
        .client_id("demo")
        .algorithms(issuer.algorithms())
        .clock(Clock::from(issuer.clock().clone()))
        .transport(issuer.transport())
}

fn any() -> ExpectedLogin {
    ExpectedLogin::new()
}

async fn verified(
    issuer: &TestIssuer,
    token: &TokenBuilder,
    login: &ExpectedLogin,
) -> &'static str {
    let verifier = builder(issuer).build().unwrap();
    code(&verifier.verify(&token.sign(), login).await)
}

#[tokio::test]
async fn a_good_id_token_tells_who_logged_in_and_when() {
    let issuer = issuer();
    let verifier = builder(&issuer).build().unwrap();
    let token = issuer.id_token().claim("acr", "mfa").sign();
    let person = verifier.verify(&token, &any()).await.unwrap();
    assert_eq!((person.subject(), person.issuer()), ("alice", ISSUER));
    assert_eq!(person.acr(), Some("mfa"));
    assert!(person.auth_time().is_some());
    let checked = Checker::new(verifier).check(&token).await.unwrap();
    assert_eq!(checked.subject(), "alice");
}

#[tokio::test]
async fn each_broken_rule_is_named() {
    let issuer = issuer();
    let good = || issuer.id_token();
    let other_key = SigningKey::generate(Algorithm::ES256).unwrap();
    let namesake = issuer.signing_key(Algorithm::ES256);
    let namesake = other_key.clone().with_kid(namesake.kid().unwrap());
    for (token, expected) in [
        (good(), "good"),
        (good().typ(None), "good"),
        (good().typ("at+jwt"), "id_token_type"),
        (
            good().claim("iss", "https://other.example"),
            "id_token_issuer",
        ),
        (good().without("iss"), "id_token_missing_claim"),
        (good().audience("other"), "id_token_audience"),
        (good().without("aud"), "id_token_missing_claim"),
        (good().without("sub"), "id_token_missing_claim"),
        (good().without("iat"), "id_token_missing_claim"),
        (good().without("exp"), "id_token_missing_claim"),
        (
            good().key(other_key.with_kid("other")),
            "id_token_unknown_key",
        ),
        (good().key(namesake), "id_token_bad_signature"),
        (issuer.token(), "id_token_type"),
    ] {
        assert_eq!(verified(&issuer, &token, &any()).await, expected);
    }
}

#[tokio::test]
async fn what_is_no_token_is_told_without_any_fetch() {
    let issuer = issuer();
    let verifier = builder(&issuer).build().unwrap();
    for junk in ["", "..", "a.b.c", "a.b.c.d.e"] {
        assert!(verifier.verify(junk, &any()).await.is_err(), "{junk}");
    }
    assert_eq!(issuer.count(Endpoint::Jwks), 0);
}

#[tokio::test]
async fn the_leeway_ends_at_the_second() {
    let issuer = issuer();
    let strict = builder(&issuer).leeway(Duration::ZERO).build().unwrap();
    let tolerant = builder(&issuer).build().unwrap();
    for (ago, by_strict, by_tolerant) in [
        (0, "id_token_expired", "good"),
        (59, "id_token_expired", "good"),
        (60, "id_token_expired", "id_token_expired"),
    ] {
        let token = issuer
            .id_token()
            .expired_for(Duration::from_secs(ago))
            .sign();
        assert_eq!(
            code(&strict.verify(&token, &any()).await),
            by_strict,
            "{ago}"
        );
        assert_eq!(
            code(&tolerant.verify(&token, &any()).await),
            by_tolerant,
            "{ago}"
        );
    }
}

// covers: planet-83
#[tokio::test]
async fn a_nonce_that_is_expected_must_be_the_same_and_another_does_no_harm() {
    let issuer = issuer();
    let (with, without) = (issuer.id_token(), issuer.id_token().without("nonce"));
    let expected = any().nonce(NONCE);
    assert_eq!(verified(&issuer, &with, &expected).await, "good");
    let other = any().nonce("another");
    assert_eq!(verified(&issuer, &with, &other).await, "id_token_nonce");
    assert_eq!(
        verified(&issuer, &without, &expected).await,
        "id_token_nonce"
    );
    assert_eq!(verified(&issuer, &with, &any()).await, "good");
}

// covers: planet-84
#[tokio::test]
async fn of_several_audiences_azp_must_be_told_and_be_the_client() {
    let issuer = issuer();
    let verifier = builder(&issuer).trusted_audience("api").build().unwrap();
    let two = || issuer.id_token().audiences(["demo", "api"]);
    for (token, expected) in [
        (two().claim("azp", "demo"), "good"),
        (two(), "id_token_azp"),
        (two().claim("azp", "api"), "id_token_azp"),
        (two().claim("azp", 7), "id_token_azp"),
        (issuer.id_token().audiences(["demo"]), "good"),
        (issuer.id_token().claim("azp", "evil"), "id_token_azp"),
        (
            issuer
                .id_token()
                .audiences(["demo", "else"])
                .claim("azp", "demo"),
            "id_token_audience",
        ),
    ] {
        assert_eq!(
            code(&verifier.verify(&token.sign(), &any()).await),
            expected
        );
    }
}

#[tokio::test]
async fn a_login_at_another_client_is_accepted_only_from_one_that_is_named() {
    let issuer = issuer();
    let token = issuer.id_token().claim("azp", "app");
    assert_eq!(verified(&issuer, &token, &any()).await, "id_token_azp");
    let app = any().authorized_party("app");
    assert_eq!(verified(&issuer, &token, &app).await, "good");
    assert_eq!(verified(&issuer, &issuer.id_token(), &app).await, "good");
    let foreign = token.audience("app");
    assert_eq!(verified(&issuer, &foreign, &app).await, "id_token_audience");
}

#[tokio::test]
async fn a_login_must_be_as_recent_and_as_strong_as_expected() {
    let issuer = issuer();
    let login = any().max_age(Duration::from_mins(5)).acr(["mfa"]);
    let token = issuer.id_token().claim("acr", "mfa");
    assert_eq!(verified(&issuer, &token, &login).await, "good");
    let weak = issuer.id_token().claim("acr", "password");
    assert_eq!(verified(&issuer, &weak, &login).await, "id_token_acr");
    let silent = token.clone().without("auth_time");
    assert_eq!(
        verified(&issuer, &silent, &login).await,
        "id_token_missing_claim"
    );
    issuer.clock().advance(Duration::from_mins(6));
    assert_eq!(verified(&issuer, &token, &login).await, "good");
    issuer.clock().advance(Duration::from_secs(1));
    assert_eq!(
        verified(&issuer, &token, &login).await,
        "id_token_auth_time"
    );
}

#[tokio::test]
async fn keys_are_fetched_once_and_again_for_a_new_one() {
    let issuer = issuer();
    let verifier = builder(&issuer).build().unwrap();
    for _ in 0..10 {
        let token = issuer.id_token().sign();
        assert_eq!(code(&verifier.verify(&token, &any()).await), "good");
    }
    assert_eq!(issuer.count(Endpoint::Jwks), 1);
    issuer.rotate();
    issuer.clock().advance(Duration::from_mins(5));
    let token = issuer.id_token().sign();
    assert_eq!(code(&verifier.verify(&token, &any()).await), "good");
    assert_eq!(issuer.count(Endpoint::Jwks), 2);
}

#[tokio::test]
async fn a_token_that_no_key_could_make_good_costs_no_fetch() {
    let issuer = issuer();
    let verifier = builder(&issuer).build().unwrap();
    let foreign = issuer
        .id_token()
        .claim("iss", "https://other.example")
        .sign();
    assert_eq!(
        code(&verifier.verify(&foreign, &any()).await),
        "id_token_issuer"
    );
    assert_eq!(issuer.count(Endpoint::Jwks), 0);
}

#[tokio::test]
async fn without_keys_an_id_token_is_not_called_bad() {
    let issuer = issuer();
    issuer.fail();
    let verifier = builder(&issuer).build().unwrap();
    assert!(verifier.warm_up().await.is_err());
    let token = issuer.id_token().sign();
    assert_eq!(
        code(&verifier.verify(&token, &any()).await),
        "keys_unavailable"
    );
}

#[tokio::test]
async fn given_keys_are_used_without_any_fetch() {
    let issuer = issuer();
    let verifier = builder(&issuer).keys(issuer.key_set()).build().unwrap();
    let token = issuer.id_token().sign();
    assert_eq!(code(&verifier.verify(&token, &any()).await), "good");
    assert_eq!(issuer.count(Endpoint::Jwks), 0);
}

#[tokio::test]
async fn the_events_of_id_tokens_are_planet_auths() {
    let issuer = issuer();
    let verifier = builder(&issuer).build().unwrap();
    let login = any().nonce("another");
    for (token, expected) in [
        (issuer.id_token(), event::TOKEN_INVALID_BAD_NONCE),
        (
            issuer.id_token().claim("iss", "https://other.example"),
            event::TOKEN_INVALID_BAD_ISSUER,
        ),
        (
            issuer.id_token().expired_for(Duration::from_hours(1)),
            event::TOKEN_INVALID_EXPIRED,
        ),
        (issuer.id_token().audience("x"), event::TOKEN_INVALID),
    ] {
        let rejection = verifier.verify(&token.sign(), &login).await.unwrap_err();
        assert_eq!(rejection.event(), expected, "{}", rejection.code());
    }
}

#[test]
fn refuses_to_be_built_without_its_three_essentials() {
    let builder = || IdTokenVerifier::builder(ISSUER);
    let complete = builder().client_id("demo").algorithms([Algorithm::ES256]);
    assert!(complete.build().is_ok());
    for (builder, expected) in [
        (builder().algorithms([Algorithm::ES256]), "no_client_id"),
        (builder().client_id("demo"), "no_algorithm"),
        (
            builder().client_id("demo").algorithms([Algorithm::HS256]),
            "no_algorithm",
        ),
        (
            IdTokenVerifier::builder("http://op.example")
                .client_id("demo")
                .algorithms([Algorithm::ES256]),
            "insecure_url",
        ),
    ] {
        assert_eq!(builder.build().unwrap_err().code(), expected);
    }
}
