//! The answer at the redirection endpoint, by query or by form_post (RFC 6749 §4.1.2).

use std::collections::HashSet;

use http::StatusCode;
use keyfob_jose::Secret;
use url::form_urlencoded;

use super::CallbackError;
use crate::text;

/// The largest answer that is read, in bytes.
const MAX_BYTES: usize = 16 * 1024;
/// The most parameters that are read.
const MAX_PARAMETERS: usize = 64;

/// The parameters of an answer, not yet matched with a login.
#[derive(Clone, Debug, Default)]
pub struct Callback {
    pub(super) code: Option<Secret>,
    pub(super) state: Option<Secret>,
    pub(super) iss: Option<String>,
    pub(super) error: Option<String>,
    description: Option<String>,
    uri: Option<String>,
}

impl Callback {
    /// Reads the query part of a request target, without its `?`.
    ///
    /// # Errors
    /// `callback_too_large`, or `callback_duplicate_parameter` (RFC 6749 §3.1).
    pub fn from_query(query: &str) -> Result<Self, CallbackError> {
        Self::from_form(query.as_bytes())
    }

    /// Reads the body of a form_post answer (OAuth 2.0 Form Post Response Mode §2).
    ///
    /// # Errors
    /// `callback_too_large`, or `callback_duplicate_parameter` (RFC 6749 §3.1).
    pub fn from_form(body: &[u8]) -> Result<Self, CallbackError> {
        if body.len() > MAX_BYTES {
            return Err(CallbackError::TooLarge);
        }
        let mut callback = Self::default();
        let mut seen = HashSet::new();
        for (name, value) in form_urlencoded::parse(body) {
            if seen.len() == MAX_PARAMETERS {
                return Err(CallbackError::TooLarge);
            }
            callback.take(&name, &value);
            if let Some(name) = seen.replace(name) {
                return Err(CallbackError::duplicate(&name));
            }
        }
        Ok(callback)
    }

    /// Reads a whole redirect URL that a person pasted; spaces and line breaks in it do not matter.
    ///
    /// # Errors
    /// `callback_malformed` when there is no query in it, and as [`Callback::from_query`].
    pub fn from_redirect_url(url: &str) -> Result<Self, CallbackError> {
        if url.len() > MAX_BYTES {
            return Err(CallbackError::TooLarge);
        }
        let url: String = url.chars().filter(|c| !c.is_whitespace()).collect();
        let (_, query) = url.split_once('?').ok_or(CallbackError::Malformed)?;
        Self::from_query(query.split('#').next().unwrap_or_default())
    }

    /// The provider's refusal, if this is one.
    pub(super) fn refusal(&self) -> Option<CallbackError> {
        Some(CallbackError::Provider {
            error: text::error_code(self.error.as_deref()?),
            description: self.description.clone(),
            uri: self.uri.clone(),
        })
    }

    /// Keeps what is known and not empty; unknown parameters are ignored (RFC 6749 §4.1.2).
    fn take(&mut self, name: &str, value: &str) {
        if value.is_empty() {
            return;
        }
        match name {
            "code" => self.code = Some(Secret::new(value)),
            "state" => self.state = Some(Secret::new(value)),
            "iss" => self.iss = Some(value.to_owned()),
            "error" => self.error = Some(value.to_owned()),
            "error_description" => self.description = text::description(value),
            "error_uri" => self.uri = text::description(value),
            _ => {}
        }
    }
}

/// A refusal arrives through a browser, so it has no status of its own.
pub(super) const NO_STATUS: StatusCode = StatusCode::OK;
