//! How far clocks may differ, for each of a token's times (RFC 7519 §4.1.4 to §4.1.6: "a few minutes" at most).

use std::time::Duration;

/// How far the issuer's clock and this one may differ.
///
/// ```
/// use std::time::Duration;
/// use keyfob_verify::Leeway;
///
/// assert_eq!(Leeway::default().exp, Duration::from_secs(30));
/// let none = Leeway::from(Duration::ZERO);
/// let generous = Leeway { iat: Duration::from_mins(5), ..none };
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leeway {
    /// How long after `exp` a token is still accepted; default 30 s.
    ///
    /// Clocks kept by NTP differ by less than a second, those of machines that were paused by some seconds. A stolen token
    /// lives as much longer, so that it is not more.
    pub exp: Duration,
    /// How long before `nbf` a token is accepted already; default 30 s.
    ///
    /// The same two clocks, and a token is often used in the second it was made.
    pub nbf: Duration,
    /// How far ahead `iat` may be, and by how much a token may be older than it may; default 60 s.
    ///
    /// An `iat` ahead shows a wrong clock and no attack: `nbf` is how an issuer says "not yet".
    pub iat: Duration,
}

impl Default for Leeway {
    fn default() -> Self {
        Self {
            exp: Duration::from_secs(30),
            nbf: Duration::from_secs(30),
            iat: Duration::from_mins(1),
        }
    }
}

/// The same for each of them.
impl From<Duration> for Leeway {
    fn from(all: Duration) -> Self {
        Self {
            exp: all,
            nbf: all,
            iat: all,
        }
    }
}
