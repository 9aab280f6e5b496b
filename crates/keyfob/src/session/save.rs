//! From a token response to a stored and published credential; and what happens when the store will not take it.

use std::sync::Arc;

use keyfob_jose::Secret;
use keyfob_store::{Credential, Document, StoreError};

use crate::Error;
use crate::session::core::{Core, Outcome, Prepared};
use crate::session::current::Current;
use crate::session::event::Event;
use crate::session::fingerprint::fingerprint;
use crate::session::need::Need;
use crate::session::notes::Notes;
use crate::session::refresh::{Ground, annotated, bring};
use crate::session::unsaved::Unsaved;
use crate::session::window::State;

/// Writes durably, then publishes. `replaces` is the fingerprint of the refresh token that was redeemed.
///
/// Tokens that cannot be written are served from memory all the same: the provider has issued them, and
/// the former ones may be dead.
pub(crate) async fn store_and_publish(
    core: &Core,
    ground: &mut Ground,
    credential: Credential,
    notes: Notes,
    replaces: Option<String>,
) -> Outcome {
    let document = annotated(&credential, &notes);
    let offset = notes.clock_offset.unwrap_or(0);
    let renewable = credential.refresh_token().is_some();
    let mut current = prepare(core, document.clone(), notes)?;
    match write(core, ground, &document, replaces.as_deref()).await {
        Ok(()) => {
            *core.unsaved() = None;
            core.pause().succeeded();
            core.tell(&Event::Refreshed {
                expires_at: current.token.expires_at(),
            });
        }
        Err(error) => {
            if renewable {
                current.windows = current.windows.hurried();
                let mut unsaved = core.unsaved();
                // The store still holds what the first unsaved pair was to replace.
                let replaces = unsaved.take().map_or(replaces, |former| former.replaces);
                *unsaved = Some(Unsaved { document, replaces });
            }
            core.tell(&Event::NotSaved {
                error: error.into(),
            });
        }
    }
    if offset.unsigned_abs() > 60 {
        core.tell(&Event::ClockOff { seconds: offset });
    }
    let current = Arc::new(current);
    core.publish(&current);
    if current.windows.at(core.now()) == State::Expired {
        Err(Error::BornExpired)
    } else {
        Ok(current)
    }
}

/// Goes on with tokens that exist in memory only: writes them, and refreshes with them if that is due.
pub(crate) async fn resume(core: &Core, mut ground: Ground, need: &Need) -> Outcome {
    let Some(unsaved) = core.unsaved().clone() else {
        return bring(core, ground).await;
    };
    if somebody_else_wrote(&ground, &unsaved) {
        *core.unsaved() = None;
        return take_over(core, ground, need).await;
    }
    let written = match ground.lease.as_mut() {
        Some(lease) => {
            lease
                .commit(ground.revision.as_ref(), &unsaved.document)
                .await
        }
        None => Err(StoreError::Backend {
            what: "the lock cannot be taken".to_owned(),
            source: None,
        }),
    };
    let notes = Notes::of(&unsaved.document);
    let current = Arc::new(prepare(core, unsaved.document.clone(), notes.clone())?);
    let found = Prepared {
        credential: current.credential.clone(),
        notes,
        current: Some(Arc::clone(&current)),
    };
    match written {
        Ok(revision) => {
            *core.unsaved() = None;
            core.pause().succeeded();
            core.tell(&Event::Saved);
            ground = Ground {
                revision: Some(revision),
                found: Some(found),
                ..ground
            };
            take_over(core, ground, need).await
        }
        Err(error) if Need::default().is_met_by(core.judge(&current, need)) => Err(error.into()),
        Err(_) => {
            // The store is of no use, but its lock still keeps others from doing the same.
            let lease = ground.lease.take();
            let outcome = bring(
                core,
                Ground {
                    lease: None,
                    revision: None,
                    found: Some(found),
                },
            )
            .await;
            drop(lease);
            outcome
        }
    }
}

/// Uses what is stored if it will do, else refreshes with it.
async fn take_over(core: &Core, ground: Ground, need: &Need) -> Outcome {
    let found = ground
        .found
        .as_ref()
        .and_then(|found| found.current.clone());
    match found.filter(|current| need.is_met_by(core.judge(current, need))) {
        Some(current) => {
            core.publish(&current);
            Ok(current)
        }
        None => bring(core, ground).await,
    }
}

fn somebody_else_wrote(ground: &Ground, unsaved: &Unsaved) -> bool {
    // Without a revision, what was found is the pair in memory itself: the file is damaged.
    if ground.revision.is_none() {
        return false;
    }
    let stored = ground
        .found
        .as_ref()
        .and_then(|found| found.credential.refresh_token());
    match (stored, unsaved.replaces.as_deref()) {
        (Some(stored), Some(replaces)) => fingerprint(&Secret::new(stored)) != replaces,
        _ => false,
    }
}

fn prepare(core: &Core, document: Document, notes: Notes) -> Result<Current, Error> {
    let credential = Credential::from_document_as(core.kind(), document, core.now())?;
    core.usable(credential, notes)?.ok_or(Error::BornExpired)
}

/// Commits over what was read. A program that takes no lock may have written meanwhile: its own new
/// refresh token is left alone, anything else is overwritten.
async fn write(
    core: &Core,
    ground: &mut Ground,
    document: &Document,
    replaces: Option<&str>,
) -> Result<(), StoreError> {
    let Some(lease) = ground.lease.as_mut() else {
        return Err(StoreError::Backend {
            what: "the lock cannot be taken".to_owned(),
            source: None,
        });
    };
    match lease.commit(ground.revision.as_ref(), document).await {
        Ok(revision) => ground.revision = Some(revision),
        Err(StoreError::Conflict) => {
            let stored = lease.load().await?;
            let theirs = stored
                .as_ref()
                .and_then(|stored| stored.document.text("refresh_token"))
                .map(Secret::new);
            if theirs.is_some_and(|theirs| Some(fingerprint(&theirs).as_str()) != replaces) {
                tracing::warn!(
                    profile = core.key.as_str(),
                    "another program has stored its own login meanwhile"
                );
                return Ok(());
            }
            ground.revision = Some(
                lease
                    .commit(stored.map(|stored| stored.revision).as_ref(), document)
                    .await?,
            );
        }
        // Somebody stopped half-way through writing in place: what is left is kept aside, and the new pair is not lost for it.
        Err(StoreError::Corrupt { .. }) => {
            ground.revision = Some(lease.commit(None, document).await?);
        }
        Err(error) => return Err(error),
    }
    Ok(())
}
