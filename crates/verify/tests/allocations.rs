//! What verifying a token allocates: nothing when its claims are borrowed, only the claims when they are kept.
//!
//! A binary of its own, since the counter counts for the whole process.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers outside test functions may panic as well"
)]

use std::alloc::System;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use keyfob_jose::Algorithm;
use keyfob_transport::KeySetDocument;
use keyfob_verify::testing::TestIssuer;
use keyfob_verify::{TokenMemory, Verifier, VerifierBuilder};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, Stats, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const ALGORITHMS: [Algorithm; 4] = [
    Algorithm::RS256,
    Algorithm::PS256,
    Algorithm::ES256,
    Algorithm::EdDSA,
];

/// The fewest that one of several calls needs: the test harness allocates now and then, too.
fn fewest(mut call: impl FnMut()) -> Stats {
    let counts = (0..50).map(|_| {
        let region = Region::new(ALLOCATOR);
        call();
        region.change()
    });
    counts
        .min_by_key(|count| count.allocations + count.reallocations)
        .unwrap()
}

/// Runs what never has to wait.
fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(outcome) => outcome,
        Poll::Pending => panic!("it has to wait"),
    }
}

/// A verifier with keys that it fetched itself.
async fn warm(
    issuer: &TestIssuer,
    change: impl FnOnce(VerifierBuilder) -> VerifierBuilder,
) -> Verifier {
    let verifier = change(issuer.verifier_builder()).build().unwrap();
    verifier.warm_up().await.unwrap();
    verifier
}

fn issuer() -> TestIssuer {
    TestIssuer::new("https://op.example").with_algorithms(ALGORITHMS)
}

fn token(issuer: &TestIssuer, algorithm: Algorithm) -> String {
    let token = issuer.token().algorithm(algorithm).scopes([
        "openid",
        "profile",
        "reports:read",
        "reports:write",
    ]);
    token
        .claim("auth_time", 1_800_000_000)
        .claim("roles", vec!["editor", "reviewer"])
        .sign()
}

#[tokio::test]
async fn borrowed_claims_cost_no_allocation_and_owned_ones_only_themselves() {
    let issuer = issuer();
    let verifier = warm(&issuer, |builder| builder).await;
    for algorithm in ALGORITHMS {
        let token = token(&issuer, algorithm);
        let claims = now(verifier.verify(&token)).unwrap().as_json().len();
        let borrowed = fewest(|| {
            let read = now(verifier.verify_borrowed(&token, |principal| {
                principal.has_scope("reports:read")
                    && principal.subject() == "alice"
                    && principal.acr().is_none()
            }));
            assert!(read.unwrap());
        });
        let owned = fewest(|| drop(now(verifier.verify(&token)).unwrap()));
        println!(
            "{algorithm}: {} allocations borrowed; {} owned, {} bytes for {claims} bytes of claims",
            borrowed.allocations, owned.allocations, owned.bytes_allocated
        );
        assert_eq!(
            (borrowed.allocations, borrowed.reallocations),
            (0, 0),
            "{algorithm}"
        );
        assert_eq!(
            (owned.allocations, owned.reallocations),
            (2, 0),
            "the text, and where the claims stand in it"
        );
        assert!(owned.bytes_allocated < claims + 512, "{algorithm}");
    }
}

#[tokio::test]
async fn a_remembered_token_costs_no_allocation() {
    let issuer = issuer();
    let verifier = warm(&issuer, |builder| builder.memory(TokenMemory::new(10))).await;
    let token = token(&issuer, Algorithm::RS256);
    now(verifier.verify(&token)).unwrap();
    let owned = fewest(|| drop(now(verifier.verify(&token)).unwrap()));
    println!("remembered: {} allocations", owned.allocations);
    assert_eq!((owned.allocations, owned.reallocations), (0, 0));
}

#[tokio::test]
async fn a_known_key_costs_no_allocation_in_the_cached_key_set() {
    let issuer = issuer();
    let keys = KeySetDocument::new(
        format!("{}/jwks", issuer.issuer())
            .parse::<url::Url>()
            .unwrap(),
        issuer.transport(),
        issuer.clock().clone().into(),
    );
    drop(keys.load().await.unwrap());
    let token = token(&issuer, Algorithm::ES256);
    let jws = keyfob_jose::CompactJws::parse(&token).unwrap();
    let verified = fewest(|| assert!(now(keys.verify(&jws)).is_ok()));
    assert_eq!(verified.allocations, 0);
}
