//! What tokens are for: calling, checking, renewing, replacing, giving back.
use std::time::{Duration, SystemTime};

use keyfob::Session;
use keyfob::authenticate::{AttachPolicy, AuthorizedClient};
use keyfob::session::LogoutStep;
use keyfob::verify::Profile;

use super::stage::Stage;
use crate::commands::verifier::verifier;
use crate::failure::Failure;

/// How many tasks ask for the new token at once.
const TASKS: usize = 50;

/// A request to the sandbox's API.
///
/// # Errors
///
/// Says why it was not answered with 200.
pub(super) async fn call(stage: &mut Stage<'_>, session: &Session) -> Result<(), Failure> {
    stage.begin("A request carries the token", "RFC 6750")?;
    let api = stage.sandbox.url("/api/whoami");
    let status = get(stage, session).await?;
    expect(status == 200, || format!("the API answered {status}"))?;
    stage.tell(format!(
        "GET {api}: 200. The token goes to that server only."
    ))
}

/// Local verification with the provider's published keys.
///
/// # Errors
///
/// Says which rule the token breaks.
pub(super) async fn verify(stage: &mut Stage<'_>, session: &Session) -> Result<(), Failure> {
    stage.begin(
        "The receiver checks the token by itself",
        "RFC 7519, RFC 9068",
    )?;
    let token = session.access_token().await?;
    let verifier = verifier(
        session.client(),
        &[stage.sandbox.url("/api")],
        Profile::Rfc9068,
    )?;
    let principal = verifier.verify(token.expose()).await?;
    stage.tell(format!(
        "Signature, issuer, audience, type and dates are right: it is {}.",
        principal.subject()
    ))?;
    let mut broken = token.expose().to_owned();
    let flipped = if broken.ends_with('A') { 'Q' } else { 'A' };
    broken.replace_range(broken.len() - 2..broken.len() - 1, &flipped.to_string());
    match verifier.verify(&broken).await {
        Ok(_) => Err(failed("a changed token was accepted")),
        Err(rejection) => stage.tell(format!(
            "The same token with one letter changed: refused ({rejection})."
        )),
    }
}

/// Waits for the end of the token, then lets many tasks ask at once.
///
/// # Errors
///
/// Says what went wrong instead.
pub(super) async fn expire_and_refresh(
    stage: &mut Stage<'_>,
    session: &Session,
) -> Result<(), Failure> {
    stage.begin(
        "The token expires and is renewed",
        "RFC 6749 §6, RFC 9700 §4.14",
    )?;
    let old = session.access_token().await?;
    let rest = old.remaining(SystemTime::now()) + Duration::from_millis(50);
    tokio::time::sleep(rest).await;
    stage.tell(format!(
        "Waited {:.1} s: the token has expired.",
        rest.as_secs_f32()
    ))?;
    let before = refreshes(stage);
    let asking = (0..TASKS).map(|_| {
        tokio::spawn({
            let session = session.clone();
            async move { session.access_token().await }
        })
    });
    for task in asking.collect::<Vec<_>>() {
        let token = task.await.map_err(|error| failed(&error.to_string()))??;
        expect(!token.is_same(&old), || {
            "an expired token was handed out".to_owned()
        })?;
    }
    let requests = refreshes(stage) - before;
    expect(requests == 1, || {
        format!("{requests} refreshes instead of 1")
    })?;
    stage.tell(format!(
        "{TASKS} tasks asked for a token at once: 1 request to the provider."
    ))?;
    stage
        .tell("The provider replaced the refresh token too; the new one was on disk before the")?;
    stage.tell("new access token was handed out.")
}

/// The provider revokes the token early; the API says 401.
///
/// # Errors
///
/// Says why the request was not repeated with a new token.
pub(super) async fn answer_401(stage: &mut Stage<'_>, session: &Session) -> Result<(), Failure> {
    stage.begin("A 401 is answered once", "RFC 6750 §3.1")?;
    stage.sandbox.revoke_access_tokens();
    stage.tell("The provider takes all its access tokens back.")?;
    let before = refreshes(stage);
    let status = get(stage, session).await?;
    expect(status == 200, || format!("the API answered {status}"))?;
    let requests = refreshes(stage) - before;
    expect(requests == 1, || {
        format!("{requests} refreshes instead of 1")
    })?;
    stage.tell("The API answered 401; keyfob got a new token and repeated the request: 200.")
}

/// Revokes and removes.
///
/// # Errors
///
/// Says which step failed.
pub(super) async fn log_out(stage: &mut Stage<'_>, session: &Session) -> Result<(), Failure> {
    if session.profile().as_str() == "person" {
        stage.begin("Logging out", "RFC 7009")?;
    }
    let report = session.logout().await?;
    for step in [&report.refresh_token, &report.access_token, &report.removal] {
        if let LogoutStep::Failed(error) = step {
            return Err(error.clone().into());
        }
    }
    let name = session.profile();
    expect(!stage.token_file(name.as_str()).exists(), || {
        format!("{name} is still on disk")
    })?;
    stage.tell(format!(
        "{name}: revoked at the provider, removed from the disk."
    ))
}

async fn get(stage: &Stage<'_>, session: &Session) -> Result<u16, Failure> {
    let policy = AttachPolicy::for_origins([stage.sandbox.issuer()])
        .map_err(|error| failed(&error.to_string()))?;
    let client = AuthorizedClient::new(session.clone(), policy);
    let answer = client.get(stage.sandbox.url("/api/whoami")).await;
    let answer = answer.map_err(|error| failed(&error.to_string()))?;
    Ok(answer.status().as_u16())
}

fn refreshes(stage: &Stage<'_>) -> u64 {
    stage.sandbox.counters().grant("refresh_token").requests
}

fn expect(holds: bool, otherwise: impl FnOnce() -> String) -> Result<(), Failure> {
    if holds {
        Ok(())
    } else {
        Err(failed(&otherwise()))
    }
}

fn failed(why: &str) -> Failure {
    Failure::other("demo_failed", format!("the demo did not work: {why}"))
}
