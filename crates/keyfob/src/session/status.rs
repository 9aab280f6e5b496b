//! What is known about a credential, for people: no token, no network, no change.

use std::time::SystemTime;

use keyfob_store::CredentialKind;

use crate::Error;
use crate::session::LoginNeeded;
use crate::session::core::{Core, Prepared};
use crate::session::notes::time;
use crate::session::refresh::reason;
use crate::session::window::State;

/// The state of a session's credential.
#[derive(Clone, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts, not states"
)]
#[non_exhaustive]
pub struct Status {
    /// The state of the access token; `None` if there is none.
    pub state: Option<State>,
    /// When the access token was obtained, on this machine's clock.
    pub issued_at: Option<SystemTime>,
    /// When the access token expires, on this machine's clock.
    pub expires_at: Option<SystemTime>,
    /// When an early refresh is due.
    pub refresh_at: Option<SystemTime>,
    /// The granted scopes, separated by spaces.
    pub scope: Option<String>,
    /// Whether there is a refresh token.
    pub has_refresh_token: bool,
    /// Whether there is an ID token.
    pub has_id_token: bool,
    /// What the client keeps; `None` if it has no credential at all.
    pub credential: Option<CredentialKind>,
    /// Whether the key is in the configuration, which wins over what is stored.
    pub key_in_config: bool,
    /// Whether the client can log in without a person.
    pub unattended: bool,
    /// Why a person has to log in before the next token; `None` if nobody has to.
    pub login_needed: Option<LoginNeeded>,
    /// When a refresh token was sent whose answer has not been stored; the same one will be tried again.
    pub redeeming_since: Option<SystemTime>,
    /// How far the provider's clock was ahead at the last exchange, in seconds.
    pub clock_offset: Option<i64>,
    /// Whether tokens live in memory only because the store would not take them.
    pub unsaved: bool,
    /// What the store warns about, such as a file that others can read.
    pub warnings: Vec<keyfob_store::Warning>,
    /// Claims that the stored ID token shows, unverified, for display: `sub`, `email`, `name`, `preferred_username`.
    pub account: Vec<(String, String)>,
}

pub(crate) async fn status(core: &Core) -> Result<Status, Error> {
    let kind = core.client.client_type();
    let configured = core.client.keeps_key() && core.client.config().has_key();
    let stored = match kind.credential() {
        Some(_) if !configured => core.store.load(&core.key).await?,
        _ => None,
    };
    let unattended = core.client.can_login_unattended();
    let mut status = Status {
        state: None,
        issued_at: None,
        expires_at: None,
        refresh_at: None,
        scope: None,
        has_refresh_token: false,
        has_id_token: false,
        unattended,
        credential: kind.credential(),
        key_in_config: configured,
        login_needed: (!unattended && kind.credential().is_some())
            .then_some(LoginNeeded::NoCredential),
        redeeming_since: None,
        clock_offset: None,
        unsaved: core.unsaved().is_some(),
        warnings: Vec::new(),
        account: Vec::new(),
    };
    if configured {
        let found = core.stored_key().await?;
        status.state = found.map(|found| found.windows.at(core.now()));
    }
    let Some(stored) = stored else {
        return Ok(status);
    };
    match core.prepare(&stored) {
        Ok(found) => describe(core, &mut status, &found),
        Err(Error::LoginNeeded(reason)) => status.login_needed = (!unattended).then_some(reason),
        Err(error) => return Err(error),
    }
    status.warnings = stored.warnings;
    Ok(status)
}

fn describe(core: &Core, status: &mut Status, found: &Prepared) {
    let (credential, notes) = (&found.credential, &found.notes);
    if let Some(current) = &found.current {
        status.state = Some(current.windows.at(core.now()));
        if credential.kind() != CredentialKind::Tokens {
            status.login_needed = None;
            return;
        }
        status.issued_at = notes
            .received_at
            .map(time)
            .or_else(|| credential.issued_at());
        status.expires_at = current.token.expiry();
        status.refresh_at = status.expires_at.map(|_| current.windows.refresh_at());
    }
    status.scope = credential.scope().map(str::to_owned);
    status.has_refresh_token = credential.refresh_token().is_some() && notes.retired.is_none();
    status.has_id_token = credential.id_token().is_some();
    status.redeeming_since = notes.redeeming.as_ref().map(|mark| time(mark.at));
    status.clock_offset = notes.clock_offset;
    status.account = credential.id_token().map(shown_claims).unwrap_or_default();
    let usable = status.state.is_some_and(|state| state != State::Expired);
    let renewable = status.has_refresh_token || status.unattended;
    status.login_needed = (!usable && !renewable).then(|| reason(Some(found)));
}

fn shown_claims(id_token: &str) -> Vec<(String, String)> {
    let claims = keyfob_jose::jwt::decode_unverified(id_token)
        .map(|token| token.claims)
        .unwrap_or_default();
    ["sub", "email", "name", "preferred_username"]
        .into_iter()
        .filter_map(|name| Some((name.to_owned(), claims.get(name)?.as_str()?.to_owned())))
        .collect()
}
