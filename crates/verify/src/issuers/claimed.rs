//! Whose token it claims to be (RFC 7519 §4.1.1), before anything of it is believed.

use keyfob_jose::{HeaderMemo, JoseError};

use crate::incoming::Incoming;
use crate::rejection::Rejection;

/// Takes a token apart, to choose whose rules to check it by.
pub(super) fn parse<'t>(
    token: &'t str,
    headers: &'t HeaderMemo,
) -> Result<Incoming<'t>, Rejection> {
    Incoming::parse(token, headers).map_err(|rejection| match rejection {
        Rejection::Malformed(JoseError::Claim { claim: "iss", .. }) => Rejection::IssuerType,
        other => other,
    })
}

/// Returns the `iss` that a token claims: good for choosing whose rules to check it by, and for nothing else.
pub(super) fn issuer<'i>(incoming: &'i Incoming<'_>) -> Result<&'i str, Rejection> {
    let issuer = incoming.claims().iss();
    issuer.ok_or(Rejection::MissingClaim("iss"))
}
