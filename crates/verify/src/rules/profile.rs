//! Which kind of access token an issuer makes (RFC 9068 §2.2, and what came before it).

use keyfob_jose::{ClaimsRef, KnownClaim};

use super::Rules;
use crate::rejection::Rejection;

/// Which kind of access token the issuer makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Profile {
    /// RFC 9068: `typ` is `at+jwt`, and all claims of its section 2.2 are there.
    Rfc9068,
    /// Issuers that predate it: `typ` may also be `JWT` or absent, and `client_id` and `jti` may be missing. What
    /// carries a claim of ID tokens or of events is refused, and what a claim `typ` calls a refresh, logout or ID token,
    /// since nothing else tells them apart (RFC 8725 §3.12).
    Plain,
}

impl Rules {
    pub(super) fn check_profile(&self, claims: ClaimsRef<'_>) -> Result<(), Rejection> {
        match self.profile_faults(claims).next() {
            None => Ok(()),
            Some(fault) => Err(fault),
        }
    }

    /// Returns all that is wrong, one after the other.
    pub(super) fn profile_faults(&self, claims: ClaimsRef<'_>) -> impl Iterator<Item = Rejection> {
        let strict = self.profile == Profile::Rfc9068;
        let missing = [
            ("sub", claims.sub().is_none_or(str::is_empty)),
            (
                "client_id",
                strict && claims.text(KnownClaim::ClientId).is_none(),
            ),
            ("jti", strict && claims.jti().is_none()),
        ];
        let missing = missing.into_iter().filter(|(_, missing)| *missing);
        // Where the type tells the two apart, their claims need not.
        let told_apart = strict && !self.any_type;
        let foreign = (!told_apart).then(|| foreign(claims)).flatten();
        missing
            .map(|(claim, _)| Rejection::MissingClaim(claim))
            .chain(foreign)
    }
}

/// Says that it is another kind of token, if its claims tell.
fn foreign(claims: ClaimsRef<'_>) -> Option<Rejection> {
    let says = claims.text(KnownClaim::Typ).unwrap_or_default();
    let is = |kind: &str| says.eq_ignore_ascii_case(kind);
    if claims.has(KnownClaim::Events) || OTHER_KINDS.iter().copied().any(is) {
        return Some(Rejection::Type);
    }
    id_token_claim(claims).map(Rejection::IdToken)
}

/// What a claim `typ` calls tokens that are neither access nor ID tokens.
const OTHER_KINDS: [&str; 3] = ["Logout", "Refresh", "Offline"];

/// Returns a claim that OpenID Connect Core gives to ID tokens only.
fn id_token_claim(claims: ClaimsRef<'_>) -> Option<&'static str> {
    let typ = claims.text(KnownClaim::Typ);
    if typ.is_some_and(|typ| typ.eq_ignore_ascii_case("ID")) {
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
