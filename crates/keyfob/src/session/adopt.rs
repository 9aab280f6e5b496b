//! What a login brought, stored and published.

use std::sync::Arc;

use crate::Error;
use crate::client::Granted;
use crate::session::access_token::AccessToken;
use crate::session::core::Core;
use crate::session::current::noted;
use crate::session::lock;
use crate::session::refresh::Ground;
use crate::session::save;

/// The space that a login's answer needs at most; real answers have a few kilobytes.
const RESERVED_BYTES: usize = 64 * 1024;

pub(crate) async fn adopt(core: &Arc<Core>, granted: Granted) -> Result<AccessToken, Error> {
    // Storing must not stop half-way because whoever waited for the login has gone.
    let core = Arc::clone(core);
    let runtime = tokio::runtime::Handle::try_current()
        .map_err(|error| Error::NoRuntime(error.to_string()))?;
    runtime
        .spawn(async move { core.unlocked(store(&core, granted).await).await })
        .await
        .map_err(|_| Error::Cancelled)?
}

async fn store(core: &Core, granted: Granted) -> Result<AccessToken, Error> {
    let (credential, notes) = noted(core, &granted)?;
    let mut problem = None;
    let mut ground = match ground(core).await {
        Ok(ground) => ground,
        Err(error) => {
            problem = Some(error);
            Ground {
                lease: None,
                revision: None,
                found: None,
            }
        }
    };
    // A new login replaces whatever waited to be written.
    *core.unsaved() = None;
    let current = save::store_and_publish(core, &mut ground, credential, notes, None).await?;
    match problem {
        Some(error) => Err(error),
        None if core.unsaved().is_some() => Err(Error::NotSaved),
        None => Ok(current.token.clone()),
    }
}

pub(crate) async fn check_writable(core: &Core) -> Result<(), Error> {
    let mut lease = lock::lease(core).await?;
    let reserved = lease.reserve(RESERVED_BYTES).await;
    drop(lease);
    Ok(core.unlocked(reserved).await?)
}

/// The lock, and the revision of what a login replaces; something unreadable is kept aside by the commit.
async fn ground(core: &Core) -> Result<Ground, Error> {
    let mut lease = lock::lease(core).await?;
    let revision = match lease.load().await {
        Ok(stored) => stored.map(|stored| stored.revision),
        Err(error) if error.is_replaceable() => None,
        Err(error) => return Err(error.into()),
    };
    Ok(Ground {
        lease: Some(lease),
        revision,
        found: None,
    })
}
