//! What an answer must say to be believed (RFC 7662 §2.2).

use keyfob_protocol::Endpoint;
use keyfob_protocol::exchange::Request;
use keyfob_verify::danger::AnyAudience;
use keyfob_verify::testing::TestIssuer;
use keyfob_verify::{CheckToken, Introspector, Rejection};
use serde_json::{Value, json};

use super::{ISSUER, builder, client, judge, judged, questions, scene};
use crate::tokens::code;

/// A good answer with some members replaced, or with `null` removed.
fn answer(issuer: &TestIssuer, changes: &Value) -> Value {
    let good = json!({"active": true, "aud": issuer.audience(), "sub": "alice"});
    let mut answer = good.as_object().unwrap().clone();
    answer.extend(changes.as_object().unwrap().clone());
    answer.retain(|_, value| !value.is_null());
    Value::Object(answer)
}

async fn changed(changes: Value) -> &'static str {
    judged(&answer(&TestIssuer::new(ISSUER), &changes)).await
}

#[tokio::test]
async fn a_token_is_what_its_issuer_says() {
    let (issuer, introspector) = scene();
    let token = issuer.token().subject("alice").scopes(["read", "write"]);
    let principal = introspector.verify(&token.opaque()).await.unwrap();
    assert_eq!(principal.subject(), "alice");
    assert_eq!(principal.issuer(), ISSUER);
    assert!(principal.has_scope("write") && !principal.has_scope("admin"));
    assert_eq!(code(&introspector.verify("unknown").await), "inactive");
}

#[tokio::test]
async fn the_question_names_the_token_and_proves_who_asks() {
    let (issuer, introspector) = scene();
    drop(introspector.verify("opaque+/=~").await);
    let request: &Request = &issuer.requests(Endpoint::Introspection)[0];
    let body = String::from_utf8(request.body().to_vec()).unwrap();
    assert!(body.contains("token=opaque%2B%2F%3D%7E"), "{body}");
    assert!(body.contains("token_type_hint=access_token"), "{body}");
    let authorization = request.headers()["authorization"].to_str().unwrap();
    assert!(authorization.starts_with("Basic "));
    assert_eq!(request.headers()["accept"], "application/json");
}

// covers: planet-54
#[tokio::test]
async fn only_true_makes_a_token_active() {
    for (active, expected) in [
        (json!(true), "good"),
        (json!(false), "inactive"),
        (json!("true"), "introspection_malformed"),
        (json!(1), "introspection_malformed"),
        (json!(null), "introspection_incomplete"),
    ] {
        assert_eq!(
            changed(json!({"active": active})).await,
            expected,
            "{active}"
        );
    }
}

#[tokio::test]
async fn an_answer_must_be_from_the_issuer_and_for_this_audience() {
    for (changes, expected) in [
        (json!({"iss": ISSUER}), "good"),
        (json!({"iss": "https://op.example/"}), "wrong_issuer"),
        (json!({"iss": [ISSUER]}), "wrong_issuer"),
        (
            json!({"aud": ["x", TestIssuer::new(ISSUER).audience()]}),
            "good",
        ),
        (json!({"aud": "x"}), "wrong_audience"),
        (json!({"aud": []}), "wrong_audience"),
        (json!({"aud": null}), "missing_claim"),
        (json!({"aud": 7}), "introspection_malformed"),
    ] {
        assert_eq!(changed(changes.clone()).await, expected, "{changes}");
    }
}

#[tokio::test]
async fn an_issuer_that_never_names_an_audience_must_be_named_dangerous() {
    let issuer = TestIssuer::new(ISSUER);
    issuer.answer(
        Endpoint::Introspection,
        200,
        r#"{"active":true,"sub":"alice"}"#,
    );
    let any = builder(&issuer).any_audience(AnyAudience).build().unwrap();
    assert_eq!(any.verify("opaque").await.unwrap().subject(), "alice");
}

#[tokio::test]
async fn an_answer_is_held_to_its_own_times() {
    let issuer = TestIssuer::new(ISSUER);
    let now = issuer.clock().now();
    let now = now
        .duration_since(std::time::SystemTime::UNIX_EPOCH)
        .unwrap();
    let now = now.as_secs();
    for (changes, expected) in [
        (json!({"exp": now - 29}), "good"),
        (json!({"exp": now - 31}), "expired"),
        (json!({"exp": (now - 31).to_string()}), "expired"),
        (json!({"exp": "never"}), "introspection_malformed"),
        (json!({"nbf": now + 29}), "good"),
        (json!({"nbf": now + 32}), "not_yet_valid"),
        (json!({"iat": now + 1000}), "good"),
    ] {
        let good = answer(&issuer, &changes);
        issuer.answer(Endpoint::Introspection, 200, good.to_string());
        let introspector = builder(&issuer).build().unwrap();
        assert_eq!(
            code(&introspector.verify("opaque").await),
            expected,
            "{changes}"
        );
        issuer.recover();
    }
}

#[tokio::test]
async fn refresh_and_id_tokens_are_no_access_tokens_where_the_issuer_says_so() {
    for (member, kind) in [
        ("token_type", "refresh_token"),
        ("token_use", "refresh_token"),
        ("typ", "Refresh"),
        ("typ", "Offline"),
        ("typ", "ID"),
        ("typ", "Logout"),
        ("token_type", "logout_token"),
        ("events", "any"),
        ("token_use", "id_token"),
    ] {
        assert_eq!(changed(json!({member: kind})).await, "wrong_type", "{kind}");
    }
    for (member, kind) in [
        ("token_type", "Bearer"),
        ("token_use", "access_token"),
        ("typ", "at+jwt"),
    ] {
        assert_eq!(changed(json!({member: kind})).await, "good", "{kind}");
    }
}

#[tokio::test]
async fn scopes_are_read_from_a_text_and_from_a_list() {
    let issuer = TestIssuer::new(ISSUER);
    for scope in [json!("read write"), json!(["read", "write"])] {
        let principal = judge(&answer(&issuer, &json!({"scope": scope})))
            .await
            .unwrap();
        assert!(principal.scopes().eq(["read", "write"]), "{scope}");
    }
}

#[tokio::test]
async fn nulls_are_absent_and_wrong_types_are_the_issuers_fault() {
    let audience = TestIssuer::new(ISSUER).audience().to_owned();
    let nulls = json!({"active": true, "aud": audience, "iss": null, "sub": null, "exp": null});
    let principal = judge(&nulls).await.unwrap();
    assert_eq!((principal.subject(), principal.issuer()), ("", ISSUER));
    let rejection = judge(&json!({"active": true, "aud": audience, "sub": 7}))
        .await
        .unwrap_err();
    assert_eq!(rejection.code(), "introspection_malformed");
    assert_ne!(rejection.blame(), keyfob_protocol::Blame::Caller);
}

#[tokio::test]
async fn a_bound_token_is_good_only_for_who_goes_on_to_check_its_proof() {
    let (issuer, introspector) = scene();
    let token = issuer.token().claim("cnf", json!({"jkt": "x"})).opaque();
    assert_eq!(code(&introspector.verify(&token).await), "binding_required");
    assert!(introspector.check(&token).await.unwrap().cnf().is_some());
    assert!(CheckToken::check(&introspector, &token).await.is_ok());
}

#[tokio::test]
async fn what_cannot_be_a_token_is_not_asked_about() {
    let (issuer, introspector) = scene();
    let long = "a".repeat(64 * 1024 + 1);
    for (token, expected) in [
        ("", "malformed_token"),
        ("two words", "malformed_token"),
        ("line\nbreak", "malformed_token"),
        ("é", "malformed_token"),
        (long.as_str(), "too_large"),
    ] {
        assert_eq!(code(&introspector.verify(token).await), expected);
    }
    assert_eq!(questions(&issuer), 0);
}

#[tokio::test]
async fn an_answer_of_any_size_but_an_honest_one_is_no_answer() {
    let (issuer, introspector) = scene();
    let long = json!({"active": true, "aud": "x".repeat(300 * 1024)}).to_string();
    issuer.answer(Endpoint::Introspection, 200, long);
    let rejection = introspector.verify("opaque").await.unwrap_err();
    assert_eq!(rejection.code(), "introspection_unavailable");
    let deep = format!(
        r#"{{"active":true,"aud":{}{}}}"#,
        "[".repeat(100),
        "]".repeat(100)
    );
    issuer.answer(Endpoint::Introspection, 200, deep);
    let rejection = introspector.verify("opaque").await.unwrap_err();
    assert_eq!(rejection.code(), "introspection_not_json");
}

#[tokio::test]
async fn a_given_endpoint_needs_no_metadata() {
    let issuer = TestIssuer::new(ISSUER);
    drop(builder(&issuer).build().unwrap().verify("opaque").await);
    let url = issuer.requests(Endpoint::Introspection)[0]
        .uri()
        .to_string();
    assert_eq!(issuer.count(Endpoint::Metadata), 1);
    let given = builder(&issuer).endpoint(url).build().unwrap();
    assert_eq!(code(&given.verify("opaque").await), "inactive");
    assert_eq!(issuer.count(Endpoint::Metadata), 1);
}

#[test]
fn building_needs_an_issuer_an_audience_and_a_client() {
    let code = |outcome: Result<Introspector, keyfob_verify::IntrospectorError>| {
        outcome.map_or_else(|error| error.code(), |_| "built")
    };
    let start = || {
        Introspector::builder(ISSUER)
            .audience("api")
            .client(client())
    };
    assert_eq!(code(start().build()), "built");
    assert_eq!(
        code(Introspector::builder(ISSUER).audience("api").build()),
        "no_client"
    );
    assert_eq!(
        code(Introspector::builder(ISSUER).client(client()).build()),
        "no_audience"
    );
    assert_eq!(code(start().audience("").build()), "no_audience");
    let clear = Introspector::builder("http://op.example")
        .audience("api")
        .client(client());
    assert_eq!(code(clear.build()), "insecure_url");
    assert_eq!(
        code(start().endpoint("http://op.example/i").build()),
        "insecure_url"
    );
    assert_eq!(code(start().signed_answers([]).build()), "no_algorithm");
}

#[tokio::test]
async fn neither_debug_nor_errors_show_token_or_secret() {
    let (issuer, introspector) = scene();
    issuer.answer(Endpoint::Introspection, 200, "canary-body");
    let rejection: Rejection = introspector.verify("canary-token").await.unwrap_err();
    let shown = format!("{introspector:?} {rejection} {rejection:?}");
    assert!(
        !shown.contains("canary") && !shown.contains("s3cret"),
        "{shown}"
    );
}
