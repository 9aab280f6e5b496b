//! What programs that take no lock do to the token file while a refresh is under way.

use std::fs;
use std::path::PathBuf;

use keyfob::transport::testing::json;
use serde_json::json;
use tempfile::TempDir;

use crate::support::{HOUR, START, World, new_pair, sent};

/// The fingerprint of `old-refresh`.
const OLD_REFRESH: &str = "k91tOc8Kc_YhgkWf";

fn on_disk() -> (TempDir, World, PathBuf) {
    let home = tempfile::tempdir().unwrap();
    let world = World::on_disk(home.path());
    let token = home.path().join("work").join("token.json");
    (home, world, token)
}

/// Lets `meddle` happen between the first request and its answer.
async fn meanwhile(
    world: &World,
    answer: http::Response<bytes::Bytes>,
    meddle: impl FnOnce(),
) -> Result<String, keyfob::Error> {
    let hold = world.script.push_held(answer);
    let session = world.session.clone();
    let caller = tokio::spawn(async move { session.access_token().await });
    world.script.count_reaches(1).await;
    meddle();
    hold.release();
    let token = caller.await.unwrap()?;
    Ok(token.expose().to_owned())
}

// covers: W4
#[tokio::test]
async fn a_file_that_is_cut_off_meanwhile_is_kept_aside_and_the_new_pair_is_stored() {
    let (_home, world, token) = on_disk();
    world.seed(HOUR + 1).await;
    let cut = || fs::write(&token, "{\"access_tok").unwrap();
    let access = meanwhile(&world, new_pair(), cut).await.unwrap();
    assert_eq!(access, "new-access");
    assert!(!world.told("not_saved"));
    assert_eq!(
        world.stored_text("refresh_token").await.unwrap(),
        "new-refresh"
    );
    assert!(token.with_file_name("token.json.corrupt-1").exists());
}

#[tokio::test]
async fn what_could_not_be_written_is_written_over_a_damaged_file_later() {
    let (_home, world, token) = on_disk();
    world.seed(HOUR + 1).await;
    let obstruct = || {
        fs::remove_file(&token).unwrap();
        fs::create_dir(&token).unwrap();
    };
    let access = meanwhile(&world, new_pair(), obstruct).await.unwrap();
    assert_eq!(access, "new-access");
    assert!(world.told("not_saved"));
    world.session.settle().await;
    fs::remove_dir(&token).unwrap();
    fs::write(&token, "{").unwrap();
    world.forward(60);
    assert_eq!(
        world.session.access_token().await.unwrap().expose(),
        "new-access"
    );
    world.session.settle().await;
    assert_eq!(
        world.stored_text("refresh_token").await.unwrap(),
        "new-refresh"
    );
    assert_eq!(world.script.count(), 1);
}

#[tokio::test]
async fn a_refresh_token_that_is_replaced_before_the_sending_is_not_sent() {
    let (born, died) = (START - HOUR - 1, START - 1);
    let mark = json!({"at": died, "token": OLD_REFRESH});
    for notes in [
        json!({"received_at": born, "expires_at": died}),
        json!({"received_at": born, "expires_at": died, "redeeming": mark}),
    ] {
        let (_home, world, token) = on_disk();
        world
            .seed_with(0, &json!({"id_token": "old.id.token", "_keyfob": notes}))
            .await;
        let keys = world.script.push_held(json(200, r#"{"keys": []}"#));
        world.script.push(new_pair());
        let session = world.session.clone();
        let caller = tokio::spawn(async move { session.access_token().await });
        world.script.count_reaches(1).await;
        let theirs = json!({"access_token": "their-access", "refresh_token": "their-refresh",
            "_iat": born, "_exp": died});
        fs::write(&token, theirs.to_string()).unwrap();
        keys.release();
        let access = caller.await.unwrap().unwrap();
        assert_eq!(access.expose(), "new-access");
        assert_eq!(sent(&world.script), ["their-refresh"]);
    }
}
