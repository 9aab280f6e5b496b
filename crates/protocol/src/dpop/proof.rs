//! One DPoP proof JWT (RFC 9449 §4.2), read by the checks of §4.3 that need neither clock nor memory.

use std::time::{Duration, SystemTime};

use keyfob_jose::{Algorithm, Claims, CompactJws, Header, JoseError, Jwk, base64url};
use serde_json::Value;
use subtle::ConstantTimeEq as _;

use super::error::ProofError;
use super::target::TargetUri;

/// The largest proof that is read, in bytes: one with an RSA-8192 key has some 3 KiB.
pub const MAX_PROOF_BYTES: usize = 8 * 1024;

/// The longest `jti` that is accepted, in bytes; 96 random bits have 16.
pub const MAX_JTI_BYTES: usize = 256;

/// A proof whose signature is right, by the key that it carries. Whose key that is, its thumbprint tells.
///
/// ```
/// use keyfob_protocol::dpop::{Proof, TargetUri, access_token_hash};
/// use keyfob_protocol::jose::{Algorithm, HeaderFields, SigningKey, jws};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let key = SigningKey::generate(Algorithm::ES256)?;
/// let jwk = key.public_jwk()?;
/// let header = HeaderFields::typ("dpop+jwt").with("jwk", jwk.to_value());
/// let claims = serde_json::json!({
///     "jti": "e1j3V_bKic8", "htm": "GET", "htu": "https://api.example.com/things",
///     "iat": 1_562_262_618, "ath": access_token_hash("the-token"),
/// });
/// let proof = jws::sign(&key, &header, claims.to_string().as_bytes())?;
///
/// let proof = Proof::read(&proof, &[Algorithm::ES256])?;
/// proof.check_request("GET", &TargetUri::parse("https://API.example.com:443/things?page=2")?)?;
/// proof.check_token("the-token")?;
/// assert_eq!(proof.thumbprint(), jwk.thumbprint());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Proof {
    thumbprint: String,
    method: String,
    target: TargetUri,
    issued_at: SystemTime,
    id: String,
    token_hash: Option<String>,
    nonce: Option<String>,
}

impl Proof {
    /// Reads a proof: size, form, `typ`, `alg` among those accepted, a public `jwk`, its signature, and the claims that
    /// every proof has (RFC 9449 §4.3, checks 2 to 7).
    ///
    /// Symmetric algorithms are never accepted.
    ///
    /// # Errors
    /// The first check that fails, in this order.
    pub fn read(text: &str, accepted: &[Algorithm]) -> Result<Self, ProofError> {
        if text.is_empty() {
            return Err(ProofError::Missing);
        }
        if text.len() > MAX_PROOF_BYTES {
            return Err(ProofError::TooLarge {
                limit: MAX_PROOF_BYTES,
            });
        }
        let jws = CompactJws::parse(text).map_err(ProofError::Malformed)?;
        let header = jws.header();
        if !header.has_type("dpop+jwt") {
            return Err(ProofError::Type);
        }
        if header.alg.is_symmetric() || !accepted.contains(&header.alg) {
            return Err(ProofError::Algorithm(header.alg));
        }
        let jwk = public_key(header)?;
        let payload = jws.verify(jwk.key()).map_err(|error| match error {
            JoseError::BadSignature => ProofError::Signature,
            other => ProofError::Key(other),
        })?;
        let claims = payload.claims().map_err(ProofError::Malformed)?;
        Self::of(jwk.thumbprint(), &claims)
    }

    fn of(thumbprint: String, claims: &Claims) -> Result<Self, ProofError> {
        let id = filled("jti", claims.jti.as_deref())?;
        if id.len() > MAX_JTI_BYTES {
            return Err(ProofError::Claim("jti"));
        }
        let method = filled("htm", text(claims, "htm")?)?;
        let target = filled("htu", text(claims, "htu")?)?;
        let issued_at = claims.iat.ok_or(ProofError::MissingClaim("iat"))?;
        Ok(Self {
            thumbprint,
            method: method.to_owned(),
            target: TargetUri::parse(target)?,
            issued_at: issued_at.to_system_time(),
            token_hash: text(claims, "ath")?.map(str::to_owned),
            nonce: text(claims, "nonce")?.map(str::to_owned),
            id: id.to_owned(),
        })
    }

    /// Checks that the proof was made for this request (§4.3, checks 8 and 9); methods compare with case.
    ///
    /// # Errors
    /// [`ProofError::Method`] or [`ProofError::Target`].
    pub fn check_request(&self, method: &str, target: &TargetUri) -> Result<(), ProofError> {
        if self.method != method {
            return Err(ProofError::Method);
        }
        if self.target != *target {
            return Err(ProofError::Target);
        }
        Ok(())
    }

    /// Checks that the proof was made for this access token (§4.3, check 12).
    ///
    /// # Errors
    /// [`ProofError::MissingClaim`] without `ath`, [`ProofError::TokenHash`] if it is of another token.
    pub fn check_token(&self, access_token: &str) -> Result<(), ProofError> {
        let claimed = filled("ath", self.token_hash.as_deref())?;
        let hash = access_token_hash(access_token);
        if bool::from(claimed.as_bytes().ct_eq(hash.as_bytes())) {
            Ok(())
        } else {
            Err(ProofError::TokenHash)
        }
    }

    /// Checks when the proof was made (§4.3, check 11): `max_age` ago at most, by our clock, and `leeway` ahead of it at most.
    ///
    /// # Errors
    /// [`ProofError::TooOld`] or [`ProofError::Future`].
    pub fn check_time(
        &self,
        now: SystemTime,
        max_age: Duration,
        leeway: Duration,
    ) -> Result<(), ProofError> {
        match now.duration_since(self.issued_at) {
            Ok(age) if age > max_age => Err(ProofError::TooOld),
            Err(ahead) if ahead.duration() > leeway => Err(ProofError::Future),
            _ => Ok(()),
        }
    }

    /// Returns the SHA-256 thumbprint of the key that signed the proof, which `cnf.jkt` names (§6.1).
    pub fn thumbprint(&self) -> &str {
        &self.thumbprint
    }

    /// Returns the address that the proof was made for, normalised.
    pub fn target(&self) -> &TargetUri {
        &self.target
    }

    /// Returns `iat`, by the client's clock.
    pub fn issued_at(&self) -> SystemTime {
        self.issued_at
    }

    /// Returns `jti`, [`MAX_JTI_BYTES`] long at most.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Returns `nonce`, which a server gave the client earlier (§8).
    pub fn nonce(&self) -> Option<&str> {
        self.nonce.as_deref()
    }
}

/// Returns `ath` for an access token: base64url of its SHA-256 (RFC 9449 §4.2).
pub fn access_token_hash(access_token: &str) -> String {
    base64url::encode(Algorithm::ES256.hash(access_token.as_bytes()))
}

/// The members that a private or symmetric key has and a public one has not (RFC 7518 §6.2.2, §6.3.2, §6.4).
const PRIVATE_MEMBERS: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

fn public_key(header: &Header) -> Result<Jwk, ProofError> {
    let jwk = header.extra.get("jwk").ok_or(ProofError::NoKey)?;
    if PRIVATE_MEMBERS.iter().any(|name| jwk.get(name).is_some()) {
        return Err(ProofError::PrivateKey);
    }
    Jwk::from_value(jwk).map_err(ProofError::Key)
}

fn text<'c>(claims: &'c Claims, name: &'static str) -> Result<Option<&'c str>, ProofError> {
    match claims.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(ProofError::Claim(name)),
    }
}

fn filled<'c>(name: &'static str, claim: Option<&'c str>) -> Result<&'c str, ProofError> {
    claim
        .filter(|text| !text.is_empty())
        .ok_or(ProofError::MissingClaim(name))
}

/// Proofs are credentials for a moment; logs get the key's thumbprint only.
impl std::fmt::Debug for Proof {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Proof")
            .field("thumbprint", &self.thumbprint)
            .finish_non_exhaustive()
    }
}
