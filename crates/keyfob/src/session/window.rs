//! When a token is fresh, due for an early refresh, due at once, or dead: a pure function of time.

use std::time::{Duration, SystemTime};

use crate::session::access_token::NEVER;

/// Where the windows of a token's life begin.
///
/// The reasons of the defaults: 75 % is what planet-auth does and leaves a quarter of the life for a
/// provider to come back; the margin covers clock skew and the time a request is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct WindowPolicy {
    /// The early refresh is due after this share of the lifetime, in percent. Default 75.
    pub advisory_percent: u32,
    /// The early refresh of each holder is put off by up to this share of the lifetime, in percent. Default 5.
    pub jitter_percent: u32,
    /// The smallest margin before expiry in which callers wait for a refresh. Default 30 s.
    pub min_margin: Duration,
    /// The largest such margin; in between it is a tenth of the lifetime. Default 5 min.
    pub max_margin: Duration,
    /// Renew only when less than this is left, or less than half of the life, and never earlier; it takes the place of the early
    /// refresh and of the margin above. Zero switches early renewal off. Default none.
    pub renewal_buffer: Option<Duration>,
    /// How long a token whose lifetime nobody told is taken to live. Default 5 min.
    pub unknown_lifetime: Duration,
    /// How far the clock may have been set back before a token's age counts as unknown. Default 60 s.
    pub clock_slack: Duration,
}

impl Default for WindowPolicy {
    fn default() -> Self {
        Self {
            advisory_percent: 75,
            jitter_percent: 5,
            min_margin: Duration::from_secs(30),
            max_margin: Duration::from_mins(5),
            renewal_buffer: None,
            unknown_lifetime: Duration::from_mins(5),
            clock_slack: Duration::from_mins(1),
        }
    }
}

/// In which part of its life a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// Use it; nothing is due.
    Fresh,
    /// Use it; somebody should refresh it in the background.
    RefreshAhead,
    /// Refresh before use; if that fails, it may still be used.
    MustRefresh,
    /// Do not use it.
    Expired,
}

impl State {
    /// Returns a stable lower-case word for the state.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fresh => "fresh",
            Self::RefreshAhead => "refresh_ahead",
            Self::MustRefresh => "must_refresh",
            Self::Expired => "expired",
        }
    }
}

/// The points in time at which one token changes its state, on this machine's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Windows {
    not_before: SystemTime,
    guaranteed: Duration,
    refresh_at: SystemTime,
    must_at: SystemTime,
    expires_at: SystemTime,
}

impl Windows {
    /// Lays out the life of a token that was received at `received` and lives until `expires`.
    ///
    /// `roll` (0 to 255) spreads the early refresh of many holders over the jitter.
    pub fn new(received: SystemTime, expires: SystemTime, policy: &WindowPolicy, roll: u8) -> Self {
        let lifetime = expires.duration_since(received).unwrap_or_default();
        let (refresh, must) = points(lifetime, policy, roll);
        let at = |offset: Duration| received.checked_add(offset).unwrap_or(expires);
        Self {
            not_before: received.checked_sub(policy.clock_slack).unwrap_or(received),
            guaranteed: percent(lifetime, 75),
            refresh_at: at(refresh),
            must_at: at(must),
            expires_at: expires.max(received),
        }
    }

    /// Lays out the use of a key, which does not expire; after `recheck` somebody has to see whether it is still the one.
    pub(crate) fn of_key(now: SystemTime, recheck: Option<Duration>) -> Self {
        let expires_at = SystemTime::UNIX_EPOCH.checked_add(NEVER).unwrap_or(now);
        let at = recheck
            .and_then(|wait| now.checked_add(wait))
            .unwrap_or(expires_at);
        Self {
            // A clock that was set back says nothing about a key; it is looked at again all the same.
            not_before: match recheck {
                Some(_) => now,
                None => SystemTime::UNIX_EPOCH,
            },
            guaranteed: Duration::MAX,
            refresh_at: at,
            must_at: at,
            expires_at,
        }
    }

    /// Tells the state at a point in time.
    ///
    /// A clock that shows a time well before the token was received has been set back: the token's
    /// age is unknown, so it counts as expired.
    pub fn at(&self, now: SystemTime) -> State {
        if self.is_fresh(now) {
            State::Fresh
        } else if now >= self.expires_at || now < self.not_before {
            State::Expired
        } else if now >= self.must_at {
            State::MustRefresh
        } else {
            State::RefreshAhead
        }
    }

    /// The same life with the early refresh due at once: for a token that is used, but that something is still to be done about.
    pub(crate) fn hurried(self) -> Self {
        Self {
            refresh_at: self.not_before,
            ..self
        }
    }

    /// Tells whether nothing is due at a point in time; what every attached token costs.
    #[inline]
    pub(crate) fn is_fresh(&self, now: SystemTime) -> bool {
        now < self.refresh_at && now >= self.not_before
    }

    /// Returns the time at which the token dies, on this machine's clock.
    pub fn expires_at(&self) -> SystemTime {
        self.expires_at
    }

    /// Returns the time at which an early refresh is due.
    pub fn refresh_at(&self) -> SystemTime {
        self.refresh_at
    }

    /// Returns how much life a token of this kind can be expected to have left when it is asked for.
    pub(crate) fn guaranteed(&self) -> Duration {
        self.guaranteed
    }

    /// Returns what is left of the token's life.
    pub fn remaining(&self, now: SystemTime) -> Duration {
        match self.at(now) {
            State::Expired => Duration::ZERO,
            _ => self.expires_at.duration_since(now).unwrap_or_default(),
        }
    }
}

/// How long after its receipt a token is due for an early refresh, and for one that callers wait for.
fn points(lifetime: Duration, policy: &WindowPolicy, roll: u8) -> (Duration, Duration) {
    if let Some(buffer) = policy.renewal_buffer {
        let begins = lifetime.saturating_sub(buffer.min(lifetime / 2));
        return (begins, begins);
    }
    let margin = (lifetime / 10)
        .clamp(policy.min_margin, policy.max_margin.max(policy.min_margin))
        .min(lifetime / 2);
    let must = lifetime.saturating_sub(margin);
    let advisory = Some(percent(lifetime, policy.advisory_percent))
        .filter(|point| *point < must)
        .unwrap_or_else(|| percent(must, policy.advisory_percent));
    let jitter = percent(lifetime, policy.jitter_percent) / 256 * u32::from(roll);
    ((advisory + jitter).min(must), must)
}

fn percent(of: Duration, share: u32) -> Duration {
    of / 100 * share.min(100)
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Duration = Duration::from_secs(1_700_000_000);

    fn state(lifetime: u64, age: i64) -> State {
        state_with(lifetime, age, 0)
    }

    fn state_with(lifetime: u64, age: i64, roll: u8) -> State {
        let received = SystemTime::UNIX_EPOCH + START;
        let windows = Windows::new(
            received,
            received + Duration::from_secs(lifetime),
            &WindowPolicy::default(),
            roll,
        );
        let shift = Duration::from_secs(age.unsigned_abs());
        windows.at(if age < 0 {
            received - shift
        } else {
            received + shift
        })
    }

    #[test]
    fn an_hour_has_its_advisory_point_at_75_percent_and_a_margin_of_5_minutes() {
        assert_eq!(state(3600, 0), State::Fresh);
        assert_eq!(state(3600, 2699), State::Fresh);
        assert_eq!(state(3600, 2700), State::RefreshAhead);
        assert_eq!(state(3600, 3299), State::RefreshAhead);
        assert_eq!(state(3600, 3300), State::MustRefresh);
        assert_eq!(state(3600, 3599), State::MustRefresh);
        assert_eq!(state(3600, 3600), State::Expired);
    }

    // covers: planet-23
    #[test]
    fn the_margin_is_at_least_30_seconds_and_at_most_half_of_the_life() {
        assert_eq!(state(120, 89), State::RefreshAhead);
        assert_eq!(state(120, 90), State::MustRefresh);
        assert_eq!(state(40, 19), State::RefreshAhead);
        assert_eq!(state(40, 20), State::MustRefresh);
    }

    #[test]
    fn a_short_life_still_has_a_window_for_an_early_refresh() {
        assert_eq!(state(60, 21), State::Fresh);
        assert_eq!(state(60, 23), State::RefreshAhead);
        assert_eq!(state(60, 30), State::MustRefresh);
    }

    // covers: planet-23
    #[test]
    fn a_token_is_expired_from_the_very_second_of_its_expiry() {
        assert_ne!(state(3600, 3599), State::Expired);
        assert_eq!(state(3600, 3600), State::Expired);
        let now = SystemTime::UNIX_EPOCH + START;
        let key = Windows::of_key(now, None);
        assert_eq!(
            key.at(now + Duration::from_hours(24 * 365 * 1000)),
            State::Fresh
        );
    }

    #[test]
    fn no_lifetime_is_expired_now() {
        assert_eq!(state(0, 0), State::Expired);
        let now = SystemTime::UNIX_EPOCH + START;
        let windows = Windows::new(
            now,
            now - Duration::from_secs(5),
            &WindowPolicy::default(),
            0,
        );
        assert_eq!(windows.at(now), State::Expired);
    }

    #[test]
    fn jitter_only_puts_off_and_never_past_the_margin() {
        assert_eq!(state_with(3600, 2700, 255), State::Fresh);
        assert_eq!(state_with(3600, 2880, 255), State::RefreshAhead);
        assert_eq!(state_with(120, 90, 255), State::MustRefresh);
    }

    #[test]
    fn a_clock_set_back_a_little_is_tolerated_and_far_back_is_not() {
        assert_eq!(state(3600, -59), State::Fresh);
        assert_eq!(state(3600, -61), State::Expired);
    }

    #[test]
    fn an_absurd_lifetime_does_not_overflow() {
        let received = SystemTime::UNIX_EPOCH + START;
        let expires = received + Duration::from_secs(u64::from(u32::MAX) * 1000);
        assert_eq!(
            Windows::new(received, expires, &WindowPolicy::default(), 255).at(received),
            State::Fresh
        );
    }

    // covers: ceg-20, W12
    #[test]
    fn a_renewal_buffer_begins_that_long_before_the_end_and_at_half_of_a_short_life() {
        for (buffer, life, left, state) in [
            (60, 3600, 50, State::MustRefresh),
            (60, 3600, 60, State::MustRefresh),
            (60, 3600, 61, State::Fresh),
            (60, 3600, 900, State::Fresh),
            (0, 3600, 50, State::Fresh),
            (0, 3600, 1, State::Fresh),
            (0, 3600, 0, State::Expired),
            (60, 20, 11, State::Fresh),
            (60, 20, 10, State::MustRefresh),
            (600, 3600, 600, State::MustRefresh),
            (600, 3600, 601, State::Fresh),
            (600, 1000, 501, State::Fresh),
            (600, 1000, 500, State::MustRefresh),
        ] {
            let received = SystemTime::UNIX_EPOCH + START;
            let policy = WindowPolicy {
                renewal_buffer: Some(Duration::from_secs(buffer)),
                ..WindowPolicy::default()
            };
            let expires = received + Duration::from_secs(life);
            let windows = Windows::new(received, expires, &policy, 255);
            let now = expires - Duration::from_secs(left);
            assert_eq!(
                windows.at(now),
                state,
                "buffer {buffer}, life {life}, left {left}"
            );
        }
    }
}
