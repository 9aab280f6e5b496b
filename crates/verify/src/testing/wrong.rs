//! Every way in which a token can be wrong, one at a time.

use std::time::Duration;

use http::StatusCode;
use keyfob_jose::{Algorithm, Secret, SigningKey, base64url};
use serde_json::{Value, json};

use super::{TokenBuilder, sure};

/// What is wrong with a token that is right in every other way.
///
/// ```
/// use keyfob_verify::testing::{TestIssuer, Wrong};
///
/// let issuer = TestIssuer::new("https://login.example.com");
/// let token = issuer.wrong(Wrong::Expired);
/// let other = issuer.token().subject("bob").wrong(Wrong::OtherAudience);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Wrong {
    /// It expired an hour ago.
    Expired,
    /// Its `nbf` lies an hour ahead.
    NotYetValid,
    /// Its `iat` lies an hour ahead.
    IssuedInFuture,
    /// `iss` names another issuer; the key is right.
    OtherIssuer,
    /// There is no `iss`.
    NoIssuer,
    /// `iss` is a list that holds the issuer.
    IssuerList,
    /// `aud` names another service.
    OtherAudience,
    /// There is no `aud`.
    NoAudience,
    /// There is no `exp`.
    NoExpiry,
    /// There is no `iat`.
    NoIssueTime,
    /// There is no `sub`.
    NoSubject,
    /// There is no `client_id`.
    NoClientId,
    /// There is no `jti`.
    NoTokenId,
    /// It is bound to a DPoP key, and nobody proves to have that.
    Unproved,
    /// `exp` is a text.
    ExpiryAsText,
    /// A claim is there twice.
    DuplicateClaim,
    /// The claims are not those that were signed.
    ChangedClaims,
    /// Another key of the same name signed it.
    BadSignature,
    /// The signature is empty.
    NoSignature,
    /// A key that the issuer does not publish signed it.
    UnknownKey,
    /// It brings its own key in `jwk`.
    EmbeddedKey,
    /// `alg` is `none`.
    AlgNone,
    /// It is signed by HMAC with the public key for a secret.
    HmacWithPublicKey,
    /// It is an ID token of the same issuer, for the same audience.
    IdToken,
    /// `typ` says that it is something else.
    WrongType,
    /// `typ` is not there.
    NoType,
    /// `crit` asks for an extension that nobody knows.
    CritUnknown,
    /// The payload is said not to be base64url (RFC 7797).
    UnencodedPayload,
    /// The signature is padded base64url.
    Padded,
    /// Its last part is missing.
    TwoParts,
    /// It is larger than any token.
    TooLarge,
    /// It is no JWT, though of the characters that a bearer token may have.
    Junk,
}

impl Wrong {
    /// Every one of them, to loop over.
    pub const ALL: &[Self] = &[
        Self::Expired,
        Self::NotYetValid,
        Self::IssuedInFuture,
        Self::OtherIssuer,
        Self::NoIssuer,
        Self::IssuerList,
        Self::OtherAudience,
        Self::NoAudience,
        Self::NoExpiry,
        Self::NoIssueTime,
        Self::NoSubject,
        Self::NoClientId,
        Self::NoTokenId,
        Self::Unproved,
        Self::ExpiryAsText,
        Self::DuplicateClaim,
        Self::ChangedClaims,
        Self::BadSignature,
        Self::NoSignature,
        Self::UnknownKey,
        Self::EmbeddedKey,
        Self::AlgNone,
        Self::HmacWithPublicKey,
        Self::IdToken,
        Self::WrongType,
        Self::NoType,
        Self::CritUnknown,
        Self::UnencodedPayload,
        Self::Padded,
        Self::TwoParts,
        Self::TooLarge,
        Self::Junk,
    ];

    /// Returns the code of the rejection that a verifier of the default profile must answer with.
    pub fn code(self) -> &'static str {
        match self {
            Self::Expired => "expired",
            Self::NotYetValid => "not_yet_valid",
            Self::IssuedInFuture => "issued_in_future",
            Self::OtherIssuer => "wrong_issuer",
            Self::OtherAudience => "wrong_audience",
            Self::NoIssuer
            | Self::NoAudience
            | Self::NoExpiry
            | Self::NoIssueTime
            | Self::NoSubject
            | Self::NoClientId
            | Self::NoTokenId => "missing_claim",
            Self::Unproved => "binding_required",
            Self::IssuerList | Self::ExpiryAsText => "malformed_claim",
            Self::DuplicateClaim => "duplicate_member",
            Self::ChangedClaims | Self::BadSignature | Self::NoSignature => "bad_signature",
            Self::UnknownKey | Self::EmbeddedKey => "unknown_key",
            Self::AlgNone => "unsupported_algorithm",
            Self::HmacWithPublicKey => "algorithm_refused",
            Self::IdToken | Self::WrongType | Self::NoType => "wrong_type",
            Self::CritUnknown => "critical_header",
            Self::UnencodedPayload => "unencoded_payload",
            Self::Padded => "malformed_base64url",
            Self::TwoParts | Self::Junk => "malformed_token",
            Self::TooLarge => "too_large",
        }
    }

    /// Returns the status that a service behind keyfob's layer answers with: 401, but 400 for one that is too long for a header.
    ///
    /// It is that of the layer's default of 16 KiB; where `max_header` lets the token through, that is refused by 401, too.
    pub fn status(self) -> StatusCode {
        match self {
            Self::TooLarge => StatusCode::BAD_REQUEST,
            _ => StatusCode::UNAUTHORIZED,
        }
    }
}

impl TokenBuilder {
    /// Makes the token, wrong in this one way.
    ///
    /// # Panics
    /// If the issuer has no key for the algorithm.
    pub fn wrong(self, wrong: Wrong) -> String {
        let (issuer, hour) = (self.issuer.clone(), 3600);
        let later = issuer.seconds() + hour;
        match wrong {
            Wrong::Expired => self.expired_for(Duration::from_secs(hour)).sign(),
            Wrong::NotYetValid => self.claim("nbf", later).claim("exp", later + hour).sign(),
            Wrong::IssuedInFuture => self.claim("iat", later).claim("exp", later + hour).sign(),
            Wrong::OtherIssuer => self.claim("iss", "https://other-issuer.example").sign(),
            Wrong::NoIssuer => self.without("iss").sign(),
            Wrong::IssuerList => self.claim("iss", vec![issuer.issuer()]).sign(),
            Wrong::OtherAudience => self.audience("https://other-service.example").sign(),
            Wrong::NoAudience => self.without("aud").sign(),
            Wrong::NoExpiry => self.without("exp").sign(),
            Wrong::NoIssueTime => self.without("iat").sign(),
            Wrong::NoSubject => self.without("sub").sign(),
            Wrong::NoClientId => self.without("client_id").sign(),
            Wrong::NoTokenId => self.without("jti").sign(),
            Wrong::Unproved => {
                let other = sure(SigningKey::generate(Algorithm::ES256));
                let jkt = sure(other.public_jwk()).thumbprint();
                self.claim("cnf", json!({ "jkt": jkt })).sign()
            }
            Wrong::ExpiryAsText => self.claim("exp", later.to_string()).sign(),
            Wrong::IdToken => self.typ("JWT").claim("nonce", "n-0S6_WzA2Mj").sign(),
            Wrong::WrongType => self.typ("logout+jwt").sign(),
            Wrong::NoType => self.typ(None).sign(),
            Wrong::CritUnknown => self.header("crit", json!(["exp"])).sign(),
            Wrong::UnencodedPayload => self.header("b64", false).sign(),
            Wrong::TooLarge => self.claim("filler", "x".repeat(100 * 1024)).sign(),
            Wrong::Junk => "this-is-no-token".to_owned(),
            forged => self.forged(forged),
        }
    }

    /// The ones whose signature or outer form is wrong.
    fn forged(self, wrong: Wrong) -> String {
        let token = self.sign();
        let (signed, signature) = sure(token.rsplit_once('.').ok_or("a token has three parts"));
        let right = self.signing_key();
        let stranger = || sure(SigningKey::generate(right.algorithm()));
        match wrong {
            Wrong::ChangedClaims => {
                let changed = self.subject("mallory").sign();
                let (changed, _) = changed.rsplit_once('.').unwrap_or_default();
                format!("{changed}.{signature}")
            }
            Wrong::DuplicateClaim => {
                let claims = Value::Object(self.claims.clone()).to_string();
                let open = claims.trim_end_matches('}');
                self.sign_payload(format!(r#"{open},"sub":"mallory"}}"#))
            }
            Wrong::BadSignature => {
                let name = right.kid().unwrap_or_default().to_owned();
                self.key(stranger().with_kid(name)).sign()
            }
            Wrong::UnknownKey => self.key(stranger().with_kid("stranger")).sign(),
            Wrong::EmbeddedKey => {
                let own = stranger().with_kid("own");
                let public = sure(own.public_jwk()).to_value();
                self.key(own).header("jwk", public).sign()
            }
            Wrong::AlgNone => {
                let header = json!({"alg": "none", "typ": self.typ, "kid": right.kid()});
                let claims = Value::Object(self.claims);
                format!("{}.{}.", encoded(&header), encoded(&claims))
            }
            Wrong::HmacWithPublicKey => {
                let public = sure(right.public_jwk()).to_value().to_string();
                let forger = sure(SigningKey::hmac(&Secret::new(public), Algorithm::HS256));
                let name = right.kid().unwrap_or_default().to_owned();
                self.key(forger.with_kid(name)).sign()
            }
            Wrong::NoSignature => format!("{signed}."),
            Wrong::Padded => format!("{token}=="),
            _ => signed.to_owned(),
        }
    }
}

fn encoded(value: &Value) -> String {
    base64url::encode(value.to_string())
}
