//! The right to change a login that lies in two files.

use keyfob_store::{Document, Held, Lease, Revision, SharedLease, StoreError, Stored};

use super::store::{FoundryStore, own_part, unless_damaged};

/// What a section needs beside its refresh token, with room to spare.
const SECTION_BYTES: usize = 8 * 1024;

/// The right to change a login in the Foundry cache and keyfob's notes about it; dropping it gives both locks back.
#[derive(Debug)]
pub struct FoundryLease {
    store: FoundryStore,
    own: Held,
    shared: SharedLease,
}

impl FoundryLease {
    pub(super) fn new(store: FoundryStore, own: Held, shared: SharedLease) -> Self {
        Self { store, own, shared }
    }

    async fn check(&mut self, expected: Option<&Revision>) -> Result<(), StoreError> {
        let present = Lease::load(self).await?.map(|stored| stored.revision);
        if present.as_ref() == expected {
            Ok(())
        } else {
            Err(StoreError::Conflict)
        }
    }
}

impl Lease for FoundryLease {
    async fn load(&mut self) -> Result<Option<Stored>, StoreError> {
        let own = unless_damaged(self.own.load().await)?;
        let (cache, host) = (&self.store.cache, &self.store.login.host);
        Ok(self
            .store
            .merged(own, cache.look_again(&self.shared, host)?))
    }

    async fn reserve(&mut self, max_bytes: usize) -> Result<(), StoreError> {
        self.own.reserve(max_bytes).await?;
        let FoundryStore {
            cache,
            login,
            replaces,
            ..
        } = &self.store;
        let present = cache.may_put(&self.shared, &login.host, &login.credential(), *replaces)?;
        self.shared
            .reserve_now(present + max_bytes.min(SECTION_BYTES))
    }

    async fn commit(
        &mut self,
        expected: Option<&Revision>,
        document: &Document,
    ) -> Result<Revision, StoreError> {
        let store = &self.store;
        let (cache, host) = (&store.cache, &store.login.host);
        let own = unless_damaged(self.own.load().await)?;
        let own_revision = own.as_ref().map(|own| own.revision.clone());
        let found = cache.look_again(&self.shared, host)?;
        let revision = found.as_ref().map(|found| found.revision.clone());
        let former = found.as_ref().map(|found| found.credential.clone());
        let present = store.merged(own, found).map(|stored| stored.revision);
        if present.as_ref() != expected {
            return Err(StoreError::Conflict);
        }
        let mut credential = store.login.credential();
        let former = former.filter(|former| former.client_id() == credential.client_id());
        if let Some(former) = &former {
            // The same client goes on: what this profile does not know stays as it is.
            credential = credential.with_token_uri(former.token_uri());
            if let (None, Some(secret)) = (credential.client_secret(), former.client_secret()) {
                credential = credential.with_client_secret(secret.clone());
            }
        }
        if let Some(token) = document.text("refresh_token") {
            credential = credential.with_refresh_token(keyfob_jose::Secret::new(token));
        }
        // The refresh token first: it is what cannot be had again. The other program takes no lock, so what it writes from
        // here on must be found out.
        if former.as_ref() != Some(&credential) {
            let shared = &mut self.shared;
            cache.put(shared, host, &credential, revision.as_ref(), store.replaces)?;
        }
        let own = own_part(document, &credential);
        self.own.commit(own_revision.as_ref(), &own).await?;
        let merged = Lease::load(self).await?.ok_or(StoreError::Conflict)?;
        Ok(merged.revision)
    }

    async fn remove(&mut self, expected: Option<&Revision>) -> Result<bool, StoreError> {
        if expected.is_some() {
            self.check(expected).await?;
        }
        let login = &self.store.login;
        let cache = &self.store.cache;
        let removed = cache.take_out(&mut self.shared, &login.host, &login.client_id)?;
        Ok(self.own.remove(None).await? || removed)
    }

    async fn release(self) {
        drop(self.shared);
        self.own.release().await;
    }
}
