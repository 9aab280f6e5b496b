//! The rules for an ID token, in the order of OpenID Connect Core §3.1.3.7, one method each.

use std::time::{Duration, SystemTime};

use keyfob_jose::{
    Algorithm, Claims, CompactJws, JoseError, JwkSet, NumericDate, Payload, Secret, VerifyingKey,
};
use subtle::ConstantTimeEq as _;

use super::hash::half_hash;
use super::{IdToken, IdTokenError};
use crate::issuer::Issuer;
use crate::text;

/// Clocks of servers are off by this much more often than not by more.
const LEEWAY: Duration = Duration::from_mins(1);

/// What an ID token must fulfil to be believed.
///
/// The HMAC algorithms are refused unless [`IdTokenRules::with_algorithms`] names them.
#[derive(Clone, Debug)]
pub struct IdTokenRules {
    issuer: Issuer,
    client_id: String,
    trusted_audiences: Vec<String>,
    authorized_parties: Vec<String>,
    algorithms: Vec<Algorithm>,
    nonce: Option<Secret>,
    access_token: Option<Secret>,
    code: Option<Secret>,
    acr: Vec<String>,
    max_age: Option<Duration>,
    leeway: Duration,
    original: Option<Box<IdToken>>,
}

impl IdTokenRules {
    /// Starts with the rules that always hold; leeway is 60 seconds.
    pub fn new(issuer: &Issuer, client_id: impl Into<String>) -> Self {
        Self {
            issuer: issuer.clone(),
            client_id: client_id.into(),
            trusted_audiences: Vec::new(),
            authorized_parties: Vec::new(),
            algorithms: Algorithm::ASYMMETRIC.to_vec(),
            nonce: None,
            access_token: None,
            code: None,
            acr: Vec::new(),
            max_age: None,
            leeway: LEEWAY,
            original: None,
        }
    }

    /// Demands this `nonce`.
    pub fn with_nonce(mut self, nonce: Secret) -> Self {
        self.nonce = Some(nonce);
        self
    }

    /// Compares `at_hash`, if present, with this access token.
    pub fn with_access_token(mut self, access_token: Secret) -> Self {
        self.access_token = Some(access_token);
        self
    }

    /// Compares `c_hash`, if present, with this code.
    pub fn with_code(mut self, code: Secret) -> Self {
        self.code = Some(code);
        self
    }

    /// Demands an `auth_time` not longer ago than this.
    pub const fn with_max_age(mut self, max_age: Duration) -> Self {
        self.max_age = Some(max_age);
        self
    }

    /// Demands one of these `acr` values.
    pub fn with_acr<T: Into<String>>(mut self, accepted: impl IntoIterator<Item = T>) -> Self {
        self.acr = accepted.into_iter().map(Into::into).collect();
        self
    }

    /// Allows these algorithms only, typically the registered `id_token_signed_response_alg`.
    pub fn with_algorithms(mut self, algorithms: impl IntoIterator<Item = Algorithm>) -> Self {
        self.algorithms = algorithms.into_iter().collect();
        self
    }

    /// Trusts an audience that stands in `aud` beside the client.
    pub fn with_trusted_audience(mut self, audience: impl Into<String>) -> Self {
        self.trusted_audiences.push(audience.into());
        self
    }

    /// Accepts tokens that were issued to this party (`azp`), too, as when an app hands its ID token to its server.
    pub fn with_authorized_party(mut self, party: impl Into<String>) -> Self {
        self.authorized_parties.push(party.into());
        self
    }

    /// Tolerates clocks that are off by this much.
    pub const fn with_leeway(mut self, leeway: Duration) -> Self {
        self.leeway = leeway;
        self
    }

    /// Turns these into the rules for an ID token from a refresh of `original`'s login (§12.2).
    ///
    /// The nonce is then compared with the original's, if the new token has one at all.
    pub fn refreshed(mut self, original: &IdToken) -> Self {
        self.nonce = None;
        self.max_age = None;
        self.original = Some(Box::new(original.clone()));
        self
    }

    /// Verifies a token with the issuer's keys, or with the client secret where HMAC is allowed.
    ///
    /// # Errors
    /// The rule that it broke; `id_token_unknown_key` means that a fresh key set may help.
    pub fn verify(
        &self,
        token: &str,
        keys: &JwkSet,
        client_secret: Option<&Secret>,
        now: SystemTime,
    ) -> Result<IdToken, IdTokenError> {
        // Step 1, decryption: encrypted tokens are refused here.
        let jws = CompactJws::parse(token)?;
        // Nothing of the claims leaves this function before the signature is verified.
        let claims = Claims::parse(jws.unverified_payload())?;
        let check = Check {
            rules: self,
            claims: &claims,
            jws: &jws,
            now,
        };
        for (_, rule) in Check::BEFORE_THE_SIGNATURE {
            rule(&check)?;
        }
        verify_signature(&jws, keys, client_secret)?;
        for (_, rule) in Check::AFTER_THE_SIGNATURE {
            rule(&check)?;
        }
        let token = IdToken::new(token, claims)?;
        match &self.original {
            Some(original) => original.continued_by(token, self.leeway),
            None => Ok(token),
        }
    }
}

/// Steps 6 and 8: the issuer's keys, or the client secret for HMAC.
pub(crate) fn verify_signature<'j>(
    jws: &'j CompactJws<'_>,
    keys: &JwkSet,
    client_secret: Option<&Secret>,
) -> Result<Payload<'j>, JoseError> {
    let algorithm = jws.header().alg;
    if !algorithm.is_symmetric() {
        return keys.verify(jws);
    }
    let secret = client_secret.ok_or(JoseError::KeyMismatch {
        algorithm: algorithm.as_str(),
        why: "there is no client secret",
    })?;
    jws.verify(&VerifyingKey::hmac(secret, algorithm)?)
}

pub(super) struct Check<'a> {
    pub(super) rules: &'a IdTokenRules,
    pub(super) claims: &'a Claims,
    pub(super) jws: &'a CompactJws<'a>,
    pub(super) now: SystemTime,
}

/// A rule with its name.
type Named<'a> = (&'static str, fn(&Check<'a>) -> Result<(), IdTokenError>);

impl<'a> Check<'a> {
    /// What is worth no signature check, in the order of §3.1.3.7.
    pub(super) const BEFORE_THE_SIGNATURE: [Named<'a>; 5] = [
        ("type", Self::kind),
        ("issuer", Self::issuer),
        ("audience", Self::audience),
        ("authorized_party", Self::authorized_party),
        ("algorithm", Self::algorithm),
    ];

    /// What is looked at once the issuer is known to have written it.
    pub(super) const AFTER_THE_SIGNATURE: [Named<'a>; 8] = [
        ("expiry", Self::expiry),
        ("not_before", Self::not_before),
        ("issued_at", Self::issued_at),
        ("nonce", Self::nonce),
        ("acr", Self::acr),
        ("auth_time", Self::auth_time),
        ("access_token_hash", Self::access_token_hash),
        ("code_hash", Self::code_hash),
    ];

    /// RFC 8725 §3.11: a token that names another type is another kind of token.
    fn kind(&self) -> Result<(), IdTokenError> {
        let typ = self.jws.header().typ.as_deref().unwrap_or("JWT");
        if typ.to_ascii_lowercase().ends_with("+jwt") {
            return Err(IdTokenError::Type {
                found: text::clean(typ, 40),
            });
        }
        Ok(())
    }

    /// Step 2.
    fn issuer(&self) -> Result<(), IdTokenError> {
        let found = self.claims.iss.as_deref().ok_or(missing("iss"))?;
        if self.rules.issuer == *found {
            return Ok(());
        }
        let expected = self.rules.issuer.to_string();
        Err(IdTokenError::Issuer {
            expected,
            found: text::clean(found, 200),
        })
    }

    /// Step 3: the client is among the audiences, and every other one is trusted.
    fn audience(&self) -> Result<(), IdTokenError> {
        let audience = self.claims.aud.as_ref().ok_or(missing("aud"))?;
        let trusted = |one: &String| {
            *one == self.rules.client_id || self.rules.trusted_audiences.contains(one)
        };
        let ours = audience.contains(&self.rules.client_id);
        ensure(ours && audience.as_slice().iter().all(trusted), || {
            IdTokenError::Audience
        })
    }

    /// Steps 4 and 5.
    fn authorized_party(&self) -> Result<(), IdTokenError> {
        let several = self
            .claims
            .aud
            .as_ref()
            .is_some_and(|aud| aud.as_slice().len() > 1);
        let fits = match self.claims.get("azp") {
            Some(azp) => azp.as_str().is_some_and(|azp| self.is_trusted_party(azp)),
            None => !several,
        };
        ensure(fits, || IdTokenError::AuthorizedParty)
    }

    fn is_trusted_party(&self, azp: &str) -> bool {
        azp == self.rules.client_id || self.rules.authorized_parties.iter().any(|one| one == azp)
    }

    /// Step 7, before step 6: a signature by an algorithm that is not allowed proves nothing.
    fn algorithm(&self) -> Result<(), IdTokenError> {
        let found = self.jws.header().alg;
        ensure(self.rules.algorithms.contains(&found), || {
            IdTokenError::Algorithm {
                found: found.as_str(),
            }
        })
    }

    /// Step 9.
    fn expiry(&self) -> Result<(), IdTokenError> {
        let expires = self.claims.exp.ok_or(missing("exp"))?.since_epoch();
        match self.clock().checked_sub(expires) {
            Some(ago) if ago >= self.rules.leeway => Err(IdTokenError::Expired { ago }),
            _ => Ok(()),
        }
    }

    /// RFC 7519 §4.1.5, where present.
    fn not_before(&self) -> Result<(), IdTokenError> {
        self.claims
            .nbf
            .map_or(Ok(()), |nbf| self.not_ahead(nbf, "nbf"))
    }

    /// Step 10; `iat` is required (§2).
    fn issued_at(&self) -> Result<(), IdTokenError> {
        self.not_ahead(self.claims.iat.ok_or(missing("iat"))?, "iat")
    }

    /// Step 11.
    fn nonce(&self) -> Result<(), IdTokenError> {
        let Some(sent) = &self.rules.nonce else {
            return Ok(());
        };
        let found = self.claims.text("nonce").unwrap_or_default();
        let same = bool::from(found.as_bytes().ct_eq(sent.expose().as_bytes()));
        ensure(same && !found.is_empty(), || IdTokenError::Nonce)
    }

    /// Step 12.
    fn acr(&self) -> Result<(), IdTokenError> {
        let accepted = &self.rules.acr;
        let found = self.claims.text("acr").unwrap_or_default();
        let fits = accepted.is_empty() || accepted.iter().any(|acr| acr == found);
        ensure(fits, || IdTokenError::Acr)
    }

    /// Step 13.
    fn auth_time(&self) -> Result<(), IdTokenError> {
        let Some(max_age) = self.rules.max_age else {
            return Ok(());
        };
        let time = self
            .claims
            .get("auth_time")
            .and_then(text::seconds)
            .ok_or(missing("auth_time"))?;
        let limit = time
            .saturating_add(max_age)
            .saturating_add(self.rules.leeway);
        ensure(self.clock() <= limit, || IdTokenError::AuthTime)
    }

    /// §3.1.3.8.
    fn access_token_hash(&self) -> Result<(), IdTokenError> {
        let fits = self.hash_fits("at_hash", self.rules.access_token.as_ref());
        ensure(fits, || IdTokenError::AccessTokenHash)
    }

    /// §3.3.2.10.
    fn code_hash(&self) -> Result<(), IdTokenError> {
        ensure(self.hash_fits("c_hash", self.rules.code.as_ref()), || {
            IdTokenError::CodeHash
        })
    }

    fn hash_fits(&self, claim: &str, value: Option<&Secret>) -> bool {
        let (Some(found), Some(value)) = (self.claims.get(claim), value) else {
            return true;
        };
        let expected = half_hash(self.jws.header().alg, value.expose());
        found
            .as_str()
            .is_some_and(|found| found.as_bytes().ct_eq(expected.as_bytes()).into())
    }

    fn not_ahead(&self, date: NumericDate, claim: &'static str) -> Result<(), IdTokenError> {
        match date.since_epoch().checked_sub(self.clock()) {
            Some(ahead) if ahead > self.rules.leeway => Err(IdTokenError::Future { claim, ahead }),
            _ => Ok(()),
        }
    }

    fn clock(&self) -> Duration {
        self.now
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default()
    }
}

const fn missing(claim: &'static str) -> IdTokenError {
    IdTokenError::Missing { claim }
}

fn ensure(holds: bool, error: impl FnOnce() -> IdTokenError) -> Result<(), IdTokenError> {
    if holds { Ok(()) } else { Err(error()) }
}
