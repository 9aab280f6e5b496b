//! What is told about each verified token: planet-auth's event names, as `tracing` events (see `docs/events.md`).
//!
//! One event per token that is checked: INFO if it was accepted, WARN if not. A layer that refuses an accepted token, for how it
//! is presented or for what it does not grant, tells that by a second one (WARN). Of the token it carries the header's `alg` and the claims of
//! [`SHOWN_CLAIMS`], nothing else; `sub` is personal data and stays out.

use keyfob_jose::JoseError;
use keyfob_protocol::IdTokenError;
use serde_json::Value;
use tracing::Level;

#[cfg(feature = "tower")]
use crate::principal::Principal;
use crate::rejection::Rejection;

/// The token by itself was accepted; a layer may refuse it nevertheless, and tells that by an event of its own.
pub const TOKEN_VALID: &str = "TOKEN_VALID";
/// The token was not accepted, for a reason without an event of its own.
pub const TOKEN_INVALID: &str = "TOKEN_INVALID";
/// It is signed with an algorithm that is not accepted.
pub const TOKEN_INVALID_BAD_ALGORITHM: &str = "TOKEN_INVALID_BAD_ALGORITHM";
/// It was issued by someone else.
pub const TOKEN_INVALID_BAD_ISSUER: &str = "TOKEN_INVALID_BAD_ISSUER";
/// An ID token answers another authorization request.
pub const TOKEN_INVALID_BAD_NONCE: &str = "TOKEN_INVALID_BAD_NONCE";
/// It does not grant what is required.
pub const TOKEN_INVALID_BAD_SCOPE: &str = "TOKEN_INVALID_BAD_SCOPE";
/// No key of the issuer can have signed it.
pub const TOKEN_INVALID_BAD_SIGNING_KEY: &str = "TOKEN_INVALID_BAD_SIGNING_KEY";
/// It has expired.
pub const TOKEN_INVALID_EXPIRED: &str = "TOKEN_INVALID_EXPIRED";
/// The issuer says that it is not active.
pub const TOKEN_INVALID_INTROSPECTION_REJECTION: &str = "TOKEN_INVALID_INTROSPECTION_REJECTION";
/// Nothing was found out about the token: its issuer's keys cannot be had.
pub const TRACE: &str = "TRACE";

/// The claims that an event may show.
pub const SHOWN_CLAIMS: [&str; 7] = [
    "iss",
    "cid",
    "aud",
    "scope",
    "scp",
    "pl_principal",
    "organization_id",
];

impl Rejection {
    /// Returns the name of the event that this reason is told by.
    pub fn event(&self) -> &'static str {
        match self {
            Self::Algorithm(_) | Self::Malformed(JoseError::UnsupportedAlgorithm(_)) => {
                TOKEN_INVALID_BAD_ALGORITHM
            }
            Self::Issuer | Self::UnknownIssuer => TOKEN_INVALID_BAD_ISSUER,
            Self::Scope { .. } => TOKEN_INVALID_BAD_SCOPE,
            Self::Expired { .. } => TOKEN_INVALID_EXPIRED,
            Self::Signature(JoseError::UnknownKey) => TOKEN_INVALID_BAD_SIGNING_KEY,
            Self::Inactive | Self::IntrospectionMismatch(_) => {
                TOKEN_INVALID_INTROSPECTION_REJECTION
            }
            Self::IdTokenRule(error) => of_id_token(error),
            Self::KeysUnavailable(_)
            | Self::TooManyNewIssuers
            | Self::NoRevocationCheck
            | Self::IntrospectionUnavailable(_)
            | Self::ReplayUnknown(_) => TRACE,
            _ => TOKEN_INVALID,
        }
    }
}

fn of_id_token(error: &IdTokenError) -> &'static str {
    match error {
        IdTokenError::Algorithm { .. } | IdTokenError::Jose(JoseError::UnsupportedAlgorithm(_)) => {
            TOKEN_INVALID_BAD_ALGORITHM
        }
        IdTokenError::Issuer { .. } => TOKEN_INVALID_BAD_ISSUER,
        IdTokenError::Nonce => TOKEN_INVALID_BAD_NONCE,
        IdTokenError::Expired { .. } => TOKEN_INVALID_EXPIRED,
        IdTokenError::Jose(JoseError::UnknownKey) => TOKEN_INVALID_BAD_SIGNING_KEY,
        _ => TOKEN_INVALID,
    }
}

/// Tells what became of a token, if anybody listens at that level.
pub(crate) fn tell<T>(token: &str, outcome: &Result<T, Rejection>) {
    match outcome {
        Ok(_) if tracing::enabled!(Level::INFO) => valid(&Shown::of(token)),
        Err(rejection) if tracing::enabled!(Level::WARN) => invalid(&Shown::of(token), rejection),
        _ => {}
    }
}

/// Tells that a token which was accepted is refused nevertheless. What it says is known by then, also of an opaque one.
#[cfg(feature = "tower")]
pub(crate) fn tell_refused(token: Option<&str>, principal: &Principal, rejection: &Rejection) {
    if tracing::enabled!(Level::WARN) {
        let claim = |name| Some((name, shown(&principal.claim(name)?)));
        let shown = Shown {
            alg: token.and_then(|token| Shown::of(token).alg),
            claims: SHOWN_CLAIMS.into_iter().filter_map(claim).collect(),
        };
        invalid(&shown, rejection);
    }
}

fn valid(shown: &Shown) {
    tracing::info!(
        event = TOKEN_VALID,
        jwt_header.alg = shown.alg.as_deref(),
        jwt_payload.iss = shown.claim("iss"),
        jwt_payload.cid = shown.claim("cid"),
        jwt_payload.aud = shown.claim("aud"),
        jwt_payload.scope = shown.claim("scope"),
        jwt_payload.scp = shown.claim("scp"),
        jwt_payload.pl_principal = shown.claim("pl_principal"),
        jwt_payload.organization_id = shown.claim("organization_id"),
        "token accepted"
    );
}

fn invalid(shown: &Shown, rejection: &Rejection) {
    tracing::warn!(
        event = rejection.event(),
        code = rejection.code(),
        error = %rejection,
        jwt_header.alg = shown.alg.as_deref(),
        jwt_payload.iss = shown.claim("iss"),
        jwt_payload.cid = shown.claim("cid"),
        jwt_payload.aud = shown.claim("aud"),
        jwt_payload.scope = shown.claim("scope"),
        jwt_payload.scp = shown.claim("scp"),
        jwt_payload.pl_principal = shown.claim("pl_principal"),
        jwt_payload.organization_id = shown.claim("organization_id"),
        "token not accepted"
    );
}

/// The few parts of a token that are shown. Those of a token that was not accepted are whatever its maker wrote.
#[derive(Default)]
struct Shown {
    alg: Option<String>,
    claims: Vec<(&'static str, String)>,
}

impl Shown {
    fn of(token: &str) -> Self {
        let Ok(decoded) = keyfob_jose::jwt::decode_unverified(token) else {
            return Self::default();
        };
        let claim = |name| Some((name, shown(decoded.claims.get(name)?)));
        Self {
            alg: decoded.header.get("alg").map(shown),
            claims: SHOWN_CLAIMS.into_iter().filter_map(claim).collect(),
        }
    }

    fn claim(&self, name: &str) -> Option<&str> {
        let mut claims = self.claims.iter();
        claims.find_map(|(of, value)| (*of == name).then_some(value.as_str()))
    }
}

/// A text as it is, anything else as JSON; no control characters, and not longer than a line of a log should be.
fn shown(value: &Value) -> String {
    const CAP: usize = 300;
    let text = value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned);
    text.chars()
        .filter(|char| !char.is_control())
        .take(CAP)
        .collect()
}
