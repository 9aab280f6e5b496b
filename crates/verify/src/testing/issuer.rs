//! The issuer: keys, clock, faults, and what it was asked.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::Request;
use keyfob_jose::{Algorithm, JwkSet, SigningKey};
use keyfob_protocol::{Endpoint, Issuer};
use keyfob_transport::{Clock, ManualClock, Transport};
use serde_json::{Map, Value};

use super::keys::Keys;
use super::token::TokenBuilder;
use super::traffic::{Fault, Traffic};
use super::{Wrong, lock, sure};
use crate::{Profile, Verifier, VerifierBuilder};

/// An issuer within the test: mints tokens, and serves metadata, keys and introspection through a [`Transport`].
///
/// Clones are the same issuer. It has one key per algorithm, ES256 unless [told otherwise](Self::with_algorithms).
///
/// ```
/// use std::time::Duration;
/// use keyfob_verify::testing::TestIssuer;
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let issuer = TestIssuer::new("https://login.example.com");
/// let verifier = issuer.verifier();
/// let token = issuer.token().sign();
/// assert!(verifier.verify(&token).await.is_ok());
///
/// // Good tokens keep verifying while the issuer is away …
/// issuer.fail();
/// assert!(verifier.verify(&token).await.is_ok());
///
/// // … until they expire.
/// issuer.clock().advance(Duration::from_hours(1));
/// assert_eq!(verifier.verify(&token).await.unwrap_err().code(), "expired");
/// # });
/// ```
#[derive(Clone)]
pub struct TestIssuer {
    pub(super) issuer: Arc<str>,
    pub(super) audience: Arc<str>,
    clock: ManualClock,
    pub(super) keys: Arc<Mutex<Keys>>,
    pub(super) traffic: Arc<Traffic>,
    pub(super) ledger: Arc<Mutex<Ledger>>,
}

/// The tokens that introspection knows more about than they say themselves.
#[derive(Default)]
pub(super) struct Ledger {
    pub(super) opaque: BTreeMap<String, Map<String, Value>>,
    pub(super) revoked: BTreeSet<String>,
}

impl TestIssuer {
    /// The audience of tokens unless [`for_audience`](Self::for_audience) says another.
    pub const AUDIENCE: &str = "https://api.example";

    /// Starts an issuer of this name with an ES256 key, on a clock that shows the machine's time and stands still.
    ///
    /// # Panics
    /// If the name is no issuer identifier (https, or http on loopback).
    pub fn new(issuer: impl Into<String>) -> Self {
        let issuer = sure(Issuer::parse(issuer.into()));
        let now = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default();
        let whole = SystemTime::UNIX_EPOCH + Duration::from_secs(now.as_secs());
        Self {
            issuer: issuer.as_str().into(),
            audience: Self::AUDIENCE.into(),
            clock: ManualClock::new(whole),
            keys: Arc::new(Mutex::new(Keys::new(vec![Algorithm::ES256]))),
            traffic: Arc::default(),
            ledger: Arc::default(),
        }
    }

    /// Gives it one fresh key for each of these algorithms; tokens are signed with the first unless they say otherwise.
    ///
    /// Making an RSA key takes a part of a second.
    ///
    /// # Panics
    /// Without any, and for symmetric ones, which have no public half.
    pub fn with_algorithms(self, algorithms: impl IntoIterator<Item = Algorithm>) -> Self {
        let keys = Keys::new(algorithms.into_iter().collect());
        *lock(&self.keys) = keys;
        self
    }

    /// Sets whom tokens are for, unless they say otherwise, and whom [`verifier`](Self::verifier) checks for.
    pub fn for_audience(self, audience: impl Into<Arc<str>>) -> Self {
        Self {
            audience: audience.into(),
            ..self
        }
    }

    /// Puts it on another clock, as when several issuers share one.
    pub fn on_clock(self, clock: ManualClock) -> Self {
        Self { clock, ..self }
    }

    /// Returns its name.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Returns whom its tokens are for.
    pub fn audience(&self) -> &str {
        &self.audience
    }

    /// Returns its clock, to move time with.
    pub fn clock(&self) -> &ManualClock {
        &self.clock
    }

    /// Starts an access token that is right in every way (RFC 9068 §2).
    pub fn token(&self) -> TokenBuilder {
        TokenBuilder::access_token(self)
    }

    /// Starts an ID token for the client `demo` (OpenID Connect Core §2).
    pub fn id_token(&self) -> TokenBuilder {
        TokenBuilder::id_token(self)
    }

    /// Makes a token that is right but for one thing.
    pub fn wrong(&self, wrong: Wrong) -> String {
        self.token().wrong(wrong)
    }

    /// Returns a verifier of its tokens, which fetches the keys from it.
    pub fn verifier(&self) -> Verifier {
        sure(self.verifier_builder().build())
    }

    /// Returns that verifier before it is built, for further settings.
    pub fn verifier_builder(&self) -> VerifierBuilder {
        Verifier::builder(&*self.issuer)
            .audience(&*self.audience)
            .algorithms(self.algorithms())
            .profile(Profile::Rfc9068)
            .clock(Clock::from(self.clock.clone()))
            .transport(self.transport())
    }

    /// Returns the way to it: on its clock, nothing is repeated, so that each count is one attempt.
    ///
    /// [`transport`](super::transport) joins the ways to several issuers.
    pub fn transport(&self) -> Transport {
        super::transport([self.clone()])
    }

    /// Returns the algorithms it has keys for.
    pub fn algorithms(&self) -> Vec<Algorithm> {
        lock(&self.keys).algorithms().to_vec()
    }

    /// Returns the keys it publishes at this time.
    pub fn key_set(&self) -> JwkSet {
        lock(&self.keys).published()
    }

    /// Returns the key it signs with at this time.
    ///
    /// # Panics
    /// If it has none for this algorithm.
    pub fn signing_key(&self, algorithm: Algorithm) -> SigningKey {
        sure(lock(&self.keys).signing(Some(algorithm)))
    }

    /// Signs with new keys from now on. The old ones stay published until [`retire`](Self::retire).
    pub fn rotate(&self) {
        lock(&self.keys).rotate();
    }

    /// Takes all keys but the newest from the key set, as after a theft.
    pub fn retire(&self) {
        lock(&self.keys).retire();
    }

    /// Makes introspection call this token inactive (RFC 7009).
    pub fn revoke(&self, token: impl Into<String>) {
        lock(&self.ledger).revoked.insert(token.into());
    }

    /// Lets every request wait, those to come as well, until [`recover`](Self::recover).
    pub fn hang(&self) {
        self.traffic.set_fault(Fault::Hang);
    }

    /// Refuses every connection until [`recover`](Self::recover).
    pub fn fail(&self) {
        self.traffic.set_fault(Fault::Gone);
    }

    /// Gives this answer at one endpoint until [`recover`](Self::recover).
    ///
    /// The endpoints are [`Endpoint::Metadata`], [`Endpoint::Jwks`] and [`Endpoint::Introspection`].
    pub fn answer(&self, endpoint: Endpoint, status: u16, body: impl Into<String>) {
        self.traffic.set_answer(endpoint, status, body.into());
    }

    /// Ends every fault; requests that hang are answered.
    pub fn recover(&self) {
        self.traffic.recover();
    }

    /// Returns how many requests one endpoint got.
    pub fn count(&self, endpoint: Endpoint) -> usize {
        self.traffic.count(endpoint)
    }

    /// Returns how many requests it got in all.
    pub fn total(&self) -> usize {
        self.traffic.total()
    }

    /// Returns the requests that one endpoint got, oldest first.
    pub fn requests(&self, endpoint: Endpoint) -> Vec<Request<Bytes>> {
        self.traffic.requests(endpoint).collect()
    }

    /// Waits until one endpoint has got at least `count` requests, answered or not.
    pub async fn count_reaches(&self, endpoint: Endpoint, count: usize) {
        self.traffic.count_reaches(endpoint, count).await;
    }
}

impl std::fmt::Debug for TestIssuer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TestIssuer")
            .field("issuer", &self.issuer)
            .field("requests", &self.total())
            .finish_non_exhaustive()
    }
}
