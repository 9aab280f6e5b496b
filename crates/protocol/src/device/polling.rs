//! When to poll next, and when to give up (RFC 8628 §3.5), as a pure function of time.

use std::time::{Duration, SystemTime};

use super::{DeviceAuthorization, Poll};

/// RFC 8628 §3.5: on `slow_down` the interval grows by 5 seconds for this and all later polls.
const SLOW_DOWN: Duration = Duration::from_secs(5);
/// The longest pause after polls without an answer, unless the interval itself is longer.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);

/// The rhythm of polling.
///
/// ```
/// # use std::time::{Duration, SystemTime};
/// # use keyfob_protocol::{DeviceAuthorizationRequest, DevicePolling, Poll};
/// # let body = r#"{"device_code":"d","user_code":"WDJB-MJHT","verification_uri":"https://as.example/device","expires_in":60}"#;
/// # let authorization = DeviceAuthorizationRequest::new().read(&http::Response::new(body.into()))?;
/// let start = SystemTime::UNIX_EPOCH;
/// let mut polling = DevicePolling::start(&authorization, start);
/// assert_eq!(polling.wait(start), Some(Duration::from_secs(5)));
/// polling.answered(&Poll::SlowDown);
/// assert_eq!(polling.wait(start), Some(Duration::from_secs(10)));
/// assert_eq!(polling.wait(start + Duration::from_mins(1)), None);
/// # Ok::<(), keyfob_protocol::ProtocolError>(())
/// ```
#[derive(Clone, Debug)]
pub struct DevicePolling {
    interval: Duration,
    pause: Duration,
    deadline: SystemTime,
}

impl DevicePolling {
    /// Starts when the device authorization response has arrived.
    pub fn start(authorization: &DeviceAuthorization, now: SystemTime) -> Self {
        let DeviceAuthorization {
            interval,
            expires_in,
            ..
        } = *authorization;
        Self {
            interval,
            pause: interval,
            deadline: now + expires_in,
        }
    }

    /// How long to wait before the next poll; `None` when the code has run out.
    ///
    /// The last poll comes right before the end, however long the pause would be.
    pub fn wait(&self, now: SystemTime) -> Option<Duration> {
        let left = self
            .deadline
            .duration_since(now)
            .ok()
            .filter(|left| !left.is_zero())?;
        Some(self.pause.min(left))
    }

    /// When the code runs out.
    pub const fn deadline(&self) -> SystemTime {
        self.deadline
    }

    /// Takes note of an answer.
    pub fn answered(&mut self, poll: &Poll) {
        if matches!(poll, Poll::SlowDown) {
            self.interval += SLOW_DOWN;
        }
        self.pause = self.interval;
    }

    /// Takes note of a poll that got no usable answer (timeout, 5xx): the pause doubles.
    pub fn unanswered(&mut self) {
        let longest = LONGEST_PAUSE.max(self.interval);
        self.pause = (self.pause * 2).min(longest);
    }
}
