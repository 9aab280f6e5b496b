//! The bounds of a [`RetryPolicy`] that comes from a person or a file.

use std::time::Duration;

use http::StatusCode;

use crate::retry::RetryPolicy;

/// Says which part of a retry policy is out of bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RetryPolicyError {
    /// Nothing would be sent, or a sick provider would be asked without end.
    #[error("attempts must be 1 to {MAX_ATTEMPTS}, not {0}")]
    Attempts(u32),
    /// Repeating cannot change such an answer, or must not.
    #[error(
        "status {0} cannot be repeated: only 408, 425, 429 and 5xx stand for faults that may pass"
    )]
    Status(StatusCode),
    /// The first wait exceeds the longest, or the longest exceeds five minutes.
    #[error("waits must not exceed {} s, and the first not the longest", MAX_WAIT.as_secs())]
    Waits,
    /// Nobody waits that long for one answer.
    #[error("a retry-after of more than {} s is not waited for", MAX_LIMIT.as_secs())]
    RetryAfterCap,
    /// Nobody waits that long for one answer.
    #[error("the limit over all attempts must be 1 s to {} s", MAX_LIMIT.as_secs())]
    Budget,
}

const MAX_ATTEMPTS: u32 = 20;
const MAX_WAIT: Duration = Duration::from_mins(5);
const MAX_LIMIT: Duration = Duration::from_hours(1);

impl RetryPolicyError {
    /// Returns the stable code of this error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Attempts(_) => "retry_attempts_out_of_range",
            Self::Status(_) => "retry_status_not_repeatable",
            Self::Waits => "retry_waits_out_of_range",
            Self::RetryAfterCap => "retry_after_cap_out_of_range",
            Self::Budget => "retry_limit_out_of_range",
        }
    }
}

impl RetryPolicy {
    /// Returns the policy if a provider and a user can live with it.
    ///
    /// # Errors
    /// [`RetryPolicyError`] names the part that is out of bounds.
    pub fn checked(self) -> Result<Self, RetryPolicyError> {
        if self.attempts == 0 || self.attempts > MAX_ATTEMPTS {
            return Err(RetryPolicyError::Attempts(self.attempts));
        }
        if let Some(status) = self.statuses.iter().find(|status| !may_pass(**status)) {
            return Err(RetryPolicyError::Status(*status));
        }
        if self.base > self.cap || self.cap > MAX_WAIT {
            return Err(RetryPolicyError::Waits);
        }
        if self.retry_after_cap > MAX_LIMIT {
            return Err(RetryPolicyError::RetryAfterCap);
        }
        if self.budget < Duration::from_secs(1) || self.budget > MAX_LIMIT {
            return Err(RetryPolicyError::Budget);
        }
        Ok(self)
    }
}

fn may_pass(status: StatusCode) -> bool {
    status.is_server_error() || [408, 425, 429].contains(&status.as_u16())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn code(policy: RetryPolicy) -> &'static str {
        policy
            .checked()
            .map_or_else(|error| error.code(), |_| "fine")
    }

    fn status(code: u16) -> RetryPolicy {
        RetryPolicy::default().with_statuses([StatusCode::from_u16(code).unwrap()])
    }

    #[test]
    fn each_part_out_of_bounds_is_named() {
        let policy = RetryPolicy::default;
        for (given, expected) in [
            (policy(), "fine"),
            (RetryPolicy::never(), "fine"),
            (policy().with_statuses([]), "fine"),
            (policy().with_attempts(20), "fine"),
            (policy().with_attempts(21), "retry_attempts_out_of_range"),
            (policy().with_attempts(0), "retry_attempts_out_of_range"),
            (policy().with_waits(SECOND, 300 * SECOND), "fine"),
            (
                policy().with_waits(SECOND, 301 * SECOND),
                "retry_waits_out_of_range",
            ),
            (
                policy().with_waits(2 * SECOND, SECOND),
                "retry_waits_out_of_range",
            ),
            (
                policy().with_retry_after_cap(3601 * SECOND),
                "retry_after_cap_out_of_range",
            ),
            (
                policy().with_budget(3601 * SECOND),
                "retry_limit_out_of_range",
            ),
            (
                policy().with_budget(Duration::ZERO),
                "retry_limit_out_of_range",
            ),
        ] {
            assert_eq!(code(given.clone()), expected, "{given:?}");
        }
    }

    #[test]
    fn only_statuses_of_faults_that_may_pass_can_be_repeated() {
        for good in [408, 425, 429, 500, 503, 599] {
            assert_eq!(code(status(good)), "fine", "{good}");
        }
        for bad in [200, 302, 400, 401, 403, 404, 409, 428] {
            assert_eq!(code(status(bad)), "retry_status_not_repeatable", "{bad}");
        }
    }
}
