//! What an answer must say to be believed: pure rules, given the time (RFC 7662 §2.2, §4).

use std::time::{Duration, SystemTime};

use keyfob_protocol::Introspection;

use crate::principal::Principal;
use crate::rejection::Rejection;

/// The rules of one resource server for the answers of one issuer.
#[derive(Clone, Debug)]
pub(super) struct AnswerRules {
    pub(super) issuer: String,
    pub(super) audiences: Vec<String>,
    pub(super) leeway: Duration,
}

impl AnswerRules {
    /// Judges an answer like a token; what it does not say is not held against it, except the audience.
    pub(super) fn judge(
        &self,
        answer: Introspection,
        now: SystemTime,
    ) -> Result<Principal, Rejection> {
        if !answer.active {
            return Err(Rejection::Inactive);
        }
        if answer.raw.contains_key("iss") && answer.iss.as_deref() != Some(&self.issuer) {
            return Err(Rejection::Issuer);
        }
        let aud = answer.aud.as_ref().ok_or(Rejection::MissingClaim("aud"))?;
        if !self.audiences.iter().any(|audience| aud.contains(audience)) {
            return Err(Rejection::Audience);
        }
        self.check_times(&answer, now)?;
        Principal::from_claims(answer.raw)
    }

    fn check_times(&self, answer: &Introspection, now: SystemTime) -> Result<(), Rejection> {
        let now = now
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default();
        if let Some(exp) = answer.exp
            && now >= exp.since_epoch().saturating_add(self.leeway)
        {
            return Err(Rejection::Expired {
                ago: now.saturating_sub(exp.since_epoch()),
            });
        }
        let latest = now.saturating_add(self.leeway);
        if answer.nbf.is_some_and(|nbf| nbf.since_epoch() > latest) {
            return Err(Rejection::NotYetValid);
        }
        Ok(())
    }
}
