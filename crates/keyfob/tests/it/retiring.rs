//! Only a JSON `invalid_grant` retires a refresh token, and a lost answer is remembered and explained.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use keyfob::store::{Document, FileStore, Store, TryLock};
use keyfob::transport::testing::{ScriptedTransport, json, lost, respond, unsent};
use keyfob::transport::{Clock, ManualClock};
use keyfob::{Client, LoginNeeded, Session};
use serde_json::json;

use crate::support::{
    HOUR, World, at, config, granted, new_pair, oauth_error, profile, retry_after, sent, start,
};

#[tokio::test]
async fn whatever_is_not_an_invalid_grant_keeps_the_refresh_token() {
    let answers = [
        (respond(500, "text/html", "<h1>oops</h1>"), "http_error"),
        (
            respond(400, "text/html", "<h1>invalid_grant</h1>"),
            "http_error",
        ),
        (respond(200, "text/html", "<h1>log in</h1>"), "not_json"),
        (
            respond(200, "application/json", r#"{"access_token": "tr"#),
            "not_json",
        ),
        (json(200, r#"{"token_type": "Bearer"}"#), "missing"),
        (json(500, r#"{"error": "invalid_grant"}"#), "oauth_error"),
        (oauth_error("invalid_client"), "oauth_error"),
        (oauth_error("temporarily_unavailable"), "oauth_error"),
        (retry_after(503, 60), "http_error"),
        (retry_after(429, 60), "http_error"),
    ];
    for (answer, code) in answers {
        let world = World::new();
        world.seed(HOUR + 1).await;
        world.script.push(answer);
        assert_eq!(world.session.access_token().await.unwrap_err().code(), code);
        assert_eq!(
            world.stored_text("refresh_token").await.unwrap(),
            "old-refresh"
        );
        assert_eq!(world.script.count(), 1, "{code}");
    }
}

#[tokio::test]
async fn whatever_fails_on_the_way_keeps_the_refresh_token() {
    for failure in [lost(), unsent()] {
        let world = World::restless();
        world.seed(HOUR + 1).await;
        world.script.otherwise(move |_| failure.clone());
        assert!(
            world
                .session
                .access_token()
                .await
                .unwrap_err()
                .is_transient()
        );
        assert_eq!(
            world.stored_text("refresh_token").await.unwrap(),
            "old-refresh"
        );
    }
}

#[tokio::test]
async fn an_invalid_grant_retires_the_refresh_token_alone_and_is_not_asked_twice() {
    let world = World::new();
    world
        .seed_with(HOUR + 1, &json!({"id_token": "kept"}))
        .await;
    world
        .script
        .otherwise(|request| match request.uri().path() {
            "/jwks" => json(200, r#"{"keys": []}"#),
            _ => oauth_error("invalid_grant"),
        });
    let error = world.session.access_token().await.unwrap_err();
    assert_eq!(error.code(), "login_ended");
    assert!(error.is_login_needed());
    assert_eq!(world.stored_text("refresh_token").await, None);
    assert_eq!(world.stored_text("id_token").await.unwrap(), "kept");
    assert_eq!(
        world.stored_text("access_token").await.unwrap(),
        "old-access"
    );
    assert!(world.told("retired"));
    // Neither this process nor the next one asks again.
    assert_eq!(
        world.session.access_token().await.unwrap_err().code(),
        "login_ended"
    );
    assert_eq!(
        world.sibling().access_token().await.unwrap_err().code(),
        "login_ended"
    );
    assert_eq!(sent(&world.script), ["old-refresh"]);
}

#[tokio::test]
async fn a_refresh_token_that_is_all_there_is_stays_in_the_file_and_is_not_sent_again() {
    let world = World::new();
    world
        .seed_with(HOUR + 1, &json!({"access_token": null}))
        .await;
    world.script.push(oauth_error("invalid_grant"));
    for _ in 0..3 {
        let error = world.session.access_token().await.unwrap_err();
        assert_eq!(error.code(), "login_ended");
    }
    assert_eq!(world.script.count(), 1);
    assert!(!world.session.status().await.unwrap().has_refresh_token);
}

#[tokio::test]
async fn after_an_invalid_grant_the_access_token_is_served_until_it_expires() {
    let world = World::new();
    world.seed(3400).await;
    world.script.push(oauth_error("invalid_grant"));
    assert_eq!(
        world.session.access_token().await.unwrap().expose(),
        "old-access"
    );
    world.forward(100);
    assert_eq!(
        world.session.access_token().await.unwrap().expose(),
        "old-access"
    );
    world.forward(101);
    assert_eq!(
        world.session.access_token().await.unwrap_err().code(),
        "login_ended"
    );
    assert_eq!(world.script.count(), 1);
}

// covers: W6
#[tokio::test]
async fn a_lost_answer_is_tried_again_with_the_same_token() {
    let world = World::new();
    world.seed(HOUR + 1).await;
    world.script.push(lost());
    world.script.push(new_pair());
    assert_eq!(
        world.session.access_token().await.unwrap_err().code(),
        "answer_lost"
    );
    world.forward(2);
    assert_eq!(
        world.session.access_token().await.unwrap().expose(),
        "new-access"
    );
    assert_eq!(sent(&world.script), ["old-refresh", "old-refresh"]);
    assert_eq!(world.session.status().await.unwrap().redeeming_since, None);
}

#[tokio::test]
async fn a_rotation_whose_answer_was_lost_is_told_apart_from_a_login_that_ended() {
    let world = World::new();
    world.seed(HOUR + 1).await;
    world.script.push(lost());
    world.script.push(oauth_error("invalid_grant"));
    assert_eq!(
        world.session.access_token().await.unwrap_err().code(),
        "answer_lost"
    );
    world.forward(5);
    // The next run of the program, which remembers nothing.
    let error = world.sibling().access_token().await.unwrap_err();
    assert_eq!(error.code(), "login_lost_in_rotation");
    let keyfob::Error::LoginNeeded(LoginNeeded::LostInRotation { sent_at }) = error else {
        panic!("{error}")
    };
    assert_eq!(sent_at, at(0));
    // And every later one says the same.
    assert_eq!(
        world.sibling().access_token().await.unwrap_err().code(),
        "login_lost_in_rotation"
    );
    assert_eq!(world.script.count(), 2);
}

#[tokio::test]
async fn a_program_that_is_killed_while_it_waits_for_the_answer_is_explained_by_the_next_run() {
    let world = World::new();
    world.seed(HOUR + 1).await;
    world.script.push(keyfob::transport::testing::Answer::Hang);
    // The kill: a runtime that ends takes the attempt with it, whatever it was at.
    let (session, script) = (world.session.clone(), world.script.clone());
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let waiting = tokio::spawn(async move { session.access_token().await });
            script.count_reaches(1).await;
            drop(waiting);
        });
    })
    .join()
    .unwrap();
    world.script.push(oauth_error("invalid_grant"));
    assert_eq!(
        world.sibling().access_token().await.unwrap_err().code(),
        "login_lost_in_rotation"
    );
}

#[tokio::test]
async fn an_orderly_refusal_leaves_no_mark_behind() {
    for answer in [retry_after(503, 60), oauth_error("invalid_client")] {
        let world = World::new();
        world.seed(HOUR + 1).await;
        world.script.push(answer);
        world.script.push(oauth_error("invalid_grant"));
        world.session.access_token().await.unwrap_err();
        assert_eq!(world.session.status().await.unwrap().redeeming_since, None);
        world.forward(61);
        assert_eq!(
            world.session.access_token().await.unwrap_err().code(),
            "login_ended"
        );
    }
}

#[tokio::test]
async fn an_orderly_refusal_does_not_wipe_the_mark_of_an_earlier_lost_answer() {
    let world = World::new();
    world.seed(HOUR + 1).await;
    for answer in [
        respond(502, "text/html", ""),
        retry_after(503, 60),
        oauth_error("invalid_grant"),
    ] {
        world.script.push(answer);
    }
    world.session.access_token().await.unwrap_err();
    world.forward(10);
    world.session.access_token().await.unwrap_err();
    world.forward(61);
    assert_eq!(
        world.session.access_token().await.unwrap_err().code(),
        "login_lost_in_rotation"
    );
}

/// A session on real files, at which another program writes without taking the lock.
struct Files {
    _folder: tempfile::TempDir,
    at: FileStore,
    script: ScriptedTransport,
    session: Session,
}

fn files() -> Files {
    let folder = tempfile::tempdir().unwrap();
    let files = FileStore::new(folder.path().join("home"));
    let TryLock::Held(mut lease) = files.try_lock_now(&profile()).unwrap() else {
        panic!("locked")
    };
    let now = crate::support::START;
    let token = json!({"access_token": "old-access", "refresh_token": "old-refresh",
                       "_keyfob": {"received_at": now - 7200, "expires_at": now - 3600}});
    lease
        .commit_now(None, &Document::from(token.as_object().cloned().unwrap()))
        .unwrap();
    drop(lease);
    let (script, clock) = (
        ScriptedTransport::new(),
        Clock::from(ManualClock::new(start())),
    );
    let client = Client::from_config(config(), script.transport(), clock).unwrap();
    let session = Session::new(client, Store::new(files.clone()), profile());
    Files {
        _folder: folder,
        at: files,
        script,
        session,
    }
}

impl Files {
    /// At each request another program writes a token file of its own before the provider answers.
    fn overtaken_by(&self, theirs: serde_json::Value, answers: Vec<http::Response<bytes::Bytes>>) {
        let path = self.at.token_path(&profile());
        let answers = Arc::new(Mutex::new(answers));
        self.script.otherwise(move |_| {
            std::fs::write(&path, theirs.to_string()).unwrap();
            answers.lock().unwrap().remove(0)
        });
    }
}

// covers: W5
#[tokio::test]
async fn a_lost_race_takes_over_the_fresh_token_of_the_winner() {
    let world = files();
    let now = crate::support::START;
    let theirs = json!({"access_token": "their-access", "refresh_token": "their-refresh", "_iat": now, "_exp": now + 3600});
    world.overtaken_by(theirs, vec![oauth_error("invalid_grant")]);
    assert_eq!(
        world.session.access_token().await.unwrap().expose(),
        "their-access"
    );
    assert_eq!(world.script.count(), 1);
    let stored = world.at.load_now(&profile()).unwrap().unwrap().document;
    assert_eq!(stored.text("refresh_token"), Some("their-refresh"));
}

// covers: W5
#[tokio::test]
async fn a_lost_race_without_a_fresh_token_is_tried_once_more_with_the_winners_refresh_token() {
    let world = files();
    let now = crate::support::START;
    let theirs = json!({"access_token": "their-access", "refresh_token": "their-refresh", "_iat": now - 3600, "_exp": now - 1});
    world.overtaken_by(
        theirs,
        vec![
            oauth_error("invalid_grant"),
            granted("new-access", Some("new-refresh")),
        ],
    );
    let error = world.session.access_token().await;
    assert_eq!(error.unwrap().expose(), "new-access");
    assert_eq!(sent(&world.script), ["old-refresh", "their-refresh"]);
}

#[tokio::test]
async fn the_mark_is_durable_before_the_refresh_token_is_sent() {
    let world = files();
    let (path, seen) = (
        world.at.token_path(&profile()),
        Arc::new(Mutex::new(String::new())),
    );
    let noted = Arc::clone(&seen);
    world.script.otherwise(move |_| {
        *noted.lock().unwrap() = std::fs::read_to_string(&path).unwrap();
        new_pair()
    });
    world.session.access_token().await.unwrap();
    let at_sending: serde_json::Value = serde_json::from_str(&seen.lock().unwrap()).unwrap();
    assert_eq!(
        at_sending["_keyfob"]["redeeming"]["at"],
        crate::support::START
    );
    assert_eq!(at_sending["refresh_token"], "old-refresh");
    assert!(
        !at_sending["_keyfob"]["redeeming"]
            .to_string()
            .contains("old-refresh")
    );
    let settled = world.session.status().await.unwrap();
    assert_eq!(settled.redeeming_since, None);
    assert_eq!(
        settled.expires_at.unwrap(),
        start() + Duration::from_secs(HOUR)
    );
}
