//! An ID token that passed every rule (OpenID Connect Core §2).

use std::fmt;
use std::time::SystemTime;

use keyfob_jose::{Claims, CompactJws, Secret};

use super::IdTokenError;
use crate::{danger, text};

/// A verified statement about who logged in.
#[derive(Clone)]
pub struct IdToken {
    pub(super) raw: Secret,
    pub(super) claims: Claims,
    pub(super) issuer: String,
    pub(super) subject: String,
}

impl IdToken {
    /// Reads an ID token back from a store, without verifying it again.
    ///
    /// # Errors
    /// The `id_token_malformed` family when it cannot be read, `id_token_missing_claim` without
    /// `iss` or `sub`.
    pub fn reread(token: &Secret, _: danger::AlreadyVerified) -> Result<Self, IdTokenError> {
        let jws = CompactJws::parse(token.expose())?;
        Self::new(token.expose(), Claims::parse(jws.unverified_payload())?)
    }

    pub(super) fn new(token: &str, claims: Claims) -> Result<Self, IdTokenError> {
        let present = |claim: &Option<String>, name| match claim {
            Some(text) if !text.is_empty() => Ok(text.clone()),
            _ => Err(IdTokenError::Missing { claim: name }),
        };
        Ok(Self {
            issuer: present(&claims.iss, "iss")?,
            subject: present(&claims.sub, "sub")?,
            raw: Secret::new(token),
            claims,
        })
    }

    /// The token itself.
    pub const fn raw(&self) -> &Secret {
        &self.raw
    }

    /// `iss`.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// `sub`: who logged in, unique at the issuer.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// `exp`: until when the token may be accepted, not how long the login lasts.
    pub fn expires_at(&self) -> Option<SystemTime> {
        self.claims
            .exp
            .map(keyfob_jose::NumericDate::to_system_time)
    }

    /// `auth_time`: when the person logged in.
    pub fn auth_time(&self) -> Option<SystemTime> {
        text::seconds(self.claims.get("auth_time")?).map(|time| SystemTime::UNIX_EPOCH + time)
    }

    /// All claims.
    pub const fn claims(&self) -> &Claims {
        &self.claims
    }
}

impl fmt::Debug for IdToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IdToken")
            .field("issuer", &self.issuer)
            .finish_non_exhaustive()
    }
}
