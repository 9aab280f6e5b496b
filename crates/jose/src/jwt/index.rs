//! Where the claims that rules ask for stand in a payload.

use super::NumericDate;
use crate::json::scan::Span;
use crate::json::texts::TextsAt;

/// The claims that are found without looking through the payload again, beside the registered ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum KnownClaim {
    /// `client_id` (RFC 8693 §4.3).
    ClientId,
    /// `azp` (OpenID Connect Core §2).
    Azp,
    /// `scope` (RFC 8693 §4.2).
    Scope,
    /// `scp`: what some issuers call `scope`.
    Scp,
    /// `nonce` (OpenID Connect Core §2).
    Nonce,
    /// `auth_time` (OpenID Connect Core §2).
    AuthTime,
    /// `acr` (OpenID Connect Core §2).
    Acr,
    /// `cnf` (RFC 7800 §3.1).
    Cnf,
    /// `typ`: what some issuers say in a claim instead of the header.
    Typ,
    /// `at_hash` (OpenID Connect Core §3.1.3.6).
    AtHash,
    /// `c_hash` (OpenID Connect Core §3.3.2.11).
    CHash,
    /// `s_hash` (FAPI 1.0 Advanced §5.1).
    SHash,
    /// `events`, which only security event tokens have, such as logout tokens (RFC 8417 §2.2).
    Events,
}

impl KnownClaim {
    const COUNT: usize = 13;

    fn of(name: &str) -> Option<Self> {
        Some(match name {
            "client_id" => Self::ClientId,
            "azp" => Self::Azp,
            "scope" => Self::Scope,
            "scp" => Self::Scp,
            "nonce" => Self::Nonce,
            "auth_time" => Self::AuthTime,
            "acr" => Self::Acr,
            "cnf" => Self::Cnf,
            "typ" => Self::Typ,
            "at_hash" => Self::AtHash,
            "c_hash" => Self::CHash,
            "s_hash" => Self::SHash,
            "events" => Self::Events,
            _ => return None,
        })
    }
}

/// A claim's value, as far as it is looked into.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Found {
    /// The claim is not there.
    #[default]
    Absent,
    Text(Span),
    /// A list, of which the texts count.
    Texts(TextsAt),
    Number(Span),
    /// Anything else, as it stands.
    Other(Span),
}

/// What a claim of a payload is.
pub(super) enum Named {
    Iss,
    Sub,
    Aud,
    Exp,
    Nbf,
    Iat,
    Jti,
    Known(KnownClaim),
    Unknown,
}

impl Named {
    pub(super) fn of(name: &str) -> Self {
        match name {
            "iss" => Self::Iss,
            "sub" => Self::Sub,
            "aud" => Self::Aud,
            "exp" => Self::Exp,
            "nbf" => Self::Nbf,
            "iat" => Self::Iat,
            "jti" => Self::Jti,
            other => KnownClaim::of(other).map_or(Self::Unknown, Self::Known),
        }
    }
}

/// The index of one payload.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct ClaimsIndex {
    pub(super) payload_len: usize,
    pub(super) iss: Option<Span>,
    pub(super) sub: Option<Span>,
    pub(super) jti: Option<Span>,
    pub(super) aud: Found,
    pub(super) exp: Option<NumericDate>,
    pub(super) nbf: Option<NumericDate>,
    pub(super) iat: Option<NumericDate>,
    known: [Found; KnownClaim::COUNT],
}

impl ClaimsIndex {
    /// Begins the index of a payload.
    pub(super) fn of(payload: &str) -> Self {
        Self {
            payload_len: payload.len(),
            ..Self::default()
        }
    }

    pub(super) fn known(&self, claim: KnownClaim) -> Found {
        self.known.get(claim as usize).copied().unwrap_or_default()
    }

    pub(super) fn put(&mut self, claim: KnownClaim, found: Found) {
        if let Some(place) = self.known.get_mut(claim as usize) {
            *place = found;
        }
    }
}
