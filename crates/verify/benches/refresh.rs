//! What a key refresh that hangs costs those who verify: the slowest hundredth of verifications, with and without.
//!
//! `cargo bench -p keyfob-verify --bench refresh` prints the ratio of the two; with `-- --check` it fails above the agreed one.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark talks and may panic"
)]

mod support;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use keyfob_jose::{Algorithm, SigningKey};
use keyfob_transport::testing::{ScriptedTransport, json};
use keyfob_transport::{DocumentPolicy, KeySetDocument};
use keyfob_verify::Verifier;
use support::{access_token, is_checked, key, key_set, median, rules};

const PER_ROUND: usize = 600;
/// The measuring goes on for as long as the refresh hangs.
const HANGS: Duration = Duration::from_secs(10);
const AGREED: f64 = 1.2;

fn main() -> ExitCode {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    let runtime = builder.enable_time().build().unwrap();
    let ratio = runtime.block_on(compare());
    println!(
        "p99 of RS256 verifications while a key refresh hangs: {ratio:.2} of that without (agreed: {AGREED})"
    );
    if is_checked() && ratio > AGREED {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}

async fn compare() -> f64 {
    let key = key(Algorithm::RS256);
    let token = access_token(&key);
    let calm = Arm::new(&key, DocumentPolicy::keys());
    // Due for a refresh at once, and good for hours.
    let age = Duration::from_millis(1);
    let hanging = Arm::new(
        &key,
        DocumentPolicy::keys()
            .with_age(age, age, age)
            .with_floor(age),
    );
    for arm in [&calm, &hanging] {
        arm.keys.load().await.unwrap();
    }
    let held = hanging.script.push_held(json(503, ""));
    let began = Instant::now();
    while hanging.script.count() < 2 {
        tokio::time::sleep(2 * age).await;
        hanging.verifier.verify(&token).await.unwrap();
    }

    let mut ratios = Vec::new();
    for round in 0.. {
        if began.elapsed() > HANGS {
            break;
        }
        let (one, other) = if round % 2 == 0 {
            (&calm, &hanging)
        } else {
            (&hanging, &calm)
        };
        let (first, second) = (one.p99(&token).await, other.p99(&token).await);
        let ratio = second / first;
        ratios.push(if round % 2 == 0 { ratio } else { 1.0 / ratio });
        // The refresh gets its turns, too.
        tokio::task::yield_now().await;
    }
    assert_eq!(hanging.script.count(), 2, "it hangs all the time");
    held.release();
    median(ratios)
}

struct Arm {
    script: ScriptedTransport,
    keys: KeySetDocument,
    verifier: Verifier,
}

impl Arm {
    fn new(key: &SigningKey, policy: DocumentPolicy) -> Self {
        let script = ScriptedTransport::new();
        let keys = key_set(key, &script, policy);
        let verifier = rules(Algorithm::RS256).key_set(keys.clone());
        Self {
            script,
            keys,
            verifier: verifier.build().unwrap(),
        }
    }

    /// Returns the time, in seconds, that a hundredth of the verifications exceed.
    async fn p99(&self, token: &str) -> f64 {
        let mut times = Vec::with_capacity(PER_ROUND);
        for _ in 0..PER_ROUND {
            let began = Instant::now();
            self.verifier.verify(token).await.unwrap();
            times.push(began.elapsed().as_secs_f64());
        }
        times.sort_by(f64::total_cmp);
        times.get(PER_ROUND * 99 / 100).copied().unwrap_or(f64::NAN)
    }
}
