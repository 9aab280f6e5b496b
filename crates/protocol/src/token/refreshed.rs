//! What a refresh may not change in an ID token (OpenID Connect Core §12.2).

use std::collections::BTreeSet;
use std::time::Duration;

use super::{IdToken, IdTokenError};
use crate::text;

impl IdToken {
    /// Lets `new` take this token's place if it continues the same login.
    pub(super) fn continued_by(&self, new: Self, leeway: Duration) -> Result<Self, IdTokenError> {
        let rules = [
            ("iss", self.issuer == new.issuer),
            ("sub", self.subject == new.subject),
            ("iat", !new.is_issued_before(self, leeway)),
            ("aud", self.audiences() == new.audiences()),
            (
                "auth_time",
                self.same_time_if_both(&new, "auth_time", leeway),
            ),
            ("azp", self.claims.get("azp") == new.claims.get("azp")),
            ("nonce", self.same_if_new_has(&new, "nonce")),
        ];
        match rules.into_iter().find(|(_, holds)| !holds) {
            Some((claim, _)) => Err(IdTokenError::Changed { claim }),
            None => Ok(new),
        }
    }

    /// `iat` must be the time of the refresh, so it cannot lie before the original's.
    fn is_issued_before(&self, original: &Self, leeway: Duration) -> bool {
        let issued = |token: &Self| token.claims.iat.map(keyfob_jose::NumericDate::since_epoch);
        match (issued(self), issued(original)) {
            (Some(new), Some(old)) => new.saturating_add(leeway) < old,
            _ => false,
        }
    }

    fn audiences(&self) -> BTreeSet<&String> {
        self.claims
            .aud
            .iter()
            .flat_map(keyfob_jose::Audience::as_slice)
            .collect()
    }

    /// Some providers count the moment back from a clock that is set right meanwhile.
    fn same_time_if_both(&self, new: &Self, name: &str, leeway: Duration) -> bool {
        let (Some(old), Some(new)) = (self.claims.get(name), new.claims.get(name)) else {
            return true;
        };
        match (text::seconds(old), text::seconds(new)) {
            (Some(old), Some(new)) => old.abs_diff(new) <= leeway,
            _ => old == new,
        }
    }

    fn same_if_new_has(&self, new: &Self, name: &str) -> bool {
        new.claims
            .get(name)
            .is_none_or(|value| self.claims.get(name) == Some(value))
    }
}
