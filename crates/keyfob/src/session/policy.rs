//! How patient a session is.

use std::time::Duration;

use keyfob_verify::RequiredClaims;

use crate::session::pause::PausePolicy;
use crate::session::window::WindowPolicy;

/// The limits and margins of a session; every wait has one.
///
/// ```
/// use std::time::Duration;
/// use keyfob::session::SessionPolicy;
///
/// let hasty = SessionPolicy::default().with_lock_wait(Duration::from_secs(2));
/// assert_eq!(hasty.lock_wait, Duration::from_secs(2));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SessionPolicy {
    /// Where the windows of a token's life begin.
    pub windows: WindowPolicy,
    /// How long nobody tries again after a failure.
    pub pause: PausePolicy,
    /// How long to wait for another process that holds the credential's lock. Default 30 s.
    pub lock_wait: Duration,
    /// How long one exchange may take that an HTTP client without a limit of its own would never end. Default 90 s.
    pub exchange_limit: Duration,
    /// How long callers wait for a refresh while their token can still be sent. Default 5 s.
    pub patience: Duration,
    /// How long a caller waits for a token in all; the attempt itself goes on. Default 2 min.
    pub wait_limit: Duration,
    /// How long no refresh follows a 401 that a fresh token got. Default 1 min.
    pub rejection_pause: Duration,
    /// What a JWT access token must claim before it is handed out. Default nothing.
    pub required_claims: Option<RequiredClaims>,
    /// The scopes that a refresh asks for, which may be fewer than the login's. Default none: those of the
    /// login. Client types of an application's own are not told.
    pub refresh_scopes: Vec<String>,
}

/// The longest renewal buffer, in seconds.
const MAX_RENEWAL_BUFFER: Duration = Duration::from_mins(10);

/// A renewal buffer of more than ten minutes: most tokens would then be renewed for half of their life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a renewal buffer of {} s is out of range: it may be 0 to {} s", given.as_secs(), MAX_RENEWAL_BUFFER.as_secs())]
pub struct RenewalBufferError {
    /// What was asked for.
    pub given: Duration,
}

impl RenewalBufferError {
    /// Returns the stable code of this error.
    pub fn code(&self) -> &'static str {
        "renewal_buffer_out_of_range"
    }
}

impl Default for SessionPolicy {
    fn default() -> Self {
        Self {
            windows: WindowPolicy::default(),
            pause: PausePolicy::default(),
            lock_wait: Duration::from_secs(30),
            exchange_limit: Duration::from_secs(90),
            patience: Duration::from_secs(5),
            wait_limit: Duration::from_mins(2),
            rejection_pause: Duration::from_mins(1),
            required_claims: None,
            refresh_scopes: Vec::new(),
        }
    }
}

impl SessionPolicy {
    /// Sets how long to wait for another process that holds the credential's lock.
    pub fn with_lock_wait(self, lock_wait: Duration) -> Self {
        Self { lock_wait, ..self }
    }

    /// Sets how long a caller waits for a token in all.
    pub fn with_wait_limit(self, wait_limit: Duration) -> Self {
        Self { wait_limit, ..self }
    }

    /// Sets the scopes that a refresh asks for (RFC 6749 §6): the new access token has no others.
    pub fn with_refresh_scopes<S: Into<String>>(self, scopes: impl IntoIterator<Item = S>) -> Self {
        let refresh_scopes = scopes.into_iter().map(Into::into).collect();
        Self {
            refresh_scopes,
            ..self
        }
    }

    /// Sets the windows of a token's life.
    pub fn with_windows(self, windows: WindowPolicy) -> Self {
        Self { windows, ..self }
    }

    /// Sets how long nobody tries again after a failure.
    pub fn with_pause(self, pause: PausePolicy) -> Self {
        Self { pause, ..self }
    }

    /// Renews when less than `buffer` is left, or less than half of a short token's life, and never earlier: it takes the place
    /// of the early refresh at 75 %. Callers wait for that renewal, and get the token that is still good if it fails. Zero
    /// switches early renewal off.
    ///
    /// ```
    /// use std::time::Duration;
    /// use keyfob::session::SessionPolicy;
    ///
    /// let policy = SessionPolicy::default().with_renewal_buffer(Duration::from_secs(60))?;
    /// assert!(policy.with_renewal_buffer(Duration::from_secs(601)).is_err());
    /// # Ok::<(), keyfob::session::RenewalBufferError>(())
    /// ```
    ///
    /// # Errors
    /// [`RenewalBufferError`] beyond ten minutes.
    pub fn with_renewal_buffer(mut self, buffer: Duration) -> Result<Self, RenewalBufferError> {
        if buffer > MAX_RENEWAL_BUFFER {
            return Err(RenewalBufferError { given: buffer });
        }
        self.windows.renewal_buffer = Some(buffer);
        Ok(self)
    }

    /// Sets what a JWT access token must claim before it is handed out; the claims are read, not verified, since the token came
    /// straight from its issuer.
    ///
    /// A token that does not is renewed once, at most once a minute; if the new one does not either, the caller gets
    /// [`Error::RequiredClaims`](crate::Error::RequiredClaims). The tokens are kept, and the next call looks again. With no
    /// claims in it, nothing is required.
    pub fn with_required_claims(self, required: RequiredClaims) -> Self {
        Self {
            required_claims: (!required.is_empty()).then_some(required),
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // covers: ceg-3
    #[test]
    fn a_renewal_buffer_of_0_to_600_seconds_is_accepted_and_601_is_not() {
        for seconds in [0, 1, 60, 600] {
            let given = Duration::from_secs(seconds);
            let policy = SessionPolicy::default().with_renewal_buffer(given).unwrap();
            assert_eq!(policy.windows.renewal_buffer, Some(given));
        }
        let given = Duration::from_secs(601);
        let error = SessionPolicy::default()
            .with_renewal_buffer(given)
            .unwrap_err();
        assert_eq!(error, RenewalBufferError { given });
        assert_eq!(
            error.to_string(),
            "a renewal buffer of 601 s is out of range: it may be 0 to 600 s"
        );
    }
}
