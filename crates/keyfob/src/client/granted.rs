//! What a grant brought, with the times that tell how long it lives here.

use std::time::SystemTime;

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
    /// When the provider refused, or the answer is no token response.
    pub fn read(answered: &Answered) -> Result<Self, ProtocolError> {
        let response = TokenResponse::read(&answered.response)?;
        Ok(Self::of(response, answered))
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
        const BELIEVABLE: std::time::Duration = std::time::Duration::from_hours(24);
        let off = |date: SystemTime| {
            date.duration_since(self.received_at)
                .unwrap_or_else(|before| before.duration())
        };
        self.date
            .filter(|date| off(*date) <= BELIEVABLE)
            .unwrap_or(self.received_at)
    }
}
