//! What must be remembered between authorization request and answer.

use std::fmt;
use std::time::Duration;

use keyfob_jose::Secret;
use keyfob_jose::json::{self, Limits};
use serde::{Deserialize, Serialize};

use super::{AuthorizationCode, Callback, CallbackError};
use crate::danger;
use crate::error::ProtocolError;
use crate::grant::TokenRequest;
use crate::issuer::Issuer;
use crate::token::IdTokenRules;

/// A login whose answer is still to come.
///
/// It can wait in memory or, through [`Pending::to_json`], in a file that only its owner can read.
#[derive(Clone)]
pub struct Pending {
    pub(super) issuer: Issuer,
    pub(super) client_id: String,
    pub(super) redirect_uri: String,
    pub(super) state: Secret,
    pub(super) nonce: Option<Secret>,
    pub(super) code_verifier: Secret,
    pub(super) max_age: Option<Duration>,
    pub(super) iss_required: bool,
}

impl Pending {
    /// Takes the code out of an answer, if it is the answer to this login.
    ///
    /// # Errors
    /// [`CallbackError::is_stray`] tells whether to keep waiting for the true answer.
    pub fn read(&self, callback: Callback) -> Result<AuthorizationCode, CallbackError> {
        self.check_state(&callback)?;
        self.check_issuer(&callback)?;
        if let Some(refusal) = callback.refusal() {
            return Err(refusal);
        }
        callback
            .code
            .map(AuthorizationCode::new)
            .ok_or(CallbackError::MissingCode)
    }

    /// Takes a bare code that a person pasted.
    ///
    /// # Errors
    /// `callback_missing_code` when it is empty or no code at all.
    pub fn read_pasted(
        &self,
        code: &str,
        _: danger::PastedCode,
    ) -> Result<AuthorizationCode, CallbackError> {
        let code = code.trim();
        let plausible = !code.is_empty() && code.len() <= 4096;
        if plausible && code.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Ok(AuthorizationCode::new(Secret::new(code)));
        }
        Err(CallbackError::MissingCode)
    }

    /// Redeems the code with this login's verifier and redirect URI (RFC 7636 §4.5).
    pub fn redeem(&self, code: AuthorizationCode) -> TokenRequest {
        let verifier = self.code_verifier.clone();
        TokenRequest::authorization_code(code, self.redirect_uri.as_str(), verifier)
    }

    /// The rules for the ID token of this login: issuer, client, nonce (if one was sent) and `max_age`.
    pub fn id_token_rules(&self) -> IdTokenRules {
        let rules = IdTokenRules::new(&self.issuer, self.client_id.as_str());
        let rules = match &self.nonce {
            Some(nonce) => rules.with_nonce(nonce.clone()),
            None => rules,
        };
        match self.max_age {
            Some(max_age) => rules.with_max_age(max_age),
            None => rules,
        }
    }

    /// The issuer that was asked.
    pub const fn issuer(&self) -> &Issuer {
        &self.issuer
    }

    /// The client that asked.
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// Where the answer shall arrive.
    pub fn redirect_uri(&self) -> &str {
        &self.redirect_uri
    }

    /// RFC 6749 §10.12, in constant time.
    fn check_state(&self, callback: &Callback) -> Result<(), CallbackError> {
        match &callback.state {
            Some(state) if *state == self.state => Ok(()),
            Some(_) => Err(CallbackError::StateMismatch),
            None => Err(CallbackError::StateMissing),
        }
    }

    /// RFC 9207 §2.4; a refusal without `iss` redeems nothing, so it may be shown as it is.
    fn check_issuer(&self, callback: &Callback) -> Result<(), CallbackError> {
        match &callback.iss {
            Some(iss) if self.issuer == **iss => Ok(()),
            Some(iss) => Err(CallbackError::issuer_mismatch(&self.issuer, iss)),
            None if self.iss_required && callback.error.is_none() => {
                Err(CallbackError::IssuerMissing)
            }
            None => Ok(()),
        }
    }

    /// Writes everything down, secrets included.
    pub fn to_json(&self) -> Secret {
        let stored = Stored {
            issuer: self.issuer.as_str(),
            client_id: self.client_id.as_str(),
            redirect_uri: self.redirect_uri.as_str(),
            state: self.state.expose(),
            nonce: self.nonce.as_ref().map(Secret::expose),
            code_verifier: self.code_verifier.expose(),
            max_age: self.max_age.map(|max_age| max_age.as_secs()),
            iss_required: self.iss_required,
        };
        // A struct of texts, numbers and flags always has a JSON form.
        Secret::new(serde_json::to_string(&stored).unwrap_or_default())
    }

    /// Reads back what [`Pending::to_json`] wrote.
    ///
    /// # Errors
    /// `bad_setting` for anything else; `insecure_url` for an issuer that may not be used.
    pub fn from_json(text: &str) -> Result<Self, ProtocolError> {
        let stored: Stored<String> =
            json::from_slice(text.as_bytes(), Limits::TOKEN).map_err(|_| {
                ProtocolError::Setting {
                    what: "the pending login",
                    why: "it is not what was written down",
                }
            })?;
        Ok(Self {
            issuer: Issuer::parse(stored.issuer)?,
            client_id: stored.client_id,
            redirect_uri: stored.redirect_uri,
            state: Secret::new(stored.state),
            nonce: stored.nonce.map(Secret::new),
            code_verifier: Secret::new(stored.code_verifier),
            max_age: stored.max_age.map(Duration::from_secs),
            iss_required: stored.iss_required,
        })
    }
}

#[derive(Serialize, Deserialize)]
struct Stored<Text> {
    issuer: Text,
    client_id: Text,
    redirect_uri: Text,
    state: Text,
    nonce: Option<Text>,
    code_verifier: Text,
    max_age: Option<u64>,
    iss_required: bool,
}

impl fmt::Debug for Pending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pending")
            .field("issuer", &self.issuer)
            .field("client_id", &self.client_id)
            .field("redirect_uri", &self.redirect_uri)
            .finish_non_exhaustive()
    }
}
