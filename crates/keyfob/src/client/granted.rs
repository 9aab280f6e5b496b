//! What a grant brought, with the times that tell how long it lives here.

use std::time::{Duration, SystemTime};

use keyfob_protocol::{ProtocolError, TokenResponse};

use crate::client::Answered;

/// A token response and when it was sent for and received.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Granted {
    /// The token response.
    pub response: TokenResponse,
    /// When the request was sent, on this machine's clock. The token's life is counted from here.
    pub sent_at: SystemTime,
    /// When the answer was there, on this machine's clock.
    pub received_at: SystemTime,
    /// What the provider's clock showed.
    pub date: Option<SystemTime>,
}

impl Granted {
    /// A clock that is off by more is broken, or a trick.
    pub(crate) const BELIEVABLE: Duration = Duration::from_hours(24);

    /// Takes a token response that was just received.
    pub fn new(response: TokenResponse, now: SystemTime) -> Self {
        Self {
            response,
            sent_at: now,
            received_at: now,
            date: None,
        }
    }

    /// Reads an answer of the token endpoint.
    ///
    /// # Errors
    /// When the provider refused, or the answer is no token response with a bearer token.
    pub fn read(answered: &Answered) -> Result<Self, ProtocolError> {
        let response = TokenResponse::read(&answered.response)?;
        Self::of(response, answered).understood()
    }

    /// RFC 6749 §7.1: a token of a type that the client does not understand must not be used.
    ///
    /// # Errors
    /// When it is not a bearer token: sent as one, a token that needs a proof would lose its protection.
    pub(crate) fn understood(self) -> Result<Self, ProtocolError> {
        if self.response.is_bearer() {
            return Ok(self);
        }
        Err(ProtocolError::Malformed {
            what: "the token response",
            field: "token_type",
            why: "it is not Bearer, the only type that is understood here",
        })
    }

    /// Puts a token response that was read already together with the times of its answer.
    pub fn of(response: TokenResponse, answered: &Answered) -> Self {
        let Answered {
            sent_at,
            received_at,
            date,
            ..
        } = *answered;
        Self {
            response,
            sent_at,
            received_at,
            date,
        }
    }

    /// When the provider's clock says it is, or ours if the answer had no `Date`: what an ID token in the same answer is
    /// judged by, so that a wrong clock on this machine does not spoil a login.
    ///
    /// A `Date` more than a day off is not believed.
    pub fn provider_time(&self) -> SystemTime {
        let off = |date: SystemTime| {
            date.duration_since(self.received_at)
                .unwrap_or_else(|before| before.duration())
        };
        self.date
            .filter(|date| off(*date) <= Self::BELIEVABLE)
            .unwrap_or(self.received_at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(token_type: &str) -> &'static str {
        let body = format!(r#"{{"access_token":"a"{token_type}}}"#);
        let answered = Answered {
            response: keyfob_transport::testing::json(200, body),
            sent_at: SystemTime::UNIX_EPOCH,
            received_at: SystemTime::UNIX_EPOCH,
            date: None,
        };
        Granted::read(&answered).map_or_else(|error| error.code(), |_| "ok")
    }

    #[test]
    fn refuses_tokens_that_are_no_bearer_tokens() {
        for good in ["", r#","token_type":"bEARER""#, r#","token_type":null"#] {
            assert_eq!(outcome(good), "ok", "{good}");
        }
        for bad in [
            r#","token_type":"DPoP""#,
            r#","token_type":"mac""#,
            r#","token_type":"N_A""#,
        ] {
            assert_eq!(outcome(bad), "malformed", "{bad}");
        }
    }
}
