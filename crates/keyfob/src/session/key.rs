//! Sessions whose credential is a key: it does not expire, nobody refreshes it, and its file may change at any time.

use std::sync::Arc;
use std::time::Duration;

use keyfob_store::{Credential, Document};

use crate::Error;
use crate::session::access_token::AccessToken;
use crate::session::core::Core;
use crate::session::current::Current;
use crate::session::event::Event;
use crate::session::need::Need;
use crate::session::notes::Notes;
use crate::session::rejection::Invalidation;
use crate::session::window::Windows;
use crate::session::{LoginNeeded, obtain};

/// How long a key is sent before its file is looked at again.
const RECHECK: Duration = Duration::from_secs(1);

/// Finds the key, or logs in for one if that needs nobody.
pub(super) async fn find(core: &Arc<Core>, need: &Need) -> Result<AccessToken, Error> {
    if let Some(current) = core.look_for_key(need).await? {
        return Ok(current.token.clone());
    }
    if let Some(paused) = core.paused().filter(|_| !need.insists) {
        return Err(paused.error);
    }
    if core.client.can_login_unattended() && !core.client.config().has_key() {
        return obtain::brought(core, need).await;
    }
    Err(match core.current.load().as_ref() {
        Some(_) => core.client.unsupported("get another key").into(),
        None => LoginNeeded::NoCredential.into(),
    })
}

/// Reads the key again; one that has changed is as good as refreshed.
pub(super) async fn refresh(core: &Arc<Core>) -> Result<AccessToken, Error> {
    let known = core.current.load_full();
    if let Some(found) = core.look_for_key(&Need::default()).await?
        && known.is_some_and(|known| !known.token.is_same(&found.token))
    {
        return Ok(found.token.clone());
    }
    let known = core.current.load_full();
    find(
        core,
        &Need::other_than(known.map(|known| known.token.clone())),
    )
    .await
}

/// A key that was refused is looked at once more: its file may hold another one by now.
pub(super) fn invalidate(core: &Core, current: &Arc<Current>) -> Invalidation {
    let config = core.client.config();
    if config.has_key() && !core.client.key_may_change() {
        return Invalidation::RejectedAgain;
    }
    let mut doubted = (**current).clone();
    doubted.windows = Windows::of_key(core.now(), Some(Duration::ZERO));
    core.current
        .compare_and_swap(current, Some(Arc::new(doubted)));
    Invalidation::Invalidated
}

impl Current {
    /// Prepares a key for use.
    pub(super) fn of_key(
        credential: Credential,
        notes: Notes,
        windows: Windows,
    ) -> Result<Option<Self>, Error> {
        let Some((scheme, key)) = credential.authorization() else {
            return Ok(None);
        };
        let secret = keyfob_jose::Secret::new(key);
        let token = AccessToken::with_scheme(scheme, secret, windows.expires_at())?;
        Ok(Some(Self {
            token,
            windows,
            credential,
            notes,
        }))
    }
}

impl Core {
    /// When a key that comes from a file has to be looked at again.
    pub(super) fn key_windows(&self) -> Windows {
        Windows::of_key(self.now(), Some(RECHECK))
    }

    /// Looks where the key may be, in the configuration and then in the store, and publishes what is there.
    pub(super) async fn look_for_key(&self, need: &Need) -> Result<Option<Arc<Current>>, Error> {
        let Some(found) = self.stored_key().await? else {
            // Whoever removed it wants it to be used no longer.
            self.current.store(None);
            return Ok(None);
        };
        let found = Arc::new(found);
        let known = self.current.swap(Some(Arc::clone(&found)));
        if !known.is_some_and(|known| known.token.is_same(&found.token)) {
            self.tell(&Event::Adopted {
                expires_at: found.token.expires_at(),
            });
        }
        Ok((!need.bars(&found.token)).then_some(found))
    }

    /// The key as it is now, or `None`.
    pub(super) async fn stored_key(&self) -> Result<Option<Current>, Error> {
        let Some(members) = self.client.configured_key().await? else {
            let stored = self.store.load(&self.key).await?;
            let prepared = stored.map(|stored| self.prepare(&stored)).transpose()?;
            return Ok(prepared
                .and_then(|prepared| prepared.current)
                .map(Arc::unwrap_or_clone));
        };
        let document = Document::from(members);
        let credential = Credential::from_document_as(self.kind(), document, self.now())?;
        let recheck = self.client.key_may_change().then_some(RECHECK);
        let windows = Windows::of_key(self.now(), recheck);
        Current::of_key(credential, Notes::default(), windows)
    }
}
