//! Lifetimes are bounded and measured by this machine's clock, however wrong it or the provider's is.

use bytes::Bytes;
use http::Response;
use keyfob::jose::base64url;
use keyfob::transport::testing::json;
use serde_json::{Value, json};

use crate::support::{HOUR, START, World, at};

fn jwt(claims: &Value) -> String {
    let part = |value: &Value| base64url::encode(value.to_string().as_bytes());
    format!("{}.{}.c2ln", part(&json!({"alg": "RS256"})), part(claims))
}

/// The answer of a provider whose clock is `skew` seconds ahead of the session's.
fn from_clock(world: &World, skew: i64) -> Response<Bytes> {
    let now = crate::support::seconds(world.clock.now())
        .checked_add_signed(skew)
        .unwrap();
    let token = jwt(&json!({"iat": now, "exp": now + HOUR}));
    let body = json!({"access_token": token, "expires_in": HOUR, "refresh_token": "r"});
    let mut response = json(200, body.to_string());
    let date = httpdate::fmt_http_date(
        std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(now),
    );
    response.headers_mut().insert("date", date.parse().unwrap());
    response
}

// covers: W12, C-29
#[tokio::test]
async fn a_clock_that_is_off_neither_refreshes_in_a_loop_nor_serves_a_dead_token() {
    for skew in [-600, -60, 0, 60, 600] {
        let world = World::new();
        world.seed(HOUR + 1).await;
        world.script.push(from_clock(&world, skew));
        let token = world.session.access_token().await.unwrap();
        for _ in 0..100 {
            assert!(
                world.session.access_token().await.unwrap().is_same(&token),
                "{skew}"
            );
        }
        world.session.settle().await;
        assert_eq!(world.script.count(), 1, "{skew}");
        // A later run reads the same from the file.
        assert!(
            world
                .sibling()
                .access_token()
                .await
                .unwrap()
                .is_same(&token),
            "{skew}"
        );
        // After its whole life by anybody's clock it is gone.
        world
            .script
            .otherwise(|_| keyfob::transport::testing::lost());
        world.forward(HOUR);
        assert!(world.session.access_token().await.is_err(), "{skew}");
        assert_eq!(world.told("clock_off"), skew.abs() > 60, "{skew}");
    }
}

#[tokio::test]
async fn the_dates_of_the_format_are_still_those_of_the_token() {
    let world = World::new();
    world.seed(HOUR + 1).await;
    world.script.push(from_clock(&world, 600));
    world.session.access_token().await.unwrap();
    let stored = world.stored().await;
    assert_eq!(stored.get("_iat"), Some(&json!(START + 600)));
    assert_eq!(stored.get("_exp"), Some(&json!(START + 600 + HOUR)));
    assert_eq!(
        stored.get("_keyfob").unwrap()["expires_at"],
        json!(START + HOUR)
    );
    assert_eq!(stored.get("_keyfob").unwrap()["clock_offset"], json!(600));
}

// covers: A10, C-32, W15, planet-56
#[tokio::test]
async fn a_token_without_a_lifetime_is_good_for_five_minutes_and_not_for_ever() {
    let world = World::new();
    world.seed(HOUR + 1).await;
    world.script.push(json(
        200,
        r#"{"access_token": "no-life", "refresh_token": "r"}"#,
    ));
    let token = world.session.access_token().await.unwrap();
    assert_eq!(token.expires_at(), at(300));
}

#[tokio::test]
async fn a_token_that_is_born_dead_is_never_handed_out_and_never_asked_for_in_a_loop() {
    for said in [json!(0), json!(-5), json!("0")] {
        let world = World::new();
        world.seed(HOUR + 1).await;
        let body =
            json!({"access_token": "dead", "refresh_token": "next-refresh", "expires_in": said});
        world.script.otherwise(move |_| json(200, body.to_string()));
        for _ in 0..10 {
            assert_eq!(
                world.session.access_token().await.unwrap_err().code(),
                "token_born_expired"
            );
        }
        assert_eq!(world.script.count(), 1, "{said}");
        assert_eq!(
            world.stored_text("refresh_token").await.unwrap(),
            "next-refresh"
        );
    }
}

#[tokio::test]
async fn a_clock_that_is_set_back_makes_one_refresh_and_no_loop() {
    let world = World::new();
    world.seed(0).await;
    world.clock.set_now(at(-(HOUR.cast_signed())));
    world.script.push(from_clock(&world, HOUR.cast_signed()));
    let token = world.session.access_token().await.unwrap();
    assert_ne!(token.expose(), "old-access");
    assert!(world.session.access_token().await.unwrap().is_same(&token));
    assert_eq!(world.script.count(), 1);
}

#[tokio::test]
async fn a_file_that_planet_auth_wrote_lives_by_its_own_dates() {
    let world = World::new();
    world.seed_with(0, &json!({"_keyfob": null, "access_token": "opaque", "_iat": START - 100, "_exp": START + 1000})).await;
    let token = world.session.access_token().await.unwrap();
    assert_eq!((token.expose(), token.expires_at()), ("opaque", at(1000)));
}
