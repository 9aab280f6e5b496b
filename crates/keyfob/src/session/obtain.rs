//! From what a caller needs to a token: memory, then the store, then one attempt for all who wait.

use std::sync::Arc;
use std::time::Duration;

use keyfob_store::StoreError;
use tokio::runtime::Handle;

use crate::Error;
use crate::client::ClientType;
use crate::session::access_token::AccessToken;
use crate::session::core::{Core, Outcome};
use crate::session::event::Event;
use crate::session::flight::Ticket;
use crate::session::need::Need;
use crate::session::window::State;
use crate::session::{answer, key, refresh};

/// A caller whom a weaker attempt of others did not satisfy starts its own; more rounds than this help nobody.
const ROUNDS: usize = 2;

/// Finds or brings a token that will do.
pub(crate) async fn obtain(core: &Arc<Core>, need: &Need) -> Result<AccessToken, Error> {
    let mut last = Error::Cancelled;
    for _ in 0..ROUNDS {
        if let Some(token) = at_hand(core, need) {
            return Ok(token);
        }
        match round(core, need).await {
            Ok(token) => return Ok(token),
            Err(Some(error)) => {
                return core
                    .last_resort(need)
                    .map(|current| current.token.clone())
                    .ok_or(error);
            }
            Err(None) => last = Error::BornExpired,
        }
    }
    // A provider may issue the same token again; then it is the new one.
    core.last_resort(&Need::lasting(need.min_life))
        .map(|current| current.token.clone())
        .ok_or(last)
}

/// Returns the token in memory if it will do, and sees to its early refresh.
pub(crate) fn at_hand(core: &Arc<Core>, need: &Need) -> Option<AccessToken> {
    let current = core.current.load();
    let current = current.as_ref()?;
    let state = core.judge(current, need);
    if !need.is_met_by(state) {
        return None;
    }
    if state == State::RefreshAhead {
        refresh_ahead(core);
    }
    Some(current.token.clone())
}

/// One look at the store and one attempt. `Err(None)` means that the attempt brought a token for somebody else's need.
async fn round(core: &Arc<Core>, need: &Need) -> Result<AccessToken, Option<Error>> {
    match core.client.client_type() {
        ClientType::None => return Err(Some(core.client.unsupported("give a token").into())),
        ClientType::ClientValidator => return Err(Some(core.client.unsupported("log in").into())),
        _ if core.client.keeps_key() => return Ok(key::find(core, need).await?),
        _ => {}
    }
    match core.look(need).await {
        Ok(Some(_)) => return at_hand(core, need).ok_or(None),
        // A damaged or foreign credential is decided about under the lock.
        Ok(None) | Err(Error::Credential(_) | Error::LoginNeeded(_)) => {}
        Err(Error::Store(error)) if error.is_replaceable() => {}
        // A shared place that is down keeps no service from working that can log in by itself.
        Err(Error::Store(StoreError::Backend { .. })) if core.client.can_login_unattended() => {}
        // What this process knows about the failure itself says more than the note for others.
        Err(Error::Paused { .. }) if core.paused().is_some() => {}
        Err(error) => return Err(Some(error)),
    }
    if let Some(paused) = core.paused().filter(|_| !need.insists) {
        return Err(Some(paused.error));
    }
    brought(core, need).await?;
    at_hand(core, need).ok_or(None)
}

/// Waits for an attempt that is under way or begins now.
pub(super) async fn brought(core: &Arc<Core>, need: &Need) -> Result<AccessToken, Error> {
    let ticket = board(core, need)?;
    let limit = patience(core, need, &ticket);
    let landed = core.client.clock().timeout(limit, ticket.landed()).await;
    match landed {
        Err(_elapsed) => Err(Error::WaitedTooLong { limit }),
        Ok(None) => Err(Error::Cancelled),
        Ok(Some(outcome)) => outcome.map(|current| current.token.clone()),
    }
}

/// How long to wait for an attempt: not for long if the token at hand can still be sent, and all callers of a slow
/// attempt together no longer than the first.
fn patience(core: &Core, need: &Need, ticket: &Ticket<Outcome>) -> Duration {
    if core.last_resort(need).is_none() {
        return core.policy.wait_limit;
    }
    let under_way = core
        .client
        .clock()
        .monotonic()
        .saturating_sub(ticket.began());
    core.policy.patience.saturating_sub(under_way)
}

/// Starts a refresh that nobody waits for, unless one is under way, pointless, or to be left for later.
fn refresh_ahead(core: &Arc<Core>) {
    if core.paused().is_some() || core.flight.current().is_some() {
        return;
    }
    let current = core.current.load();
    let current = current.as_ref();
    if current.is_some_and(|current| core.paused_elsewhere(&current.notes, true).is_some()) {
        return;
    }
    let renewable = core.client.can_login_unattended()
        || current.is_some_and(|current| current.credential.refresh_token().is_some());
    if renewable && let Err(error) = board(core, &Need::early()) {
        tracing::debug!(code = error.code(), "no early refresh");
    }
}

/// Joins the attempt under way, or starts one as a task that no caller's end can end.
fn board(core: &Arc<Core>, need: &Need) -> Result<Ticket<Outcome>, Error> {
    let runtime = Handle::try_current().map_err(|error| Error::NoRuntime(error.to_string()))?;
    let (shared, need) = (Arc::clone(core), need.clone());
    let now = core.client.clock().monotonic();
    Ok(core.flight.board(now, move |landing| {
        runtime.spawn(async move {
            let outcome = refresh::run(&shared, &need).await;
            if let Err(error) = &outcome {
                remember(&shared, error);
            }
            landing.land(shared.unlocked(outcome).await);
        });
    }))
}

/// Puts a pause after a failure that another attempt at once would only repeat.
fn remember(core: &Core, error: &Error) {
    if matches!(error, Error::LoginNeeded(_) | Error::Cancelled) {
        return;
    }
    let now = core.client.clock().monotonic();
    let mut pause = core.pause();
    pause.failed(
        now,
        error,
        answer::retry_after(error),
        &core.policy.pause,
        core.roll(),
    );
    let left = pause.at(now).map(|paused| paused.left).unwrap_or_default();
    drop(pause);
    core.tell(&Event::RefreshFailed {
        error: error.clone(),
        pause: left,
    });
}
