//! A hundred processes with one expired credential at the real, rotating provider.

use std::collections::BTreeSet;
use std::time::Instant;

use keyfob_conformance::command::Run;
use keyfob_conformance::provider::Provider;
use serde_json::json;

use crate::Scene;

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_processes_make_one_request() {
    let scene = Scene::new(&["--access-token-ttl", "2"]);
    let login = scene.login(
        &Provider::scripted_browser(),
        &["--client-id", "native-public"],
    );
    assert_eq!(login.code, 0, "{login:#?}");
    // Read from the file: a slow machine's `keyfob token` would find an early refresh due, and start it.
    let before = scene.stored("work").unwrap()["access_token"].clone();
    scene
        .provider
        .set(json!({"access_token_ttl": 300}))
        .await
        .unwrap();
    let slow = json!({"kind": "slow", "endpoint": "token", "delay_ms": 200, "count": -1});
    scene.provider.fault(slow).await.unwrap();
    tokio::time::sleep(std::time::Duration::from_secs(2)).await;

    let started = Instant::now();
    let children: Vec<_> = (0..100)
        .map(|_| scene.watched(&["token", "-p", "work"]).spawn().unwrap())
        .collect();
    let runs: Vec<Run> = children
        .into_iter()
        .map(|child| Run::from(child.wait_with_output().unwrap()))
        .collect();
    let took = started.elapsed();
    let tokens: BTreeSet<_> = runs.iter().map(|run| run.stdout.trim_end()).collect();
    assert!(runs.iter().all(|run| run.code == 0), "{runs:#?}");
    assert_eq!(tokens.len(), 1);
    assert!(!tokens.contains(before.as_str().unwrap()));
    let grant = scene.grant("refresh_token").await;
    println!(
        "100 processes: {} token request, {took:?}",
        grant["requests"]
    );
    assert_eq!(grant["requests"], json!(1));
    assert_eq!(grant["errors"], json!({}), "no reuse");
}
