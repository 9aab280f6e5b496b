//! What a caller needs of a token, and whether a given one will do.

use std::time::{Duration, SystemTime};

use crate::session::access_token::AccessToken;
use crate::session::window::{State, Windows};

/// What a caller needs.
#[derive(Clone, Debug, Default)]
pub(crate) struct Need {
    /// How long the token must live at least.
    pub(crate) min_life: Duration,
    /// It must be another one than this.
    pub(crate) other_than: Option<AccessToken>,
    /// Whoever asks can do without; the refresh is only early.
    pub(crate) early: bool,
    /// Whoever asks wants an attempt even if the last one failed a moment ago.
    pub(crate) insists: bool,
}

impl Need {
    /// The token is needed for at least this long.
    pub(crate) fn lasting(min_life: Duration) -> Self {
        Self {
            min_life,
            ..Self::default()
        }
    }

    /// Any usable token, but not this one; asked for by name, so a pause after a failure is no reason to refuse.
    pub(crate) fn other_than(token: Option<AccessToken>) -> Self {
        Self {
            other_than: token,
            insists: true,
            ..Self::default()
        }
    }

    /// A refresh that nobody waits for.
    pub(crate) fn early() -> Self {
        Self {
            early: true,
            ..Self::default()
        }
    }

    /// Judges a token: its own state, or a worse one if this caller needs more.
    pub(crate) fn judge(&self, token: &AccessToken, windows: &Windows, now: SystemTime) -> State {
        let state = windows.at(now);
        if self.bars(token) {
            return state.max(State::MustRefresh);
        }
        // A provider whose tokens live shorter than asked must not make every call a refresh.
        let wanted = self.min_life.min(windows.guaranteed());
        if windows.remaining(now) < wanted {
            state.max(State::MustRefresh)
        } else {
            state
        }
    }

    /// Whether it is the one token that will not do.
    pub(crate) fn bars(&self, token: &AccessToken) -> bool {
        self.other_than
            .as_ref()
            .is_some_and(|other| other.is_same(token))
    }

    /// Whether a token in this state ends the search.
    pub(crate) fn is_met_by(&self, state: State) -> bool {
        if self.early {
            state == State::Fresh
        } else {
            state <= State::RefreshAhead
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::window::WindowPolicy;
    use keyfob_jose::Secret;

    fn hour() -> (AccessToken, Windows, SystemTime) {
        let start = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        let end = start + Duration::from_hours(1);
        let token = AccessToken::new(Secret::new("t"), end).unwrap();
        (
            token,
            Windows::new(start, end, &WindowPolicy::default(), 0),
            start,
        )
    }

    #[test]
    fn a_token_that_lasts_long_enough_will_do() {
        let (token, windows, start) = hour();
        let need = Need::lasting(Duration::from_mins(30));
        assert_eq!(
            need.judge(&token, &windows, start + Duration::from_mins(30)),
            State::Fresh
        );
        assert_eq!(
            need.judge(&token, &windows, start + Duration::from_secs(1801)),
            State::MustRefresh
        );
    }

    #[test]
    fn asking_for_more_than_the_provider_gives_accepts_a_young_token() {
        let (token, windows, start) = hour();
        let need = Need::lasting(Duration::from_hours(2));
        assert!(need.is_met_by(need.judge(&token, &windows, start + Duration::from_mins(1))));
        assert!(!need.is_met_by(need.judge(&token, &windows, start + Duration::from_secs(1000))));
    }

    #[test]
    fn the_refused_token_never_will_do() {
        let (token, windows, start) = hour();
        let need = Need::other_than(Some(token.clone()));
        assert_eq!(need.judge(&token, &windows, start), State::MustRefresh);
    }

    #[test]
    fn an_early_refresh_wants_a_fresh_token_and_others_take_one_that_is_due() {
        assert!(!Need::early().is_met_by(State::RefreshAhead));
        assert!(Need::default().is_met_by(State::RefreshAhead));
        assert!(!Need::default().is_met_by(State::MustRefresh));
    }
}
