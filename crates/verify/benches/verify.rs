//! What keyfob adds to a signature check: a full verification against the bare one of aws-lc-rs, in interleaved rounds.
//!
//! `cargo bench -p keyfob-verify --bench verify` prints keyfob's rate in parts of the bare one, for claims that are kept
//! and for claims that are only borrowed, on one thread and on two; with `-- --check` it fails below the agreed ones.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a benchmark talks and may panic"
)]

mod support;

use std::hint::black_box;
use std::process::ExitCode;
use std::sync::Barrier;
use std::time::{Duration, Instant};

use aws_lc_rs::rsa::PublicKeyComponents;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256,
    RSA_PSS_2048_8192_SHA256,
};
use keyfob_jose::{Algorithm, SigningKey, base64url};
use keyfob_transport::DocumentPolicy;
use keyfob_transport::testing::ScriptedTransport;
use keyfob_verify::Verifier;
use support::{access_token, is_checked, key, key_set, median, rules};
use tokio::runtime::Runtime;

/// Short rounds, many of them: on a busy machine most rounds are then disturbed by nobody.
const ROUNDS: usize = 201;
/// How long one part of a round takes, about.
const PART: Duration = Duration::from_micros(800);

/// The least rate that is agreed, in parts of the bare one.
const AGREED: [(Algorithm, f64); 4] = [
    (Algorithm::RS256, 0.88),
    (Algorithm::PS256, 0.88),
    (Algorithm::ES256, 0.93),
    (Algorithm::EdDSA, 0.93),
];

fn main() -> ExitCode {
    let mut is_good = true;
    for (algorithm, agreed) in AGREED {
        let scene = Scene::new(algorithm);
        for threads in [1, 2] {
            let [owned, borrowed] = scene.compare(threads);
            println!(
                "{algorithm}, {} bytes, {threads} thread(s): {owned:.3} of the bare rate, {borrowed:.3} borrowed (agreed: {agreed}); bare {:.1} us",
                scene.token.len(),
                scene.cost.as_secs_f64() * 1e6,
            );
            is_good &= owned >= agreed && borrowed >= agreed;
        }
    }
    if is_checked() && !is_good {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}

struct Scene {
    token: String,
    bare: Bare,
    verifier: Verifier,
    /// Of one bare verification.
    cost: Duration,
}

impl Scene {
    fn new(algorithm: Algorithm) -> Self {
        let key = key(algorithm);
        let token = access_token(&key);
        let keys = key_set(&key, &ScriptedTransport::new(), DocumentPolicy::keys());
        let verifier = rules(algorithm).key_set(keys).build().unwrap();
        runtime().block_on(verifier.verify(&token)).unwrap();
        let bare = Bare::new(&key, &token);
        let costs = (0..50).map(|_| time(|| bare.verify()).as_secs_f64());
        Self {
            cost: Duration::from_secs_f64(median(costs.collect())),
            token,
            bare,
            verifier,
        }
    }

    /// Returns the medians of keyfob's rates, owned and borrowed, in parts of the bare one.
    fn compare(&self, threads: usize) -> [f64; 2] {
        let start = Barrier::new(threads);
        let rounds = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..threads)
                .map(|_| scope.spawn(|| self.rounds(&start)))
                .collect();
            let rounds = threads.into_iter().map(|thread| thread.join().unwrap());
            rounds.collect::<Vec<_>>()
        });
        // What all threads together do in a second.
        let rates = |round: usize| {
            let rates = rounds.iter().filter_map(|rounds| rounds.get(round));
            rates.fold([0.0; 3], |[a, b, c], rates| {
                [a + rates[0], b + rates[1], c + rates[2]]
            })
        };
        let rounds = (0..ROUNDS).map(rates);
        let (owned, borrowed) = rounds
            .map(|[bare, owned, borrowed]| (owned / bare, borrowed / bare))
            .unzip();
        [median(owned), median(borrowed)]
    }

    /// Returns the rates of each round: bare, owned, borrowed.
    fn rounds(&self, start: &Barrier) -> Vec<[f64; 3]> {
        let runtime = runtime();
        let token = self.token.as_str();
        let count = u32::try_from(PART.as_nanos() / self.cost.as_nanos().max(1)).unwrap() + 1;
        let rate = |took: Duration| f64::from(count) / took.as_secs_f64();
        let bare = || (0..count).for_each(|_| self.bare.verify());
        let owned = || {
            runtime.block_on(async {
                for _ in 0..count {
                    drop(black_box(self.verifier.verify(black_box(token)).await).unwrap());
                }
            });
        };
        let borrowed = || {
            runtime.block_on(async {
                for _ in 0..count {
                    let read = self
                        .verifier
                        .verify_borrowed(black_box(token), |principal| {
                            black_box(principal.subject().len()) > 0
                        });
                    assert!(black_box(read.await).unwrap());
                }
            });
        };
        let parts: [&dyn Fn(); 3] = [&bare, &owned, &borrowed];
        let round = |number: usize| {
            let mut rates = [0.0; 3];
            // Nobody always comes first.
            for turn in 0..3 {
                let part = (turn + number) % 3;
                start.wait();
                rates[part] = rate(time(parts[part]));
            }
            rates
        };
        (0..ROUNDS).map(round).collect()
    }
}

/// aws-lc-rs alone: the signing input and the decoded signature are at hand, the key is parsed.
struct Bare {
    key: ParsedPublicKey,
    signing_input: String,
    signature: Vec<u8>,
}

impl Bare {
    fn new(key: &SigningKey, token: &str) -> Self {
        let jwk = key.public_jwk().unwrap().to_value();
        let member = |name: &str| base64url::decode(jwk[name].as_str().unwrap()).unwrap();
        let rsa = || PublicKeyComponents {
            n: member("n"),
            e: member("e"),
        };
        let key = match key.algorithm() {
            Algorithm::RS256 => rsa().to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256),
            Algorithm::PS256 => rsa().to_parsed_public_key(&RSA_PSS_2048_8192_SHA256),
            Algorithm::ES256 => {
                let point = [vec![4], member("x"), member("y")].concat();
                ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)
            }
            _ => ParsedPublicKey::new(&ED25519, member("x")),
        };
        let (signing_input, signature) = token.rsplit_once('.').unwrap();
        Self {
            key: key.unwrap(),
            signing_input: signing_input.to_owned(),
            signature: base64url::decode(signature).unwrap(),
        }
    }

    fn verify(&self) {
        let message = black_box(self.signing_input.as_bytes());
        let signature = black_box(&self.signature);
        self.key.verify_sig(message, signature).unwrap();
    }
}

fn time(work: impl FnOnce()) -> Duration {
    let began = Instant::now();
    work();
    began.elapsed()
}

fn runtime() -> Runtime {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_time().build().unwrap()
}
