//! Which kind of access token an issuer makes (RFC 9068 §2.2, and what came before it).

use keyfob_jose::{ClaimsRef, KnownClaim};

use super::Rules;
use crate::rejection::Rejection;

/// Which kind of access token the issuer makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Profile {
    /// RFC 9068: `typ` is `at+jwt`, and all claims of its section 2.2 are there.
    #[default]
    Rfc9068,
    /// Issuers that predate it: `typ` may also be `JWT` or absent, and `client_id` and `jti` may be missing. What
    /// carries a claim of ID tokens is refused, since nothing else tells the two apart.
    Plain,
}

impl Rules {
    pub(super) fn check_profile(&self, claims: ClaimsRef<'_>) -> Result<(), Rejection> {
        if claims.sub().is_none_or(str::is_empty) {
            return Err(Rejection::MissingClaim("sub"));
        }
        match self.profile {
            Profile::Rfc9068 if claims.text(KnownClaim::ClientId).is_none() => {
                Err(Rejection::MissingClaim("client_id"))
            }
            Profile::Rfc9068 if claims.jti().is_none() => Err(Rejection::MissingClaim("jti")),
            Profile::Rfc9068 => Ok(()),
            Profile::Plain => {
                id_token_claim(claims).map_or(Ok(()), |claim| Err(Rejection::IdToken(claim)))
            }
        }
    }
}

/// Returns a claim that OpenID Connect Core gives to ID tokens only.
fn id_token_claim(claims: ClaimsRef<'_>) -> Option<&'static str> {
    if claims.text(KnownClaim::Typ) == Some("ID") {
        return Some("typ");
    }
    let only_theirs = [
        ("nonce", KnownClaim::Nonce),
        ("at_hash", KnownClaim::AtHash),
        ("c_hash", KnownClaim::CHash),
        ("s_hash", KnownClaim::SHash),
    ];
    let mut found = only_theirs
        .into_iter()
        .filter(|(_, claim)| claims.has(*claim));
    found.next().map(|(name, _)| name)
}
