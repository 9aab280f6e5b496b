//! Every OAuth and OpenID exchange as two pure steps: make the request, read the response.
//!
//! Nothing here opens a socket, reads a clock or looks at the environment. Each exchange is a
//! value with a `request(..)` that builds an [`exchange::Request`] and a `read(..)` that turns an
//! [`exchange::Response`] into a typed result or a typed refusal. What must be remembered between
//! the two steps is a plain value too ([`Pending`], [`DeviceAuthorization`]).
//!
//! Requests carry secrets in their bodies, so never write a whole request into a log.

pub mod authorize;
pub mod challenge;
pub mod client;
pub mod danger;
pub mod device;
pub mod dpop;
pub mod error;
pub mod exchange;
pub mod grant;
pub mod introspection;
mod issuer;
mod legacy;
pub mod metadata;
pub mod revocation;
mod scopes;
mod text;
pub mod token;
mod url_policy;
pub mod userinfo;
mod wanted;

pub use authorize::{AuthorizationCode, AuthorizationRequest, Callback, CallbackError, Pending};
pub use client::{AssertionAudience, Client, ClientAuthentication};
pub use device::{DeviceAuthorization, DeviceAuthorizationRequest, DevicePolling, Poll};
pub use error::{Advice, Blame, ProtocolError};
pub use exchange::{Endpoint, Repeat, RequestPolicy};
pub use grant::TokenRequest;
pub use introspection::{
    Introspection, IntrospectionRequest, SignedAnswer, SignedAnswerError, SignedAnswerRules,
};
pub use issuer::Issuer;
pub use legacy::{LegacyKey, LegacyLoginRequest};
pub use metadata::{MetadataRequest, ServerMetadata};
pub use revocation::RevocationRequest;
pub use scopes::Scopes;
pub use token::{ExaminedRule, IdToken, IdTokenError, IdTokenRules, TokenHint, TokenResponse};
pub use userinfo::{Userinfo, UserinfoRequest};

pub use keyfob_jose as jose;
