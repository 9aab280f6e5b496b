//! Three ways to a token: a browser, another device, the program itself.
use std::time::Duration;

use keyfob::Session;
use keyfob::login::{Browser, Login, LoginMethod, LoginOptions, Surroundings};
use serde_json::json;

use super::person::Scripted;
use super::stage::Stage;
use crate::commands::facts::Facts;
use crate::failure::Failure;

/// A scripted person is quick; only a broken demo waits this long.
const PATIENCE: Duration = Duration::from_secs(20);

/// Authorization code with PKCE, through the provider's pages and the loopback listener.
///
/// # Errors
///
/// Says why the login failed.
pub(super) async fn by_browser(stage: &mut Stage<'_>) -> Result<Session, Failure> {
    stage.begin(
        "A person logs in with a browser",
        "RFC 6749 §4.1, RFC 7636, RFC 8252",
    )?;
    let session = stage.session(
        "person",
        json!({
            "client_type": "oidc_auth_code",
            "client_id": "demo-cli",
            "redirect_uri": "http://127.0.0.1/callback",
            "scopes": ["openid", "offline_access", "profile", "email"],
        }),
    )?;
    stage.tell("keyfob listens on a free port of 127.0.0.1 and makes the address to open.")?;
    stage.tell("A scripted person opens it, types alice's password and agrees.")?;
    log_in(stage, &session, LoginMethod::Browser).await?;
    stage.tell("The code came back to the port and was exchanged; state, issuer, nonce and the")?;
    stage.tell("signature of the ID token are right.")?;
    facts(stage, &session).await?;
    Ok(session)
}

/// Device authorization.
///
/// # Errors
///
/// Says why the login failed.
pub(super) async fn by_device(stage: &mut Stage<'_>) -> Result<Session, Failure> {
    stage.begin("A person logs in on another device", "RFC 8628")?;
    let session = stage.session(
        "device",
        json!({
            "client_type": "oidc_device_code",
            "client_id": "demo-device",
            "scopes": ["openid", "offline_access"],
        }),
    )?;
    stage.tell("keyfob shows an address and a short code, and asks the provider every second.")?;
    stage.tell("The person types the code into the provider's page and agrees.")?;
    log_in(stage, &session, LoginMethod::Device).await?;
    facts(stage, &session).await?;
    Ok(session)
}

/// Client credentials.
///
/// # Errors
///
/// Says why the provider refused.
pub(super) async fn by_itself(stage: &mut Stage<'_>) -> Result<Session, Failure> {
    stage.begin("A program logs in by itself", "RFC 6749 §4.4")?;
    let client = stage.sandbox.client("demo-service");
    let secret = client
        .as_ref()
        .and_then(|client| client.secret())
        .unwrap_or_default();
    let session = stage.session(
        "service",
        json!({
            "client_type": "oidc_client_credentials_secret",
            "client_id": "demo-service",
            "client_secret": secret,
        }),
    )?;
    session.access_token().await?;
    stage.tell("A client with a secret needs nobody: it gets a token whenever it needs one.")?;
    facts(stage, &session).await?;
    Ok(session)
}

async fn log_in(stage: &Stage<'_>, session: &Session, method: LoginMethod) -> Result<(), Failure> {
    let options = LoginOptions::new(Surroundings::default())
        .with_method(method)
        .with_timeout(PATIENCE)
        .with_browser(no_browser());
    let person = Scripted(stage.sandbox.person());
    let granted = Login::begin(session.client(), options)?
        .run(&person)
        .await?;
    session.adopt(granted).await?;
    Ok(())
}

/// Takes the address and opens nothing: the scripted person has it already.
fn no_browser() -> Browser {
    if cfg!(windows) {
        Browser::command("cmd", ["/C", "rem"].map(str::to_owned))
    } else {
        Browser::command("true", [])
    }
}

/// What is known of the token now; never the token.
async fn facts(stage: &mut Stage<'_>, session: &Session) -> Result<(), Failure> {
    let status = session.status().await?;
    let facts = Facts::new(stage.context, session, &status);
    let who = match facts.account() {
        account if account.is_empty() => "the client itself".to_owned(),
        account => account,
    };
    let renewal = if status.has_refresh_token {
        "with"
    } else {
        "without"
    };
    let line = format!(
        "Token of {who}: expires {}, {renewal} refresh token.",
        facts.expiry()
    );
    stage.tell(line)?;
    let file = stage.token_file(session.profile().as_str());
    stage.tell(format!(
        "Stored in {} (readable by you alone).",
        file.display()
    ))
}
