//! The whole check of one RS256 access token, by keyfob and by two others, in interleaved rounds.
//!
//! `cargo bench -p keyfob-conformance --bench rivals` prints how many times faster keyfob is, on one thread and on two.
//! Everybody gets the issuer's key set, finds the key by `kid`, checks signature, issuer, audience and expiry of the same token
//! of about 900 bytes, and hands out all its claims. keyfob checks the rest of RFC 9068 as well.
//!
//! On the same cryptography nobody can be faster than the signature alone, which is measured, too: the agreed figures are
//! within reach only where the rest of a rival's work costs enough. So `-- --check` fails if keyfob is below the agreed figure
//! and below 0.88 of what the signature alone reaches.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark talks and may panic"
)]

use std::hint::black_box;
use std::process::ExitCode;
use std::sync::Barrier;
use std::time::{Duration, Instant, SystemTime};

use futures_util::FutureExt as _;
use jsonwebtoken::{DecodingKey, Validation};
use keyfob::jose::{Algorithm, CompactJws, HeaderFields, JwkSet, SigningKey, jws};
use keyfob::verify::{Profile, Verifier};
use openidconnect::core::{CoreIdToken, CoreIdTokenVerifier, CoreJsonWebKeySet};
use openidconnect::{ClientId, IssuerUrl, Nonce};
use serde_json::{Map, Value};

const ISSUER: &str = "https://login.example.com";
const AUDIENCE: &str = "https://api.example.com";
/// Short rounds, many of them: on a busy machine most rounds are then disturbed by nobody.
const ROUNDS: usize = 201;
const TOKENS_PER_ROUND: u32 = 10;

fn main() -> ExitCode {
    let key = SigningKey::generate(Algorithm::RS256)
        .unwrap()
        .with_kid("2026-01");
    let token = access_token(&key);
    let keys = JwkSet::from_keys([key.public_jwk().unwrap()]);
    println!("token: {} bytes", token.len());
    let keyfob = keyfob(&keys);
    let signature = signature_alone(&token, &keys);
    let (jsonwebtoken, openidconnect) = (jsonwebtoken(&keys), openidconnect(&keys));
    let rivals: [(&str, f64, Check<'_>); 2] = [
        ("jsonwebtoken (aws-lc)", 1.5, &jsonwebtoken),
        ("openidconnect", 12.0, &openidconnect),
    ];
    let mut is_good = true;
    for threads in [1, 2] {
        for (name, agreed, rival) in rivals {
            let [ours, theirs, alone] = compare(threads, &token, [&keyfob, rival, &signature]);
            let (ratio, ceiling) = (theirs / ours, theirs / alone);
            println!(
                "{threads} thread(s): keyfob {ours:.1} us, {name} {theirs:.1} us per token: {ratio:.2} times as fast \
                 (agreed: {agreed:.1}; the signature alone: {ceiling:.2})"
            );
            is_good &= ratio >= agreed.min(0.88 * ceiling);
        }
    }
    if std::env::args().any(|argument| argument == "--check") && !is_good {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}

/// Returns the median of the microseconds per token that each of them takes, in interleaved rounds.
fn compare(threads: usize, token: &str, checks: [Check<'_>; 3]) -> [f64; 3] {
    let mut times = [(); 3].map(|()| Vec::new());
    for _ in 0..ROUNDS {
        for (times, check) in times.iter_mut().zip(checks) {
            times.push(time(threads, || check(black_box(token))));
        }
    }
    times.map(median)
}

fn keyfob(keys: &JwkSet) -> impl Fn(&str) + use<> {
    let verifier = Verifier::builder(ISSUER)
        .audience(AUDIENCE)
        .algorithms([Algorithm::RS256])
        .profile(Profile::Rfc9068)
        .keys(keys.clone())
        .build()
        .unwrap();
    move |token| {
        let principal = verifier.verify(token).now_or_never();
        drop(black_box(principal).unwrap().unwrap());
    }
}

/// Checks a token and hands out its claims, to nobody.
type Check<'c> = &'c (dyn Fn(&str) + Sync);

/// The parts of the token and the key are at hand.
fn signature_alone<'t>(token: &'t str, keys: &'t JwkSet) -> impl Fn(&str) + 't {
    let jws = CompactJws::parse(token).unwrap();
    let key = keys.keys().first().unwrap().key();
    move |_| assert!(black_box(jws.verify(key)).is_ok())
}

/// With the key of the set that the token names.
fn jsonwebtoken(keys: &JwkSet) -> impl Fn(&str) + use<> {
    let keys: jsonwebtoken::jwk::JwkSet = serde_json::from_value(keys.to_value()).unwrap();
    let mut validation = Validation::new(jsonwebtoken::Algorithm::RS256);
    validation.set_issuer(&[ISSUER]);
    validation.set_audience(&[AUDIENCE]);
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    validation.validate_nbf = true;
    move |token| {
        let header = jsonwebtoken::decode_header(token).unwrap();
        let jwk = keys.find(header.kid.as_deref().unwrap()).unwrap();
        let key = DecodingKey::from_jwk(jwk).unwrap();
        let claims = jsonwebtoken::decode::<Map<String, Value>>(token, &key, &validation);
        drop(black_box(claims).unwrap());
    }
}

/// Its only check of a JWT is that of ID tokens; the audience is then the client.
fn openidconnect(keys: &JwkSet) -> impl Fn(&str) + use<> {
    let keys: CoreJsonWebKeySet = serde_json::from_value(keys.to_value()).unwrap();
    let verifier = CoreIdTokenVerifier::new_public_client(
        ClientId::new(AUDIENCE.to_owned()),
        IssuerUrl::new(ISSUER.to_owned()).unwrap(),
        keys,
    )
    .allow_all_jose_types()
    .set_other_audience_verifier_fn(|_| true);
    move |token| {
        let token: CoreIdToken = token.parse().unwrap();
        let claims = token.into_claims(&verifier, |_: Option<&Nonce>| Ok(()));
        drop(black_box(claims).unwrap());
    }
}

/// An RFC 9068 access token of about 900 bytes.
fn access_token(key: &SigningKey) -> String {
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap();
    let claims = serde_json::json!({
        "iss": ISSUER,
        "sub": "auth0|5c1f2e9d8a7b6c5d4e3f2a1b",
        "aud": [AUDIENCE, "https://login.example.com/userinfo"],
        "client_id": "s6BhdRkqt3-mobile-application",
        "iat": now.as_secs(),
        "exp": (now + Duration::from_hours(1)).as_secs(),
        "jti": "dbe39bf3a3ba4238a513f51d6e1691c4",
        "scope": "openid profile email offline_access reports:read reports:write",
        "auth_time": now.as_secs(),
        "acr": "urn:example:acr:silver",
        "roles": ["editor", "reviewer"],
    });
    let fields = HeaderFields::typ("at+jwt");
    jws::sign(key, &fields, claims.to_string().as_bytes()).unwrap()
}

/// Returns the microseconds that one of several calls takes, when each thread makes as many.
fn time(threads: usize, call: impl Fn() + Sync) -> f64 {
    let start = Barrier::new(threads);
    let work = || {
        start.wait();
        let began = Instant::now();
        for _ in 0..TOKENS_PER_ROUND {
            call();
        }
        began.elapsed()
    };
    let slowest = std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        let own = work();
        let joined = others.into_iter().map(|other| other.join().unwrap());
        joined.fold(own, Duration::max)
    });
    slowest.as_secs_f64() / f64::from(TOKENS_PER_ROUND) * 1e6
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
