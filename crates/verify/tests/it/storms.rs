//! Storms and outages through the verifier, in simulated time: each prints what it cost the issuer.

use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use keyfob_jose::{Algorithm, SigningKey};
use keyfob_protocol::{Endpoint, Issuer};
use keyfob_transport::{Clock, DocumentPolicy, KeySetDocument, MetadataDocument};
use keyfob_verify::Verifier;
use keyfob_verify::testing::TestIssuer;

use crate::load::{Handle, Load};

const SECOND: Duration = Duration::from_secs(1);

fn issuer() -> TestIssuer {
    TestIssuer::new("https://login.example")
}

async fn verdict(verifier: &Verifier, token: &str) -> &'static str {
    match verifier.verify(token).await {
        Ok(_) => "good",
        Err(rejection) => rejection.code(),
    }
}

/// Verifies without waiting for anything.
fn at_once(verifier: &Verifier, token: &str) -> &'static str {
    let mut verification = std::pin::pin!(verdict(verifier, token));
    let mut context = Context::from_waker(Waker::noop());
    match verification.as_mut().poll(&mut context) {
        Poll::Ready(verdict) => verdict,
        Poll::Pending => "had to wait",
    }
}

/// Tokens with key ids nobody ever had.
fn random_kids(issuer: &TestIssuer, count: usize) -> Vec<String> {
    let key = SigningKey::generate(Algorithm::ES256).unwrap();
    let kid = || keyfob_jose::random::token(9).unwrap();
    let sign = |_| issuer.token().key(key.clone().with_kid(kid())).sign();
    (0..count).map(sign).collect()
}

/// Lets background tasks run until they wait for something.
async fn settle() {
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn ten_thousand_random_kids_cost_one_fetch_per_floor_and_known_ones_keep_verifying() {
    let (issuer, floors) = (issuer(), 10);
    let floor = DocumentPolicy::keys().floor;
    let verifier = issuer.verifier();
    let good = issuer.token().sign();
    assert_eq!(verdict(&verifier, &good).await, "good");
    for storm in random_kids(&issuer, 10_000).chunks(10_000 / floors) {
        issuer.clock().advance(floor);
        let before = issuer.count(Endpoint::Jwks);
        for token in storm {
            assert_eq!(verdict(&verifier, token).await, "unknown_key");
            assert_eq!(at_once(&verifier, &good), "good");
        }
        assert_eq!(issuer.count(Endpoint::Jwks), before + 1);
    }
    let fetches = issuer.count(Endpoint::Jwks);
    println!(
        "10,000 random kids over {floors} floors of {floor:?}: {fetches} fetches, the first load among them"
    );
    assert_eq!(fetches, floors + 1);
}

#[tokio::test]
async fn ten_thousand_random_kids_at_once_cost_one_fetch() {
    let issuer = issuer();
    let verifier = issuer.verifier();
    let good = issuer.token().sign();
    assert_eq!(verdict(&verifier, &good).await, "good");
    issuer.clock().advance(DocumentPolicy::keys().floor);
    issuer.hang();
    let storm: Vec<_> = random_kids(&issuer, 10_000)
        .into_iter()
        .map(|token| {
            let verifier = verifier.clone();
            tokio::spawn(async move { verdict(&verifier, &token).await })
        })
        .collect();
    issuer.count_reaches(Endpoint::Jwks, 2).await;
    settle().await;
    for _ in 0..1000 {
        assert_eq!(at_once(&verifier, &good), "good");
    }
    issuer.recover();
    for token in storm {
        assert_eq!(token.await.unwrap(), "unknown_key");
    }
    println!(
        "10,000 random kids at once: {} fetch",
        issuer.count(Endpoint::Jwks) - 1
    );
    assert_eq!(issuer.count(Endpoint::Jwks), 2);
}

/// Every second a good token and one with a random kid, while every connection is refused.
#[tokio::test]
async fn good_tokens_verify_through_an_hour_of_outage_with_few_attempts() {
    let issuer = issuer();
    let floor = DocumentPolicy::keys().floor;
    let verifier = issuer.verifier();
    assert_eq!(verdict(&verifier, &issuer.token().sign()).await, "good");
    let before = issuer.total();
    issuer.fail();
    let (mut good, mut unknown) = (0, 0);
    for second in 0..3600 {
        issuer.clock().advance(SECOND);
        if second % 2 == 0 {
            let [stranger] = random_kids(&issuer, 1).try_into().unwrap();
            let code = verdict(&verifier, &stranger).await;
            // The issuer may have new keys, but nobody can tell: 503, or a refusal within the floor.
            assert!(
                ["keys_unavailable", "unknown_key"].contains(&code),
                "{code}"
            );
            unknown += 1;
        }
        assert_eq!(
            at_once(&verifier, &issuer.token().sign()),
            "good",
            "second {second}"
        );
        settle().await;
        good += 1;
    }
    let keys = issuer.count(Endpoint::Jwks);
    let attempts = issuer.total() - before;
    println!(
        "an hour of outage: {good} good tokens verified at once, {unknown} unknown kids, {attempts} attempts ({keys} for keys)"
    );
    let bound = 3600 / usize::try_from(floor.as_secs()).unwrap() + 1;
    assert!(keys <= bound, "{keys} attempts for keys, {bound} allowed");
    // From three quarters of its hour on, the metadata is asked for as well, with every other attempt for keys at most.
    assert!(attempts <= bound + 90, "{attempts}");

    issuer.recover();
    issuer.clock().advance(floor);
    issuer.rotate();
    assert_eq!(verdict(&verifier, &issuer.token().sign()).await, "good");
}

#[tokio::test]
async fn nothing_verifies_with_keys_that_are_older_than_their_bound() {
    let issuer = issuer();
    let policy = DocumentPolicy::keys();
    let verifier = issuer.verifier();
    assert_eq!(verdict(&verifier, &issuer.token().sign()).await, "good");
    issuer.fail();
    issuer
        .clock()
        .advance(policy.default_age + (policy.max_stale.saturating_sub(SECOND)));
    assert_eq!(at_once(&verifier, &issuer.token().sign()), "good");
    settle().await;
    issuer.clock().advance(SECOND);
    assert_eq!(
        verdict(&verifier, &issuer.token().sign()).await,
        "keys_unavailable"
    );
}

#[tokio::test]
async fn a_removed_key_is_forgotten_with_the_next_fetch_which_is_never_far() {
    let issuer = issuer();
    let age = DocumentPolicy::keys().default_age;
    let verifier = issuer.verifier();
    let key = issuer.signing_key(Algorithm::ES256);
    let of_old_key = || issuer.token().key(key.clone()).sign();
    assert_eq!(verdict(&verifier, &of_old_key()).await, "good");
    issuer.rotate();
    issuer.retire();
    // Nobody has asked yet. In the last quarter of the keys' age the first token, whichever, has them fetched again.
    issuer.clock().advance(age * 17 / 20);
    assert_eq!(at_once(&verifier, &of_old_key()), "good");
    issuer.count_reaches(Endpoint::Jwks, 2).await;
    settle().await;
    assert_eq!(verdict(&verifier, &of_old_key()).await, "unknown_key");
    assert_eq!(verdict(&verifier, &issuer.token().sign()).await, "good");
    println!(
        "a removed key was refused {:?} after it was fetched, after {} fetches",
        age * 17 / 20,
        issuer.count(Endpoint::Jwks)
    );
}

#[tokio::test]
async fn a_hanging_refresh_never_makes_a_known_key_wait() {
    let issuer = issuer();
    let policy = DocumentPolicy::keys();
    let verifier = issuer.verifier();
    assert_eq!(verdict(&verifier, &issuer.token().sign()).await, "good");
    issuer.hang();
    let mut tokens = 0;
    // Through the refresh ahead, its limit, the end of freshness, and several attempts more.
    for _ in 0..(policy.default_age + policy.limit * 10).as_secs() {
        issuer.clock().advance(SECOND);
        assert_eq!(at_once(&verifier, &issuer.token().sign()), "good");
        settle().await;
        tokens += 1;
    }
    let attempts = issuer.count(Endpoint::Jwks) - 1;
    println!("{tokens} tokens verified at once while {attempts} refreshes hung");
    assert!((2..=20).contains(&attempts), "{attempts}");
}

#[tokio::test]
async fn a_bad_signature_under_a_known_kid_never_asks_the_issuer() {
    let issuer = issuer();
    let verifier = issuer.verifier();
    assert_eq!(verdict(&verifier, &issuer.token().sign()).await, "good");
    let kid = issuer
        .signing_key(Algorithm::ES256)
        .kid()
        .unwrap()
        .to_owned();
    let forger = SigningKey::generate(Algorithm::ES256)
        .unwrap()
        .with_kid(kid);
    let token = issuer.token().key(forger).sign();
    for _ in 0..20 {
        issuer.clock().advance(SECOND);
        assert_eq!(at_once(&verifier, &token), "bad_signature");
    }
    assert_eq!(issuer.count(Endpoint::Jwks), 1);
}

/// One document for a service that has several verifiers of one issuer, and one exported for its workers.
#[tokio::test]
async fn verifiers_that_share_a_document_share_its_fetches_and_workers_need_none() {
    let issuer = issuer();
    let clock = Clock::from(issuer.clock().clone());
    let document = || {
        let name = Issuer::parse(issuer.issuer()).unwrap();
        let metadata = MetadataDocument::new(name, issuer.transport(), clock.clone());
        KeySetDocument::new(metadata, issuer.transport(), clock.clone())
    };
    let with = |keys: &KeySetDocument, audience: &str| {
        let builder = issuer.verifier_builder().key_set(keys.clone());
        builder.audience(audience).build().unwrap()
    };
    let shared = document();
    let (one, two) = (
        with(&shared, "https://one.example"),
        with(&shared, "https://two.example"),
    );
    for (verifier, audience) in [(&one, "https://one.example"), (&two, "https://two.example")] {
        let token = issuer.token().audience(audience).sign();
        assert_eq!(verdict(verifier, &token).await, "good");
    }
    assert_eq!(issuer.count(Endpoint::Jwks), 1);

    let requests = issuer.total();
    issuer.fail();
    let imported = document();
    assert!(imported.import(&shared.export().unwrap()).unwrap());
    let worker = with(&imported, "https://worker.example");
    assert_eq!(at_once(&worker, &issuer.token().sign()), "good");
    assert_eq!(issuer.total(), requests);
}

/// Verifiers on four threads while keys come in and go out two hundred times.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn keys_rotate_two_hundred_times_under_load_without_a_wrong_answer() {
    let issuer = issuer();
    let floor = DocumentPolicy::keys().floor;
    let load = Load::start(&issuer.verifier(), 4);
    assert_eq!(
        verdict(load.verifier(), &issuer.token().sign()).await,
        "good"
    );
    let mut before = None;
    for round in 0..200 {
        issuer.rotate();
        let token: Arc<str> = issuer.token().sign().into();
        // Before this no fetch may begin, not even for a token of a key that is gone: whatever is fetched now is new.
        issuer.clock().advance(floor);
        assert_eq!(
            verdict(load.verifier(), &token).await,
            "good",
            "round {round}"
        );
        let current = load.add(token);
        if round % 2 == 1 {
            // The key before this one leaves the set: nobody can say when a verifier learns of it, until it does.
            before.take().iter().for_each(Handle::leaves);
            issuer.retire();
            issuer.clock().advance(floor);
            let [stranger] = random_kids(&issuer, 1).try_into().unwrap();
            assert_eq!(verdict(load.verifier(), &stranger).await, "unknown_key");
            load.dead_all_leaving();
        }
        before.replace(current).iter().for_each(Handle::leaves);
        load.progress(20).await;
    }
    let (checked, wrong) = load.stop().await;
    println!(
        "200 rotations: {checked} tokens verified, {} fetches, {} wrong answers",
        issuer.count(Endpoint::Jwks),
        wrong.len()
    );
    assert!(wrong.is_empty() && checked >= 4000, "{wrong:?}");
}
