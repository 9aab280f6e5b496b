//! The token or key that a session hands out, ready to be put on a request (RFC 6750 §2.1).

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use http::HeaderValue;
use keyfob_jose::Secret;

use crate::Error;

/// An access token with its expiry and its prepared `Authorization` value; cheap to clone.
///
/// `Debug` shows no token, and there is no `Display`: [`AccessToken::expose`] is the only way to the text.
#[derive(Clone)]
pub struct AccessToken(Arc<Inner>);

struct Inner {
    scheme: String,
    secret: Secret,
    header: HeaderValue,
    expires_at: SystemTime,
}

/// The last second of the year 9999: when something dies that does not.
pub(crate) const NEVER: Duration = Duration::from_secs(253_402_300_799);

impl AccessToken {
    /// Prepares a bearer token for use.
    ///
    /// # Errors
    /// When the token holds characters that no HTTP header may carry.
    #[cfg(test)]
    pub(crate) fn new(secret: Secret, expires_at: SystemTime) -> Result<Self, Error> {
        Self::with_scheme("Bearer", secret, expires_at)
    }

    /// Prepares a token or key for use with a scheme; an empty one leaves the secret alone.
    ///
    /// # Errors
    /// When one of them holds characters that no HTTP header may carry.
    pub(crate) fn with_scheme(
        scheme: &str,
        secret: Secret,
        expires_at: SystemTime,
    ) -> Result<Self, Error> {
        let text = match scheme {
            "" => Secret::new(secret.expose()),
            scheme => Secret::new(format!("{scheme} {}", secret.expose())),
        };
        let mut header =
            HeaderValue::from_str(text.expose()).map_err(|_| Error::TokenNotSendable)?;
        header.set_sensitive(true);
        // The first clone of a byte buffer allocates its shared counter; from here on clones only count.
        drop(header.clone());
        Ok(Self(Arc::new(Inner {
            scheme: scheme.to_owned(),
            secret,
            header,
            expires_at,
        })))
    }

    /// Returns the token's text.
    pub fn expose(&self) -> &str {
        self.0.secret.expose()
    }

    /// Returns the token.
    pub fn secret(&self) -> &Secret {
        &self.0.secret
    }

    /// Returns the word before the secret in the `Authorization` value: `Bearer` for tokens; empty if there is none.
    pub fn scheme(&self) -> &str {
        &self.0.scheme
    }

    /// Returns `<scheme> <secret>`, marked sensitive, without allocating.
    #[inline]
    pub fn header_value(&self) -> HeaderValue {
        self.0.header.clone()
    }

    /// Returns when the token expires, on this machine's clock; `None` for a key that does not.
    pub fn expiry(&self) -> Option<SystemTime> {
        let never = SystemTime::UNIX_EPOCH.checked_add(NEVER);
        Some(self.0.expires_at).filter(|at| never.is_none_or(|never| *at < never))
    }

    /// Returns when the token expires, on this machine's clock; for a key that does not, a day thousands of years ahead.
    pub fn expires_at(&self) -> SystemTime {
        self.0.expires_at
    }

    /// Returns how long the token still lives at `now`; zero when it is dead.
    pub fn remaining(&self, now: SystemTime) -> Duration {
        self.0.expires_at.duration_since(now).unwrap_or_default()
    }

    /// Tells whether both are the same token.
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
            || (self.0.scheme == other.0.scheme && self.0.secret == other.0.secret)
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessToken")
            .field("scheme", &self.0.scheme)
            .field("expires_at", &self.0.expires_at)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(text: &str) -> Result<AccessToken, Error> {
        AccessToken::new(
            Secret::new(text),
            SystemTime::UNIX_EPOCH + Duration::from_mins(1),
        )
    }

    #[test]
    fn debug_hides_the_token_and_the_header_is_sensitive() {
        let token = token("canary").unwrap();
        assert!(!format!("{token:?}").contains("canary"));
        assert!(token.header_value().is_sensitive());
        assert_eq!(token.header_value(), "Bearer canary");
    }

    #[test]
    fn refuses_a_token_that_would_split_a_header() {
        let error = token("canary\r\nHost: evil").unwrap_err();
        assert_eq!(error.code(), "token_not_sendable");
        assert!(!error.to_string().contains("canary"));
    }

    // covers: alf-28
    #[test]
    fn sameness_is_that_of_the_text() {
        assert!(token("a").unwrap().is_same(&token("a").unwrap()));
        assert!(!token("a").unwrap().is_same(&token("b").unwrap()));
    }

    #[test]
    fn remaining_life_never_goes_below_zero() {
        let token = token("a").unwrap();
        assert_eq!(
            token.remaining(SystemTime::UNIX_EPOCH),
            Duration::from_mins(1)
        );
        assert_eq!(
            token.remaining(SystemTime::UNIX_EPOCH + Duration::from_secs(61)),
            Duration::ZERO
        );
    }
}
