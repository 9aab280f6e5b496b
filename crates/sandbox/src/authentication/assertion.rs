//! `private_key_jwt` and `client_secret_jwt` (RFC 7523 §3, OpenID Connect Core 1.0 §9).

use std::sync::Arc;

use keyfob_jose::{Claims, CompactJws, JwkSet, Secret, VerifyingKey};

use crate::{AuthenticationMethod, Client, call::Call, lock, refusal::Refusal};

const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// An assertion may not live longer than this.
const MOST_SECONDS: i64 = 3600;
/// Clocks may differ by this much.
const LEEWAY: i64 = 60;

pub(super) fn check(
    call: &Call,
    assertion: &str,
    named: Option<&str>,
) -> Result<(Arc<Client>, AuthenticationMethod), Refusal> {
    if call.form.one("client_assertion_type")? != Some(TYPE) {
        return Err(Refusal::invalid_request(
            "client_assertion_type is not jwt-bearer",
        ));
    }
    let malformed = || Refusal::invalid_client("the client assertion is malformed");
    let jws = CompactJws::parse(assertion).map_err(|_| malformed())?;
    // Read before it is verified only to find the key.
    let claimed = Claims::parse(jws.unverified_payload()).map_err(|_| malformed())?;
    let id = claimed.sub.as_deref().ok_or_else(malformed)?;
    if claimed.iss.as_deref() != Some(id) || named.is_some_and(|named| named != id) {
        return Err(Refusal::invalid_client(
            "iss, sub and client_id of the assertion differ",
        ));
    }
    let client = super::known(call, id)?;
    let method = verify(&client, &jws)?;
    check_claims(call, &claimed)?;
    Ok((client, method))
}

fn verify(client: &Client, jws: &CompactJws<'_>) -> Result<AuthenticationMethod, Refusal> {
    let bad = |_| Refusal::invalid_client("the assertion's signature is wrong");
    let algorithm = jws.header().alg;
    if algorithm.is_symmetric() {
        let secret = Secret::new(client.secret.clone().unwrap_or_default());
        if secret.is_empty() {
            return Err(Refusal::invalid_client("the client has no secret"));
        }
        let key = VerifyingKey::hmac(&secret, algorithm).map_err(bad)?;
        jws.verify(&key).map_err(bad)?;
        return Ok(AuthenticationMethod::SecretJwt);
    }
    let keys = client
        .jwks
        .as_ref()
        .map(ToString::to_string)
        .unwrap_or_default();
    let keys = JwkSet::parse(keys.as_bytes()).map_err(bad)?;
    keys.verify(jws).map_err(bad)?;
    Ok(AuthenticationMethod::PrivateKeyJwt)
}

fn check_claims(call: &Call, claims: &Claims) -> Result<(), Refusal> {
    let provider = &call.provider;
    let audience = claims
        .aud
        .as_ref()
        .map(|aud| aud.as_slice().to_vec())
        .unwrap_or_default();
    call.note(|record| record.assertion_audience = Some(audience.join(" ")));
    let own = [
        provider.issuer.clone(),
        format!("{}/token", provider.issuer),
        format!("{}{}", provider.issuer, call.path),
    ];
    if !audience.iter().any(|aud| own.contains(aud)) {
        return Err(Refusal::invalid_client(
            "the assertion is for somebody else",
        ));
    }
    let now = provider.now();
    let seconds =
        |date: keyfob_jose::NumericDate| i64::try_from(date.as_secs()).unwrap_or(i64::MAX);
    let expires = claims
        .exp
        .map(seconds)
        .ok_or_else(|| Refusal::invalid_client("the assertion has no exp"))?;
    if expires + LEEWAY <= now || expires > now + MOST_SECONDS + LEEWAY {
        return Err(Refusal::invalid_client(
            "the assertion has expired or lives too long",
        ));
    }
    if claims.nbf.is_some_and(|nbf| seconds(nbf) > now + LEEWAY)
        || claims.iat.is_some_and(|iat| seconds(iat) > now + LEEWAY)
    {
        return Err(Refusal::invalid_client("the assertion is from the future"));
    }
    let jti = claims
        .jti
        .clone()
        .ok_or_else(|| Refusal::invalid_client("the assertion has no jti"))?;
    if !lock(&provider.grants).first_use(jti, expires + LEEWAY, now) {
        return Err(Refusal::invalid_client("the assertion was used before"));
    }
    Ok(())
}
