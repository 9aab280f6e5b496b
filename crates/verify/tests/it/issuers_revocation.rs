//! Asking a token's issuer whether it still is good: only when asked to, and every odd answer refuses the token.

use keyfob_protocol::{Client, ClientAuthentication, Endpoint};
use keyfob_verify::issuers::{IssuerEntry, IssuersBuilder};
use keyfob_verify::testing::TestIssuer;
use keyfob_verify::{CheckToken, Introspector, Issuers, Rejection, danger};
use serde_json::{Value, json};

use crate::tokens::code;

const ONE: &str = "https://one.example";

fn entry(issuer: &TestIssuer, client: &str) -> IssuerEntry {
    let secret = ClientAuthentication::SecretBasic("s3cret".into());
    let introspector = Introspector::builder(issuer.issuer())
        .audience(issuer.audience())
        .client(Client::new(client, secret))
        .transport(issuer.transport())
        .clock(issuer.clock().clone().into())
        .build()
        .unwrap();
    IssuerEntry::from(issuer.verifier_builder()).revocation(introspector)
}

fn one() -> (TestIssuer, Issuers) {
    let one = TestIssuer::new(ONE);
    let issuers = Issuers::builder()
        .issuer(entry(&one, "api"))
        .build()
        .unwrap();
    (one, issuers)
}

async fn confirmed(issuers: &Issuers, token: &str) -> &'static str {
    let outcome = issuers.verify_with_revocation(token).await;
    outcome.map_or_else(|rejection: Rejection| rejection.code(), |_| "good")
}

// covers: planet-85
#[tokio::test]
async fn the_issuer_is_asked_only_when_the_call_wants_it() {
    let (one, issuers) = one();
    let token = one.token().sign();
    assert_eq!(code(&issuers.verify(&token).await), "good");
    assert_eq!(one.count(Endpoint::Introspection), 0);
    for asked in 1..=3 {
        let good = issuers.verify_with_revocation(&token).await.unwrap();
        assert_eq!(good.principal.subject(), "alice");
        assert_eq!(good.answer.sub.as_deref(), Some("alice"));
        assert_eq!(
            one.count(Endpoint::Introspection),
            asked,
            "never from memory"
        );
    }
}

// covers: planet-85
#[tokio::test]
async fn a_revoked_token_is_refused_only_where_the_issuer_is_asked() {
    let (one, issuers) = one();
    let token = one.token().sign();
    one.revoke(&token);
    assert_eq!(code(&issuers.verify(&token).await), "good");
    assert_eq!(confirmed(&issuers, &token).await, "inactive");
    assert_eq!(
        code(&issuers.checking_revocation().check(&token).await),
        "inactive"
    );
}

// covers: planet-85
#[tokio::test]
async fn a_token_that_is_bad_by_itself_is_not_shown_to_the_issuer() {
    let (one, issuers) = one();
    for (token, expected) in [
        (one.token().audience("urn:other").sign(), "wrong_audience"),
        (
            one.token().claim("iss", "https://two.example").sign(),
            "unknown_issuer",
        ),
        (
            one.token().claim("cnf", json!({"jkt": "x"})).sign(),
            "binding_required",
        ),
    ] {
        assert_eq!(confirmed(&issuers, &token).await, expected);
    }
    assert_eq!(one.count(Endpoint::Introspection), 0);
}

// covers: planet-85
#[tokio::test]
async fn every_malformed_answer_refuses_the_token_under_a_code_of_its_own() {
    for (status, body, expected) in [
        (200, "", "introspection_not_json"),
        (200, "null", "introspection_not_json"),
        (200, "[]", "introspection_not_json"),
        (200, "true", "introspection_not_json"),
        (200, "active", "introspection_not_json"),
        (200, "{}", "introspection_incomplete"),
        (200, r#"{"sub":"alice"}"#, "introspection_incomplete"),
        (200, r#"{"active":"true"}"#, "introspection_malformed"),
        (200, r#"{"active":1}"#, "introspection_malformed"),
        (200, r#"{"active":null}"#, "introspection_malformed"),
        (
            200,
            r#"{"active":true,"exp":"soon"}"#,
            "introspection_malformed",
        ),
        (200, r#"{"active":true,"aud":7}"#, "introspection_malformed"),
        (200, r#"{"active":false}"#, "inactive"),
        (200, r#"{"active":false,"sub":"alice"}"#, "inactive"),
        (
            401,
            r#"{"error":"invalid_client"}"#,
            "introspection_unavailable",
        ),
        (500, "", "introspection_unavailable"),
        (204, "", "introspection_not_json"),
    ] {
        // Anew for each, since an issuer that goes on like this is left alone for a while.
        let (one, issuers) = one();
        let token = one.token().sign();
        one.answer(Endpoint::Introspection, status, body);
        assert_eq!(
            confirmed(&issuers, &token).await,
            expected,
            "{status} {body}"
        );
    }
}

// covers: planet-85, W29
#[tokio::test]
async fn an_answer_about_somebody_else_refuses_the_token() {
    let (one, issuers) = one();
    let token = one.token().claim("exp", 4_000_000_000_u64);
    let token = token.audiences([one.audience(), "urn:other"]).sign();
    let named = |name: &str, value: Value| json!({"active": true, name: value}).to_string();
    for (answer, expected) in [
        (json!({"active": true}).to_string(), "good"),
        (named("iss", json!(ONE)), "good"),
        (
            named("iss", json!("https://one.example/")),
            "introspection_mismatch",
        ),
        (named("iss", json!([ONE])), "introspection_mismatch"),
        (named("sub", json!("alice")), "good"),
        (named("sub", json!(null)), "good"),
        (named("sub", json!("mallory")), "introspection_mismatch"),
        (named("sub", json!("")), "introspection_mismatch"),
        (named("sub", json!(7)), "introspection_mismatch"),
        (named("client_id", json!("demo")), "good"),
        (named("client_id", json!("other")), "introspection_mismatch"),
        (named("aud", json!(one.audience())), "good"),
        (named("aud", json!(["x", one.audience()])), "good"),
        // It is for somebody, and the token is for them as well, but it is not for us.
        (named("aud", json!("urn:other")), "introspection_mismatch"),
        (named("aud", json!([])), "introspection_mismatch"),
        (named("exp", json!(4_000_000_000_u64)), "good"),
        (named("exp", json!(4_000_000_001_u64)), "good"),
        (
            named("exp", json!(4_000_000_002_u64)),
            "introspection_mismatch",
        ),
        (
            named("exp", json!(3_999_999_998_u64)),
            "introspection_mismatch",
        ),
    ] {
        one.answer(Endpoint::Introspection, 200, answer.clone());
        assert_eq!(confirmed(&issuers, &token).await, expected, "{answer}");
        one.recover();
    }
}

#[tokio::test]
async fn where_any_audience_will_do_the_answer_must_name_one_that_the_token_has() {
    let one = TestIssuer::new(ONE);
    let asking = Introspector::builder(ONE)
        .audience("urn:any")
        .client(Client::new("api", ClientAuthentication::None))
        .transport(one.transport())
        .clock(one.clock().clone().into());
    let rules = one.verifier_builder().any_audience(danger::AnyAudience);
    let entry = IssuerEntry::from(rules).revocation(asking.build().unwrap());
    let issuers = Issuers::builder().issuer(entry).build().unwrap();
    for (token, named, expected) in [
        (one.token().audience("urn:x"), "urn:x", "good"),
        (
            one.token().audience("urn:x"),
            "urn:y",
            "introspection_mismatch",
        ),
        (one.token().without("aud"), "urn:y", "good"),
    ] {
        let answer = json!({"active": true, "aud": named}).to_string();
        one.answer(Endpoint::Introspection, 200, answer);
        assert_eq!(
            confirmed(&issuers, &token.sign()).await,
            expected,
            "{named}"
        );
        one.recover();
    }
}

#[tokio::test]
async fn an_issuer_that_cannot_be_reached_makes_the_token_uncheckable_and_not_bad() {
    let (one, issuers) = one();
    let token = one.token().sign();
    assert_eq!(confirmed(&issuers, &token).await, "good");
    one.fail();
    let rejection = issuers.verify_with_revocation(&token).await.unwrap_err();
    assert_eq!(rejection.code(), "introspection_unavailable");
    assert_ne!(rejection.blame(), keyfob_protocol::Blame::Caller);
    assert_eq!(code(&issuers.verify(&token).await), "good");
}

#[tokio::test]
async fn an_issuer_that_hangs_is_given_up_in_time() {
    let (one, issuers) = one();
    let token = one.token().sign();
    assert_eq!(confirmed(&issuers, &token).await, "good");
    one.hang();
    let asking = tokio::spawn({
        let (issuers, token) = (issuers.clone(), token.clone());
        async move { confirmed(&issuers, &token).await }
    });
    one.count_reaches(Endpoint::Introspection, 2).await;
    while !asking.is_finished() {
        one.clock().advance(std::time::Duration::from_secs(1));
        tokio::task::yield_now().await;
    }
    assert_eq!(asking.await.unwrap(), "introspection_unavailable");
}

#[tokio::test]
async fn without_a_way_to_ask_a_token_is_not_accepted() {
    let one = TestIssuer::new(ONE);
    let issuers = Issuers::builder()
        .issuer(one.verifier_builder())
        .build()
        .unwrap();
    assert_eq!(
        confirmed(&issuers, &one.token().sign()).await,
        "no_revocation_check"
    );
}

// covers: planet-85
#[tokio::test]
async fn each_issuer_is_asked_as_the_client_that_it_knows() {
    let (first, second) = (TestIssuer::new(ONE), TestIssuer::new("https://two.example"));
    let entries = [entry(&first, "api-at-one"), entry(&second, "api-at-two")];
    let builder = entries
        .into_iter()
        .fold(Issuers::builder(), IssuersBuilder::issuer);
    let issuers = builder.build().unwrap();
    for issuer in [&first, &second] {
        assert_eq!(confirmed(&issuers, &issuer.token().sign()).await, "good");
    }
    let asked = |issuer: &TestIssuer| {
        let requests = issuer.requests(Endpoint::Introspection);
        let header = requests[0].headers()[http::header::AUTHORIZATION].clone();
        (requests.len(), header)
    };
    let (of_first, of_second) = (asked(&first), asked(&second));
    assert_eq!((of_first.0, of_second.0), (1, 1));
    assert_ne!(of_first.1, of_second.1);
}

#[tokio::test]
async fn who_accepts_any_audience_is_answered_about_those_of_the_token() {
    let one = TestIssuer::new(ONE);
    let rules = one.verifier_builder().any_audience(danger::AnyAudience);
    let secret = ClientAuthentication::SecretBasic("s3cret".into());
    let introspector = Introspector::builder(ONE)
        .audience(one.audience())
        .client(Client::new("api", secret))
        .transport(one.transport())
        .clock(one.clock().clone().into())
        .build();
    let entry = IssuerEntry::from(rules).revocation(introspector.unwrap());
    let issuers = Issuers::builder().issuer(entry).build().unwrap();
    for token in [
        one.token().audience("urn:elsewhere"),
        one.token().without("aud"),
    ] {
        assert_eq!(confirmed(&issuers, &token.sign()).await, "good");
    }
}
