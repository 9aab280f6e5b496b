//! When an access token is good (RFC 7519 §4.1.4 to §4.1.6).

use std::time::{Duration, SystemTime};

use keyfob_jose::ClaimsRef;

use super::Rules;
use crate::rejection::Rejection;

impl Rules {
    /// Checks `exp`, `nbf` and `iat`, each with the same leeway.
    pub(super) fn check_times(
        &self,
        claims: ClaimsRef<'_>,
        now: SystemTime,
    ) -> Result<(), Rejection> {
        self.check_expiry(claims, now)?;
        self.check_not_before(claims, now)?;
        self.check_issued_at(claims, now)
    }

    /// RFC 7519 §4.1.4; `exp` is required.
    pub(super) fn check_expiry(
        &self,
        claims: ClaimsRef<'_>,
        now: SystemTime,
    ) -> Result<(), Rejection> {
        let now = since_epoch(now);
        let exp = claims.exp().ok_or(Rejection::MissingClaim("exp"))?;
        if now >= exp.since_epoch().saturating_add(self.leeway) {
            return Err(Rejection::Expired {
                ago: now.saturating_sub(exp.since_epoch()),
            });
        }
        Ok(())
    }

    /// RFC 7519 §4.1.5, where present.
    pub(super) fn check_not_before(
        &self,
        claims: ClaimsRef<'_>,
        now: SystemTime,
    ) -> Result<(), Rejection> {
        match claims.nbf() {
            Some(nbf) if nbf.since_epoch() > self.latest(now) => Err(Rejection::NotYetValid),
            _ => Ok(()),
        }
    }

    /// RFC 7519 §4.1.6; `iat` is required (RFC 9068 §2.2).
    pub(super) fn check_issued_at(
        &self,
        claims: ClaimsRef<'_>,
        now: SystemTime,
    ) -> Result<(), Rejection> {
        let iat = claims.iat().ok_or(Rejection::MissingClaim("iat"))?;
        if iat.since_epoch() > self.latest(now) {
            return Err(Rejection::IssuedInFuture);
        }
        Ok(())
    }

    fn latest(&self, now: SystemTime) -> Duration {
        since_epoch(now).saturating_add(self.leeway)
    }
}

fn since_epoch(now: SystemTime) -> Duration {
    now.duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default()
}
