//! A thousand tasks with one expired credential and a rotating refresh token: one request, no reuse.

use std::time::{Duration, Instant};

use keyfob_sandbox::{Endpoint, SandboxConfig};

use crate::faults::Field;

// covers: W3
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_thousand_tasks_make_one_token_request() {
    let field = Field::start(SandboxConfig::default()).await;
    field.expire();
    field
        .sandbox
        .settings(|settings| settings.token_latency = Duration::from_millis(200));
    let before = field.session();
    field.sandbox.reset_counters();
    let began = Instant::now();
    let tasks: Vec<_> = (0..1000)
        .map(|_| {
            let session = before.clone();
            tokio::spawn(async move { session.access_token().await })
        })
        .collect();
    let mut tokens = std::collections::BTreeSet::new();
    for task in tasks {
        tokens.insert(task.await.unwrap().unwrap().expose().to_owned());
    }
    let (counters, took) = (field.sandbox.counters(), began.elapsed());
    println!(
        "1000 tasks, one session: {} token request(s), {} reuse, {} distinct token(s), {took:?}",
        counters.requests(Endpoint::Token),
        counters.reuse_detected,
        tokens.len()
    );
    assert_eq!(counters.requests(Endpoint::Token), 1);
    assert_eq!(counters.reuse_detected, 0);
    assert_eq!(tokens.len(), 1);
    assert!(!tokens.contains(&field.first_token));
}

// covers: W2, C-37
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_hundred_sessions_that_share_nothing_but_the_files_make_one_token_request() {
    let field = Field::start(SandboxConfig::default()).await;
    field.expire();
    field
        .sandbox
        .settings(|settings| settings.token_latency = Duration::from_millis(200));
    field.sandbox.reset_counters();
    let began = Instant::now();
    let tasks: Vec<_> = (0..100)
        .map(|_| {
            let session = field.session();
            tokio::spawn(async move { session.access_token().await })
        })
        .collect();
    let mut tokens = std::collections::BTreeSet::new();
    for task in tasks {
        tokens.insert(task.await.unwrap().unwrap().expose().to_owned());
    }
    let (counters, took) = (field.sandbox.counters(), began.elapsed());
    println!(
        "100 sessions, one file: {} token request(s), {} reuse, {} distinct token(s), {took:?}",
        counters.requests(Endpoint::Token),
        counters.reuse_detected,
        tokens.len()
    );
    assert_eq!(counters.requests(Endpoint::Token), 1);
    assert_eq!(counters.reuse_detected, 0);
    assert_eq!(tokens.len(), 1);
}
