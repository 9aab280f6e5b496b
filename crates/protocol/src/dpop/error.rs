//! Why a DPoP proof is not one, or is not for this request (RFC 9449 §4.3).

use keyfob_jose::{Algorithm, JoseError};

/// Says which check of RFC 9449 §4.3 a proof failed. Nothing of the proof is in it but names.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProofError {
    /// There is no `DPoP` header.
    #[error("there is no dpop proof")]
    Missing,
    /// There is more than one `DPoP` header.
    #[error("there is more than one dpop proof")]
    Several,
    /// The proof is larger than [`MAX_PROOF_BYTES`](super::MAX_PROOF_BYTES).
    #[error("the dpop proof is larger than {limit} bytes")]
    TooLarge {
        /// The cap in bytes.
        limit: usize,
    },
    /// The proof is not a well-formed JWT.
    #[error("the dpop proof is malformed: {0}")]
    Malformed(JoseError),
    /// Its `typ` is not `dpop+jwt`.
    #[error("the dpop proof is not of type dpop+jwt")]
    Type,
    /// It is signed with an algorithm that is not accepted for proofs.
    #[error("dpop proofs signed with {0} are not accepted")]
    Algorithm(Algorithm),
    /// Its header has no `jwk`.
    #[error("the dpop proof has no `jwk`")]
    NoKey,
    /// Its `jwk` holds a private or symmetric key.
    #[error("the dpop proof's `jwk` is not a public key")]
    PrivateKey,
    /// Its `jwk` cannot be used.
    #[error("the dpop proof's `jwk` cannot be used: {0}")]
    Key(JoseError),
    /// The key in its `jwk` did not sign it.
    #[error("the dpop proof is not signed by the key in its `jwk`")]
    Signature,
    /// It lacks a claim that it must have, or has it empty.
    #[error("the dpop proof has no `{0}`")]
    MissingClaim(&'static str),
    /// A claim is of the wrong kind, or longer than its cap.
    #[error("the dpop proof's `{0}` is malformed")]
    Claim(&'static str),
    /// Its `htm` is another method than the request's.
    #[error("the dpop proof is for another method")]
    Method,
    /// Its `htu` is another address than the request's.
    #[error("the dpop proof is for another address")]
    Target,
    /// Its `ath` is not the hash of the access token that it came with.
    #[error("the dpop proof is for another access token")]
    TokenHash,
    /// It was made too long ago, by its `iat`.
    #[error("the dpop proof is too old")]
    TooOld,
    /// Its `iat` lies ahead: one of the two clocks is wrong.
    #[error("the dpop proof is from the future")]
    Future,
    /// It was used before (`jti`); said by who remembers the proofs used.
    #[error("the dpop proof was used before")]
    Replayed,
}

impl ProofError {
    /// Returns a stable name for this kind of failure.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Missing => "dpop_proof_missing",
            Self::Several => "dpop_several_proofs",
            Self::TooLarge { .. } => "dpop_too_large",
            Self::Malformed(_) => "dpop_malformed",
            Self::Type => "dpop_type",
            Self::Algorithm(_) => "dpop_algorithm",
            Self::NoKey => "dpop_no_key",
            Self::PrivateKey => "dpop_private_key",
            Self::Key(_) => "dpop_key",
            Self::Signature => "dpop_signature",
            Self::MissingClaim(_) => "dpop_missing_claim",
            Self::Claim(_) => "dpop_claim",
            Self::Method => "dpop_htm",
            Self::Target => "dpop_htu",
            Self::TokenHash => "dpop_ath",
            Self::TooOld => "dpop_too_old",
            Self::Future => "dpop_future",
            Self::Replayed => "dpop_replayed",
        }
    }
}
