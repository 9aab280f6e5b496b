//! What a token must claim before it is handed out: looked at once more after a renewal, and never for longer than a call.

use std::sync::Arc;

use keyfob_verify::ClaimMismatch;

use crate::Error;
use crate::session::access_token::AccessToken;
use crate::session::core::Core;
use crate::session::need::Need;
use crate::session::obtain;
use crate::session::rejection::Invalidation;
use crate::session::window::State;

/// Finds or brings a token that will do and claims what is required.
pub(crate) async fn obtain(core: &Arc<Core>, need: &Need) -> Result<AccessToken, Error> {
    let token = match obtain::obtain(core, need).await {
        Ok(token) => token,
        // Why the token at hand is not handed out says more than why there is no other one.
        Err(error) => return Err(lacking(core).map_or(error, Into::into)),
    };
    let Err(mismatch) = check(core, &token) else {
        return Ok(token);
    };
    // A token that was renewed for this reason a moment ago would not become another one by renewing it again.
    if core.reject(&token) == Invalidation::RejectedAgain {
        return Err(mismatch.into());
    }
    match obtain::obtain(core, need).await {
        Ok(renewed) => check(core, &renewed).map(|()| renewed).map_err(Into::into),
        // Why it could not be renewed is the smaller trouble.
        Err(error) => {
            tracing::debug!(code = error.code(), "no other token");
            Err(mismatch.into())
        }
    }
}

/// What the token at hand lacks, if it is alive.
pub(crate) fn lacking(core: &Core) -> Option<ClaimMismatch> {
    core.policy.required_claims.as_ref()?;
    let current = core.current.load();
    let current = current.as_ref()?;
    let is_alive = current.windows.at(core.now()) != State::Expired;
    check(core, &current.token).err().filter(|_| is_alive)
}

/// Tells whether a token claims what is required.
pub(crate) fn check(core: &Core, token: &AccessToken) -> Result<(), ClaimMismatch> {
    match &core.policy.required_claims {
        Some(required) => required.check_unverified(token.expose()),
        None => Ok(()),
    }
}
