//! Documents that one process of a pool fetches for the others, and the fetch that nobody waits for.

use std::time::{Duration, SystemTime};

use keyfob_protocol::Issuer;
use keyfob_transport::testing::{ScriptedTransport, json};
use keyfob_transport::{Clock, DocumentPolicy, Exported, KeySetDocument, MetadataDocument};

use crate::documents::{JWKS, NEW, OLD, SECOND, Scene, key_set, scene, settle, token, verdict};

/// What a process has exported that fetched the old key now, on a clock of its own that shows 100 s.
async fn exported() -> String {
    let scene = scene(DocumentPolicy::keys());
    scene.clock.advance(100 * SECOND);
    scene.script.push(key_set(&[&OLD]));
    scene.keys.load().await.unwrap();
    scene.keys.export().unwrap().to_json()
}

/// Another process whose clock shows this many seconds.
fn worker(seconds: u32) -> Scene {
    let scene = scene(DocumentPolicy::keys());
    scene
        .clock
        .set_now(SystemTime::UNIX_EPOCH + seconds * SECOND);
    scene
}

fn import(scene: &Scene, text: &str) -> Result<bool, &'static str> {
    let exported = Exported::from_json(text.as_bytes()).map_err(|error| error.code())?;
    scene.keys.import(&exported).map_err(|error| error.code())
}

#[tokio::test]
async fn a_worker_verifies_with_imported_keys_and_fetches_nothing() {
    let worker = worker(130);
    assert!(worker.keys.export().is_none());
    assert_eq!(import(&worker, &exported().await), Ok(true));
    assert_eq!(verdict(&worker.keys, &token(&OLD)).await, "good");
    assert_eq!(worker.script.count(), 0);
    // What it imported it can hand on, with the time of the fetch.
    let again = worker.keys.export().unwrap();
    assert_eq!(again.to_json(), exported().await);
    assert_eq!(again.fetched_at(), SystemTime::UNIX_EPOCH + 100 * SECOND);
}

#[tokio::test]
async fn imported_keys_keep_their_age() {
    // Fresh for ten minutes, to be used for six hours more; half of the ten minutes are over.
    let worker = worker(100 + 300);
    worker.script.otherwise(|_| json(503, ""));
    assert_eq!(import(&worker, &exported().await), Ok(true));
    worker.clock.advance(100 * SECOND);
    assert_eq!(verdict(&worker.keys, &token(&OLD)).await, "good");
    settle().await;
    assert_eq!(worker.script.count(), 0, "fetched before it was due");
    worker.clock.advance(110 * SECOND);
    assert_eq!(verdict(&worker.keys, &token(&OLD)).await, "good");
    worker.script.count_reaches(1).await;
    worker.clock.advance(Duration::from_mins(359) + 49 * SECOND);
    assert_eq!(verdict(&worker.keys, &token(&OLD)).await, "good");
    worker.clock.advance(Duration::from_mins(2));
    assert_ne!(verdict(&worker.keys, &token(&OLD)).await, "good");
}

#[tokio::test]
async fn what_is_too_old_or_from_the_future_is_not_imported() {
    let text = exported().await;
    let life = 600 + 6 * 3600;
    assert_eq!(import(&worker(100 + life - 1), &text), Ok(true));
    assert_eq!(import(&worker(100 + life), &text), Err("import_too_old"));
    assert_eq!(import(&worker(70), &text), Ok(true));
    let behind = worker(69);
    assert_eq!(import(&behind, &text), Err("import_from_future"));
    assert!(behind.keys.current().is_none());
}

#[tokio::test]
async fn an_import_never_replaces_what_is_as_new() {
    let text = exported().await;
    for (seconds, took) in [(99, true), (100, false), (101, false)] {
        let worker = worker(seconds);
        worker.script.push(key_set(&[&NEW]));
        worker.keys.load().await.unwrap();
        worker.clock.set_now(SystemTime::UNIX_EPOCH + 110 * SECOND);
        assert_eq!(import(&worker, &text), Ok(took), "{seconds}");
        let held = if took { &OLD } else { &NEW };
        assert_eq!(verdict(&worker.keys, &token(held)).await, "good");
    }
}

#[tokio::test]
async fn an_import_while_a_fetch_hangs_is_used_at_once() {
    let worker = worker(110);
    let hold = worker.script.push_held(key_set(&[&NEW]));
    worker.keys.prefetch();
    worker.script.count_reaches(1).await;
    assert_eq!(import(&worker, &exported().await), Ok(true));
    assert_eq!(verdict(&worker.keys, &token(&OLD)).await, "good");
    hold.release();
    worker.keys.load().await.unwrap();
    settle().await;
    assert_eq!(verdict(&worker.keys, &token(&NEW)).await, "good");
}

#[tokio::test]
async fn another_document_is_not_imported() {
    let worker = worker(100);
    let text = exported().await.replace(JWKS, "https://evil.example/jwks");
    assert_eq!(import(&worker, &text), Err("import_other_document"));
}

#[tokio::test]
async fn what_was_not_exported_is_not_imported() {
    let worker = worker(100);
    let good = exported().await;
    let large = good.replace(
        "\"body\":\"",
        &format!("\"body\":\"{}", " ".repeat(3 << 20)),
    );
    for bad in [
        "",
        "[]",
        "{}",
        "null",
        &good[1..],
        &good.replace("\"keyfob_document\":1", "\"keyfob_document\":2"),
        &good.replace("\"fetched\":100", "\"fetched\":-1"),
        &good.replace("\"fetched\":100", "\"fetched\":\"100\""),
        &good.replace("\"fetched\":100", "\"fetched\":100,\"fetched\":100"),
        &good.replace("\"body\":", "\"other\":"),
        &good.replace("\"name\":", "\"other\":"),
        &large,
    ] {
        let shown: String = bad.chars().take(80).collect();
        assert_eq!(import(&worker, bad), Err("import_malformed"), "{shown}");
    }
    let body = good.replace("{\\\"keys\\\":", "{\\\"clefs\\\":");
    assert_eq!(import(&worker, &body), Err("malformed_key_set"));
    let padded = good.replace(
        "\"body\":\"",
        &format!("\"body\":\"{}", " ".repeat(1 << 20)),
    );
    assert_eq!(import(&worker, &padded), Err("import_malformed"));
    assert!(worker.keys.current().is_none());
    assert_eq!(import(&worker, &good), Ok(true));
}

#[tokio::test]
async fn a_prefetch_is_one_fetch_that_nobody_waits_for() {
    let scene = scene(DocumentPolicy::keys());
    let hold = scene.script.push_held(key_set(&[&OLD]));
    for _ in 0..10 {
        scene.keys.prefetch();
    }
    scene.script.count_reaches(1).await;
    assert!(scene.keys.current().is_none());
    hold.release();
    assert_eq!(verdict(&scene.keys, &token(&OLD)).await, "good");
    scene.keys.prefetch();
    settle().await;
    assert_eq!(scene.script.count(), 1);
}

#[test]
fn a_prefetch_without_a_runtime_does_nothing_and_blocks_nothing() {
    let scene = scene(DocumentPolicy::keys());
    scene.keys.prefetch();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    scene.script.push(key_set(&[&OLD]));
    assert_eq!(runtime.block_on(verdict(&scene.keys, &token(&OLD))), "good");
}

fn metadata(script: &ScriptedTransport, issuer: &str) -> MetadataDocument {
    let issuer = Issuer::parse(issuer).unwrap();
    MetadataDocument::new(issuer, script.transport(), Clock::system())
}

#[tokio::test]
async fn metadata_and_the_keys_it_points_to_are_imported_alike() {
    let script = ScriptedTransport::new();
    script.push(json(
        200,
        r#"{"issuer":"https://op.example","jwks_uri":"https://op.example/jwks"}"#,
    ));
    script.push(key_set(&[&OLD]));
    let first = metadata(&script, "https://op.example");
    let keys = |document: &MetadataDocument| {
        KeySetDocument::new(document.clone(), script.transport(), Clock::system())
    };
    let first_keys = keys(&first);
    first_keys.load().await.unwrap();
    let (exported, exported_keys) = (first.export().unwrap(), first_keys.export().unwrap());

    let worker = metadata(&script, "https://op.example");
    let worker_keys = keys(&worker);
    assert!(worker.import(&exported).unwrap() && worker_keys.import(&exported_keys).unwrap());
    assert_eq!(worker.current(), first.current());
    assert_eq!(verdict(&worker_keys, &token(&OLD)).await, "good");
    assert_eq!(script.count(), 2);

    // Metadata is checked as if it had been fetched: its issuer is the one that was asked for.
    let changed = exported
        .to_json()
        .replace("issuer\\\":\\\"https://op", "issuer\\\":\\\"https://evil");
    let changed = Exported::from_json(changed.as_bytes()).unwrap();
    let refused = metadata(&script, "https://op.example").import(&changed);
    assert_eq!(refused.unwrap_err().code(), "issuer_mismatch");
    let other = metadata(&script, "https://other.example").import(&exported);
    assert_eq!(other.unwrap_err().code(), "import_other_document");
}
