//! What can be wrong with how a token is presented: the request, the binding (RFC 8705, RFC 9449), the DPoP proof.

/// Why a request's token cannot be read from it (RFC 6750 §2 and §3.1 `invalid_request`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RequestProblem {
    /// There is more than one `Authorization` header, or a token in more than one place.
    #[error("the request carries more than one token")]
    SeveralTokens,
    /// What follows the scheme is not one token.
    #[error("the authorization header holds no token of the expected form")]
    NotOneToken,
    /// The token is longer than is read.
    #[error("the token is longer than is read")]
    TooLong,
}

impl RequestProblem {
    /// Every problem there is.
    pub const ALL: [Self; 3] = [Self::SeveralTokens, Self::NotOneToken, Self::TooLong];

    /// Returns the stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::SeveralTokens => "several_tokens",
            Self::NotOneToken => "malformed_authorization",
            Self::TooLong => "token_too_long",
        }
    }
}

/// In what way a token's binding (`cnf`, RFC 7800) and how it was presented do not agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BindingProblem {
    /// Only bound tokens are accepted, and it is not bound.
    #[error("the token is not bound to a key")]
    Unbound,
    /// It is bound to a DPoP key and was presented with the scheme `Bearer` (RFC 9449 §7.2).
    #[error("a token that is bound to a dpop key was presented as a bearer token")]
    BearerScheme,
    /// It was presented with the scheme `DPoP` and is not bound to a DPoP key.
    #[error("the token was presented with dpop and is not bound to a dpop key")]
    DpopScheme,
    /// It is bound to another key than that of the proof (`jkt`).
    #[error("the token is bound to another dpop key")]
    OtherKey,
    /// It is bound to a client certificate, and the request came without one (RFC 8705 §3).
    #[error("the token is bound to a client certificate, and none was presented")]
    NoCertificate,
    /// It is bound to another client certificate (`x5t#S256`).
    #[error("the token is bound to another client certificate")]
    OtherCertificate,
    /// It is bound in a way that is not understood here.
    #[error("the token is bound in a way that is not supported")]
    Unsupported,
}

impl BindingProblem {
    /// Every problem there is.
    pub const ALL: [Self; 7] = [
        Self::Unbound,
        Self::BearerScheme,
        Self::DpopScheme,
        Self::OtherKey,
        Self::NoCertificate,
        Self::OtherCertificate,
        Self::Unsupported,
    ];

    /// Returns the stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Unbound => "not_bound",
            Self::BearerScheme => "bound_token_as_bearer",
            Self::DpopScheme => "unbound_token_with_dpop",
            Self::OtherKey => "wrong_dpop_key",
            Self::NoCertificate => "no_client_certificate",
            Self::OtherCertificate => "wrong_client_certificate",
            Self::Unsupported => "unsupported_binding",
        }
    }
}

/// What is wrong with a DPoP proof, in the order of RFC 9449 §4.3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DpopProblem {
    /// The request has no `DPoP` header.
    #[error("the request carries no dpop proof")]
    Missing,
    /// The request has more than one `DPoP` header.
    #[error("the request carries more than one dpop proof")]
    Several,
    /// It is no JWT, or breaks the rules of JWS and JWT.
    #[error("the dpop proof is malformed")]
    Malformed,
    /// Its `typ` is not `dpop+jwt`.
    #[error("the dpop proof's type is not dpop+jwt")]
    Type,
    /// Its `alg` is not accepted.
    #[error("the dpop proof's algorithm is not accepted")]
    Algorithm,
    /// Its `jwk` is missing, private, or cannot be used.
    #[error("the dpop proof's key cannot be used")]
    Key,
    /// It is not signed with its `jwk`.
    #[error("the dpop proof's signature is wrong")]
    Signature,
    /// The claim named is missing or has the wrong form.
    #[error("the dpop proof has no usable `{0}`")]
    Claim(&'static str),
    /// It was made for another method.
    #[error("the dpop proof is for another method")]
    Method,
    /// It was made for another URI.
    #[error("the dpop proof is for another uri")]
    Uri,
    /// Its `nonce` is not one of this server's.
    #[error("the dpop proof's nonce is not one of this server")]
    Nonce,
    /// It was made too long ago.
    #[error("the dpop proof is too old")]
    TooOld,
    /// It was made in the future: one of the two clocks is wrong.
    #[error("the dpop proof is from the future")]
    Future,
    /// It was made for another access token (`ath`).
    #[error("the dpop proof is for another access token")]
    OtherToken,
    /// It was used before (`jti`).
    #[error("the dpop proof was used before")]
    Replayed,
}

impl DpopProblem {
    /// Every problem there is; the claim stands for any.
    pub const ALL: [Self; 15] = [
        Self::Missing,
        Self::Several,
        Self::Malformed,
        Self::Type,
        Self::Algorithm,
        Self::Key,
        Self::Signature,
        Self::Claim("jti"),
        Self::Method,
        Self::Uri,
        Self::Nonce,
        Self::TooOld,
        Self::Future,
        Self::OtherToken,
        Self::Replayed,
    ];

    /// Returns the stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Missing => "dpop_proof_missing",
            Self::Several => "dpop_several_proofs",
            Self::Malformed => "dpop_malformed",
            Self::Type => "dpop_type",
            Self::Algorithm => "dpop_algorithm",
            Self::Key => "dpop_key",
            Self::Signature => "dpop_signature",
            Self::Claim(_) => "dpop_claim",
            Self::Method => "dpop_htm",
            Self::Uri => "dpop_htu",
            Self::Nonce => "dpop_nonce",
            Self::TooOld => "dpop_too_old",
            Self::Future => "dpop_future",
            Self::OtherToken => "dpop_ath",
            Self::Replayed => "dpop_replayed",
        }
    }
}
