//! Logging out: revoke the refresh token, revoke the access token (RFC 7009), remove the credential.

use std::time::Duration;

use keyfob_jose::Secret;
use keyfob_protocol::TokenHint;
use keyfob_store::Document;

use crate::Error;
use crate::session::LoginNeeded;
use crate::session::core::Core;
use crate::session::lock;
use crate::session::notes::Notes;

/// What became of each step of a logout. Keys cannot be revoked: for them, the first two steps are nothing.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct LogoutReport {
    /// Revoking the refresh token.
    pub refresh_token: LogoutStep,
    /// Revoking the access token.
    pub access_token: LogoutStep,
    /// Removing the credential from the store.
    pub removal: LogoutStep,
    /// Whether a key stays behind that is part of the configuration, or that the configuration refers to.
    pub key_in_config: bool,
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

    /// The step that tells more about both: a failure, or what was done.
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (failed @ Self::Failed(_), _) | (_, failed @ Self::Failed(_)) => failed,
            (Self::Nothing, step) | (step, _) => step,
        }
    }
}

/// A provider that does not answer must not keep anybody logged in on this machine.
const REVOCATION_LIMIT: Duration = Duration::from_secs(15);

pub(crate) async fn logout(core: &Core) -> Result<LogoutReport, Error> {
    let mut lease = lock::lease(core).await?;
    let (stored, unread) = match lease.load().await {
        Ok(stored) => (stored.map(|stored| stored.document), LogoutStep::Nothing),
        // What cannot be read cannot be revoked, but it can be removed.
        Err(error) if error.is_replaceable() => (None, LogoutStep::Failed(error.into())),
        Err(error) => return Err(error.into()),
    };
    // What lives in memory only would stay valid at the provider, with nobody left to know of it.
    let unsaved = core.unsaved().as_ref().map(|held| held.document.clone());
    let (mut refresh_token, mut access_token) = (unread.clone(), unread);
    for document in unsaved.iter().chain(&stored) {
        let (refresh, access) = revoke_both(core, document).await;
        refresh_token = refresh_token.and(refresh);
        access_token = access_token.and(access);
    }
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
        key_in_config: core.client.keeps_key() && core.client.config().has_key(),
    })
}

async fn revoke_both(core: &Core, document: &Document) -> (LogoutStep, LogoutStep) {
    if core.client.issuer().is_err() {
        return (LogoutStep::Nothing, LogoutStep::Nothing);
    }
    if core.are_of_another_server(&Notes::of(document)) {
        // The configuration was changed since the login: to revoke there would be to show these tokens to a stranger.
        let foreign = |member| match document.text(member) {
            Some(_) => LogoutStep::Failed(LoginNeeded::AnotherIdentity.into()),
            None => LogoutStep::Nothing,
        };
        return (foreign("refresh_token"), foreign("access_token"));
    }
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

#[cfg(test)]
mod tests {
    use keyfob_store::{MemoryStore, Store};
    use keyfob_transport::Clock;
    use keyfob_transport::testing::{ScriptedTransport, json};
    use serde_json::json as value;

    use super::*;
    use crate::client::{Client, ClientConfig};
    use crate::session::event::Observer;
    use crate::session::unsaved::Unsaved;

    #[tokio::test]
    async fn tokens_that_live_in_memory_only_are_revoked_too() {
        let script = ScriptedTransport::new();
        script.otherwise(|_| json(200, "{}"));
        let config = value!({
            "client_type": "oidc_device_code",
            "auth_server": "https://as.example",
            "revocation_endpoint": "https://as.example/revoke",
            "client_id": "demo",
        });
        let config = ClientConfig::from_json(config.to_string().as_bytes()).unwrap();
        let client = Client::from_config(config, script.transport(), Clock::system()).unwrap();
        let store = Store::new(MemoryStore::new());
        let key = "work".parse().unwrap();
        let policy = crate::session::SessionPolicy::default();
        let core = Core::new(client, store, key, policy, Observer::default());
        let text = br#"{"access_token":"new-access","refresh_token":"new-refresh"}"#;
        *core.unsaved() = Some(Unsaved {
            document: Document::parse(text).unwrap(),
            replaces: None,
        });
        let report = logout(&core).await.unwrap();
        assert!(matches!(report.refresh_token, LogoutStep::Done));
        assert!(matches!(report.access_token, LogoutStep::Done));
        let sent = script.requests();
        let sent: Vec<_> = sent.iter().map(|one| one.body().clone()).collect();
        for token in [&b"token=new-refresh&"[..], b"token=new-access&"] {
            assert!(sent.iter().any(|body| body.starts_with(token)));
        }
    }
}
