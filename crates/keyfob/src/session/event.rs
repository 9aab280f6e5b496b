//! What a session tells whoever wants to know; no event holds a secret.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::Error;
use crate::session::LoginNeeded;

/// Something that happened to the credential.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event {
    /// A new token was obtained and stored.
    Refreshed {
        /// When it expires, on this machine's clock.
        expires_at: SystemTime,
    },
    /// A token that somebody else had stored was taken over.
    Adopted {
        /// When it expires, on this machine's clock.
        expires_at: SystemTime,
    },
    /// An attempt failed; the next one is not made before the pause is over.
    RefreshFailed {
        /// Why.
        error: Error,
        /// How long the pause is.
        pause: Duration,
    },
    /// The provider no longer accepts the refresh token; it was removed from the store.
    Retired {
        /// What a person will be told.
        reason: LoginNeeded,
    },
    /// The provider issued new tokens and they could not be written: they live in memory only, and the
    /// write is tried again at the next use. A program that ends now loses the login.
    NotSaved {
        /// Why.
        error: Error,
    },
    /// Tokens that could not be written before are written now.
    Saved,
    /// The provider's clock and this machine's differ by more than a minute.
    ClockOff {
        /// How far the provider's clock is ahead, in seconds.
        seconds: i64,
    },
    /// A refresh brought an ID token that could not be checked, because the provider's keys could not be had or a clock is
    /// off; the former ID token was kept.
    IdTokenUnchecked {
        /// Why.
        error: Error,
    },
}

impl Event {
    /// Returns the stable code of this kind of event.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Refreshed { .. } => "refreshed",
            Self::Adopted { .. } => "adopted",
            Self::RefreshFailed { .. } => "refresh_failed",
            Self::Retired { .. } => "retired",
            Self::NotSaved { .. } => "not_saved",
            Self::Saved => "saved",
            Self::ClockOff { .. } => "clock_off",
            Self::IdTokenUnchecked { .. } => "id_token_unchecked",
        }
    }
}

/// Who is told; the call must not block.
#[derive(Clone, Default)]
pub(crate) struct Observer(Option<Arc<Tell>>);

type Tell = dyn Fn(&Event) + Send + Sync;

impl Observer {
    pub(crate) fn new(tell: impl Fn(&Event) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(tell)))
    }

    pub(crate) fn tell(&self, event: &Event) {
        log(event);
        if let Some(tell) = &self.0 {
            tell(event);
        }
    }
}

fn log(event: &Event) {
    let name = event.code();
    match event {
        Event::Refreshed { .. } | Event::Adopted { .. } | Event::Saved => {
            tracing::debug!(event = name, "credential changed");
        }
        Event::RefreshFailed { error, pause } => {
            tracing::warn!(event = name, code = error.code(), ?pause, "no new token");
        }
        Event::NotSaved { error } => {
            let code = error.code();
            tracing::error!(event = name, code, %error, "new tokens live in memory only");
        }
        Event::IdTokenUnchecked { error } => {
            tracing::warn!(
                event = name,
                code = error.code(),
                "the new ID token was not kept"
            );
        }
        Event::Retired { reason } => {
            tracing::warn!(event = name, code = reason.code(), "refresh token retired");
        }
        Event::ClockOff { seconds } => tracing::warn!(event = name, seconds, "clocks differ"),
    }
}

impl fmt::Debug for Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() {
            "Observer(set)"
        } else {
            "Observer(none)"
        })
    }
}
