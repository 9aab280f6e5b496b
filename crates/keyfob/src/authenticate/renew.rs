//! What a 401 does to the token that got it (RFC 6750 §3.1).

use crate::Error;
use crate::session::{AccessToken, Session};

/// Gives up the refused token and gets another one; `None` if there is no other.
pub(super) async fn renew(
    session: &Session,
    refused: &AccessToken,
) -> Result<Option<AccessToken>, Error> {
    session.invalidate(refused);
    let new = session.access_token().await?;
    Ok((!new.is_same(refused)).then_some(new))
}
