//! What keyfob adds to a signature check: a full verification against the bare one, in interleaved rounds.
//!
//! `cargo bench -p keyfob-verify` prints the ratios; with `-- --check` it fails above the agreed one.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark talks and may panic"
)]

use std::hint::black_box;
use std::process::ExitCode;
use std::time::{Duration, Instant, SystemTime};

use aws_lc_rs::rsa::PublicKeyComponents;
use aws_lc_rs::signature::{ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256};
use keyfob_jose::{Algorithm, HeaderFields, JwkSet, SigningKey, base64url, jws};
use keyfob_transport::testing::{ScriptedTransport, json};
use keyfob_transport::{Clock, KeySetDocument};
use keyfob_verify::{Profile, Verifier};

/// Short rounds, many of them: on a busy machine most rounds are then disturbed by nobody.
const ROUNDS: usize = 401;
const TOKENS_PER_ROUND: u32 = 50;
const AGREED: f64 = 1.15;

fn main() -> ExitCode {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    let ratio = runtime.block_on(compare());
    println!("rs256 verify/bare ratio: {ratio:.3}");
    let check = std::env::args().any(|argument| argument == "--check");
    if check && ratio > AGREED {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}

async fn compare() -> f64 {
    let key = SigningKey::generate(Algorithm::RS256)
        .unwrap()
        .with_kid("2026-01");
    let token = access_token(&key);
    let bare = Bare::new(&key, &token);
    let verifier = verifier(&key);
    verifier.verify(&token).await.unwrap();
    println!(
        "token: {} bytes, {ROUNDS} rounds of {TOKENS_PER_ROUND}",
        token.len()
    );

    let (mut ratios, mut ours, mut theirs) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let began = Instant::now();
        for _ in 0..TOKENS_PER_ROUND {
            bare.verify();
        }
        let bare_time = began.elapsed();
        let began = Instant::now();
        for _ in 0..TOKENS_PER_ROUND {
            black_box(verifier.verify(black_box(&token)).await).unwrap();
        }
        let full_time = began.elapsed();
        ratios.push(full_time.as_secs_f64() / bare_time.as_secs_f64());
        theirs.push(bare_time.as_secs_f64());
        ours.push(full_time.as_secs_f64());
    }
    for (name, times) in [("bare", theirs), ("keyfob", ours)] {
        println!(
            "{name}: {:.2} us per token",
            median(times) / f64::from(TOKENS_PER_ROUND) * 1e6
        );
    }
    median(ratios)
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
        let member =
            |name: &str| base64url::decode(jwk.get(name).unwrap().as_str().unwrap()).unwrap();
        let components = PublicKeyComponents {
            n: member("n"),
            e: member("e"),
        };
        let key = components
            .to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256)
            .unwrap();
        let (signing_input, signature) = token.rsplit_once('.').unwrap();
        let signature = base64url::decode(signature).unwrap();
        Self {
            key,
            signing_input: signing_input.to_owned(),
            signature,
        }
    }

    fn verify(&self) {
        let message = black_box(self.signing_input.as_bytes());
        self.key
            .verify_sig(message, black_box(&self.signature))
            .unwrap();
    }
}

/// A verifier with a fetched key set of three keys, as at a provider in the middle of a rotation.
fn verifier(key: &SigningKey) -> Verifier {
    let other = |kid: &str| {
        SigningKey::generate(Algorithm::ES256)
            .unwrap()
            .with_kid(kid)
            .public_jwk()
            .unwrap()
    };
    let keys = JwkSet::from_keys([
        other("2025-12"),
        key.public_jwk().unwrap(),
        other("2026-02"),
    ]);
    let script = ScriptedTransport::new();
    script.push(json(200, keys.to_value().to_string()));
    let url: url::Url = "https://login.example.com/jwks".parse().unwrap();
    Verifier::builder("https://login.example.com")
        .audience("https://api.example.com")
        .algorithms([Algorithm::RS256])
        .profile(Profile::Rfc9068)
        .key_set(KeySetDocument::new(
            url,
            script.transport(),
            Clock::system(),
        ))
        .build()
        .unwrap()
}

/// An RFC 9068 access token of about 900 bytes.
fn access_token(key: &SigningKey) -> String {
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap();
    let claims = serde_json::json!({
        "iss": "https://login.example.com",
        "sub": "auth0|5c1f2e9d8a7b6c5d4e3f2a1b",
        "aud": ["https://api.example.com", "https://login.example.com/userinfo"],
        "client_id": "s6BhdRkqt3-mobile-application",
        "iat": now.as_secs(),
        "exp": (now + Duration::from_hours(1)).as_secs(),
        "jti": "dbe39bf3a3ba4238a513f51d6e1691c4",
        "scope": "openid profile email offline_access reports:read reports:write",
        "auth_time": now.as_secs(),
        "acr": "urn:example:acr:silver",
        "roles": ["editor", "reviewer"],
    });
    jws::sign(
        key,
        &HeaderFields::typ("at+jwt"),
        claims.to_string().as_bytes(),
    )
    .unwrap()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
