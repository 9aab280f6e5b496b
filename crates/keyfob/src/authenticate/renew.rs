//! What a 401 does to the token that got it (RFC 6750 §3.1).

use crate::Error;
use crate::session::{AccessToken, Invalidation, Session};

/// Gives up the refused token and gets another one; `None` if another one would not help.
pub(super) async fn renew(
    session: &Session,
    refused: &AccessToken,
) -> Result<Option<AccessToken>, Error> {
    if session.invalidate(refused) == Invalidation::RejectedAgain {
        return Ok(None);
    }
    let new = session.access_token().await?;
    Ok((!new.is_same(refused)).then_some(new))
}
