//! The test kit itself: its tokens are right or wrong as they say, and its issuer does what it is told.

use std::time::Duration;

use keyfob_jose::{Algorithm, SigningKey};
use keyfob_protocol::{
    Client, ClientAuthentication, Endpoint, IntrospectionRequest, Issuer, ServerMetadata,
    SignedAnswerRules,
};
use keyfob_transport::{Clock, MetadataDocument};
use keyfob_verify::testing::{TestIssuer, Wrong};
use keyfob_verify::{Introspector, Profile, Verifier};

use crate::tokens::code;

fn issuer() -> TestIssuer {
    TestIssuer::new("https://op.example")
}

#[tokio::test]
async fn its_tokens_are_good_for_every_algorithm_it_has() {
    let algorithms = [Algorithm::ES256, Algorithm::EdDSA, Algorithm::ES384];
    let issuer = issuer()
        .with_algorithms(algorithms)
        .for_audience("https://mine.example");
    let verifier = issuer.verifier();
    for algorithm in algorithms {
        let token = issuer.token().algorithm(algorithm).sign();
        assert_eq!(code(&verifier.verify(&token).await), "good", "{algorithm}");
    }
}

#[tokio::test]
async fn every_wrong_token_is_rejected_with_its_code_and_for_nothing_else() {
    let issuer = issuer();
    let verifier = issuer.verifier();
    for wrong in Wrong::ALL {
        let outcome = verifier.verify(&issuer.wrong(*wrong)).await;
        assert_eq!(code(&outcome), wrong.code(), "{wrong:?}");
    }
}

#[tokio::test]
async fn a_rotated_key_is_found_and_a_retired_one_forgotten() {
    let issuer = issuer();
    let verifier = issuer.verifier();
    let before = issuer.token().expires_in(Duration::from_hours(9)).sign();
    assert_eq!(code(&verifier.verify(&before).await), "good");
    issuer.rotate();
    issuer.clock().advance(Duration::from_mins(1));
    assert_eq!(code(&verifier.verify(&issuer.token().sign()).await), "good");
    assert_eq!(code(&verifier.verify(&before).await), "good");
    assert_eq!(issuer.count(Endpoint::Jwks), 2);
    issuer.retire();
    assert_eq!(
        code(&issuer.verifier().verify(&before).await),
        "unknown_key"
    );
}

#[tokio::test]
async fn a_hanging_issuer_answers_when_it_recovers_and_a_failing_one_never_did() {
    let issuer = issuer();
    issuer.hang();
    let (verifier, token) = (issuer.verifier(), issuer.token().sign());
    let waiting = tokio::spawn(async move { code(&verifier.verify(&token).await) });
    issuer.count_reaches(Endpoint::Metadata, 1).await;
    assert!(!waiting.is_finished());
    issuer.recover();
    assert_eq!(waiting.await.unwrap(), "good");
    issuer.fail();
    let outcome = issuer.verifier().verify(&issuer.token().sign()).await;
    assert_eq!(code(&outcome), "keys_unavailable");
    issuer.recover();
    issuer.answer(Endpoint::Jwks, 500, "{}");
    let outcome = issuer.verifier().verify(&issuer.token().sign()).await;
    assert_eq!(code(&outcome), "keys_unavailable");
}

#[tokio::test]
async fn two_issuers_on_one_host_have_their_own_keys_and_counts() {
    let one = TestIssuer::new("https://op.example/one");
    let two = TestIssuer::new("https://op.example/two").on_clock(one.clock().clone());
    let transport = keyfob_verify::testing::transport([one.clone(), two.clone()]);
    for issuer in [&one, &two] {
        let verifier = issuer.verifier_builder().transport(transport.clone());
        let verifier = verifier.build().unwrap();
        assert_eq!(code(&verifier.verify(&issuer.token().sign()).await), "good");
        let liar = SigningKey::generate(Algorithm::ES256).unwrap();
        let liar = liar.with_kid("ES256-1");
        let lie = issuer.token().key(liar).sign();
        assert_eq!(code(&verifier.verify(&lie).await), "bad_signature");
        assert_eq!(issuer.total(), 2);
    }
}

fn asking(issuer: &TestIssuer) -> Introspector {
    let asking = ClientAuthentication::SecretBasic("s3cret".into());
    Introspector::builder(issuer.issuer())
        .audience(issuer.audience())
        .client(Client::new("my-api", asking))
        .transport(issuer.transport())
        .clock(issuer.clock().clone().into())
        .build()
        .unwrap()
}

#[tokio::test]
async fn its_introspection_knows_opaque_tokens_and_no_revoked_or_expired_ones() {
    let issuer = issuer();
    let opaque = issuer.token().subject("bob").opaque();
    let signed = issuer.token().sign();
    let principal = asking(&issuer).check(&opaque).await.unwrap();
    assert_eq!(principal.subject(), "bob");
    assert_eq!(code(&asking(&issuer).check(&signed).await), "good");
    issuer.revoke(&*signed);
    for token in [&*signed, "made-up", &issuer.wrong(Wrong::BadSignature)] {
        assert_eq!(code(&asking(&issuer).check(token).await), "inactive");
    }
    issuer.clock().advance(Duration::from_mins(11));
    assert_eq!(code(&asking(&issuer).check(&opaque).await), "inactive");
    assert_eq!(issuer.count(Endpoint::Introspection), 6);
}

#[tokio::test]
async fn its_introspection_answers_signed_to_those_who_ask_so() {
    let issuer = issuer();
    let (metadata, now) = (metadata_of(&issuer).await, issuer.clock().now());
    let client = Client::new("my-api", ClientAuthentication::SecretBasic("s3cret".into()));
    let request = IntrospectionRequest::new(issuer.token().sign()).with_signed_answer();
    let asked = request.request(&metadata, &client, now).unwrap();
    let response = issuer.transport().send(asked).await.unwrap();
    let answer = request.read_signed(&response).unwrap();
    let rules = SignedAnswerRules::new(issuer.issuer(), "my-api", [Algorithm::ES256]);
    let read = rules.read_with(&issuer.key_set(), &answer, now).unwrap();
    assert!(read.active);
    assert_eq!(read.sub.as_deref(), Some("alice"));
}

async fn metadata_of(issuer: &TestIssuer) -> ServerMetadata {
    let name = Issuer::parse(issuer.issuer()).unwrap();
    let clock = Clock::from(issuer.clock().clone());
    let document = MetadataDocument::new(name, issuer.transport(), clock);
    ServerMetadata::clone(&*document.load().await.unwrap())
}

#[tokio::test]
async fn it_can_be_had_behind_a_socket_with_faults_and_counts() {
    let issuer = TestIssuer::listening().await;
    let verifier = || {
        Verifier::builder(issuer.issuer())
            .audience(issuer.audience())
            .algorithms([Algorithm::ES256])
            .profile(Profile::Rfc9068)
            .build()
            .unwrap()
    };
    let token = issuer.token().sign();
    assert_eq!(code(&verifier().verify(&token).await), "good");
    assert_eq!((issuer.count(Endpoint::Jwks), issuer.total()), (1, 2));
    issuer.answer(Endpoint::Jwks, 404, "{}");
    let outcome = verifier().verify(&token).await;
    assert_eq!(code(&outcome), "keys_unavailable");
}
