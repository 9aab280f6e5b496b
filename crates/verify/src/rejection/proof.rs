//! What can be wrong with how a token is presented: the request, the binding (RFC 8705, RFC 9449).

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
    /// The header of a trusted proxy holds no certificate that can be read (RFC 9440 §2.2).
    #[error("the forwarded client certificate cannot be read")]
    UnreadableCertificate,
    /// It is bound in a way that is not understood here.
    #[error("the token is bound in a way that is not supported")]
    Unsupported,
}

impl BindingProblem {
    /// Every problem there is.
    pub const ALL: [Self; 8] = [
        Self::Unbound,
        Self::BearerScheme,
        Self::DpopScheme,
        Self::OtherKey,
        Self::NoCertificate,
        Self::OtherCertificate,
        Self::UnreadableCertificate,
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
            Self::UnreadableCertificate => "unreadable_client_certificate",
            Self::Unsupported => "unsupported_binding",
        }
    }
}
