//! The store's lock, waited for politely: whoever waits looks first whether the holder has done the work already.

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Waker};
use std::time::Duration;

use futures_util::future::join_all;
use keyfob_store::{Held, TryLock};
use keyfob_transport::Clock;
use tokio::runtime::Handle;
use tokio::task::JoinHandle;

use crate::Error;
use crate::session::core::Core;
use crate::session::current::Current;
use crate::session::need::Need;

/// What came of wanting to change the credential.
pub(crate) enum Acquired {
    /// The lock is ours.
    Lease(Locked),
    /// Somebody else brought a token that will do.
    Adopted(Arc<Current>),
}

/// The lock, given back when dropped; by a task of its own if the store has to wait for that.
#[derive(Debug)]
pub(crate) struct Locked {
    lease: Held,
    releases: Releases,
}

/// Locks that are being given back. Whoever answers a caller waits for them, since the program may end with that answer.
#[derive(Clone, Debug, Default)]
pub(crate) struct Releases(Arc<Mutex<Vec<JoinHandle<()>>>>);

impl Releases {
    /// Waits until every lock is given back, but not for a store that does not answer.
    pub(crate) async fn done(&self, clock: &Clock) {
        loop {
            let under_way = std::mem::take(&mut *self.list());
            if under_way.is_empty() {
                return;
            }
            // One that is not given back in time ends by itself.
            drop(clock.timeout(RELEASE_LIMIT, join_all(under_way)).await);
        }
    }

    fn list(&self) -> MutexGuard<'_, Vec<JoinHandle<()>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const RELEASE_LIMIT: Duration = Duration::from_secs(5);

impl Deref for Locked {
    type Target = Held;

    fn deref(&self) -> &Held {
        &self.lease
    }
}

impl DerefMut for Locked {
    fn deref_mut(&mut self) -> &mut Held {
        &mut self.lease
    }
}

impl Drop for Locked {
    fn drop(&mut self) {
        let mut release = Box::pin(self.lease.take().release());
        let is_done = release
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()))
            .is_ready();
        // Without a runtime the lock ends by itself.
        if !is_done && let Ok(runtime) = Handle::try_current() {
            self.releases.list().push(runtime.spawn(release));
        }
    }
}

const FIRST_WAIT: Duration = Duration::from_millis(5);
const LONGEST_WAIT: Duration = Duration::from_millis(100);

/// Takes the lock, or what its holder brought meanwhile; without a need, only the lock will do.
pub(crate) async fn acquire(core: &Core, need: Option<&Need>) -> Result<Acquired, Error> {
    let clock = core.client.clock();
    let (began, mut wait, mut seen) = (clock.monotonic(), FIRST_WAIT, None);
    loop {
        let holder = match core.store.try_lock(&core.key).await? {
            TryLock::Held(lease) => {
                let releases = core.releases.clone();
                return Ok(Acquired::Lease(Locked { lease, releases }));
            }
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
pub(crate) async fn lease(core: &Core) -> Result<Locked, Error> {
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
