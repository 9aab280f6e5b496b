//! What can go wrong with tokens and keys. No variant carries a secret, a token or a payload.

/// Why a token, key or document was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JoseError {
    /// The token is not a compact JWS (RFC 7515 §7.1).
    #[error("the token is not a compact JWS: {0}")]
    MalformedToken(&'static str),
    /// The token has five parts: it is encrypted (RFC 7516), which is not supported.
    #[error("the token is encrypted, which is not supported")]
    EncryptedToken,
    /// The input is larger than its cap, in bytes.
    #[error("{what} is larger than {limit} bytes")]
    TooLarge {
        /// What was too large.
        what: &'static str,
        /// The cap in bytes.
        limit: usize,
    },
    /// The text is not canonical base64url without padding (RFC 7515 §2).
    #[error("not base64url without padding")]
    Base64,
    /// The text is not JSON, or not of the expected shape.
    #[error("malformed JSON in {what}: {why}")]
    Json {
        /// The document that was read.
        what: &'static str,
        /// The rule that it broke.
        why: &'static str,
    },
    /// A JSON object has the same member twice (RFC 7515 §4).
    #[error("duplicate member in {0}")]
    DuplicateMember(&'static str),
    /// A claim has the wrong type or an impossible value (RFC 7519 §4.1).
    #[error("claim `{claim}` {why}")]
    Claim {
        /// The claim's name.
        claim: &'static str,
        /// The rule that it broke.
        why: &'static str,
    },
    /// The algorithm is `none`, unknown, or one that signs nothing.
    #[error("signature algorithm `{0}` is not supported")]
    UnsupportedAlgorithm(String),
    /// The header names an extension that must be understood and is not (RFC 7515 §4.1.11).
    #[error("the token needs an extension that is not supported (`crit`)")]
    CriticalHeader,
    /// The payload is not base64url-encoded (`b64: false`, RFC 7797), which is not supported.
    #[error("the token has an unencoded payload, which is not supported")]
    UnencodedPayload,
    /// The key cannot be used with this algorithm or for this operation.
    #[error("the key is not for {algorithm}: {why}")]
    KeyMismatch {
        /// The algorithm that was asked for.
        algorithm: &'static str,
        /// Why the key does not fit.
        why: &'static str,
    },
    /// No key of the set can have made the signature; a fresh key set may have one.
    #[error("no key of the key set fits the token's header")]
    UnknownKey,
    /// A key fits, but the signature is not its.
    #[error("the signature is wrong")]
    BadSignature,
    /// The key cannot be read.
    #[error("malformed key: {0}")]
    MalformedKey(&'static str),
    /// A member of the JWK is missing or cannot be read.
    #[error("malformed key: `{member}` {why}")]
    KeyMember {
        /// The member's name.
        member: &'static str,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The key is of a kind that is not supported.
    #[error("unsupported key: {0}")]
    UnsupportedKey(&'static str),
    /// The key is too short or otherwise not safe to use.
    #[error("weak key: {0}")]
    WeakKey(&'static str),
    /// The private key is encrypted and no password was given.
    #[error("the private key is encrypted and needs a password")]
    PasswordNeeded,
    /// The private key cannot be decrypted with this password.
    #[error("the private key cannot be decrypted: wrong password or damaged file")]
    PasswordWrong,
    /// The document is not a key set (RFC 7517 §5).
    #[error("malformed key set: {0}")]
    MalformedKeySet(&'static str),
    /// The cryptographic library failed to sign or to generate a key.
    #[error("the cryptographic library refused to {0}")]
    Crypto(&'static str),
}

impl JoseError {
    /// Returns the stable snake_case name of this kind of error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::MalformedToken(_) => "malformed_token",
            Self::EncryptedToken => "encrypted_token",
            Self::TooLarge { .. } => "too_large",
            Self::Base64 => "malformed_base64url",
            Self::Json { .. } => "malformed_json",
            Self::DuplicateMember(_) => "duplicate_member",
            Self::Claim { .. } => "malformed_claim",
            Self::UnsupportedAlgorithm(_) => "unsupported_algorithm",
            Self::CriticalHeader => "critical_header",
            Self::UnencodedPayload => "unencoded_payload",
            Self::KeyMismatch { .. } => "key_mismatch",
            Self::UnknownKey => "unknown_key",
            Self::BadSignature => "bad_signature",
            Self::MalformedKey(_) | Self::KeyMember { .. } => "malformed_key",
            Self::UnsupportedKey(_) => "unsupported_key",
            Self::WeakKey(_) => "weak_key",
            Self::PasswordNeeded => "key_password_needed",
            Self::PasswordWrong => "key_password_wrong",
            Self::MalformedKeySet(_) => "malformed_key_set",
            Self::Crypto(_) => "crypto_failed",
        }
    }
}
