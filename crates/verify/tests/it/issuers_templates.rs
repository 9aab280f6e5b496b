//! Multi-tenant providers: one path segment is free, and what it may be is bounded in every way.

use std::time::Duration;

use keyfob_jose::Algorithm;
use keyfob_protocol::Endpoint;
use keyfob_transport::testing::{ScriptedTransport, json};
use keyfob_transport::{ManualClock, RetryPolicy, Transport};
use keyfob_verify::issuers::Template;
use keyfob_verify::testing::{self, TestIssuer};
use keyfob_verify::{Issuers, Profile, Verifier, VerifierBuilder, danger};
use serde_json::json;

use crate::tokens::{code, now};

const PATTERN: &str = "https://login.example.com/{tenant}/v2.0";
const LITERAL: &str = "https://login.example.com/{tenantid}/v2.0";

fn named(tenant: &str) -> String {
    PATTERN.replace("{tenant}", tenant)
}

fn tenants<const N: usize>(names: [&str; N]) -> [TestIssuer; N] {
    let clock = ManualClock::new(now());
    names.map(|name| TestIssuer::new(named(name)).on_clock(clock.clone()))
}

fn rules(transport: Transport, clock: &ManualClock) -> VerifierBuilder {
    Verifier::builder(PATTERN)
        .audience(TestIssuer::AUDIENCE)
        .algorithms([Algorithm::ES256])
        .profile(Profile::Rfc9068)
        .transport(transport)
        .clock(clock.clone().into())
}

fn template(of: &[TestIssuer]) -> Template {
    Template::new(rules(
        testing::transport(of.to_vec()),
        of.first().unwrap().clock(),
    ))
}

fn built(template: Template) -> Issuers {
    Issuers::builder().template(template).build().unwrap()
}

async fn outcome(issuers: &Issuers, token: &str) -> &'static str {
    code(&issuers.verify(token).await)
}

#[tokio::test]
async fn each_tenant_goes_by_its_own_keys_and_strangers_are_unknown() {
    let all = tenants(["contoso", "fabrikam", "stranger"]);
    let [contoso, fabrikam, stranger] = &all;
    let issuers = built(template(&all).tenants(["contoso", "fabrikam"]));
    for good in [contoso, fabrikam] {
        let principal = issuers.verify(&good.token().sign()).await.unwrap();
        assert_eq!(principal.issuer(), good.issuer());
    }
    let liar = contoso
        .token()
        .key(fabrikam.signing_key(Algorithm::ES256))
        .sign();
    assert_eq!(outcome(&issuers, &liar).await, "bad_signature");
    assert_eq!(
        outcome(&issuers, &stranger.token().sign()).await,
        "unknown_issuer"
    );
    assert_eq!(stranger.total(), 0);
}

#[tokio::test]
async fn a_tenant_is_one_plain_path_segment_and_nothing_else() {
    let all = tenants(["contoso"]);
    let issuers = built(template(&all).any_tenant(danger::AnyTenant));
    let long = "x".repeat(129);
    for odd in [
        "", ".", "..", "-x", ".x", "a/b", "a/../b", "a%2fb", "%2e%2e", "a b", "a?b", "a#b", "a@b",
        "a:b", "a\\b", "a\nb", "ä", "{tenant}", "contoso/", "/contoso", &long,
    ] {
        let token = all[0].token().claim("iss", named(odd)).sign();
        assert_eq!(outcome(&issuers, &token).await, "unknown_issuer", "{odd:?}");
    }
    for near in [
        "https://login.example.com/contoso",
        "https://login.example.com/contoso/v2.0/",
        "https://login.example.com/contoso/v1.0",
        "https://login.example.com.evil.example/contoso/v2.0",
        "http://login.example.com/contoso/v2.0",
        "https://LOGIN.example.com/contoso/v2.0",
    ] {
        let token = all[0].token().claim("iss", near).sign();
        assert_eq!(
            outcome(&issuers, &token).await,
            "unknown_issuer",
            "{near:?}"
        );
    }
    assert_eq!(all[0].total(), 0);
    assert_eq!(outcome(&issuers, &all[0].token().sign()).await, "good");
}

#[tokio::test]
async fn a_predicate_decides_before_anything_is_fetched() {
    let all = tenants(["eu-1", "us-1"]);
    let issuers = built(template(&all).tenants_where(|name| name.starts_with("eu-")));
    assert_eq!(outcome(&issuers, &all[0].token().sign()).await, "good");
    assert_eq!(
        outcome(&issuers, &all[1].token().sign()).await,
        "unknown_issuer"
    );
    assert_eq!(all[1].total(), 0);
}

// covers: W28
#[tokio::test]
async fn the_metadata_must_name_the_tenants_own_issuer() {
    let all = tenants(["contoso"]);
    let issuers = built(template(&all).tenants(["contoso"]));
    for other in [&*named("fabrikam"), LITERAL, PATTERN] {
        let metadata = json!({"issuer": other, "jwks_uri": format!("{}/jwks", all[0].issuer())});
        all[0].answer(Endpoint::Metadata, 200, metadata.to_string());
        all[0].clock().advance(Duration::from_mins(1));
        let rejection = issuers.verify(&all[0].token().sign()).await.unwrap_err();
        assert_eq!(rejection.code(), "keys_unavailable");
        assert!(
            rejection.to_string().contains("is from issuer"),
            "{rejection}"
        );
    }
    assert_eq!(all[0].count(Endpoint::Jwks), 0);
}

#[tokio::test]
async fn a_provider_whose_metadata_name_their_template_is_trusted_only_when_told_so() {
    let all = tenants(["contoso"]);
    let metadata = json!({"issuer": LITERAL, "jwks_uri": format!("{}/jwks", all[0].issuer())});
    all[0].answer(Endpoint::Metadata, 200, metadata.to_string());
    let token = all[0].token().sign();
    let plain = built(template(&all).tenants(["contoso"]));
    assert_eq!(outcome(&plain, &token).await, "keys_unavailable");
    let told = built(template(&all).tenants(["contoso"]).metadata_issuer(LITERAL));
    assert_eq!(outcome(&told, &token).await, "good");
    let literal = all[0].token().claim("iss", LITERAL).sign();
    assert_eq!(
        outcome(&told, &literal).await,
        "unknown_issuer",
        "tokens name a tenant"
    );
}

#[tokio::test]
async fn one_address_may_serve_the_keys_of_all_tenants() {
    let [common] = tenants(["common"]);
    let metadata = json!({"issuer": LITERAL, "jwks_uri": format!("{}/jwks", common.issuer())});
    common.answer(Endpoint::Metadata, 200, metadata.to_string());
    let template = template(std::slice::from_ref(&common))
        .any_tenant(danger::AnyTenant)
        .metadata_at(common.issuer())
        .metadata_issuer(LITERAL);
    let issuers = built(template);
    for n in 0..100 {
        let token = common.token().claim("iss", named(&format!("t{n}"))).sign();
        assert_eq!(outcome(&issuers, &token).await, "good", "{n}");
    }
    assert_eq!(common.total(), 2, "the metadata once and the keys once");
}

#[tokio::test]
async fn made_up_tenants_cost_few_fetches_and_push_out_nobody() {
    let [real, late] = tenants(["real", "late"]);
    let script = ScriptedTransport::new();
    let (metadata, keys) = (
        json!({"issuer": real.issuer(), "jwks_uri": "https://login.example.com/jwks"}).to_string(),
        real.key_set().to_value().to_string(),
    );
    script.otherwise(move |request| match request.uri().path() {
        "/real/v2.0/.well-known/openid-configuration" => json(200, metadata.clone()),
        "/jwks" => json(200, keys.clone()),
        _ => json(404, "{}"),
    });
    let clock = real.clock().clone();
    let transport = script
        .transport_on(clock.clone())
        .with_retry(RetryPolicy::never());
    let open = Template::new(rules(transport, &clock)).any_tenant(danger::AnyTenant);
    let issuers = built(open);
    assert_eq!(outcome(&issuers, &real.token().sign()).await, "good");
    let before = script.count();
    let (mut asked, mut deferred) = (0, 0);
    for n in 0..2_000 {
        let token = real
            .token()
            .claim("iss", named(&format!("made-up-{n}")))
            .sign();
        match outcome(&issuers, &token).await {
            "keys_unavailable" => asked += 1,
            "too_many_new_issuers" => deferred += 1,
            other => panic!("{other}"),
        }
    }
    assert_eq!((asked, deferred), (32, 1_968));
    assert_eq!(script.count() - before, 64, "two well-known addresses each");
    let status = issuers.status().templates.remove(0);
    assert_eq!((status.tenants, status.newcomers), (1, 32));
    assert_eq!(outcome(&issuers, &real.token().sign()).await, "good");
    assert_eq!(
        outcome(&issuers, &late.token().sign()).await,
        "too_many_new_issuers"
    );
    clock.advance(Duration::from_secs(2));
    assert_eq!(
        outcome(&issuers, &late.token().sign()).await,
        "keys_unavailable"
    );
    assert_eq!(
        outcome(&issuers, &real.token().claim("iss", named("next")).sign()).await,
        "too_many_new_issuers"
    );
}

#[tokio::test]
async fn a_flood_of_made_up_tenants_that_goes_on_for_hours_grows_no_memory() {
    let all = tenants(["real"]);
    let issuers = built(template(&all).any_tenant(danger::AnyTenant));
    assert_eq!(outcome(&issuers, &all[0].token().sign()).await, "good");
    for n in 0..500 {
        let token = all[0].token().expires_in(Duration::from_hours(9));
        let token = token.claim("iss", named(&format!("made-up-{n}"))).sign();
        assert_eq!(outcome(&issuers, &token).await, "keys_unavailable");
        all[0].clock().advance(Duration::from_secs(20));
    }
    let status = issuers.status().templates.remove(0);
    assert_eq!((status.tenants, status.newcomers), (1, 64));
    assert_eq!(outcome(&issuers, &all[0].token().sign()).await, "good");
}

#[tokio::test]
async fn a_service_with_many_real_tenants_starts_without_delay() {
    let names: Vec<_> = (0..100).map(|n| format!("t{n}")).collect();
    let clock = ManualClock::new(now());
    let all: Vec<_> = names
        .iter()
        .map(|name| TestIssuer::new(named(name)).on_clock(clock.clone()))
        .collect();
    let issuers = built(template(&all).any_tenant(danger::AnyTenant));
    for tenant in &all {
        assert_eq!(outcome(&issuers, &tenant.token().sign()).await, "good");
        assert_eq!(outcome(&issuers, &tenant.token().sign()).await, "good");
        assert_eq!(tenant.total(), 2);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_thousand_first_tokens_of_one_tenant_fetch_once() {
    let all = tenants(["contoso"]);
    let issuers = built(template(&all).any_tenant(danger::AnyTenant));
    let token = all[0].token().sign();
    let tasks: Vec<_> = (0..1000)
        .map(|_| {
            let (issuers, token) = (issuers.clone(), token.clone());
            tokio::spawn(async move { outcome(&issuers, &token).await })
        })
        .collect();
    for task in tasks {
        assert_eq!(task.await.unwrap(), "good");
    }
    assert_eq!(all[0].total(), 2);
}

#[tokio::test]
async fn the_tenant_unused_for_longest_makes_room() {
    let all = tenants(["a", "b", "c"]);
    let [a, b, c] = &all;
    let issuers = built(template(&all).any_tenant(danger::AnyTenant).keep(2));
    for tenant in [a, b, a, c] {
        assert_eq!(outcome(&issuers, &tenant.token().sign()).await, "good");
        a.clock().advance(Duration::from_secs(1));
    }
    for (tenant, fetches) in [(a, 2), (c, 2), (b, 4)] {
        assert_eq!(outcome(&issuers, &tenant.token().sign()).await, "good");
        assert_eq!(tenant.total(), fetches, "{tenant:?}");
    }
}

#[tokio::test]
async fn an_issuer_that_was_named_goes_by_its_own_rules_and_not_the_templates() {
    let all = tenants(["contoso", "fabrikam"]);
    let issuers = Issuers::builder()
        .template(template(&all).any_tenant(danger::AnyTenant))
        .issuer(all[0].verifier_builder().any_scope(["admin"]))
        .build()
        .unwrap();
    assert_eq!(
        outcome(&issuers, &all[0].token().sign()).await,
        "insufficient_scope"
    );
    assert_eq!(outcome(&issuers, &all[1].token().sign()).await, "good");
}

#[tokio::test]
async fn a_template_that_could_mean_more_than_one_segment_is_refused() {
    let build = |pattern: &str| {
        let rules = Verifier::builder(pattern)
            .audience("urn:api")
            .algorithms([Algorithm::ES256])
            .profile(Profile::Rfc9068);
        let template = Template::new(rules).tenants(["t"]);
        Issuers::builder().template(template).build()
    };
    for good in [
        "https://as.example/{t}",
        "https://as.example/a/{tenant}/b",
        "http://localhost:8080/{t}/",
    ] {
        assert!(build(good).is_ok(), "{good}");
    }
    for bad in [
        "https://as.example/",
        "https://{t}.as.example/",
        "https://{t}/",
        "https://as.example/x{t}",
        "https://as.example/{t}x",
        "https://as.example/{t}/{u}",
        "https://as.example/{t",
        "https://as.example/{}",
        "https://as.example/{a/b}",
        "https://as.example/}{t}",
        "https://as.example{t}",
        "http://as.example/{t}",
        "https://as.example/?a={t}",
        "https://as.example/{t}?a=b",
        "https://as.example/{t}#x",
        "{t}",
        "https://as.example/{{t}}",
        "https://as.example/{t}}",
    ] {
        let error = build(bad).unwrap_err();
        assert_eq!(error.code(), "bad_template", "{bad}: {error}");
    }
}

#[test]
fn a_template_says_which_tenants_it_trusts_and_is_given_once() {
    let rules = || {
        Verifier::builder(PATTERN)
            .audience("urn:api")
            .algorithms([Algorithm::ES256])
            .profile(Profile::Rfc9068)
    };
    let silent = Issuers::builder().template(Template::new(rules())).build();
    assert_eq!(silent.unwrap_err().code(), "no_tenants");
    let one = || Template::new(rules()).tenants(["a"]);
    let twice = Issuers::builder().template(one()).template(one()).build();
    assert_eq!(twice.unwrap_err().code(), "duplicate_issuer");
    let incomplete = Template::new(Verifier::builder(PATTERN).audience("urn:api")).tenants(["a"]);
    let incomplete = Issuers::builder().template(incomplete).build();
    assert_eq!(incomplete.unwrap_err().code(), "no_algorithm");
}
