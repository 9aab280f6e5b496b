//! The kinds of faults, and which part of the provider each one spoils.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Endpoint;

/// Everything the provider can be told to do wrong.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum FaultKind {
    // The connection.
    /// The answer comes this much later.
    Slow {
        /// Milliseconds.
        delay_ms: u64,
    },
    /// The connection stays open and no answer ever comes.
    Hang,
    /// The connection is closed without a byte of an answer.
    Disconnect,
    /// The answer announces its whole length, then the connection is closed half-way.
    TruncatedBody,
    /// The answer comes byte by byte.
    Drip {
        /// Milliseconds between two bytes.
        delay_ms: u64,
    },

    // The answer as a whole.
    /// A bare HTTP status.
    Status {
        /// HTTP status code.
        status: u16,
        /// `Retry-After` in seconds.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_after: Option<u64>,
    },
    /// An HTML page with this status.
    Html {
        /// HTTP status code.
        status: u16,
    },
    /// Status 200 and JSON that ends in the middle.
    TruncatedJson,
    /// Status 200 and no body.
    Empty,
    /// Status 200 and a body of this size.
    Huge {
        /// Bytes.
        bytes: usize,
    },
    /// A redirect to elsewhere (307, so that a careless client repeats its secrets there).
    Redirect {
        /// The `Location`.
        location: String,
    },
    /// An OAuth error as JSON with status 400 (401 for `invalid_client`); at the authorization
    /// endpoint it is delivered to the redirect URI.
    OauthError {
        /// The `error` code.
        error: String,
        /// The `error_description`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        description: Option<String>,
    },

    // The token response.
    /// No `access_token`.
    NoAccessToken,
    /// No `id_token`.
    NoIdToken,
    /// No `refresh_token` in the answer: with [`crate::Rotation::Always`] the new one is lost.
    NoRefreshToken,
    /// No `expires_in`.
    NoExpiresIn,
    /// `expires_in` as a digit string.
    ExpiresInText,
    /// `token_type` in odd case.
    OddTokenTypeCase,
    /// Any member of the token response replaced; null removes it.
    ResponseMember {
        /// The member's name.
        name: String,
        /// The new value.
        value: Value,
    },

    // The claims of a token.
    /// A foreign `iss`.
    WrongIssuer,
    /// An `aud` that does not contain the client.
    WrongAudience,
    /// A second audience without `azp`, and a foreign one.
    ExtraAudience,
    /// `aud` as an array with one member (correct, but rarer).
    AudienceArray,
    /// A foreign `azp`.
    WrongAuthorizedParty,
    /// A foreign `nonce`.
    WrongNonce,
    /// Another `sub`.
    WrongSubject,
    /// No `iss`.
    MissingIss,
    /// No `sub`.
    MissingSub,
    /// No `aud`.
    MissingAud,
    /// No `exp`.
    MissingExp,
    /// No `iat`.
    MissingIat,
    /// No `nonce`.
    MissingNonce,
    /// No `at_hash`.
    MissingAtHash,
    /// A foreign `at_hash`.
    WrongAtHash,
    /// `exp` one hour ago.
    Expired,
    /// `nbf` one hour ahead.
    NotYetValid,
    /// `iat`, `exp`, `nbf` and `auth_time` made by a clock that is this far off.
    ClockSkew {
        /// Seconds; positive is ahead.
        seconds: i64,
    },
    /// Any claim replaced; null removes it.
    Claim {
        /// The claim's name.
        name: String,
        /// The new value.
        value: Value,
    },

    // The signature of a token.
    /// One bit of the signature flipped.
    BadSignature,
    /// `alg: none` and no signature.
    AlgNone,
    /// HS256 with the published RSA key (its JWK as JSON text) for a secret.
    HmacWithPublicKey,
    /// Signed by a key that is not in the key set, under an unknown `kid`.
    UnknownKey,
    /// Signed by a key that is not in the key set, under the `kid` of one that is.
    ForeignKey,
    /// The keys rotate immediately before this token is signed.
    RotatedKey,
    /// No `kid` in the header.
    KidAbsent,
    /// A `crit` header that nobody knows.
    UnknownCrit,
    /// Signed with this algorithm (correctly) whatever the client registered.
    Algorithm {
        /// `RS256`, `PS256`, `ES256`, `EdDSA`, `HS256`, …
        alg: String,
    },

    // The authorization response.
    /// A foreign `iss` parameter (RFC 9207).
    CallbackWrongIss,
    /// No `iss` parameter although the metadata promise it.
    CallbackMissingIss,
    /// Another `state`.
    CallbackWrongState,
    /// No `state`.
    CallbackMissingState,
    /// Another code than the one that was issued.
    CallbackWrongCode,

    // Userinfo.
    /// Another `sub` than the ID token's.
    UserinfoWrongSub,
    /// No `sub`.
    UserinfoMissingSub,
    /// Aggregated claims (OpenID Connect Core 1.0 §5.6.2); correct, but rarer.
    AggregatedClaims,
    /// Distributed claims (OpenID Connect Core 1.0 §5.6.2); correct, but rarer.
    DistributedClaims,

    // Documents.
    /// A foreign `issuer` in the metadata.
    MetadataWrongIssuer,
    /// Any metadata member replaced; null removes it.
    MetadataMember {
        /// The member's name.
        name: String,
        /// The new value.
        value: Value,
    },
    /// Keys of an unknown type, without a type and with broken members beside the good ones.
    JwksOddKeys,
    /// Further good keys of the same type and use beside (and before) the signing keys.
    JwksSeveralKeys,
    /// No `kid` on any key.
    JwksWithoutKids,
    /// No key at all.
    JwksEmpty,
}

impl FaultKind {
    /// Tells which endpoint fits this kind.
    pub fn endpoint(&self) -> Endpoint {
        match self {
            Self::CallbackWrongIss
            | Self::CallbackMissingIss
            | Self::CallbackWrongState
            | Self::CallbackMissingState
            | Self::CallbackWrongCode => Endpoint::Authorize,
            Self::UserinfoWrongSub
            | Self::UserinfoMissingSub
            | Self::AggregatedClaims
            | Self::DistributedClaims => Endpoint::Userinfo,
            Self::MetadataWrongIssuer | Self::MetadataMember { .. } => Endpoint::Metadata,
            Self::JwksOddKeys | Self::JwksSeveralKeys | Self::JwksWithoutKids | Self::JwksEmpty => {
                Endpoint::Jwks
            }
            _ => Endpoint::Token,
        }
    }

    /// Returns the `kind` word of the JSON form.
    pub fn name(&self) -> String {
        let json = serde_json::to_value(self).unwrap_or_default();
        json.get("kind")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    }

    /// Tells which part of the provider applies this kind.
    pub(crate) fn group(&self) -> Group {
        match self {
            Self::Slow { .. }
            | Self::Hang
            | Self::Disconnect
            | Self::TruncatedBody
            | Self::Drip { .. }
            | Self::Status { .. }
            | Self::Html { .. }
            | Self::TruncatedJson
            | Self::Empty
            | Self::Huge { .. }
            | Self::Redirect { .. }
            | Self::OauthError { .. } => Group::Wire,
            Self::NoAccessToken
            | Self::NoIdToken
            | Self::NoRefreshToken
            | Self::NoExpiresIn
            | Self::ExpiresInText
            | Self::OddTokenTypeCase
            | Self::ResponseMember { .. } => Group::Response,
            _ => match self.endpoint() {
                Endpoint::Authorize => Group::Callback,
                Endpoint::Userinfo => Group::Userinfo,
                Endpoint::Metadata => Group::Metadata,
                Endpoint::Jwks => Group::Jwks,
                _ => Group::Token,
            },
        }
    }

    /// Tells whether this kind is the whole answer, so that only one can apply to a request.
    pub(crate) fn is_answer(&self) -> bool {
        self.group() == Group::Wire && !matches!(self, Self::Slow { .. } | Self::Drip { .. })
    }

    /// Tells whether a token with this fault is still one that a resource server must accept.
    pub(crate) fn is_harmless(&self) -> bool {
        matches!(
            self,
            Self::AudienceArray
                | Self::KidAbsent
                | Self::RotatedKey
                | Self::Algorithm { .. }
                | Self::ClockSkew { .. }
        )
    }
}

/// The part of the provider that applies a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Group {
    Wire,
    Response,
    Token,
    Callback,
    Userinfo,
    Metadata,
    Jwks,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Fault, When};

    #[test]
    fn fault_reads_from_one_flat_json_object() {
        let json = r#"{"kind":"status","status":503,"retry_after":2,"endpoint":"token",
            "grant_type":"refresh_token","count":1,"when":"after"}"#;
        let fault: Fault = serde_json::from_str(json).unwrap();
        assert_eq!(
            fault,
            Fault::retry_after(503, 2)
                .at(Endpoint::Token)
                .grant("refresh_token")
                .once()
                .after()
        );
        assert_eq!(fault.when, When::After);
        assert_eq!(fault.kind.name(), "status");
    }

    #[test]
    fn fault_of_unknown_kind_is_refused() {
        assert!(serde_json::from_str::<Fault>(r#"{"kind":"gremlin"}"#).is_err());
    }
}
