//! What the tower layer adds to a request: behind it against verifying the token by hand, in interleaved rounds.
//!
//! `cargo bench -p keyfob-verify --bench layer` prints the ratios; with `-- --check` it fails above the agreed one.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark talks and may panic"
)]

use std::convert::Infallible;
use std::hint::black_box;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use http::{Request, Response};
use keyfob_jose::Algorithm;
use keyfob_verify::layer::VerifyLayer;
use keyfob_verify::testing::TestIssuer;
use keyfob_verify::{CheckToken, Principal, Rejection, Requirement};
use tower::{Layer as _, Service};

const ROUNDS: usize = 201;
const REQUESTS_PER_ROUND: u32 = 50;
/// Against the cheapest signature to verify, RS256; without a memory of tokens.
const AGREED: f64 = 1.1;

fn main() -> ExitCode {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    let ratio = runtime.block_on(compare());
    let check = std::env::args().any(|argument| argument == "--check");
    if check && ratio > AGREED {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}

async fn compare() -> f64 {
    let issuer = TestIssuer::new("https://login.example").with_algorithms([Algorithm::RS256]);
    let verifier = issuer.verifier_builder().events(false).build().unwrap();
    let token = issuer.token().scopes(["read", "write"]).sign();
    let principal = verifier.verify(&token).await.unwrap();

    let (by_hand, layered) = rounds(&verifier, &token).await;
    let ratio = layered / by_hand;
    println!("rs256 verify: {:.2} us per request", by_hand * 1e6);
    println!("rs256 layer/verify ratio: {ratio:.3}");
    // The layer alone: the check costs nothing here, and neither does the inner service.
    let (free, layered) = rounds(&Known(principal), &token).await;
    println!(
        "the layer alone: {:.2} us per request",
        (layered - free) * 1e6
    );
    ratio
}

/// Seconds per request, by hand and behind the layer: medians.
async fn rounds(check: &(impl CheckToken + Clone), token: &str) -> (f64, f64) {
    let needs = Requirement::new().all_scopes(["read"]);
    let mut service = VerifyLayer::new(check.clone())
        .require(needs.clone())
        .layer(tower::service_fn(inner));
    let (mut by_hand, mut layered) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let began = Instant::now();
        for _ in 0..REQUESTS_PER_ROUND {
            let principal = check.check(black_box(token)).await.unwrap();
            needs.check(&principal).unwrap();
            let mut request = request(token);
            request.extensions_mut().insert(principal);
            black_box(inner(request).await.unwrap());
        }
        by_hand.push(per_request(began.elapsed()));
        let began = Instant::now();
        for _ in 0..REQUESTS_PER_ROUND {
            let response = service.call(request(black_box(token))).await.unwrap();
            assert!(black_box(response).status().is_success());
        }
        layered.push(per_request(began.elapsed()));
    }
    (median(by_hand), median(layered))
}

fn request(token: &str) -> Request<()> {
    let request = Request::get("https://api.example/things");
    let request = request.header("authorization", format!("Bearer {token}"));
    request.body(()).unwrap()
}

async fn inner(request: Request<()>) -> Result<Response<String>, Infallible> {
    assert!(request.extensions().get::<Principal>().is_some());
    Ok(Response::default())
}

/// Accepts everything at once.
#[derive(Clone)]
struct Known(Principal);

impl CheckToken for Known {
    async fn check(&self, _: &str) -> Result<Principal, Rejection> {
        Ok(self.0.clone())
    }
}

fn per_request(time: Duration) -> f64 {
    time.as_secs_f64() / f64::from(REQUESTS_PER_ROUND)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
