//! Logins by name and password.

use keyfob::login::LoginMethod;
use serde_json::json;

use super::login_screen::Screen;
use super::login_setup::{client, options, run, sandbox};

// covers: planet-47
#[tokio::test]
async fn asks_for_name_and_password() {
    let sandbox = sandbox();
    let client = client(&sandbox, "oidc_resource_owner", &json!({}));
    let (screen, seat) = Screen::new();
    seat.keyboard.send("alice\n".to_owned()).unwrap();
    seat.keyboard.send("wonderland\n".to_owned()).unwrap();
    let logged_in = run(&client, options(), &screen).await.unwrap();
    assert_eq!(logged_in.method, LoginMethod::Password);
    assert!(!format!("{:?}", screen.said()).contains("wonderland"));
}

#[tokio::test]
async fn refuses_an_empty_password_without_sending_it() {
    let sandbox = sandbox();
    let client = client(
        &sandbox,
        "oidc_resource_owner",
        &json!({"username": "alice"}),
    );
    let (screen, seat) = Screen::new();
    seat.keyboard.send("\n".to_owned()).unwrap();
    let error = run(&client, options(), &screen).await.unwrap_err();
    assert_eq!(error.code(), "login_unanswered");
}
