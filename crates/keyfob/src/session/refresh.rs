//! The one place that brings a new token: lock -> read again -> still stale? -> reserve -> redeem -> commit -> publish -> unlock.
//!
//! It runs as a task of its own, so that no caller's cancellation can come between sending a refresh
//! token and storing its successor.

use std::sync::Arc;

use keyfob_store::{Credential, Document, Revision, StoreError};

use crate::Error;
use crate::session::LoginNeeded;
use crate::session::core::{Core, Outcome, Prepared};
use crate::session::current::Current;
use crate::session::lock::{Acquired, Locked, acquire};
use crate::session::need::Need;
use crate::session::notes::{Notes, time};
use crate::session::redeem::redeem;
use crate::session::source;

/// What was read under the lock, and the lock; without a lock nothing can be written.
pub(crate) struct Ground {
    pub(crate) lease: Option<Locked>,
    pub(crate) revision: Option<Revision>,
    pub(crate) found: Option<Prepared>,
}

/// Brings a token that will do, by whoever's work.
pub(crate) async fn run(core: &Arc<Core>, need: &Need) -> Outcome {
    match attempt(core, need).await {
        // A program that takes no lock has written since we read; nothing was sent yet.
        Err(Error::Store(StoreError::Conflict)) => attempt(core, need).await,
        outcome => outcome,
    }
}

async fn attempt(core: &Arc<Core>, need: &Need) -> Outcome {
    let ground = match take_ground(core, need).await? {
        Taken::Adopted(current) => return Ok(current),
        Taken::Ground(ground) => *ground,
    };
    if core.unsaved().is_some() {
        return Box::pin(super::save::resume(core, ground, need)).await;
    }
    Box::pin(bring(core, ground)).await
}

/// Redeems the refresh token that was read, or logs in if that needs nobody.
pub(crate) async fn bring(core: &Core, mut ground: Ground) -> Outcome {
    let unattended = core.client.can_login_unattended();
    let refreshable = ground.found.as_ref().is_some_and(|found| {
        found.credential.refresh_token().is_some() && found.notes.retired.is_none()
    });
    if refreshable {
        match redeem(core, &mut ground).await {
            // The refresh token is of no use, but the client can do without (planet-auth cannot).
            Err(error)
                if unattended && (error.is_login_needed() || error.oauth_error().is_some()) => {}
            outcome => return outcome,
        }
    }
    if unattended {
        return source::login(core, &mut ground).await;
    }
    Err(reason(ground.found.as_ref()).into())
}

enum Taken {
    Adopted(Arc<Current>),
    Ground(Box<Ground>),
}

impl Taken {
    fn ground(lease: Option<Locked>, revision: Option<Revision>, found: Option<Prepared>) -> Self {
        Self::Ground(Box::new(Ground {
            lease,
            revision,
            found,
        }))
    }
}

async fn take_ground(core: &Core, need: &Need) -> Result<Taken, Error> {
    let mut lease = match lock_unless_closed(core, need).await {
        Ok(Acquired::Adopted(current)) => return Ok(Taken::Adopted(current)),
        Ok(Acquired::Lease(lease)) => lease,
        Err(Error::Store(error)) if is_unwritable(&error) && can_do_without_store(core) => {
            return Ok(Taken::ground(None, None, None));
        }
        Err(error) => return Err(error),
    };
    let stored = match lease.load().await {
        Ok(Some(stored)) => stored,
        Ok(None) => return Ok(Taken::ground(Some(lease), None, None)),
        Err(error) if error.is_replaceable() => {
            let found = salvage(core, error)?;
            return Ok(Taken::ground(Some(lease), None, found));
        }
        Err(StoreError::Backend { .. }) if can_do_without_store(core) => {
            return Ok(Taken::ground(None, None, None));
        }
        Err(error) => return Err(error.into()),
    };
    let found = match core.prepare(&stored) {
        Ok(found) => Some(found),
        Err(Error::LoginNeeded(_) | Error::Credential(_)) if core.client.can_login_unattended() => {
            None
        }
        Err(error) => return Err(error),
    };
    let current = found.as_ref().and_then(|found| found.current.as_ref());
    if let Some(current) = current.filter(|current| still_will_do(core, current, need)) {
        core.adopt(current);
        return Ok(Taken::Adopted(Arc::clone(current)));
    }
    Ok(Taken::ground(Some(lease), Some(stored.revision), found))
}

/// What costs nothing to get again, and what exists in memory only, may go on living there.
fn can_do_without_store(core: &Core) -> bool {
    core.client.can_login_unattended() || core.unsaved().is_some()
}

/// A token that is in memory only is not found in the store, so what is there cannot do.
fn still_will_do(core: &Core, current: &Current, need: &Need) -> bool {
    core.unsaved().is_none() && need.is_met_by(core.judge(current, need))
}

/// An attempt that still waits for the lock ends with the session, or when the program is about to end.
async fn lock_unless_closed(core: &Core, need: &Need) -> Result<Acquired, Error> {
    let mut closed = core.closed.subscribe();
    tokio::select! {
        biased;
        acquired = acquire(core, Some(need)) => acquired,
        _ = closed.wait_for(|closed| *closed) => Err(Error::Cancelled),
    }
}

/// What to go on with when the stored file is damaged: the credential in memory, or a login that needs nobody.
fn salvage(core: &Core, error: StoreError) -> Result<Option<Prepared>, Error> {
    if let Some(current) = core.current.load_full()
        && current.credential.refresh_token().is_some()
    {
        let (credential, notes) = (current.credential.clone(), current.notes.clone());
        return Ok(Some(Prepared {
            credential,
            notes,
            current: Some(current),
        }));
    }
    if core.client.can_login_unattended() {
        Ok(None)
    } else {
        Err(error.into())
    }
}

pub(crate) fn is_unwritable(error: &StoreError) -> bool {
    matches!(
        error,
        StoreError::Unwritable { .. }
            | StoreError::NoSpace { .. }
            | StoreError::Io { .. }
            | StoreError::Backend { .. }
    )
}

/// Why a person is needed, from what the store remembers.
pub(crate) fn reason(found: Option<&Prepared>) -> LoginNeeded {
    let Some(found) = found else {
        return LoginNeeded::NoCredential;
    };
    match &found.notes.retired {
        Some(retired) if retired.lost_in_rotation => LoginNeeded::LostInRotation {
            sent_at: time(retired.sent_at.unwrap_or(retired.at)),
        },
        Some(_) => LoginNeeded::Ended,
        None => LoginNeeded::NotRenewable,
    }
}

/// Puts notes into a credential's document.
pub(crate) fn annotated(credential: &Credential, notes: &Notes) -> Document {
    let mut document = credential.document().clone();
    notes.write(&mut document);
    document
}
