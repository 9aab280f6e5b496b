//! What an answer must say to be believed (RFC 7662 §2.2, §4): pure rules, given the time.

use std::time::{Duration, SystemTime};

use keyfob_protocol::{Introspection, ProtocolError};
use serde_json::{Map, Value};

use super::error::IntrospectionError;
use crate::principal::Principal;
use crate::rejection::Rejection;

/// The rules of one resource server for the answers of one issuer.
#[derive(Clone, Debug)]
pub(super) struct AnswerRules {
    pub(super) issuer: String,
    pub(super) audiences: Audiences,
    pub(super) leeway: Duration,
}

/// For whom a token must be.
#[derive(Clone, Debug)]
pub(super) enum Audiences {
    Of(Vec<String>),
    /// See [`AnyAudience`](crate::danger::AnyAudience).
    Any,
}

/// Members by which servers tell access tokens from others: RFC 7662 leaves that to them.
const KINDS: [&str; 3] = ["token_use", "token_type", "typ"];

impl AnswerRules {
    /// Reads an answer, and checks all but its times: what it does not say is not held against it, except the audience.
    pub(super) fn read(&self, answer: &Introspection) -> Result<Principal, Rejection> {
        if !answer.active {
            return Err(Rejection::Inactive);
        }
        if named(&answer.raw, "iss") && answer.iss.as_deref() != Some(&self.issuer) {
            return Err(Rejection::Issuer);
        }
        if let Audiences::Of(audiences) = &self.audiences {
            let aud = answer.aud.as_ref().ok_or(Rejection::MissingClaim("aud"))?;
            if !audiences.iter().any(|audience| aud.contains(audience)) {
                return Err(Rejection::Audience);
            }
        }
        if named(&answer.raw, "events")
            || KINDS.iter().any(|member| is_other(answer.raw.get(*member)))
        {
            return Err(Rejection::Type);
        }
        Principal::from_claims(self.claims(answer)).map_err(|_| unreadable())
    }

    /// Checks what time may have changed since the answer was given.
    pub(super) fn check_times(
        &self,
        principal: &Principal,
        now: SystemTime,
    ) -> Result<(), Rejection> {
        let since_epoch = |time: SystemTime| {
            time.duration_since(SystemTime::UNIX_EPOCH)
                .unwrap_or_default()
        };
        let now = since_epoch(now);
        if let Some(exp) = principal.expires_at().map(since_epoch)
            && now >= exp.saturating_add(self.leeway)
        {
            return Err(Rejection::Expired {
                ago: now.saturating_sub(exp),
            });
        }
        let latest = now.saturating_add(self.leeway);
        match principal.not_before().map(since_epoch) {
            Some(nbf) if nbf > latest => Err(Rejection::NotYetValid),
            _ => Ok(()),
        }
    }

    /// The answer as claims: without null, dates as numbers, and with the issuer whose word it is.
    fn claims(&self, answer: &Introspection) -> Map<String, Value> {
        let mut claims = answer.raw.clone();
        claims.retain(|_, value| !value.is_null());
        for (name, date) in [
            ("exp", answer.exp),
            ("nbf", answer.nbf),
            ("iat", answer.iat),
        ] {
            if let Some(date) = date {
                claims.insert(name.to_owned(), date.into());
            }
        }
        claims.insert("iss".to_owned(), self.issuer.as_str().into());
        claims
    }
}

fn named(answer: &Map<String, Value>, member: &str) -> bool {
    answer.get(member).is_some_and(|value| !value.is_null())
}

/// Tells whether the token is said to be a refresh, logout or ID token, in any of the ways that servers have.
fn is_other(kind: Option<&Value>) -> bool {
    let kind = kind.and_then(Value::as_str).unwrap_or_default();
    let kind = kind.to_ascii_lowercase();
    let begins = |word| kind.starts_with(word);
    ["refresh", "logout"].into_iter().any(begins)
        || matches!(kind.as_str(), "offline" | "id" | "id_token")
}

/// The issuer's fault, so it is not the token that is refused.
fn unreadable() -> Rejection {
    let error = ProtocolError::Malformed {
        what: "the introspection response",
        field: "a claim",
        why: "it is of the wrong type",
    };
    Rejection::IntrospectionUnavailable(IntrospectionError::Protocol(error))
}
