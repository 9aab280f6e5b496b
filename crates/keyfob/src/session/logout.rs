//! Logging out: revoke the refresh token, revoke the access token (RFC 7009), remove the credential.

use std::time::Duration;

use keyfob_jose::Secret;
use keyfob_protocol::TokenHint;
use keyfob_store::Document;

use crate::Error;
use crate::session::core::Core;
use crate::session::lock;

/// What became of each step of a logout.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct LogoutReport {
    /// Revoking the refresh token.
    pub refresh_token: LogoutStep,
    /// Revoking the access token.
    pub access_token: LogoutStep,
    /// Removing the credential from the store.
    pub removal: LogoutStep,
}

/// What became of one step.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum LogoutStep {
    /// Done.
    Done,
    /// There was nothing to do.
    Nothing,
    /// The provider has no revocation endpoint.
    Unsupported,
    /// It failed; a token that was not revoked is valid until it expires.
    Failed(Error),
}

impl LogoutStep {
    /// Tells whether nothing is left to do.
    pub fn is_done(&self) -> bool {
        matches!(self, Self::Done | Self::Nothing)
    }
}

/// A provider that does not answer must not keep anybody logged in on this machine.
const REVOCATION_LIMIT: Duration = Duration::from_secs(15);

pub(crate) async fn logout(core: &Core) -> Result<LogoutReport, Error> {
    let mut lease = lock::lease(core).await?;
    let document = match lease.load().await {
        Ok(stored) => stored.map(|stored| stored.document),
        // What cannot be read cannot be revoked, but it can be removed.
        Err(error) if error.is_replaceable() => None,
        Err(error) => return Err(error.into()),
    };
    let (refresh_token, access_token) = match &document {
        Some(document) => revoke_both(core, document).await,
        None => (LogoutStep::Nothing, LogoutStep::Nothing),
    };
    let removal = match lease.remove(None).await {
        Ok(true) => LogoutStep::Done,
        Ok(false) => LogoutStep::Nothing,
        Err(error) => LogoutStep::Failed(error.into()),
    };
    *core.unsaved() = None;
    core.current.store(None);
    core.pause().succeeded();
    Ok(LogoutReport {
        refresh_token,
        access_token,
        removal,
    })
}

async fn revoke_both(core: &Core, document: &Document) -> (LogoutStep, LogoutStep) {
    let refresh_token = revoke(core, document, "refresh_token", TokenHint::RefreshToken).await;
    let access_token = match &refresh_token {
        // A provider that did not answer just now is not asked again.
        LogoutStep::Failed(error)
            if error.is_transient() && document.text("access_token").is_some() =>
        {
            LogoutStep::Failed(error.clone())
        }
        LogoutStep::Unsupported => LogoutStep::Unsupported,
        _ => revoke(core, document, "access_token", TokenHint::AccessToken).await,
    };
    (refresh_token, access_token)
}

async fn revoke(core: &Core, document: &Document, member: &str, hint: TokenHint) -> LogoutStep {
    let Some(token) = document.text(member).map(Secret::new) else {
        return LogoutStep::Nothing;
    };
    let clock = core.client.clock();
    match clock
        .timeout(REVOCATION_LIMIT, core.client.revoke(&token, hint))
        .await
    {
        Ok(Ok(true)) => LogoutStep::Done,
        Ok(Ok(false)) => LogoutStep::Unsupported,
        Ok(Err(error)) => LogoutStep::Failed(error),
        Err(_elapsed) => LogoutStep::Failed(Error::WaitedTooLong {
            limit: REVOCATION_LIMIT,
        }),
    }
}
