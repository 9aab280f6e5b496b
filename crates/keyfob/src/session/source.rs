//! Logging in without a person: client credentials (RFC 6749 §4.4), or a password that is in the configuration (§4.3).

use crate::session::core::{Core, Outcome};
use crate::session::current::noted;
use crate::session::refresh::Ground;
use crate::session::save;

/// Logs in, stores and publishes. Nothing is lost if the answer is, so no mark is left before.
pub(crate) async fn login(core: &Core, ground: &mut Ground) -> Outcome {
    let granted = core
        .client
        .login_unattended(core.policy.exchange_limit)
        .await?;
    core.client.check_login_id_token(&granted).await?;
    let (credential, notes) = noted(core, &granted)?;
    save::store_and_publish(core, ground, credential, notes, None).await
}
