//! Sender-constrained tokens, one rule per test (RFC 9449 §4.3 and §7, RFC 8705 §3).

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use http::{HeaderMap, HeaderValue};
use keyfob_jose::{Algorithm, HeaderFields, Secret, SigningKey, jws};
use keyfob_transport::Clock;
use keyfob_verify::binding::{Binding, Presented};
use keyfob_verify::dpop::{
    Nonces, ProofId, ProofRules, ReplayError, ReplayMemory, ReplayStore, access_token_hash,
};
use keyfob_verify::testing::{ManualClock, TestIssuer};
use keyfob_verify::{CheckToken as _, Principal, Rejection, mtls};
use serde_json::{Map, Value, json};

const SECOND: Duration = Duration::from_secs(1);
const URL: &str = "https://api.example/things";
const CERTIFICATE: &[u8] = b"a certificate in DER";

/// A token bound to a key, and who holds the key.
struct Scene {
    issuer: TestIssuer,
    key: SigningKey,
    binding: Binding,
    principal: Principal,
    token: String,
}

impl Scene {
    async fn new() -> Self {
        Self::bound_to(|key| json!({"jkt": thumbprint(key)})).await
    }

    async fn bound_to(cnf: impl Fn(&SigningKey) -> Value) -> Self {
        let issuer = TestIssuer::new("https://login.example");
        let key = SigningKey::generate(Algorithm::ES256).unwrap();
        let token = match cnf(&key) {
            Value::Null => issuer.token().sign(),
            cnf => issuer.token().claim("cnf", cnf).sign(),
        };
        let principal = issuer.verifier().check(&token).await.unwrap();
        let binding = Binding::new().with_proofs(rules(issuer.clock()));
        Self {
            issuer,
            key,
            binding,
            principal,
            token,
        }
    }

    fn with(mut self, change: impl FnOnce(ProofRules) -> ProofRules) -> Self {
        let rules = change(rules(self.issuer.clock()));
        self.binding = Binding::new().with_proofs(rules);
        self
    }

    fn proof(&self) -> Draft<'_> {
        let now = self.issuer.clock().now();
        let claims = json!({
            "jti": keyfob_jose::random::token(12).unwrap(),
            "htm": "GET",
            "htu": URL,
            "iat": seconds(now),
            "ath": access_token_hash(&self.token),
        });
        let claims = claims.as_object().unwrap().clone();
        Draft {
            key: &self.key,
            claims,
        }
    }

    /// The code of what a request with this proof is refused for; empty if it is not.
    async fn present(&self, proof: &str) -> String {
        self.check(&Presented::dpop_with(proof, "GET", URL)).await
    }

    async fn check(&self, presented: &Presented<'_>) -> String {
        let outcome = self.binding.check(&self.principal, &self.token, presented);
        code(outcome.await)
    }
}

fn code(outcome: Result<(), Rejection>) -> String {
    outcome
        .err()
        .map(|error| error.code().to_owned())
        .unwrap_or_default()
}

fn rules(clock: &ManualClock) -> ProofRules {
    ProofRules::new().with_clock(Clock::from(clock.clone()))
}

fn seconds(time: SystemTime) -> u64 {
    time.duration_since(SystemTime::UNIX_EPOCH)
        .unwrap()
        .as_secs()
}

fn thumbprint(key: &SigningKey) -> String {
    key.public_jwk().unwrap().thumbprint()
}

struct Draft<'s> {
    key: &'s SigningKey,
    claims: Map<String, Value>,
}

impl Draft<'_> {
    fn claim(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.claims.insert(name.to_owned(), value.into());
        self
    }

    fn sign(&self) -> String {
        let jwk = self.key.public_jwk().unwrap().to_value();
        let fields = HeaderFields::typ("dpop+jwt").with("jwk", jwk);
        let claims = Value::Object(self.claims.clone()).to_string();
        jws::sign(self.key, &fields, claims.as_bytes()).unwrap()
    }
}

#[tokio::test]
async fn a_bound_token_passes_with_its_proof() {
    let scene = Scene::new().await;
    assert_eq!(scene.present(&scene.proof().sign()).await, "");
    let presented = scene
        .proof()
        .claim("htu", "HTTPS://API.example:443/things")
        .sign();
    let presented = Presented::dpop_with(&presented, "GET", "https://api.example/things?page=2#x");
    assert_eq!(scene.check(&presented).await, "");
}

#[tokio::test]
async fn the_scheme_must_be_that_of_the_binding() {
    let bound = Scene::new().await;
    assert_eq!(
        bound.check(&Presented::bearer()).await,
        "bound_token_as_bearer"
    );

    let unbound = Scene::bound_to(|_| Value::Null).await;
    assert_eq!(unbound.check(&Presented::bearer()).await, "");
    let proof = unbound.proof().sign();
    assert_eq!(unbound.present(&proof).await, "unbound_token_with_dpop");

    let to_certificate =
        Scene::bound_to(|_| json!({"x5t#S256": mtls::thumbprint(CERTIFICATE)})).await;
    let proof = to_certificate.proof().sign();
    let presented = Presented::dpop_with(&proof, "GET", URL).with_certificate(Some(CERTIFICATE));
    assert_eq!(
        to_certificate.check(&presented).await,
        "unbound_token_with_dpop"
    );
}

#[tokio::test]
async fn tokens_bound_to_nothing_are_refused_where_binding_is_required() {
    let mut scene = Scene::bound_to(|_| Value::Null).await;
    scene.binding = scene.binding.require_bound();
    assert_eq!(scene.check(&Presented::bearer()).await, "not_bound");
}

#[tokio::test]
async fn rejects_a_binding_that_is_not_understood() {
    for cnf in [
        json!({"kid": "k"}),
        json!({"jwe": "x"}),
        json!({}),
        json!("text"),
        json!({"jkt": 7}),
        json!({"x5t#S256": ["x"]}),
    ] {
        let scene = Scene::bound_to(|_| cnf.clone()).await;
        let proof = scene.proof().sign();
        let presented = Presented::bearer().with_certificate(Some(CERTIFICATE));
        assert_eq!(
            scene.check(&presented).await,
            "unsupported_binding",
            "{cnf}"
        );
        assert_eq!(scene.present(&proof).await, "unsupported_binding", "{cnf}");
    }
}

#[tokio::test]
async fn rejects_a_token_of_another_certificate_or_none() {
    let scene = Scene::bound_to(|_| json!({"x5t#S256": mtls::thumbprint(CERTIFICATE)})).await;
    for (certificate, code) in [
        (Some(CERTIFICATE), ""),
        (Some(&b"another"[..]), "wrong_client_certificate"),
        (Some(&[][..]), "wrong_client_certificate"),
        (None, "no_client_certificate"),
    ] {
        let presented = Presented::bearer().with_certificate(certificate);
        assert_eq!(scene.check(&presented).await, code);
    }
}

#[tokio::test]
async fn a_token_bound_to_both_needs_both() {
    let both = |key: &SigningKey| json!({"jkt": thumbprint(key), "x5t#S256": mtls::thumbprint(CERTIFICATE)});
    let scene = Scene::bound_to(both).await;
    let proof = scene.proof().sign();
    let presented = Presented::dpop_with(&proof, "GET", URL);
    assert_eq!(scene.check(&presented).await, "no_client_certificate");
    let bearer = Presented::bearer().with_certificate(Some(CERTIFICATE));
    assert_eq!(scene.check(&bearer).await, "bound_token_as_bearer");
    assert_eq!(
        scene
            .check(&presented.with_certificate(Some(CERTIFICATE)))
            .await,
        ""
    );
}

#[test]
fn there_is_exactly_one_proof_header() {
    let mut headers = HeaderMap::new();
    let read = |headers: &HeaderMap| code(Presented::dpop(headers, "GET", URL).map(|_| ()));
    assert_eq!(read(&headers), "dpop_proof_missing");
    headers.insert("dpop", HeaderValue::from_static("a.b.c"));
    assert_eq!(read(&headers), "");
    headers.append("DPoP", HeaderValue::from_static("a.b.c"));
    assert_eq!(read(&headers), "dpop_several_proofs");
    headers.insert("dpop", HeaderValue::from_bytes(b"a.\xff.c").unwrap());
    assert_eq!(read(&headers), "dpop_malformed");
}

#[tokio::test]
async fn rejects_what_is_wrong_in_the_proof_itself() {
    let scene = Scene::new().await;
    for (claim, value, code) in [
        ("htm", "POST", "dpop_htm"),
        ("htu", "https://api.example/other", "dpop_htu"),
        ("htu", "not an address", "dpop_claim"),
        (
            "ath",
            "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo",
            "dpop_ath",
        ),
        ("jti", "", "dpop_missing_claim"),
    ] {
        let proof = scene.proof().claim(claim, value).sign();
        assert_eq!(scene.present(&proof).await, code, "{claim}");
    }
    assert_eq!(scene.present("").await, "dpop_proof_missing");
    assert_eq!(scene.present("x").await, "dpop_malformed");
    let proof = scene.proof().sign();
    let nowhere = Presented::dpop_with(&proof, "GET", "/things");
    assert_eq!(scene.check(&nowhere).await, "dpop_htu");
}

#[tokio::test]
async fn rejects_a_proof_of_another_key_than_the_tokens() {
    let scene = Scene::new().await;
    let thief = SigningKey::generate(Algorithm::ES256).unwrap();
    let proof = Draft {
        key: &thief,
        ..scene.proof()
    };
    assert_eq!(scene.present(&proof.sign()).await, "wrong_dpop_key");
}

#[tokio::test]
async fn rejects_an_algorithm_that_is_not_listed() {
    let scene = Scene::new()
        .await
        .with(|rules| rules.with_algorithms([Algorithm::EdDSA]));
    let proof = scene.proof().sign();
    assert_eq!(scene.present(&proof).await, "dpop_algorithm");
}

#[tokio::test]
async fn rejects_a_proof_outside_its_window() {
    let scene = Scene::new().await;
    let now = seconds(scene.issuer.clock().now());
    for (iat, code) in [
        (now - 60, ""),
        (now - 61, "dpop_too_old"),
        (now + 30, ""),
        (now + 31, "dpop_future"),
        (0, "dpop_too_old"),
    ] {
        let proof = scene.proof().claim("iat", iat).sign();
        assert_eq!(scene.present(&proof).await, code, "{iat}");
    }
}

#[tokio::test]
async fn asks_for_a_nonce_and_takes_its_own_for_a_while() {
    let nonces = Nonces::random(Duration::from_mins(2)).unwrap();
    let scene = Scene::new()
        .await
        .with(|rules| rules.with_nonces(nonces.clone()));
    let proof = scene.proof().sign();
    let presented = Presented::dpop_with(&proof, "GET", URL);
    let outcome = scene
        .binding
        .check(&scene.principal, &scene.token, &presented);
    let Err(Rejection::UseDpopNonce { nonce }) = outcome.await else {
        panic!("a proof without nonce passed");
    };
    assert_eq!(Some(&nonce), scene.binding.proofs().nonce().as_ref());
    assert_eq!(nonce.len(), 22);

    let with = |nonce: &str| scene.proof().claim("nonce", nonce).sign();
    assert_eq!(scene.present(&with(&nonce)).await, "");
    for made_up in ["", "made-up", &nonce[1..]] {
        assert_eq!(scene.present(&with(made_up)).await, "use_dpop_nonce");
    }
    // Good for one window at least, for two at most.
    scene.issuer.clock().advance(120 * SECOND);
    assert_eq!(scene.present(&with(&nonce)).await, "");
    assert_ne!(Some(&nonce), scene.binding.proofs().nonce().as_ref());
    scene.issuer.clock().advance(120 * SECOND);
    assert_eq!(scene.present(&with(&nonce)).await, "use_dpop_nonce");
}

#[tokio::test]
async fn nonces_work_in_every_process_with_the_key_and_outlive_its_rotation_once() {
    let secret = |c: &str| Secret::new(c.repeat(32));
    let window = Duration::from_mins(5);
    let nonces = Nonces::with_key(&secret("a"), window).unwrap();
    let scene = Scene::new()
        .await
        .with(|rules| rules.with_nonces(nonces.clone()));
    let elsewhere = Nonces::with_key(&secret("a"), window).unwrap();
    let clock = scene.issuer.clock();
    let nonce = rules(clock).with_nonces(elsewhere).nonce().unwrap();
    let proof = || scene.proof().claim("nonce", nonce.as_str()).sign();
    assert_eq!(scene.present(&proof()).await, "");

    nonces.rotate(&secret("b")).unwrap();
    assert_ne!(scene.binding.proofs().nonce().unwrap(), nonce);
    assert_eq!(scene.present(&proof()).await, "");
    nonces.rotate(&secret("c")).unwrap();
    assert_eq!(scene.present(&proof()).await, "use_dpop_nonce");

    let weak = Nonces::with_key(&Secret::new("short"), window).unwrap_err();
    assert_eq!(weak.code(), "weak_key");
}

#[tokio::test]
async fn rejects_a_proof_that_was_used_before() {
    let scene = Scene::new().await;
    let proof = scene.proof().sign();
    assert_eq!(scene.present(&proof).await, "");
    assert_eq!(scene.present(&proof).await, "dpop_replayed");
    // The same `jti` in another proof of the same key for the same address is a replay, too, for another address not.
    let again = scene
        .proof()
        .claim("jti", "one")
        .claim("iat", seconds(scene.issuer.clock().now()) - 5);
    assert_eq!(scene.present(&again.sign()).await, "");
    assert_eq!(
        scene
            .present(&scene.proof().claim("jti", "one").sign())
            .await,
        "dpop_replayed"
    );
    let other = scene
        .proof()
        .claim("jti", "one")
        .claim("htu", "https://api.example/other")
        .sign();
    let presented = Presented::dpop_with(&other, "GET", "https://api.example/other");
    assert_eq!(scene.check(&presented).await, "");
}

/// Whatever its `iat`, a proof that passed once never passes again, from the first second to the last.
#[tokio::test]
async fn no_second_lies_between_remembering_a_proof_and_its_age() {
    for ahead in [-60_i64, -30, 0, 15, 30] {
        let scene = Scene::new().await;
        let iat = seconds(scene.issuer.clock().now()).saturating_add_signed(ahead);
        let proof = scene.proof().claim("iat", iat).sign();
        assert_eq!(scene.present(&proof).await, "", "{ahead}");
        for second in 0..130 {
            let code = scene.present(&proof).await;
            assert!(
                ["dpop_replayed", "dpop_too_old"].contains(&code.as_str()),
                "{ahead} {second}"
            );
            scene.issuer.clock().advance(SECOND);
            // Other requests keep the memory busy.
            assert_eq!(scene.present(&scene.proof().sign()).await, "");
        }
    }
}

#[tokio::test]
async fn a_proof_is_remembered_through_the_last_moment_at_which_it_is_young_enough() {
    let scene = Scene::new().await;
    let iat = seconds(scene.issuer.clock().now()) + 30;
    let proof = scene.proof().claim("iat", iat).sign();
    assert_eq!(scene.present(&proof).await, "");
    scene.issuer.clock().advance(90 * SECOND);
    assert_eq!(scene.present(&proof).await, "dpop_replayed");
    scene.issuer.clock().advance(SECOND);
    assert_eq!(scene.present(&proof).await, "dpop_too_old");
}

#[tokio::test]
async fn a_proof_that_was_refused_is_not_used_up() {
    let scene = Scene::new().await;
    let proof = scene.proof().sign();
    let wrong = Presented::dpop_with(&proof, "POST", URL);
    assert_eq!(scene.check(&wrong).await, "dpop_htm");
    assert_eq!(scene.present(&proof).await, "");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_proofs_that_race_with_one_jti_exactly_one_wins() {
    let scene = Arc::new(Scene::new().await);
    for _ in 0..20 {
        let proof: Arc<str> = scene.proof().sign().into();
        let racers: Vec<_> = (0..16)
            .map(|_| {
                let (scene, proof) = (Arc::clone(&scene), Arc::clone(&proof));
                tokio::spawn(async move { scene.present(&proof).await })
            })
            .collect();
        let mut won = 0;
        for racer in racers {
            match racer.await.unwrap().as_str() {
                "" => won += 1,
                other => assert_eq!(other, "dpop_replayed"),
            }
        }
        assert_eq!(won, 1);
    }
}

#[tokio::test]
async fn a_full_memory_refuses_until_old_proofs_have_run_out() {
    let memory = ReplayMemory::new(10);
    let scene = Scene::new()
        .await
        .with(|rules| rules.with_replay_memory(memory.clone()));
    let first = scene.proof().sign();
    assert_eq!(scene.present(&first).await, "");
    for _ in 1..10 {
        assert_eq!(scene.present(&scene.proof().sign()).await, "");
    }
    let presented = scene.proof().sign();
    let presented = Presented::dpop_with(&presented, "GET", URL);
    let outcome = scene
        .binding
        .check(&scene.principal, &scene.token, &presented);
    let rejection = outcome.await.unwrap_err();
    assert_eq!(rejection.code(), "replay_memory_full");
    assert_eq!(rejection.challenge().status(), 503);
    // What is in it is still known.
    assert_eq!(scene.present(&first).await, "dpop_replayed");
    assert_eq!(memory.len(), Some(10));
    scene.issuer.clock().advance(91 * SECOND);
    assert_eq!(scene.present(&scene.proof().sign()).await, "");
    assert_eq!(memory.len(), Some(1));
}

/// Stands for a store that several processes share.
#[derive(Clone, Default)]
struct Elsewhere(Arc<Mutex<Vec<(ProofId, Duration)>>>);

impl ReplayStore for Elsewhere {
    async fn remember(&self, proof: ProofId, life: Duration) -> Result<bool, ReplayError> {
        tokio::task::yield_now().await;
        let mut held = self.0.lock().unwrap();
        let is_new = held.iter().all(|(one, _)| *one != proof);
        held.push((proof, life));
        Ok(is_new)
    }
}

#[tokio::test]
async fn processes_that_share_a_store_accept_a_proof_once() {
    let store = Elsewhere::default();
    let scene = Scene::new().await;
    let process = || {
        let rules = rules(scene.issuer.clock());
        Binding::new().with_proofs(rules.with_replay_memory(ReplayMemory::shared(store.clone())))
    };
    let proof = scene.proof().sign();
    let presented = Presented::dpop_with(&proof, "GET", URL);
    let one = process();
    let first = one.check(&scene.principal, &scene.token, &presented).await;
    let two = process();
    let second = two.check(&scene.principal, &scene.token, &presented).await;
    assert_eq!(
        (code(first), code(second)),
        (String::new(), "dpop_replayed".into())
    );
    assert_eq!(store.0.lock().unwrap()[0].1, 91 * SECOND);
}

/// A store that is down.
struct Down(AtomicUsize);

impl ReplayStore for Down {
    async fn remember(&self, _: ProofId, _: Duration) -> Result<bool, ReplayError> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Err(ReplayError::Unavailable)
    }
}

#[tokio::test]
async fn a_proof_is_not_accepted_while_the_shared_store_is_down() {
    let down = ReplayMemory::shared(Down(AtomicUsize::new(0)));
    let scene = Scene::new()
        .await
        .with(|rules| rules.with_replay_memory(down));
    assert_eq!(
        scene.present(&scene.proof().sign()).await,
        "replay_store_unavailable"
    );
}

#[tokio::test]
async fn nothing_of_a_proof_is_in_what_is_shown() {
    let scene = Scene::new().await;
    let proof = scene
        .proof()
        .claim("jti", "canary-jti")
        .claim("nonce", "canary-nonce")
        .sign();
    let presented = Presented::dpop_with(&proof, "POST", URL);
    let outcome = scene
        .binding
        .check(&scene.principal, &scene.token, &presented)
        .await;
    let shown = format!("{presented:?} {outcome:?} {:?}", scene.binding);
    assert!(
        !shown.contains("canary") && !shown.contains(&proof),
        "{shown}"
    );
}
