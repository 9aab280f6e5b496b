//! How patient a session is.

use std::time::Duration;

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

    /// Sets the windows of a token's life.
    pub fn with_windows(self, windows: WindowPolicy) -> Self {
        Self { windows, ..self }
    }

    /// Sets how long nobody tries again after a failure.
    pub fn with_pause(self, pause: PausePolicy) -> Self {
        Self { pause, ..self }
    }
}
