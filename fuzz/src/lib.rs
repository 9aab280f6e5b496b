//! What the targets share: an issuer that stands still in time, and what no error may do.

use std::fmt::{Debug, Display};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::{Request, Response};
use keyfob_jose::{Algorithm, base64url, random};
use keyfob_transport::{Clock, HttpTransport, RetryPolicy, Transport, TransportError};
use keyfob_verify::testing::{ManualClock, TestIssuer};
use serde_json::Value;
use tokio::runtime::{Builder, Runtime};

/// The time on the issuer's clock, in seconds since 1970; the seeds are made for it.
pub const NOW: u64 = 1_800_000_000;
/// The issuer's name.
pub const ISSUER: &str = "https://issuer.example";
/// Whom its tokens are for.
pub const AUDIENCE: &str = TestIssuer::AUDIENCE;

/// An issuer with a fresh Ed25519 key: signing is fast, and equal input makes equal tokens.
pub static TEST_ISSUER: LazyLock<TestIssuer> = LazyLock::new(|| {
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(NOW);
    TestIssuer::new(ISSUER)
        .with_algorithms([Algorithm::EdDSA])
        .on_clock(ManualClock::new(now))
});

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    Builder::new_current_thread()
        .build()
        .expect("a runtime without drivers needs nothing")
});

/// Runs a future to its end; the issuer answers at once, so nothing waits.
pub fn run<F: Future>(future: F) -> F::Output {
    RUNTIME.block_on(future)
}

/// Gives one answer to every request, and keeps none: a fuzzer asks millions of times.
#[derive(Clone, Default)]
pub struct CannedTransport(Arc<Mutex<Canned>>);

#[derive(Default)]
struct Canned {
    answer: Response<Bytes>,
    tokens: u64,
}

impl CannedTransport {
    /// Sets the answer.
    ///
    /// # Panics
    /// Never: nothing panics while it is locked.
    pub fn answer(&self, answer: Response<Bytes>) {
        self.0.lock().expect("not poisoned").answer = answer;
    }

    /// Returns a token that nobody has asked about yet.
    ///
    /// # Panics
    /// Never: nothing panics while it is locked.
    #[must_use]
    pub fn new_token(&self) -> String {
        let mut canned = self.0.lock().expect("not poisoned");
        canned.tokens += 1;
        format!("token-{}", canned.tokens)
    }

    /// Returns a way that leads here, on the issuer's clock.
    #[must_use]
    pub fn transport(&self) -> Transport {
        Transport::new(self.clone())
            .with_retry(RetryPolicy::never())
            .with_clock(Clock::from(TEST_ISSUER.clock().clone()))
    }
}

impl HttpTransport for CannedTransport {
    async fn send(&self, _: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        Ok(self.0.lock().expect("not poisoned").answer.clone())
    }
}

/// Signs any header and payload with the issuer's key.
///
/// # Panics
/// Never: the key is there.
#[must_use]
pub fn sign(header: &[u8], payload: &[u8]) -> String {
    let input = format!(
        "{}.{}",
        base64url::encode(header),
        base64url::encode(payload)
    );
    let key = TEST_ISSUER.signing_key(Algorithm::EdDSA);
    let signature = key.sign(input.as_bytes()).expect("the key signs");
    format!("{input}.{}", base64url::encode(signature))
}

/// A word that no input can know: what is said about the input must not hold it.
static CANARY: LazyLock<String> = LazyLock::new(|| random::token(24).expect("there is randomness"));

/// Puts the secret word in wherever the input says `CANARY`, which seeds and dictionary do.
#[must_use]
pub fn plant(input: &[u8]) -> Vec<u8> {
    const MARK: &[u8] = b"CANARY";
    let (mut planted, mut rest) = (Vec::with_capacity(input.len()), input);
    while let Some(at) = rest.windows(MARK.len()).position(|run| run == MARK) {
        planted.extend_from_slice(&rest[..at]);
        planted.extend_from_slice(CANARY.as_bytes());
        rest = &rest[at + MARK.len()..];
    }
    planted.extend_from_slice(rest);
    planted
}

/// Checks that what is said about a planted input does not quote it. Names of algorithms are cut below the word's length.
///
/// # Panics
/// If it does.
pub fn assert_quotes_nothing(said: &(impl Display + Debug)) {
    let said = format!("{said}\n{said:?}");
    assert!(
        !said.contains(&**CANARY),
        "an error quotes its input: {said}"
    );
}

/// Compares JSON, but for the last digit of a fraction, which `serde_json` may read differently after writing it.
#[must_use]
pub fn same_json(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => {
            let (a, b) = (left.as_f64(), right.as_f64());
            left == right || a.zip(b).is_some_and(|(a, b)| close(a, b))
        }
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(a, b)| same_json(a, b))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .zip(right)
                    .all(|((name, a), (other, b))| name == other && same_json(a, b))
        }
        _ => left == right,
    }
}

fn close(left: f64, right: f64) -> bool {
    (left - right).abs() <= left.abs() * 4.0 * f64::EPSILON
}
