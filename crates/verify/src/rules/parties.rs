//! Whom an access token was made for, and who got it (RFC 9068 §2.2 `aud` and `client_id`, OpenID Connect Core §2 `azp`).

use keyfob_jose::{ClaimsRef, KnownClaim};

use super::Rules;
use crate::rejection::Rejection;

impl Rules {
    /// Checks that the token is for this service, and, where that is asked for, for nobody else who is not trusted.
    pub(super) fn check_audience(&self, claims: ClaimsRef<'_>) -> Result<(), Rejection> {
        if self.any_audience {
            return Ok(());
        }
        if !claims.has_aud() {
            return Err(Rejection::MissingClaim("aud"));
        }
        let is_ours = |named: &str| self.audiences.iter().any(|audience| audience == named);
        if !claims.audiences().any(is_ours) {
            return Err(Rejection::Audience);
        }
        let Some(trusted) = &self.trusted_audiences else {
            return Ok(());
        };
        let is_trusted = |named: &str| is_ours(named) || trusted.iter().any(|one| one == named);
        if claims.audiences().all(is_trusted) {
            Ok(())
        } else {
            Err(Rejection::UntrustedAudience)
        }
    }

    /// Tells whether a token for this audience is for this service.
    pub(crate) fn is_for_us(&self, audience: &str) -> bool {
        self.any_audience || self.audiences.iter().any(|ours| ours == audience)
    }

    /// Checks, where that is asked for, that the token was issued to an accepted client. Issuers tell it by `client_id`,
    /// by `azp`, or by both, and then both have to be accepted.
    pub(super) fn check_authorized_party(&self, claims: ClaimsRef<'_>) -> Result<(), Rejection> {
        if self.authorized_parties.is_empty() {
            return Ok(());
        }
        let told = [KnownClaim::ClientId, KnownClaim::Azp];
        let mut told = told
            .into_iter()
            .filter(|claim| claims.has(*claim))
            .peekable();
        if told.peek().is_none() {
            return Err(Rejection::MissingClaim("azp"));
        }
        let accepted = |claim| {
            let named = claims.text(claim);
            self.authorized_parties
                .iter()
                .any(|party| Some(party.as_str()) == named)
        };
        if told.all(accepted) {
            Ok(())
        } else {
            Err(Rejection::AuthorizedParty)
        }
    }
}
