//! When an access token is good (RFC 7519 §4.1.4 to §4.1.6).

use std::time::SystemTime;

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
        let now = now
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default();
        let exp = claims.exp().ok_or(Rejection::MissingClaim("exp"))?;
        let iat = claims.iat().ok_or(Rejection::MissingClaim("iat"))?;
        if now >= exp.since_epoch().saturating_add(self.leeway) {
            return Err(Rejection::Expired {
                ago: now.saturating_sub(exp.since_epoch()),
            });
        }
        let latest = now.saturating_add(self.leeway);
        if claims.nbf().is_some_and(|nbf| nbf.since_epoch() > latest) {
            return Err(Rejection::NotYetValid);
        }
        if iat.since_epoch() > latest {
            return Err(Rejection::IssuedInFuture);
        }
        Ok(())
    }
}
