//! The same over HTTP, against the sandbox provider: real sockets, real threads, only the floor's time is simulated.

use std::sync::Arc;
use std::time::SystemTime;

use keyfob_protocol::Issuer;
use keyfob_sandbox::{Endpoint, Sandbox, SandboxConfig};
use keyfob_transport::{
    Clock, DocumentPolicy, KeySetDocument, ManualClock, MetadataDocument, ReqwestTransport,
    Transport,
};
use keyfob_verify::{Algorithm, Profile, Verifier};

use crate::load::Load;

const AUDIENCE: &str = "https://api.example";

struct Stage {
    sandbox: Sandbox,
    clock: ManualClock,
    verifier: Verifier,
    http: reqwest::Client,
}

fn stage() -> Stage {
    let sandbox = Sandbox::start(SandboxConfig::default()).unwrap();
    let clock = ManualClock::new(SystemTime::now());
    let verifier = verifier(&sandbox, &clock);
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    Stage {
        sandbox,
        clock,
        verifier,
        http,
    }
}

fn verifier(sandbox: &Sandbox, clock: &ManualClock) -> Verifier {
    let transport = Transport::new(ReqwestTransport::default());
    let clock = Clock::from(clock.clone());
    let issuer = Issuer::parse(sandbox.issuer()).unwrap();
    let metadata = MetadataDocument::new(issuer, transport.clone(), clock.clone());
    let keys = KeySetDocument::new(metadata, transport, clock.clone());
    Verifier::builder(sandbox.issuer())
        .audience(AUDIENCE)
        .algorithms([Algorithm::RS256])
        .profile(Profile::Rfc9068)
        .key_set(keys)
        .clock(clock)
        .build()
        .unwrap()
}

impl Stage {
    async fn token(&self) -> Arc<str> {
        let client = self.sandbox.client("demo-service").unwrap();
        let form = format!("grant_type=client_credentials&audience={AUDIENCE}");
        let request = self
            .http
            .post(self.sandbox.url("/token"))
            .header("content-type", "application/x-www-form-urlencoded")
            .basic_auth("demo-service", client.secret());
        let answer = request.body(form).send().await.unwrap();
        let answer: serde_json::Value =
            serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        answer.get("access_token").unwrap().as_str().unwrap().into()
    }

    fn fetches(&self) -> u64 {
        self.sandbox.counters().requests(Endpoint::Jwks)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_thousand_first_verifications_over_http_cause_one_fetch() {
    let stage = stage();
    let token = stage.token().await;
    let first: Vec<_> = (0..1000)
        .map(|_| {
            let (verifier, token) = (stage.verifier.clone(), Arc::clone(&token));
            tokio::spawn(async move { verifier.verify(&token).await.is_ok() })
        })
        .collect();
    for one in first {
        assert!(one.await.unwrap());
    }
    println!(
        "1,000 concurrent first verifications: {} fetch",
        stage.fetches()
    );
    assert_eq!(stage.fetches(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn keys_rotate_over_http_under_load_without_a_wrong_answer() {
    let stage = stage();
    let floor = DocumentPolicy::keys().floor;
    let load = Load::start(&stage.verifier, 2);
    let rotations = 6;
    let first = stage.token().await;
    assert!(stage.verifier.verify(&first).await.is_ok());
    let mut kept = vec![load.add(first)];
    for round in 0..rotations {
        let drops = round % 3 == 2;
        if drops {
            kept.drain(..).for_each(|token| token.leaves());
            stage.sandbox.rotate_keys_dropping_old().unwrap();
        } else {
            stage.sandbox.rotate_keys().unwrap();
        }
        let token = stage.token().await;
        // Before this no fetch may begin, not even for a token of a key that is gone: whatever is fetched now is new.
        stage.clock.advance(floor);
        let outcome = stage.verifier.verify(&token).await;
        assert!(outcome.is_ok(), "round {round}: {outcome:?}");
        if drops {
            load.dead_all_leaving();
        }
        kept.push(load.add(token));
        load.progress(50).await;
    }
    let (checked, wrong) = load.stop().await;
    println!(
        "{rotations} rotations over http: {checked} tokens verified, {} fetches, {} wrong answers",
        stage.fetches(),
        wrong.len()
    );
    assert!(wrong.is_empty() && checked >= 300, "{wrong:?}");
    assert!(stage.fetches() <= rotations + 1, "{}", stage.fetches());
}
