//! Logging in without a person: client credentials (RFC 6749 §4.4), or a password that is in the configuration (§4.3).

use keyfob_store::Credential;

use crate::session::core::{Core, Outcome};
use crate::session::current::{Times, note_life};
use crate::session::notes::Notes;
use crate::session::refresh::Ground;
use crate::session::save;

/// Logs in, stores and publishes. Nothing is lost if the answer is, so no mark is left before.
pub(crate) async fn login(core: &Core, ground: &mut Ground) -> Outcome {
    let granted = core
        .client
        .login_unattended(core.policy.exchange_limit)
        .await?;
    core.client.check_login_id_token(&granted).await?;
    let times = Times {
        sent: granted.sent_at,
        received: granted.received_at,
        date: granted.date,
    };
    let credential = Credential::from_response(granted.response.raw.clone(), times.sent)?;
    let mut notes = Notes {
        identity: Some(core.client.identity().to_owned()),
        requested: core.client.config().requested().clone(),
        ..Notes::default()
    };
    note_life(
        &mut notes,
        credential.document(),
        &times,
        &core.policy.windows,
    );
    save::store_and_publish(core, ground, credential, notes, None).await
}
