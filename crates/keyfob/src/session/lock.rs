//! The store's lock, waited for politely: whoever waits looks first whether the holder has done the work already.

use std::sync::Arc;
use std::time::Duration;

use keyfob_store::{Held, TryLock};

use crate::Error;
use crate::session::core::Core;
use crate::session::current::Current;
use crate::session::need::Need;

/// What came of wanting to change the credential.
pub(crate) enum Acquired {
    /// The lock is ours.
    Lease(Held),
    /// Somebody else brought a token that will do.
    Adopted(Arc<Current>),
}

const FIRST_WAIT: Duration = Duration::from_millis(5);
const LONGEST_WAIT: Duration = Duration::from_millis(100);

/// Takes the lock, or what its holder brought meanwhile; without a need, only the lock will do.
pub(crate) async fn acquire(core: &Core, need: Option<&Need>) -> Result<Acquired, Error> {
    let clock = core.client.clock();
    let (began, mut wait, mut seen) = (clock.monotonic(), FIRST_WAIT, None);
    loop {
        let holder = match core.store.try_lock(&core.key).await? {
            TryLock::Held(lease) => return Ok(Acquired::Lease(lease)),
            TryLock::Busy { holder } => holder,
        };
        let waited = clock.monotonic().saturating_sub(began);
        if waited >= core.policy.lock_wait {
            return Err(Error::StoreLocked { holder, waited });
        }
        clock.sleep(spread(wait, core.roll())).await;
        wait = (wait * 2).min(LONGEST_WAIT);
        let Some(need) = need else { continue };
        let stamp = core.store.stamp(&core.key).await?;
        if seen.as_ref() != Some(&stamp) {
            seen = Some(stamp);
            if let Some(current) = brought(core, need).await? {
                return Ok(Acquired::Adopted(current));
            }
        }
    }
}

/// Takes the lock to change the credential whatever it is.
pub(crate) async fn lease(core: &Core) -> Result<Held, Error> {
    loop {
        if let Acquired::Lease(held) = acquire(core, None).await? {
            return Ok(held);
        }
    }
}

/// What the holder brought. A file that cannot be read is decided about under the lock.
async fn brought(core: &Core, need: &Need) -> Result<Option<Arc<Current>>, Error> {
    match core.look(need).await {
        Err(Error::Store(error)) if error.is_replaceable() => Ok(None),
        Err(Error::Credential(_) | Error::LoginNeeded(_)) => Ok(None),
        other => other,
    }
}

/// Between half of the wait and all of it.
fn spread(wait: Duration, roll: u8) -> Duration {
    wait.saturating_sub(wait / 2 / 256 * u32::from(roll))
}
