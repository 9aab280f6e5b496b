//! Several issuers: each token goes by the rules and keys of the one it names, and of nobody else.

use std::time::Duration;

use keyfob_jose::Algorithm;
use keyfob_protocol::Endpoint;
use keyfob_verify::issuers::{IssuerStatus, IssuersBuilder};
use keyfob_verify::testing::{TestIssuer, Wrong};
use keyfob_verify::{CheckToken, Issuers, Profile, RequiredClaims, TokenMemory, Verifier};
use serde_json::json;

use crate::tokens::code;

const ONE: &str = "https://one.example";
const TWO: &str = "https://two.example";
const API: &str = TestIssuer::AUDIENCE;

fn two() -> [TestIssuer; 2] {
    let one = TestIssuer::new(ONE);
    let two = TestIssuer::new(TWO).on_clock(one.clock().clone());
    [one, two]
}

fn trusting(issuers: &[TestIssuer]) -> IssuersBuilder {
    let entries = issuers.iter().map(TestIssuer::verifier_builder);
    entries.fold(Issuers::builder(), IssuersBuilder::issuer)
}

async fn outcome(issuers: &Issuers, token: &str) -> &'static str {
    code(&issuers.verify(token).await)
}

// covers: planet-85
#[tokio::test]
async fn routes_each_token_by_the_issuer_it_names() {
    let [one, two] = two();
    let issuers = trusting(&[one.clone(), two.clone()]).build().unwrap();
    for (asked, other) in [(&one, &two), (&two, &one)] {
        let before = other.total();
        let principal = issuers.verify(&asked.token().sign()).await.unwrap();
        assert_eq!(principal.issuer(), asked.issuer());
        assert_eq!(other.total(), before, "the other issuer was not asked");
    }
}

// covers: planet-85, W29
#[tokio::test]
async fn refuses_an_issuer_that_nobody_trusts_without_any_fetch() {
    let [one, two] = two();
    let issuers = trusting(std::slice::from_ref(&one)).build().unwrap();
    assert_eq!(
        outcome(&issuers, &two.token().sign()).await,
        "unknown_issuer"
    );
    // Nearly is not equal: slash, case, port, and what a URL parser would make of it.
    for near in [
        "https://one.example/",
        "https://ONE.example",
        "https://one.example:443",
        " https://one.example",
        "",
    ] {
        let token = one.token().claim("iss", near).sign();
        assert_eq!(
            outcome(&issuers, &token).await,
            "unknown_issuer",
            "{near:?}"
        );
    }
    assert_eq!((one.total(), two.total()), (0, 0));
}

// covers: planet-85
#[tokio::test]
async fn refuses_a_list_of_issuers_and_none_at_all_as_failures_of_their_own() {
    let [one, _] = two();
    let issuers = trusting(std::slice::from_ref(&one)).build().unwrap();
    assert_eq!(
        outcome(&issuers, &one.wrong(Wrong::IssuerList)).await,
        "issuer_not_text"
    );
    for odd in [json!(7), json!({"iss": ONE}), json!(null), json!([])] {
        let token = one.token().claim("iss", odd).sign();
        assert_eq!(outcome(&issuers, &token).await, "issuer_not_text");
    }
    assert_eq!(
        outcome(&issuers, &one.wrong(Wrong::NoIssuer)).await,
        "missing_claim"
    );
    assert_eq!(one.total(), 0);
}

// covers: planet-85
#[tokio::test]
async fn refuses_liars_who_name_an_issuer_and_sign_with_a_key_of_another() {
    let [one, two] = two();
    let issuers = trusting(&[one.clone(), two.clone()]).build().unwrap();
    let key = two.signing_key(Algorithm::ES256);
    let liar = one.token().key(key.clone().with_kid("of two")).sign();
    assert_eq!(outcome(&issuers, &liar).await, "unknown_key");
    let own = one.signing_key(Algorithm::ES256);
    let name = own.kid().unwrap_or_default().to_owned();
    let bolder = one.token().key(key.with_kid(name)).sign();
    assert_eq!(outcome(&issuers, &bolder).await, "bad_signature");
    assert_eq!(two.total(), 0, "only the keys of the issuer named count");
}

#[tokio::test]
async fn every_wrong_token_is_refused_for_the_same_reason_as_by_a_single_verifier() {
    let [one, two] = two();
    let issuers = trusting(&[one.clone(), two]).build().unwrap();
    let single = one.verifier();
    for wrong in Wrong::ALL {
        let token = one.wrong(*wrong);
        let alone = code(&single.verify(&token).await);
        let expected = match wrong {
            Wrong::OtherIssuer => "unknown_issuer",
            Wrong::IssuerList => "issuer_not_text",
            _ => alone,
        };
        assert_eq!(outcome(&issuers, &token).await, expected, "{wrong:?}");
    }
}

// covers: planet-77, W27
#[tokio::test]
async fn each_issuer_has_audiences_algorithms_type_and_leeway_of_its_own() {
    let [one, two] = two();
    let one = one.with_algorithms([Algorithm::ES256, Algorithm::EdDSA]);
    let strict = Verifier::builder(ONE).audience("urn:a").audience("urn:b");
    let strict = strict.algorithms([Algorithm::ES256]).leeway(Duration::ZERO);
    let strict = strict.profile(Profile::Rfc9068);
    let loose = Verifier::builder(TWO)
        .audience("urn:c")
        .algorithms([Algorithm::ES256]);
    let loose = loose.leeway(Duration::from_mins(5)).profile(Profile::Plain);
    let issuers = Issuers::builder()
        .issuer(
            strict
                .clock(one.clock().clone().into())
                .transport(one.transport()),
        )
        .issuer(
            loose
                .clock(two.clock().clone().into())
                .transport(two.transport()),
        )
        .build()
        .unwrap();
    for (token, expected) in [
        (one.token().audience("urn:b").sign(), "good"),
        (one.token().audiences(["urn:x", "urn:a"]).sign(), "good"),
        (one.token().audience("urn:c").sign(), "wrong_audience"),
        (two.token().audience("urn:c").sign(), "good"),
        (two.token().audience("urn:a").sign(), "wrong_audience"),
        (
            one.token()
                .audience("urn:a")
                .algorithm(Algorithm::EdDSA)
                .sign(),
            "algorithm_refused",
        ),
        (
            one.token().audience("urn:a").typ("JWT").sign(),
            "wrong_type",
        ),
        (two.token().audience("urn:c").typ("JWT").sign(), "good"),
        (
            one.token()
                .audience("urn:a")
                .expired_for(Duration::ZERO)
                .sign(),
            "expired",
        ),
        (
            two.token()
                .audience("urn:c")
                .expired_for(Duration::ZERO)
                .sign(),
            "good",
        ),
    ] {
        assert_eq!(outcome(&issuers, &token).await, expected);
    }
}

// covers: planet-82, W30
#[tokio::test]
async fn each_issuer_may_require_claims_and_scopes_of_its_own() {
    let [one, two] = two();
    let required = RequiredClaims::new().with("tenant", "t");
    let issuers = Issuers::builder()
        .issuer(one.verifier_builder().required_claims(required))
        .issuer(two.verifier_builder().any_scope(["read", "admin"]))
        .build()
        .unwrap();
    for (token, expected) in [
        (one.token().claim("tenant", "t").sign(), "good"),
        (
            one.token().claim("tenant", "u").sign(),
            "required_claim_different",
        ),
        (one.token().sign(), "required_claim_missing"),
        (two.token().scopes(["admin", "x"]).sign(), "good"),
        (
            two.token()
                .without("scope")
                .claim("scp", json!(["read"]))
                .sign(),
            "good",
        ),
        (two.token().scopes(["write"]).sign(), "insufficient_scope"),
        (
            two.token().scopes(["readable"]).sign(),
            "insufficient_scope",
        ),
        (two.token().claim("scope", "").sign(), "insufficient_scope"),
    ] {
        assert_eq!(outcome(&issuers, &token).await, expected);
    }
}

// covers: planet-85
#[tokio::test]
async fn refuses_to_be_built_with_an_issuer_twice_or_with_none() {
    let [one, two] = two();
    let error = trusting(&[one.clone(), two, one]).build().unwrap_err();
    assert_eq!(error.code(), "duplicate_issuer");
    assert!(error.to_string().contains(ONE), "{error}");
    assert_eq!(Issuers::builder().build().unwrap_err().code(), "no_issuer");
    // A final slash makes another issuer, as in `iss`.
    let slash = TestIssuer::new(format!("{ONE}/"));
    let both = trusting(&[TestIssuer::new(ONE), slash]).build().unwrap();
    assert_eq!(both.issuers().count(), 2);
}

// covers: planet-74, planet-85
#[tokio::test]
async fn an_incomplete_issuer_is_named_in_the_error() {
    let good = || TestIssuer::new(ONE).verifier_builder();
    let rules = || Verifier::builder(TWO).algorithms([Algorithm::ES256]);
    for (entry, expected) in [
        (rules(), "no_audience"),
        (rules().audience(""), "no_audience"),
        (Verifier::builder(TWO).audience(API), "no_algorithm"),
        (
            Verifier::builder("http://two.example").audience(API),
            "insecure_url",
        ),
        (
            Verifier::builder("")
                .audience(API)
                .algorithms([Algorithm::ES256]),
            "bad_setting",
        ),
    ] {
        let error = Issuers::builder()
            .issuer(good())
            .issuer(entry)
            .build()
            .unwrap_err();
        assert_eq!(error.code(), expected, "{error}");
    }
}

// covers: planet-85
#[tokio::test]
async fn from_urls_skips_empty_ones_and_refuses_repeated_ones() {
    let es256 = [Algorithm::ES256];
    let urls = [ONE, "", TWO];
    let issuers = Issuers::from_urls(urls, API, &es256, Profile::Plain).unwrap();
    let mut named: Vec<_> = issuers.issuers().collect();
    named.sort_unstable();
    assert_eq!(named, [ONE, TWO]);
    for (urls, audience, expected) in [
        (vec![ONE, TWO, ONE], API, "duplicate_issuer"),
        (vec![ONE], "", "no_audience"),
        (vec!["", ""], API, "no_issuer"),
        (vec!["http://one.example"], API, "insecure_url"),
    ] {
        let error = Issuers::from_urls(urls, audience, &es256, Profile::Plain).unwrap_err();
        assert_eq!(error.code(), expected);
    }
}

// covers: planet-85
#[tokio::test]
async fn one_issuer_that_is_down_does_not_keep_the_others_from_their_tokens() {
    let [one, two] = two();
    let issuers = trusting(&[one.clone(), two.clone()]).build().unwrap();
    one.fail();
    let warm = issuers.warm_up().await;
    let failed: Vec<_> = warm.iter().filter(|one| one.failure.is_some()).collect();
    assert_eq!((warm.len(), failed.len()), (2, 1));
    assert_eq!(failed[0].issuer, ONE);
    assert_eq!(
        outcome(&issuers, &one.token().sign()).await,
        "keys_unavailable"
    );
    let before = two.total();
    assert_eq!(outcome(&issuers, &two.token().sign()).await, "good");
    assert_eq!(two.total(), before, "its keys were fetched beforehand");
    one.recover();
    one.clock().advance(Duration::from_mins(1));
    assert_eq!(outcome(&issuers, &one.token().sign()).await, "good");
}

#[tokio::test]
async fn status_tells_of_each_issuer_what_is_at_hand_without_fetching() {
    let [one, two] = two();
    let given = Verifier::builder("https://given.example").audience(API);
    let given = given
        .algorithms([Algorithm::ES256])
        .keys(one.key_set())
        .profile(Profile::Plain);
    let issuers = trusting(&[one.clone(), two.clone()])
        .issuer(given)
        .build()
        .unwrap();
    let ready = || {
        issuers
            .status()
            .issuers
            .iter()
            .map(IssuerStatus::is_ready)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        ready(),
        [true, false, false],
        "given.example, one.example, two.example"
    );
    assert_eq!((one.total(), two.total()), (0, 0));
    two.fail();
    issuers.warm_up().await;
    assert_eq!(ready(), [true, true, false]);
    let status = issuers.status().issuers;
    let keys = |index: usize| status[index].keys.clone().unwrap();
    assert!(status[0].keys.is_none());
    assert_eq!(
        keys(1).fetched_at,
        Some(keyfob_transport::Clock::from(one.clock().clone()).now())
    );
    assert!(keys(1).failure.is_none() && keys(2).failure.is_some());
    one.clock().advance(Duration::from_hours(24));
    assert_eq!(ready(), [true, false, false], "too old to be used");
}

#[tokio::test]
async fn a_token_that_is_forgotten_is_checked_anew() {
    let [one, _] = two();
    let memory = TokenMemory::new(10);
    let rules = one.verifier_builder().memory(memory.clone());
    let issuers = Issuers::builder().issuer(rules).build().unwrap();
    let token = one.token().sign();
    assert_eq!(outcome(&issuers, &token).await, "good");
    assert_eq!(memory.len(), 1);
    issuers.forget(&token);
    assert_eq!(memory.len(), 0);
    assert_eq!(outcome(&issuers, &token).await, "good");
}

#[tokio::test]
async fn a_bound_token_is_good_for_whoever_checks_the_binding_and_for_nobody_else() {
    let [one, _] = two();
    let issuers = trusting(std::slice::from_ref(&one)).build().unwrap();
    let token = one.token().claim("cnf", json!({"jkt": "x"})).sign();
    assert_eq!(outcome(&issuers, &token).await, "binding_required");
    assert_eq!(code(&issuers.check(&token).await), "good");
}

#[tokio::test]
async fn a_verifier_that_exists_already_keeps_its_keys() {
    let [one, two] = two();
    let verifier = one.verifier();
    assert_eq!(code(&verifier.verify(&one.token().sign()).await), "good");
    let before = one.count(Endpoint::Jwks);
    let issuers = Issuers::builder()
        .issuer(verifier)
        .issuer(two.verifier())
        .build()
        .unwrap();
    assert_eq!(outcome(&issuers, &one.token().sign()).await, "good");
    assert_eq!(one.count(Endpoint::Jwks), before);
    assert!(issuers.verifier(ONE).is_some() && issuers.verifier("x").is_none());
}
