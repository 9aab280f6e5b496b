//! The critical part of a refresh: from the mark before the refresh token is sent to the commit of its successor.

use std::sync::Arc;

use keyfob_jose::Secret;
use keyfob_store::{Credential, Document, StoreError};

use crate::Error;
use crate::client::{Granted, IdTokenCheck};
use crate::session::LoginNeeded;
use crate::session::answer::{Fate, fate};
use crate::session::core::{Core, Outcome, Prepared};
use crate::session::current::{Current, Times, note_life};
use crate::session::event::Event;
use crate::session::fingerprint::fingerprint;
use crate::session::notes::{NotedPause, Notes, Redeeming, Retired, later, seconds, time};
use crate::session::refresh::{Ground, annotated};
use crate::session::save;

/// The space that is made sure of before a refresh token is sent; real answers have a few kilobytes.
const RESERVED_BYTES: usize = 64 * 1024;

/// A refresh token that lost the race against another program is tried once more with what that one stored.
const ATTEMPTS: usize = 2;

/// Redeems the refresh token of the credential that was read under the lock.
pub(crate) async fn redeem(core: &Core, ground: &mut Ground) -> Outcome {
    let mut outcome = Err(Error::Cancelled);
    for _ in 0..ATTEMPTS {
        let Some(sent) = ground
            .found
            .as_ref()
            .and_then(|found| found.credential.refresh_token())
            .map(Secret::new)
        else {
            return Err(super::refresh::reason(ground.found.as_ref()).into());
        };
        let expects_id_token = ground
            .found
            .as_ref()
            .is_some_and(|found| found.credential.id_token().is_some());
        core.client.prepare_for_refresh(expects_id_token).await?;
        let earlier = mark(core, ground, &fingerprint(&sent)).await?;
        let limit = core.policy.exchange_limit;
        let scopes = &core.policy.refresh_scopes;
        let refreshed = core.client.refresh_or_successor(&sent, scopes, limit);
        let (error, successor) = match refreshed.await {
            Ok(granted) => match accept(core, ground, &sent, granted).await {
                Err(error @ Error::RefreshRefused(_)) => {
                    return leave_marked(core, ground, error).await;
                }
                outcome => return outcome,
            },
            Err(failed) => failed,
        };
        if let Some(successor) = successor {
            return succeed(core, ground, &successor, error).await;
        }
        match fate(&error) {
            Fate::Refused if has_been_replaced(core, ground, &sent).await? => {
                outcome = Err(error);
                if let Some(current) = usable(core, ground) {
                    core.adopt(&current);
                    return Ok(current);
                }
            }
            Fate::Refused => return retire(core, ground, earlier).await,
            Fate::Settled => return settle(core, ground, earlier, error).await,
            Fate::Unsettled => return leave_marked(core, ground, error).await,
        }
    }
    outcome
}

/// Makes sure that the answer can be stored, and writes durably that the refresh token is about to be sent.
///
/// Returns the mark of an earlier attempt whose answer was lost.
async fn mark(
    core: &Core,
    ground: &mut Ground,
    fingerprint: &str,
) -> Result<Option<Redeeming>, Error> {
    let (Some(lease), Some(found)) = (ground.lease.as_mut(), ground.found.as_mut()) else {
        return Ok(None);
    };
    lease.reserve(RESERVED_BYTES).await?;
    if found.notes.is_redeeming(fingerprint) {
        // The mark is there, so no commit finds out whether somebody has replaced the token meanwhile.
        if ground.revision.is_some()
            && lease.load().await?.map(|stored| stored.revision) != ground.revision
        {
            return Err(StoreError::Conflict.into());
        }
        return Ok(found.notes.redeeming.clone());
    }
    found.notes.redeeming = Some(Redeeming {
        at: seconds(core.now()),
        token: fingerprint.to_owned(),
    });
    found.notes.pause = None;
    let document = annotated(&found.credential, &found.notes);
    ground.revision = Some(lease.commit(ground.revision.as_ref(), &document).await?);
    lease.reserve(RESERVED_BYTES).await?;
    Ok(None)
}

/// Checks, stores and publishes what came back.
async fn accept(core: &Core, ground: &mut Ground, sent: &Secret, granted: Granted) -> Outcome {
    let Some(found) = ground.found.as_ref() else {
        return Err(Error::Cancelled);
    };
    let times = Times {
        sent: granted.sent_at,
        received: granted.received_at,
        date: granted.date,
    };
    let mut raw = granted.response.raw.clone();
    match core
        .client
        .check_refreshed_id_token(&granted, found.credential.id_token())
        .await
    {
        IdTokenCheck::Passed => {}
        IdTokenCheck::Unavailable(error) => {
            raw.remove("id_token");
            core.tell(&Event::IdTokenUnchecked { error });
        }
        IdTokenCheck::Refused(error) => return Err(Error::RefreshRefused(error)),
    }
    let credential = found.credential.refreshed(raw, times.sent)?;
    let mut notes = Notes {
        redeeming: None,
        retired: None,
        pause: None,
        ..found.notes.clone()
    };
    let windows = &core.policy.windows;
    note_life(&mut notes, credential.document(), &times, windows, true);
    core.sign(&mut notes);
    save::store_and_publish(core, ground, credential, notes, Some(fingerprint(sent))).await
}

/// The provider said `invalid_grant` and nobody has replaced the refresh token: it is removed, all else stays.
async fn retire(core: &Core, ground: &mut Ground, earlier: Option<Redeeming>) -> Outcome {
    let reason = match &earlier {
        Some(mark) => LoginNeeded::LostInRotation {
            sent_at: time(mark.at),
        },
        None => LoginNeeded::Ended,
    };
    if let Some(found) = ground.found.as_mut() {
        let at = seconds(core.now());
        found.notes.redeeming = None;
        found.notes.pause = None;
        found.notes.retired = Some(Retired {
            at,
            lost_in_rotation: earlier.is_some(),
            sent_at: earlier.map(|mark| mark.at),
        });
        let mut document = annotated(&found.credential, &found.notes);
        // A file without any token is none; there, the note alone retires it.
        if document.text("access_token").is_some() || document.text("id_token").is_some() {
            document.unset("refresh_token");
        }
        rewrite(core, ground, &document).await;
    }
    core.tell(&Event::Retired {
        reason: reason.clone(),
    });
    Err(reason.into())
}

/// The refresh token was surely not used: the mark goes, unless it tells of an earlier lost answer.
async fn settle(
    core: &Core,
    ground: &mut Ground,
    earlier: Option<Redeeming>,
    error: Error,
) -> Outcome {
    if let Some(found) = ground.found.as_mut() {
        found.notes.redeeming = earlier;
    }
    note_pause(core, ground, &error).await;
    Err(error)
}

/// The answer brought a new refresh token and nothing else that can be used: it takes the place of the old one.
async fn succeed(core: &Core, ground: &mut Ground, successor: &Secret, error: Error) -> Outcome {
    if let Some(found) = ground.found.as_mut() {
        let mut document = found.credential.document().clone();
        document.set("refresh_token", successor.expose());
        found.credential = Credential::from_document(document, core.now())?;
        found.notes.redeeming = None;
    }
    note_pause(core, ground, &error).await;
    Err(error)
}

/// Nobody knows whether the refresh token was used: the mark stays, and the same token will be tried again.
async fn leave_marked(core: &Core, ground: &mut Ground, error: Error) -> Outcome {
    note_pause(core, ground, &error).await;
    Err(error)
}

/// Tells other processes not to try again at once; they have no other memory of the failure.
async fn note_pause(core: &Core, ground: &mut Ground, error: &Error) {
    let asked = super::answer::retry_after(error)
        .unwrap_or_default()
        .min(core.policy.pause.retry_after_cap);
    let wait = asked.max(core.policy.pause.base);
    let until = later(core.now(), wait);
    if let Some(found) = ground.found.as_mut() {
        found.notes.pause = Some(NotedPause {
            until,
            code: error.code().to_owned(),
        });
        let document = annotated(&found.credential, &found.notes);
        rewrite(core, ground, &document).await;
    }
}

/// A note that cannot be written is no reason to fail: what matters is still stored.
async fn rewrite(core: &Core, ground: &mut Ground, document: &Document) {
    let Some(lease) = ground.lease.as_mut() else {
        return;
    };
    match lease.commit(ground.revision.as_ref(), document).await {
        Ok(revision) => ground.revision = Some(revision),
        Err(error) => tracing::warn!(
            profile = core.key.as_str(),
            code = error.code(),
            "a note could not be stored"
        ),
    }
}

/// The lost race: another program, one that takes no lock, has stored another refresh token meanwhile.
async fn has_been_replaced(core: &Core, ground: &mut Ground, sent: &Secret) -> Result<bool, Error> {
    let Some(lease) = ground.lease.as_mut() else {
        return Ok(false);
    };
    let Some(stored) = lease.load().await? else {
        return Ok(false);
    };
    let prepared = core.prepare(&stored)?;
    let replaced = prepared
        .credential
        .refresh_token()
        .is_some_and(|token| Secret::new(token) != *sent);
    if replaced {
        ground.revision = Some(stored.revision);
        ground.found = Some(prepared);
    }
    Ok(replaced)
}

fn usable(core: &Core, ground: &Ground) -> Option<Arc<Current>> {
    let Prepared { current, .. } = ground.found.as_ref()?;
    let current = current.as_ref()?;
    let need = super::need::Need::default();
    need.is_met_by(core.judge(current, &need))
        .then(|| Arc::clone(current))
}
