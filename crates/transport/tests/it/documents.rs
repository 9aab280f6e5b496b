//! Cached documents over a scripted transport and simulated time: who fetches, who waits, what is kept.

use std::sync::LazyLock;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::Response;
use http::header::CACHE_CONTROL;
use keyfob_jose::{Algorithm, CompactJws, HeaderFields, JwkSet, SigningKey, jws};
use keyfob_protocol::Issuer;
use keyfob_transport::testing::{ScriptedTransport, json, respond};
use keyfob_transport::{
    Clock, DocumentPolicy, KeySetDocument, ManualClock, MetadataDocument, RetryPolicy,
};

pub(crate) const SECOND: Duration = Duration::from_secs(1);
pub(crate) const JWKS: &str = "https://op.example/jwks";

pub(crate) static OLD: LazyLock<SigningKey> = LazyLock::new(|| key("old"));
pub(crate) static NEW: LazyLock<SigningKey> = LazyLock::new(|| key("new"));

fn key(kid: &str) -> SigningKey {
    SigningKey::generate(Algorithm::EdDSA)
        .unwrap()
        .with_kid(kid)
}

pub(crate) fn token(key: &SigningKey) -> String {
    jws::sign(key, &HeaderFields::typ("at+jwt"), b"{}").unwrap()
}

pub(crate) fn key_set(keys: &[&SigningKey]) -> Response<Bytes> {
    let set = JwkSet::from_keys(keys.iter().map(|key| key.public_jwk().unwrap()));
    json(200, set.to_value().to_string())
}

pub(crate) struct Scene {
    pub(crate) script: ScriptedTransport,
    pub(crate) clock: ManualClock,
    pub(crate) keys: KeySetDocument,
}

/// A key set whose fetches are never repeated, so that requests and fetches are the same number.
pub(crate) fn scene(policy: DocumentPolicy) -> Scene {
    let script = ScriptedTransport::new();
    let clock = ManualClock::new(SystemTime::UNIX_EPOCH);
    let transport = script
        .transport_on(clock.clone())
        .with_retry(RetryPolicy::never());
    let url: url::Url = JWKS.parse().unwrap();
    let keys = KeySetDocument::with_policy(url, transport, Clock::from(clock.clone()), policy);
    Scene {
        script,
        clock,
        keys,
    }
}

pub(crate) async fn verdict(keys: &KeySetDocument, token: &str) -> &'static str {
    use keyfob_transport::KeySetError;
    match keys.verify(&CompactJws::parse(token).unwrap()).await {
        Ok(_) => "good",
        Err(KeySetError::Refused(error)) => error.code(),
        Err(KeySetError::Unavailable(error)) => error.code(),
        Err(_) => "other",
    }
}

/// Lets background tasks run until they wait for something.
pub(crate) async fn settle() {
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_thousand_first_loads_are_one_fetch() {
    let Scene { script, keys, .. } = scene(DocumentPolicy::keys());
    let hold = script.push_held(key_set(&[&OLD]));
    let tasks: Vec<_> = (0..1000)
        .map(|_| {
            let keys = keys.clone();
            tokio::spawn(async move { keys.load().await.map(|set| set.keys().len()) })
        })
        .collect();
    settle().await;
    hold.release();
    for task in tasks {
        assert_eq!(task.await.unwrap().unwrap(), 1);
    }
    assert_eq!(script.count(), 1);
}

#[tokio::test]
async fn cancelling_the_first_caller_strands_nobody() {
    let Scene { script, keys, .. } = scene(DocumentPolicy::keys());
    let hold = script.push_held(key_set(&[&OLD]));
    let load = |keys: KeySetDocument| tokio::spawn(async move { keys.load().await.is_ok() });
    let first = load(keys.clone());
    script.count_reaches(1).await;
    let second = load(keys.clone());
    settle().await;
    first.abort();
    assert!(first.await.unwrap_err().is_cancelled());
    hold.release();
    assert!(second.await.unwrap());
    assert_eq!(script.count(), 1);
}

#[test]
fn a_fetch_that_dies_with_its_runtime_is_begun_anew_in_the_next() {
    let Scene { script, keys, .. } = scene(DocumentPolicy::keys());
    let _never = script.push_held(key_set(&[&OLD]));
    runtime().block_on(async {
        let keys = keys.clone();
        tokio::spawn(async move { keys.load().await.is_ok() });
        script.count_reaches(1).await;
    });
    script.push(key_set(&[&OLD]));
    assert!(runtime().block_on(keys.load()).is_ok());
    assert_eq!(script.count(), 2);
}

/// A runtime that runs only while it is driven.
fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
}

#[test]
fn a_refresh_in_a_runtime_that_nobody_drives_is_given_up() {
    let policy = DocumentPolicy::keys();
    let Scene {
        script,
        clock,
        keys,
    } = scene(policy.clone());
    let (idle, busy) = (runtime(), runtime());
    script.push(key_set(&[&OLD]));
    assert_eq!(idle.block_on(verdict(&keys, &token(&OLD))), "good");
    clock.advance(600 * SECOND);
    // This begins the refresh, and ends before the refresh has its first turn.
    assert_eq!(idle.block_on(verdict(&keys, &token(&OLD))), "good");
    let refresh = || {
        busy.block_on(async {
            assert_eq!(verdict(&keys, &token(&OLD)).await, "good");
            settle().await;
        });
        script.count()
    };
    clock.advance(policy.limit);
    assert_eq!(refresh(), 1);
    clock.advance(policy.limit / 2);
    script.push(key_set(&[&OLD, &NEW]));
    assert_eq!(refresh(), 2);
    assert_eq!(busy.block_on(verdict(&keys, &token(&NEW))), "good");
    // Driven at last, the first one changes nothing: neither the keys nor when the next fetch may begin.
    script.push(key_set(&[&OLD]));
    idle.block_on(settle());
    assert_eq!(script.count(), 3);
    assert_eq!(busy.block_on(verdict(&keys, &token(&NEW))), "good");
    assert_eq!(script.count(), 3);
}

#[test]
fn who_waits_for_a_fetch_that_nobody_drives_fetches_at_last() {
    let policy = DocumentPolicy::keys();
    let Scene {
        script,
        clock,
        keys,
    } = scene(policy.clone());
    let (idle, busy) = (runtime(), runtime());
    idle.block_on(async { keys.prefetch() });
    script.push(key_set(&[&OLD]));
    busy.block_on(async {
        let load = tokio::spawn({
            let keys = keys.clone();
            async move { keys.load().await.is_ok() }
        });
        clock.sleepers_reach(1).await;
        clock.advance(policy.limit * 3 / 2);
        assert!(load.await.unwrap());
    });
    assert_eq!(script.count(), 1);
    // The fetch that was given up ends with its runtime, and lets nobody ask again before the floor.
    drop(idle);
    assert_eq!(busy.block_on(verdict(&keys, &token(&NEW))), "unknown_key");
    assert_eq!(script.count(), 1);
}

#[tokio::test]
async fn a_fetch_that_hangs_ends_at_its_limit_and_the_floor_counts_it() {
    let Scene {
        script,
        clock,
        keys,
    } = scene(DocumentPolicy::keys());
    script.push(keyfob_transport::testing::Answer::Hang);
    let waiting = tokio::spawn({
        let keys = keys.clone();
        async move { keys.load().await.unwrap_err().code() }
    });
    script.count_reaches(1).await;
    clock.sleepers_reach(2).await;
    clock.advance(DocumentPolicy::keys().limit);
    assert_eq!(waiting.await.unwrap(), "document_timeout");
    script.push(key_set(&[&OLD]));
    assert!(keys.load().await.is_ok());
}

// covers: W13, planet-81
#[tokio::test]
async fn one_odd_key_does_not_spoil_the_set() {
    let Scene { script, keys, .. } = scene(DocumentPolicy::keys());
    let good = OLD.public_jwk().unwrap().to_value();
    let odd = r#"{"kty":"XMSS","kid":"odd","x":[1,2]},{"kty":"RSA","n":"AQ","e":"AQAB"},7,null"#;
    script.push(respond(
        200,
        "application/jwk-set+json",
        format!(r#"{{"keys":[{odd},{good}]}}"#),
    ));
    assert_eq!(verdict(&keys, &token(&OLD)).await, "good");
}

// covers: ceg-14, W13
#[tokio::test]
async fn an_unknown_key_is_fetched_and_a_removed_one_forgotten() {
    let Scene {
        script,
        clock,
        keys,
    } = scene(DocumentPolicy::keys());
    script.push(key_set(&[&OLD]));
    assert_eq!(verdict(&keys, &token(&OLD)).await, "good");
    clock.advance(DocumentPolicy::keys().floor);
    script.push(key_set(&[&NEW]));
    assert_eq!(verdict(&keys, &token(&NEW)).await, "good");
    assert_eq!(verdict(&keys, &token(&OLD)).await, "unknown_key");
    assert_eq!(script.count(), 2);
}

#[tokio::test]
async fn a_key_is_held_until_it_is_removed_or_the_set_is_too_old() {
    let policy = DocumentPolicy::keys()
        .with_age(60 * SECOND, 60 * SECOND, 60 * SECOND)
        .with_max_stale(60 * SECOND);
    let Scene {
        script,
        clock,
        keys,
    } = scene(policy);
    let token = token(&OLD);
    let jws = CompactJws::parse(&token).unwrap();
    script.push(key_set(&[&OLD, &NEW]));
    let (_, mark) = keys.verify_by(&jws).await.unwrap();
    script.push(key_set(&[&OLD]));
    clock.advance(60 * SECOND);
    assert!(keys.holds(mark));
    settle().await;
    assert!(keys.holds(mark) && script.count() == 2);
    script.push(key_set(&[&NEW]));
    clock.advance(60 * SECOND);
    assert!(keys.holds(mark));
    settle().await;
    assert!(!keys.holds(mark) && script.count() == 3);
    clock.advance(120 * SECOND);
    let (token, first) = (self::token(&NEW), NEW.public_jwk().unwrap().mark());
    assert!(!keys.holds(first), "the set is too old");
    settle().await;
    assert_ne!(verdict(&keys, &token).await, "good");
}

#[tokio::test]
async fn a_token_that_names_no_key_finds_the_rotated_one_too() {
    let Scene {
        script,
        clock,
        keys,
    } = scene(DocumentPolicy::keys());
    let [before, after] = [0, 1].map(|_| SigningKey::generate(Algorithm::EdDSA).unwrap());
    script.push(key_set(&[&before]));
    assert_eq!(verdict(&keys, &token(&before)).await, "good");
    clock.advance(DocumentPolicy::keys().floor);
    script.push(key_set(&[&after]));
    assert_eq!(verdict(&keys, &token(&after)).await, "good");
    assert_eq!(verdict(&keys, &token(&before)).await, "bad_signature");
    assert_eq!(script.count(), 2);
}

#[tokio::test]
async fn keys_for_a_header_are_fetched_once_and_then_at_hand() {
    let Scene {
        script,
        clock,
        keys,
    } = scene(DocumentPolicy::keys());
    script.push(key_set(&[&OLD]));
    script.push(key_set(&[&OLD, &NEW]));
    keys.load().await.unwrap();
    clock.advance(DocumentPolicy::keys().floor);
    let token = token(&NEW);
    let jws = CompactJws::parse(&token).unwrap();
    for _ in 0..3 {
        assert_eq!(keys.keys_for(jws.header()).await.unwrap().keys().len(), 2);
    }
    assert_eq!(script.count(), 2);
}

#[tokio::test]
async fn a_token_just_issued_waits_for_the_key_that_just_came_in() {
    let Scene {
        script,
        clock,
        keys,
    } = scene(DocumentPolicy::keys());
    script.push(key_set(&[&OLD]));
    script.push(key_set(&[&NEW]));
    keys.load().await.unwrap();
    let token = token(&NEW);
    let jws = CompactJws::parse(&token).unwrap();
    let (found, ()) = tokio::join!(keys.keys_for_new_token(&jws), async {
        clock.sleepers_reach(1).await;
        assert_eq!(script.count(), 1);
        clock.advance(DocumentPolicy::keys().floor);
    });
    assert!(found.unwrap().verify(&jws).is_ok());
    assert_eq!(script.count(), 2);
}

#[tokio::test]
async fn a_token_just_issued_with_a_key_of_nobody_waits_for_no_second_fetch() {
    let Scene { script, keys, .. } = scene(DocumentPolicy::keys());
    script.push(key_set(&[&OLD]));
    let token = token(&NEW);
    let jws = CompactJws::parse(&token).unwrap();
    let found = keys.keys_for_new_token(&jws).await.unwrap();
    assert!(found.verify(&jws).is_err());
    assert_eq!(script.count(), 1);
}

#[tokio::test]
async fn is_fetched_ahead_in_the_background_as_its_server_says() {
    let Scene {
        script,
        clock,
        keys,
    } = scene(DocumentPolicy::keys());
    let mut response = key_set(&[&OLD]);
    response
        .headers_mut()
        .insert(CACHE_CONTROL, "max-age=200".parse().unwrap());
    script.push(response);
    keys.load().await.unwrap();
    clock.advance(149 * SECOND);
    assert!(keys.current().is_some());
    settle().await;
    assert_eq!(script.count(), 1);
    let hold = script.push_held(key_set(&[&NEW]));
    clock.advance(22 * SECOND);
    assert_eq!(
        verdict(&keys, &token(&OLD)).await,
        "good",
        "nobody waits for it"
    );
    script.count_reaches(2).await;
    hold.release();
    settle().await;
    assert_eq!(verdict(&keys, &token(&NEW)).await, "good");
    assert_eq!(script.count(), 2);
}

#[tokio::test]
async fn a_document_over_its_cap_is_refused() {
    let Scene { script, keys, .. } = scene(DocumentPolicy::keys().with_max_body(100));
    script.push(json(200, " ".repeat(101)));
    assert_eq!(verdict(&keys, &token(&OLD)).await, "body_too_large");
}

// covers: planet-55
#[tokio::test]
async fn answers_that_are_no_key_set_are_errors() {
    let answers = [
        (json(404, "{}"), "http_error"),
        (respond(200, "text/html", "<html>"), "malformed_json"),
        (json(200, "{}"), "malformed_key_set"),
        (json(302, ""), "redirect_refused"),
    ];
    for (answer, code) in answers {
        let Scene { script, keys, .. } = scene(DocumentPolicy::keys());
        script.push(answer);
        assert_eq!(verdict(&keys, &token(&OLD)).await, code);
    }
}

#[tokio::test]
async fn keys_are_never_fetched_in_the_clear() {
    let script = ScriptedTransport::new();
    for (url, code) in [
        ("http://op.example/jwks", "insecure_url"),
        ("http://127.0.0.1:1/jwks", "connect_failed"),
    ] {
        let url: url::Url = url.parse().unwrap();
        let transport = script.transport().with_retry(RetryPolicy::never());
        let keys = KeySetDocument::new(url, transport, Clock::system());
        assert_eq!(keys.load().await.unwrap_err().code(), code);
    }
    assert_eq!(script.count(), 1);
}

fn metadata(script: &ScriptedTransport, clock: &ManualClock) -> MetadataDocument {
    let issuer = Issuer::parse("https://op.example").unwrap();
    let transport = script
        .transport_on(clock.clone())
        .with_retry(RetryPolicy::never());
    MetadataDocument::new(issuer, transport, Clock::from(clock.clone()))
}

const GOOD: &str = r#"{"issuer":"https://op.example","jwks_uri":"https://op.example/jwks"}"#;

#[tokio::test]
async fn metadata_is_looked_for_at_both_addresses() {
    for nothing_here in [
        json(404, ""),
        respond(200, "text/html", "<html>"),
        json(301, ""),
    ] {
        let (script, clock) = (
            ScriptedTransport::new(),
            ManualClock::new(SystemTime::UNIX_EPOCH),
        );
        script.push(nothing_here);
        script.push(json(200, GOOD));
        assert!(metadata(&script, &clock).load().await.is_ok());
        let paths: Vec<_> = script
            .requests()
            .iter()
            .map(|request| request.uri().path().to_owned())
            .collect();
        assert_eq!(
            paths,
            [
                "/.well-known/openid-configuration",
                "/.well-known/oauth-authorization-server"
            ]
        );
    }
}

#[tokio::test]
async fn metadata_of_another_issuer_is_refused_and_not_sought_elsewhere() {
    let (script, clock) = (
        ScriptedTransport::new(),
        ManualClock::new(SystemTime::UNIX_EPOCH),
    );
    script.push(json(200, r#"{"issuer":"https://op.example/"}"#));
    assert_eq!(
        metadata(&script, &clock).load().await.unwrap_err().code(),
        "issuer_mismatch"
    );
    assert_eq!(script.count(), 1);
}

#[tokio::test]
async fn a_first_fetch_is_repeated_through_a_short_failure() {
    let (script, clock) = (
        ScriptedTransport::new(),
        ManualClock::restless(SystemTime::UNIX_EPOCH),
    );
    script.push(json(500, "{}"));
    script.push(json(200, GOOD));
    let issuer = Issuer::parse("https://op.example").unwrap();
    let document = MetadataDocument::new(issuer, script.transport_on(clock.clone()), clock.into());
    assert!(document.load().await.is_ok());
    assert_eq!(script.count(), 2);
}

#[tokio::test]
async fn keys_are_found_through_metadata_and_followed_when_they_move() {
    let (script, clock) = (
        ScriptedTransport::new(),
        ManualClock::new(SystemTime::UNIX_EPOCH),
    );
    let document = metadata(&script, &clock);
    let transport = script.transport_on(clock.clone());
    let keys = KeySetDocument::new(document, transport, clock.clone().into());
    script.push(json(200, GOOD));
    script.push(key_set(&[&OLD]));
    assert_eq!(verdict(&keys, &token(&OLD)).await, "good");
    assert_eq!(script.requests()[1].uri().path(), "/jwks");
    // A day later the metadata is refreshed in the background, and the fetch after that goes to the new place.
    clock.advance(4 * 3600 * SECOND);
    script.push(key_set(&[&OLD]));
    script.push(json(200, GOOD.replace("/jwks", "/moved")));
    assert_eq!(verdict(&keys, &token(&OLD)).await, "good");
    settle().await;
    clock.advance(4 * 3600 * SECOND);
    script.otherwise(|_| key_set(&[&NEW]));
    assert_eq!(verdict(&keys, &token(&NEW)).await, "good");
    assert!(
        script
            .requests()
            .iter()
            .any(|request| request.uri().path() == "/moved")
    );
}
