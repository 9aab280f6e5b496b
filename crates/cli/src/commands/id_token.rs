//! `keyfob token --id-token`: the ID token, renewed once it has expired.
use std::time::{Duration, SystemTime};

use keyfob::Session;
use keyfob::jose::{Secret, jwt};
use serde_json::{Value, json};

use super::{ProfileArg, open};
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::ui::output;

/// Prints the ID token.
///
/// # Errors
///
/// Says why there is none that is still valid.
pub(super) async fn print(
    context: &Context,
    profile: &ProfileArg,
    offline: bool,
) -> Result<(), Failure> {
    let session = open::session(context, profile.profile.as_deref())?;
    let mut token = stored(context, &session)?;
    if has_expired(context, &session, &token).await? {
        if offline {
            return Err(over(Exit::Network, "offline", "is not asked for a new one")
                .with_hint("keyfob token{at} --id-token   (without --offline)"));
        }
        let _waiting = context.wait_for("Waiting for a new ID token");
        let _critical = context.critical();
        session.refresh().await?;
        token = stored(context, &session)?;
    }
    if has_expired(context, &session, &token).await? {
        return Err(
            over(Exit::LoginNeeded, "id_token_not_renewed", "gave no new one")
                .with_hint("keyfob login{at}"),
        );
    }
    if context.is_json() {
        let value = json!({ "id_token": token.expose(), "profile": session.profile().as_str() });
        return output::stdout(&output::json(&value));
    }
    output::stdout(&format!("{}\n", token.expose()))
}

fn stored(context: &Context, session: &Session) -> Result<Secret, Failure> {
    open::stored_token(context, session.profile(), "id_token")
}

fn over(exit: Exit, code: &'static str, why: &str) -> Failure {
    Failure::new(
        exit,
        code,
        format!("the ID token has expired, and the provider {why}"),
    )
}

/// Compares the token's `exp` with the provider's clock, as far as it is known.
async fn has_expired(
    context: &Context,
    session: &Session,
    token: &Secret,
) -> Result<bool, Failure> {
    let offset = session.status().await?.clock_offset.unwrap_or(0);
    let now = context.now();
    let now = now
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or(Duration::ZERO)
        .as_secs()
        .saturating_add_signed(offset);
    let decoded = jwt::decode_unverified(token.expose()).ok();
    let exp = decoded.and_then(|token| token.claims.get("exp").and_then(Value::as_u64));
    Ok(exp.is_some_and(|exp| exp <= now))
}
