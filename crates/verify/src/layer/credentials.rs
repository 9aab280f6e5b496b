//! Where a request's token is (RFC 6750 §2.1, §2.3; RFC 9449 §7.1). Nothing of it is believed here.

use std::fmt;

use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue};

/// The longest `Authorization` value that is looked at by default, in bytes.
///
/// No common proxy lets a longer header line pass, tokens with hundreds of groups stay below half of it, and every byte more would
/// be decoded for whoever asks, before anything is proved. The parser's own cap for tokens is 64 KiB.
pub(super) const MAX_HEADER: usize = 16 * 1024;

/// How a token was presented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scheme {
    Bearer,
    Dpop,
}

/// A token as it was presented. Cloning copies no text.
#[derive(Clone)]
pub(super) struct Credentials {
    pub(super) scheme: Scheme,
    value: HeaderValue,
    start: usize,
}

/// What is wrong with the way in which a token is presented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// More than one `Authorization` header, or a token in two places (RFC 6750 §2).
    Repeated,
    /// More bytes than are looked at.
    TooLong,
    /// No token behind the scheme, or characters that no token has.
    Malformed,
}

impl Credentials {
    /// Reads the only `Authorization` header; a scheme that is none of ours is no token.
    pub(super) fn from_headers(headers: &HeaderMap, cap: usize) -> Result<Option<Self>, Fault> {
        let mut values = headers.get_all(AUTHORIZATION).into_iter();
        let Some(value) = values.next() else {
            return Ok(None);
        };
        if values.next().is_some() {
            return Err(Fault::Repeated);
        }
        let bytes = value.as_bytes();
        let end = bytes
            .iter()
            .position(|byte| *byte == b' ')
            .unwrap_or(bytes.len());
        let (scheme, rest) = bytes.split_at(end);
        let scheme = if scheme.eq_ignore_ascii_case(b"bearer") {
            Scheme::Bearer
        } else if scheme.eq_ignore_ascii_case(b"dpop") {
            Scheme::Dpop
        } else {
            return Ok(None);
        };
        if bytes.len() > cap {
            return Err(Fault::TooLong);
        }
        match rest.split_first() {
            Some((_, token)) if is_b64token(token) => Ok(Some(Self {
                scheme,
                value: value.clone(),
                start: end.saturating_add(1),
            })),
            _ => Err(Fault::Malformed),
        }
    }

    pub(super) fn token(&self) -> &str {
        let text = self.value.to_str().unwrap_or_default();
        text.get(self.start..).unwrap_or_default()
    }
}

/// RFC 6750 §2.1: `1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"="`.
fn is_b64token(token: &[u8]) -> bool {
    let length = token.iter().rposition(|byte| *byte != b'=');
    let (body, _) = token.split_at(length.map_or(0, |last| last.saturating_add(1)));
    !body.is_empty()
        && body
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-._~+/".contains(byte))
}

/// The token stays out.
impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("scheme", &self.scheme)
            .finish_non_exhaustive()
    }
}
