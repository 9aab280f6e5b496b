//! The code grant (RFC 6749 §4.1.3) with PKCE (RFC 7636 §4.6).

use keyfob_jose::{Algorithm, base64url};
use serde_json::{Map, Value};
use subtle::ConstantTimeEq;

use super::first_refresh;
use crate::{Client, call::Call, grants::FreshCode, issue::Issue, lock, refusal::Refusal, scope};

pub(super) fn redeem(call: &Call, client: &Client) -> Result<Map<String, Value>, Refusal> {
    let provider = &call.provider;
    let code = call.form.required("code", "no code")?;
    let spent = lock(&provider.grants).spend_code(code, &client.id, provider.clock())?;
    let Some(fresh) = spent else {
        provider
            .tally
            .count(|counters| counters.code_reuse_detected += 1);
        return Err(Refusal::invalid_grant(
            "the code was used before; its tokens are revoked",
        ));
    };
    let FreshCode {
        grant,
        redirect_uri,
        challenge,
    } = fresh;
    if call.form.one("redirect_uri")? != Some(&redirect_uri) {
        return Err(Refusal::invalid_grant(
            "redirect_uri is not the one of the authorization",
        ));
    }
    check_verifier(challenge.as_deref(), call.form.one("code_verifier")?)?;
    let audience = scope::target(
        &grant.audience,
        scope::audience(&call.form)?,
        provider.default_audience(),
    )?;
    Issue {
        call,
        client,
        grant_type: "authorization_code",
        scopes: grant.scopes.clone(),
        audience,
        refresh: first_refresh(call, client, &grant.scopes),
        grant,
    }
    .response()
}

fn check_verifier(challenge: Option<&str>, verifier: Option<&str>) -> Result<(), Refusal> {
    match (challenge, verifier) {
        (None, None) => Ok(()),
        (None, Some(_)) => Err(Refusal::invalid_grant("a verifier without a challenge")),
        (Some(_), None) => Err(Refusal::invalid_grant("no code_verifier")),
        (Some(challenge), Some(verifier)) => {
            let well_formed = (43..=128).contains(&verifier.len())
                && verifier
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b"-._~".contains(&b));
            let hash = base64url::encode(Algorithm::RS256.hash(verifier.as_bytes()));
            if well_formed && bool::from(hash.as_bytes().ct_eq(challenge.as_bytes())) {
                Ok(())
            } else {
                Err(Refusal::invalid_grant(
                    "the code_verifier does not fit the challenge",
                ))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::check_verifier;

    #[test]
    fn verifier_of_rfc_7636_appendix_b_fits_its_challenge_only() {
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
        assert!(check_verifier(Some(challenge), Some(verifier)).is_ok());
        assert!(check_verifier(Some(challenge), Some(challenge)).is_err());
        assert!(check_verifier(Some(challenge), None).is_err());
        assert!(check_verifier(None, Some(verifier)).is_err());
    }
}
