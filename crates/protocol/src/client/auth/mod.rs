//! The five client authentications (OpenID Connect Core §9), one file each.

mod assertion;
mod basic;
mod none;
mod post;
mod private_key_jwt;
mod secret_jwt;

use std::time::SystemTime;

use keyfob_jose::{Algorithm, Secret, SigningKey};

use crate::client::Client;
use crate::error::ProtocolError;
use crate::exchange::{Endpoint, Form};
use crate::metadata::ServerMetadata;

/// How a client proves who it is.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ClientAuthentication {
    /// `none`: a public client sends its `client_id` only.
    None,
    /// No client at all: nothing is sent, not even a `client_id`.
    Anonymous,
    /// `client_secret_basic` (RFC 6749 §2.3.1).
    SecretBasic(Secret),
    /// `client_secret_post` (RFC 6749 §2.3.1).
    SecretPost(Secret),
    /// `client_secret_jwt` (OpenID Connect Core §9).
    SecretJwt {
        /// The client secret, used as the HMAC key; it must be as long as the hash.
        secret: Secret,
        /// HS256, HS384 or HS512.
        algorithm: Algorithm,
        /// Whom the assertion is for.
        audience: AssertionAudience,
    },
    /// `private_key_jwt` (RFC 7523 §2.2, OpenID Connect Core §9).
    PrivateKeyJwt {
        /// The key, with its algorithm and `kid`.
        key: SigningKey,
        /// Whom the assertion is for.
        audience: AssertionAudience,
    },
}

/// The `aud` of a client assertion; servers differ in what they accept (RFC 7523 §3).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum AssertionAudience {
    /// The issuer: not open to a mix-up of endpoint URLs, and what FAPI 2.0 demands.
    #[default]
    Issuer,
    /// The token endpoint, whichever endpoint is called.
    TokenEndpoint,
    /// The very endpoint that is called.
    Endpoint,
    /// Something that the provider asks for.
    Other(String),
}

impl ClientAuthentication {
    /// The name in `token_endpoint_auth_methods_supported`.
    pub const fn method(&self) -> &'static str {
        match self {
            Self::None | Self::Anonymous => "none",
            Self::SecretBasic(_) => "client_secret_basic",
            Self::SecretPost(_) => "client_secret_post",
            Self::SecretJwt { .. } => "client_secret_jwt",
            Self::PrivateKeyJwt { .. } => "private_key_jwt",
        }
    }
}

impl Client {
    /// Adds the proof of identity to a request for `endpoint`.
    pub(crate) fn authenticate(
        &self,
        form: &mut Form,
        metadata: &ServerMetadata,
        endpoint: Endpoint,
        now: SystemTime,
    ) -> Result<(), ProtocolError> {
        if matches!(self.authentication, ClientAuthentication::Anonymous) {
            return Ok(());
        }
        let id = self.client_id.as_str();
        if id.is_empty() {
            return Err(ProtocolError::Setting {
                what: "the client id",
                why: "it is empty",
            });
        }
        match &self.authentication {
            ClientAuthentication::Anonymous => {}
            ClientAuthentication::None => none::apply(form, id),
            ClientAuthentication::SecretBasic(secret) => basic::apply(form, id, secret)?,
            ClientAuthentication::SecretPost(secret) => post::apply(form, id, secret),
            ClientAuthentication::SecretJwt {
                secret,
                algorithm,
                audience,
            } => {
                let audience = audience.resolve(metadata, endpoint)?;
                secret_jwt::apply(form, id, secret, *algorithm, audience, now)?;
            }
            ClientAuthentication::PrivateKeyJwt { key, audience } => {
                let audience = audience.resolve(metadata, endpoint)?;
                private_key_jwt::apply(form, id, key, audience, now)?;
            }
        }
        Ok(())
    }
}

impl AssertionAudience {
    fn resolve<'a>(
        &'a self,
        metadata: &'a ServerMetadata,
        endpoint: Endpoint,
    ) -> Result<&'a str, ProtocolError> {
        Ok(match self {
            Self::Issuer => metadata.issuer.as_str(),
            Self::TokenEndpoint => metadata.endpoint(Endpoint::Token)?.as_str(),
            Self::Endpoint => metadata.endpoint(endpoint)?.as_str(),
            Self::Other(audience) => audience,
        })
    }
}
