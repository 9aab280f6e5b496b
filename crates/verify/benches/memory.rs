//! What remembering saves and costs: a token that was verified before against the bare signature check, and a million tokens
//! through a memory for a tenth of them.
//!
//! `cargo bench -p keyfob-verify --bench memory` prints the figures; with `-- --check` it fails if one misses its bound.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a benchmark talks and may panic"
)]

use std::alloc::System;
use std::hint::black_box;
use std::process::ExitCode;
use std::sync::Barrier;
use std::time::{Duration, Instant, SystemTime};

use aws_lc_rs::rsa::PublicKeyComponents;
use aws_lc_rs::signature::{ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256};
use futures_util::FutureExt as _;
use keyfob_jose::{Algorithm, HeaderFields, JwkSet, SigningKey, base64url, jws};
use keyfob_transport::testing::{ScriptedTransport, json};
use keyfob_transport::{Clock, KeySetDocument};
use keyfob_verify::{Profile, TokenMemory, Verifier};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Short rounds, many of them: on a busy machine most rounds are then disturbed by nobody.
const ROUNDS: usize = 201;
const TOKENS: usize = 64;
const AGREED_RATIO: f64 = 20.0;

const ENTRIES: usize = 100_000;
const BYTES: usize = ENTRIES * 1024;
const DISTINCT: usize = 1_000_000;
/// Beside what is remembered: tables that grow while the old one is still there, and the tokens on their way.
const SLACK: usize = 4 * 1024 * 1024;

fn main() -> ExitCode {
    let check = std::env::args().any(|argument| argument == "--check");
    let scene = Scene::new();
    let mut good = true;
    for threads in [1, 2] {
        let ratio = scene.compare(threads);
        println!("{threads} thread(s): remembered/bare rs256 rate: {ratio:.1}");
        good &= ratio >= AGREED_RATIO;
    }
    let allocations = scene.allocations();
    println!("allocations per remembered token: {allocations}");
    good &= allocations == 0;
    good &= flood();
    if check && !good {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}

struct Scene {
    key: ParsedPublicKey,
    tokens: Vec<String>,
    verifier: Verifier,
}

impl Scene {
    fn new() -> Self {
        let key = SigningKey::generate(Algorithm::RS256)
            .unwrap()
            .with_kid("2026-01");
        let tokens: Vec<_> = (0..TOKENS).map(|n| access_token(&key, n)).collect();
        let verifier = verifier(&key, &TokenMemory::new(10_000));
        for token in &tokens {
            verifier.verify(token).now_or_never().unwrap().unwrap();
        }
        println!("token: {} bytes, {ROUNDS} rounds", tokens[0].len());
        Self {
            key: parsed(&key),
            tokens,
            verifier,
        }
    }

    /// The median over interleaved rounds of how many remembered tokens take the time of one bare verification.
    fn compare(&self, threads: usize) -> f64 {
        let parts: Vec<_> = self.tokens.iter().map(|token| taken_apart(token)).collect();
        let bare = |n: usize| {
            let (message, signature) = &parts[n % TOKENS];
            let message = black_box(message.as_bytes());
            self.key.verify_sig(message, black_box(signature)).unwrap();
        };
        let remembered = |n: usize| {
            let token = black_box(&self.tokens[n % TOKENS]);
            let outcome = self.verifier.verify(token).now_or_never().unwrap();
            black_box(outcome).unwrap();
        };
        let mut rounds: Vec<_> = (0..ROUNDS)
            .map(|_| (time(threads, 20, &bare), time(threads, 400, &remembered)))
            .collect();
        rounds.sort_by(|one, other| (one.0 / one.1).total_cmp(&(other.0 / other.1)));
        let (bare, remembered) = rounds[ROUNDS / 2];
        println!(
            "{threads} thread(s): bare {:.2} us, remembered {:.3} us",
            bare * 1e6,
            remembered * 1e6
        );
        bare / remembered
    }

    fn allocations(&self) -> usize {
        let region = Region::new(ALLOCATOR);
        for token in &self.tokens {
            let outcome = self.verifier.verify(token).now_or_never().unwrap();
            black_box(outcome).unwrap();
        }
        region.change().allocations
    }
}

/// Seconds that one call takes while `threads` threads make `calls` each.
fn time(threads: usize, calls: usize, call: &(impl Fn(usize) + Sync)) -> f64 {
    let start = Barrier::new(threads);
    let took: Duration = std::thread::scope(|scope| {
        let run = || {
            start.wait();
            let began = Instant::now();
            (0..calls).for_each(call);
            began.elapsed()
        };
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(run)).collect();
        running.into_iter().map(|one| one.join().unwrap()).sum()
    });
    took.as_secs_f64() / f64::from(u32::try_from(threads * calls).unwrap())
}

/// Sends a million tokens through a memory for a tenth of them, and tells whether it stayed within its bytes.
fn flood() -> bool {
    let key = SigningKey::generate(Algorithm::EdDSA)
        .unwrap()
        .with_kid("2026-01");
    let region = Region::new(ALLOCATOR);
    let memory = TokenMemory::with_bytes(ENTRIES, BYTES);
    let verifier = verifier(&key, &memory);
    let in_use = || {
        let change = region.change();
        change
            .bytes_allocated
            .saturating_sub(change.bytes_deallocated)
    };
    let (mut most, began) = (0, Instant::now());
    let step = 20_000;
    for from in (0..DISTINCT).step_by(step) {
        std::thread::scope(|scope| {
            for half in [0, 1] {
                let (key, verifier) = (&key, &verifier);
                scope.spawn(move || {
                    for n in (from + half..from + step).step_by(2) {
                        let token = access_token(key, n);
                        let outcome = verifier.verify(&token).now_or_never();
                        outcome.unwrap().unwrap();
                    }
                });
            }
        });
        most = most.max(in_use());
    }
    println!(
        "{DISTINCT} distinct tokens, at most {ENTRIES} of them in {BYTES} bytes: {} remembered, {} bytes by its own \
         count, {most} bytes in use at most ({} s)",
        memory.len(),
        memory.bytes(),
        began.elapsed().as_secs()
    );
    memory.len() <= ENTRIES && memory.bytes() <= BYTES && most <= BYTES + SLACK
}

fn verifier(key: &SigningKey, memory: &TokenMemory) -> Verifier {
    let keys = JwkSet::from_keys([key.public_jwk().unwrap()]);
    let script = ScriptedTransport::new();
    script.push(json(200, keys.to_value().to_string()));
    let url: url::Url = "https://login.example.com/jwks".parse().unwrap();
    let keys = KeySetDocument::new(url, script.transport(), Clock::system());
    let verifier = Verifier::builder("https://login.example.com")
        .audience("https://api.example.com")
        .algorithms([Algorithm::RS256, Algorithm::EdDSA])
        .profile(Profile::Rfc9068)
        .key_set(keys)
        .memory(memory.clone())
        .build()
        .unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    runtime.block_on(verifier.warm_up()).unwrap();
    verifier
}

fn parsed(key: &SigningKey) -> ParsedPublicKey {
    let jwk = key.public_jwk().unwrap().to_value();
    let member = |name: &str| base64url::decode(jwk.get(name).unwrap().as_str().unwrap()).unwrap();
    let (n, e) = (member("n"), member("e"));
    let components = PublicKeyComponents { n, e };
    components
        .to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256)
        .unwrap()
}

fn taken_apart(token: &str) -> (String, Vec<u8>) {
    let (signing_input, signature) = token.rsplit_once('.').unwrap();
    (
        signing_input.to_owned(),
        base64url::decode(signature).unwrap(),
    )
}

/// An RFC 9068 access token of about 900 bytes.
fn access_token(key: &SigningKey, n: usize) -> String {
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap();
    let claims = serde_json::json!({
        "iss": "https://login.example.com",
        "sub": format!("248289761001-{n:08}"),
        "aud": ["https://api.example.com", "https://login.example.com/userinfo"],
        "client_id": "s6BhdRkqt3-s6BhdRkqt3",
        "iat": now.as_secs(),
        "exp": now.as_secs() + 3600,
        "jti": format!("dbe39bf3a3ba4238a513f51d6e1691c4-{n:08}"),
        "scope": "openid profile reademail orders:read orders:write",
        "groups": ["staff", "engineering", "on-call"],
        "tenant": "7d5f6f0e-3b0e-4b7e-9f43-6f8a2f8f0a11",
    });
    let header = HeaderFields::typ("at+jwt");
    jws::sign(key, &header, claims.to_string().as_bytes()).unwrap()
}
