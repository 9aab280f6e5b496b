//! Named faults: what the provider can be told to do wrong, where, how often and when.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Endpoint;

/// A fault and the requests that it applies to.
///
/// A new fault applies for ever and to the endpoint that fits its kind; narrow it with the
/// methods. As JSON (administration interface) it is one flat object:
/// `{"kind": "status", "status": 503, "retry_after": 2, "grant_type": "refresh_token", "count": 1}`.
///
/// ```
/// use keyfob_sandbox::{Fault, FaultKind};
/// // The crash between a rotation and its answer.
/// let lost_answer = Fault::new(FaultKind::Disconnect).grant("refresh_token").after().once();
/// assert_eq!(lost_answer.count, Some(1));
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fault {
    /// What goes wrong.
    #[serde(flatten)]
    pub kind: FaultKind,
    /// Where. `None` is the endpoint that fits the kind (see [`FaultKind::endpoint`]).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<Endpoint>,
    /// Only for this `grant_type` at the token endpoint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant_type: Option<String>,
    /// Only for this client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// How many requests it spoils; `None` is for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u32>,
    /// How many requests it lets pass first.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub skip: u32,
    /// Before or after the provider has done its work.
    #[serde(default)]
    pub when: When,
    /// Which token a token fault is in.
    #[serde(default)]
    pub token: TokenKind,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
fn is_zero(n: &u32) -> bool {
    *n == 0
}

/// When a fault of the connection or the answer strikes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum When {
    /// The provider does nothing: codes and refresh tokens stay unused.
    #[default]
    Before,
    /// The provider does its work (a rotation, say), and only the answer is spoilt.
    After,
}

/// The token that a token fault is in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenKind {
    /// The ID token.
    #[default]
    IdToken,
    /// The JWT access token.
    AccessToken,
    /// The signed userinfo answer.
    Userinfo,
}

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
    /// No `refresh_token`; the one that was sent still works.
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
    /// HS256 with the provider's public RSA key (as PEM-less DER text) for a secret.
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

impl Fault {
    /// Makes a fault that applies for ever, at the endpoint that fits its kind.
    pub fn new(kind: FaultKind) -> Self {
        Self {
            kind,
            endpoint: None,
            grant_type: None,
            client_id: None,
            count: None,
            skip: 0,
            when: When::Before,
            token: TokenKind::IdToken,
        }
    }

    /// Makes the answer come this much later.
    pub fn slow(delay: Duration) -> Self {
        Self::new(FaultKind::Slow {
            delay_ms: millis(delay),
        })
    }

    /// Makes the answer a bare HTTP status.
    pub fn status(status: u16) -> Self {
        Self::new(FaultKind::Status {
            status,
            retry_after: None,
        })
    }

    /// Makes the answer a bare HTTP status with `Retry-After` in seconds.
    pub fn retry_after(status: u16, seconds: u64) -> Self {
        Self::new(FaultKind::Status {
            status,
            retry_after: Some(seconds),
        })
    }

    /// Makes the answer an OAuth error.
    pub fn oauth_error(error: impl Into<String>) -> Self {
        Self::new(FaultKind::OauthError {
            error: error.into(),
            description: None,
        })
    }

    /// Applies it at this endpoint.
    pub fn at(mut self, endpoint: Endpoint) -> Self {
        self.endpoint = Some(endpoint);
        self
    }

    /// Applies it to this `grant_type` only.
    pub fn grant(mut self, grant_type: impl Into<String>) -> Self {
        self.grant_type = Some(grant_type.into());
        self
    }

    /// Applies it to this client only.
    pub fn client(mut self, client_id: impl Into<String>) -> Self {
        self.client_id = Some(client_id.into());
        self
    }

    /// Applies it to this many requests.
    pub fn times(mut self, count: u32) -> Self {
        self.count = Some(count);
        self
    }

    /// Applies it to one request.
    pub fn once(self) -> Self {
        self.times(1)
    }

    /// Lets this many requests pass first.
    pub fn skip(mut self, requests: u32) -> Self {
        self.skip = requests;
        self
    }

    /// Lets the provider do its work and spoils only the answer.
    pub fn after(mut self) -> Self {
        self.when = When::After;
        self
    }

    /// Puts a token fault into the access token.
    pub fn in_access_token(mut self) -> Self {
        self.token = TokenKind::AccessToken;
        self
    }

    /// Puts a token fault into the signed userinfo answer.
    pub fn in_userinfo(mut self) -> Self {
        self.token = TokenKind::Userinfo;
        self
    }

    /// Tells where this fault strikes.
    pub fn place(&self) -> Endpoint {
        match (self.endpoint, self.token) {
            (Some(endpoint), _) => endpoint,
            (None, TokenKind::Userinfo) => Endpoint::Userinfo,
            (None, _) => self.kind.endpoint(),
        }
    }
}

impl From<FaultKind> for Fault {
    fn from(kind: FaultKind) -> Self {
        Self::new(kind)
    }
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
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
