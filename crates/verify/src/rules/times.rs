//! When an access token is good (RFC 7519 §4.1.4 to §4.1.6).

use std::time::{Duration, SystemTime};

use keyfob_jose::ClaimsRef;

use super::Rules;
use crate::rejection::Rejection;

impl Rules {
    /// Checks `exp`, `nbf` and `iat`, each with its own leeway.
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
        let exp = exp.since_epoch();
        if now >= exp.saturating_add(self.leeway.exp) {
            return Err(Rejection::Expired {
                ago: now.saturating_sub(exp),
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
        let latest = since_epoch(now).saturating_add(self.leeway.nbf);
        match claims.nbf() {
            Some(nbf) if nbf.since_epoch() > latest => Err(Rejection::NotYetValid),
            _ => Ok(()),
        }
    }

    /// RFC 7519 §4.1.6; `iat` is required (RFC 9068 §2.2), and may be as long ago as is set.
    pub(super) fn check_issued_at(
        &self,
        claims: ClaimsRef<'_>,
        now: SystemTime,
    ) -> Result<(), Rejection> {
        let now = since_epoch(now);
        let iat = claims.iat().ok_or(Rejection::MissingClaim("iat"))?;
        let iat = iat.since_epoch();
        if iat > now.saturating_add(self.leeway.iat) {
            return Err(Rejection::IssuedInFuture);
        }
        let ago = now.saturating_sub(iat);
        let oldest = self.max_age.map(|max| max.saturating_add(self.leeway.iat));
        if oldest.is_some_and(|oldest| ago > oldest) {
            return Err(Rejection::TooOld { ago });
        }
        Ok(())
    }
}

fn since_epoch(now: SystemTime) -> Duration {
    now.duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default()
}
