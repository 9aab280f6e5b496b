//! Where a request's token is (RFC 6750 §2.1, §2.3; RFC 9449 §7.1). Nothing of it is believed here.

use std::fmt;

use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue, Uri};

use crate::challenge::Scheme;
use crate::rejection::RequestProblem;

/// The longest `Authorization` value that is looked at by default, in bytes.
///
/// Common proxies let no longer header line pass, tokens with hundreds of groups stay below half of it, and every further byte
/// would be decoded for whoever asks, before anything is proved. The parser's own cap for tokens is 64 KiB.
pub(super) const MAX_HEADER: usize = 16 * 1024;

/// How the parameter of RFC 6750 §2.3 begins.
const IN_QUERY: &str = "access_token=";

/// A token as it was presented. Cloning copies no text.
#[derive(Clone)]
pub(super) struct Credentials {
    pub(super) scheme: Scheme,
    pub(super) from_query: bool,
    value: HeaderValue,
    start: usize,
}

impl Credentials {
    /// Reads the only `Authorization` header. A scheme that is none of ours is no token; `DPoP` is ours if `knows_dpop`.
    pub(super) fn in_header(
        headers: &HeaderMap,
        cap: usize,
        knows_dpop: bool,
    ) -> Result<Option<Self>, RequestProblem> {
        let mut values = headers.get_all(AUTHORIZATION).into_iter();
        let Some(value) = values.next() else {
            return Ok(None);
        };
        if values.next().is_some() {
            return Err(RequestProblem::SeveralTokens);
        }
        let bytes = value.as_bytes();
        let blank = bytes.iter().position(|byte| *byte == b' ');
        let (name, rest) = bytes.split_at(blank.unwrap_or(bytes.len()));
        let is = |scheme: Scheme| name.eq_ignore_ascii_case(scheme.as_str().as_bytes());
        let scheme = if is(Scheme::Bearer) {
            Scheme::Bearer
        } else if knows_dpop && is(Scheme::Dpop) {
            Scheme::Dpop
        } else {
            return Ok(None);
        };
        if bytes.len() > cap {
            return Err(RequestProblem::TooLong);
        }
        match rest.split_first() {
            Some((_, token)) if is_b64token(token) => Ok(Some(Self {
                scheme,
                from_query: false,
                value: value.clone(),
                start: name.len().saturating_add(1),
            })),
            _ => Err(RequestProblem::NotOneToken),
        }
    }

    /// Reads the only `access_token` of the query (RFC 6750 §2.3).
    pub(super) fn in_query(uri: &Uri, cap: usize) -> Result<Option<Self>, RequestProblem> {
        let pairs = uri.query().unwrap_or_default().split('&');
        let mut tokens = pairs.filter_map(|pair| pair.strip_prefix(IN_QUERY));
        let Some(token) = tokens.next() else {
            return Ok(None);
        };
        if tokens.next().is_some() {
            return Err(RequestProblem::SeveralTokens);
        }
        if token.len() > cap {
            return Err(RequestProblem::TooLong);
        }
        // No character of a JWT needs percent-encoding; what is encoded all the same is refused.
        match HeaderValue::from_str(token) {
            Ok(value) if is_b64token(token.as_bytes()) => Ok(Some(Self {
                scheme: Scheme::Bearer,
                from_query: true,
                value,
                start: 0,
            })),
            _ => Err(RequestProblem::NotOneToken),
        }
    }

    /// Returns the address without its `access_token`; `None` if it has none.
    pub(super) fn without_query(uri: &Uri) -> Option<Uri> {
        let query = uri.query()?;
        let stays = |pair: &&str| !pair.starts_with(IN_QUERY);
        if query.split('&').all(|pair| stays(&pair)) {
            return None;
        }
        let rest: Vec<&str> = query.split('&').filter(stays).collect();
        let target = match rest.join("&") {
            rest if rest.is_empty() => uri.path().to_owned(),
            rest => format!("{}?{rest}", uri.path()),
        };
        let mut parts = uri.clone().into_parts();
        parts.path_and_query = Some(target.parse().ok()?);
        Uri::from_parts(parts).ok()
    }

    /// Returns the token without its scheme.
    pub(super) fn token(&self) -> &str {
        let text = self.value.to_str().unwrap_or_default();
        text.get(self.start..).unwrap_or_default()
    }
}

/// RFC 6750 §2.1: `1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"="`.
fn is_b64token(token: &[u8]) -> bool {
    let last = token.iter().rposition(|byte| *byte != b'=');
    let (body, _) = token.split_at(last.map_or(0, |last| last.saturating_add(1)));
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
