//! What a client does at the provider: redeem, refresh, ask, revoke.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use keyfob_jose::{CompactJws, JwkSet, Secret};
use keyfob_protocol::{
    Endpoint, Introspection, IntrospectionRequest, RevocationRequest, Scopes, TokenHint,
    TokenRequest, TokenResponse, Userinfo, UserinfoRequest,
};
use keyfob_transport::TransportError;

use crate::Error;
use crate::client::{
    Answered, Client, ClientConfig, ClientType, ConfigError, CustomContext, GrantKind, Granted,
};

/// How long a refresh waits for the provider's keys beforehand; the store's lock is held meanwhile.
const KEYS_LIMIT: Duration = Duration::from_secs(5);

impl Client {
    /// Sends a request to the token endpoint: any grant.
    ///
    /// # Errors
    /// When the provider refused or no usable answer came.
    pub async fn redeem(&self, request: &TokenRequest) -> Result<Granted, Error> {
        Ok(Granted::read(&self.ask(request).await?)?)
    }

    async fn ask(&self, request: &TokenRequest) -> Result<Answered, Error> {
        self.send(Endpoint::Token, |metadata, client, now| {
            request.request(metadata, client, now)
        })
        .await
    }

    /// Redeems a refresh token (RFC 6749 §6). As planet-auth does, it repeats no scope and no audience.
    ///
    /// Storing the answer is the caller's; [`crate::Session::refresh`] does both.
    ///
    /// # Errors
    /// As [`Client::redeem`], and when it takes longer than `limit`.
    pub async fn refresh(&self, refresh_token: &Secret, limit: Duration) -> Result<Granted, Error> {
        if let Some(custom) = self.custom() {
            let context = CustomContext::new(self.clone());
            let refreshed = custom.0.refresh(&context, refresh_token.clone());
            return self.limited(limit, refreshed).await;
        }
        let request = TokenRequest::refresh(refresh_token.clone());
        self.limited(limit, self.redeem(&request)).await
    }

    /// Does the same; of an answer that is otherwise of no use, the new refresh token is handed out with the failure.
    pub(crate) async fn refresh_or_successor(
        &self,
        refresh_token: &Secret,
        scopes: &[String],
        limit: Duration,
    ) -> Result<Granted, (Error, Option<Secret>)> {
        if self.custom().is_some() {
            let refreshed = Box::pin(self.refresh(refresh_token, limit)).await;
            return refreshed.map_err(|error| (error, None));
        }
        let mut request = TokenRequest::refresh(refresh_token.clone());
        if !scopes.is_empty() {
            let scopes = Scopes::from_list(scopes).map_err(|error| (error.into(), None))?;
            request = request.with_scopes(scopes);
        }
        let answered = self
            .limited(limit, self.ask(&request))
            .await
            .map_err(|error| (error, None))?;
        Granted::read(&answered)
            .map_err(|error| (error.into(), TokenResponse::successor(&answered.response)))
    }

    /// Logs in as the application's own client type does, with or without a person.
    ///
    /// # Errors
    /// What the type reports, `client_type_unsupported` for a type of the format.
    pub async fn log_in_custom(&self) -> Result<Granted, Error> {
        let missing = || self.unsupported("log in by code of the application");
        let custom = self.custom().ok_or_else(missing)?;
        custom.0.log_in(&CustomContext::new(self.clone())).await
    }

    /// Logs in without a person, if the client can: client credentials, a password in the configuration, or a type of the
    /// application's own that needs nobody.
    ///
    /// # Errors
    /// As [`Client::redeem`], `client_type_unsupported` when a person is needed.
    pub async fn login_unattended(&self, limit: Duration) -> Result<Granted, Error> {
        if self.custom().is_some() && self.can_login_unattended() {
            return Box::pin(self.limited(limit, self.log_in_custom())).await;
        }
        if self.client_type() == ClientType::PlanetLegacy && self.can_login_unattended() {
            let email = self.config().required_username()?;
            let login = self.log_in_legacy(email, self.password().await?);
            return Box::pin(self.limited(limit, login)).await;
        }
        let request = match self.client_type().grant() {
            Some(GrantKind::ClientCredentials) => TokenRequest::client_credentials(),
            Some(GrantKind::Password) if self.can_login_unattended() => {
                let username = self.config().required_username()?;
                let password = self.password().await?;
                TokenRequest::password(username, password)
            }
            _ => return Err(self.unsupported("log in without a person").into()),
        };
        let request = self.config().wanted(request)?;
        self.limited(limit, self.redeem(&request)).await
    }

    /// Tells whether the client can log in without a person.
    pub fn can_login_unattended(&self) -> bool {
        if let Some(custom) = self.custom() {
            return custom.0.is_unattended(self.config());
        }
        let has_account = || self.config().username().is_some() && self.config().has_password();
        match (self.client_type(), self.client_type().grant()) {
            (_, Some(GrantKind::ClientCredentials)) | (ClientType::None, _) => true,
            (_, Some(GrantKind::Password)) => has_account(),
            (ClientType::StaticApiKey, _) => self.config().has_key(),
            (ClientType::PlanetLegacy, _) => self.config().has_key() || has_account(),
            _ => false,
        }
    }

    /// Fetches what a refresh needs besides the refresh token, so that only one thing is left that can go wrong.
    pub(crate) async fn prepare_for_refresh(&self, expects_id_token: bool) -> Result<(), Error> {
        if self.custom().is_some() {
            return Ok(());
        }
        let metadata = self.metadata_for(Endpoint::Token).await?;
        self.authenticated(Endpoint::Token, &metadata).await?;
        if expects_id_token {
            // Without keys the new ID token is not kept, but everything else of the answer is.
            drop(self.clock().timeout(KEYS_LIMIT, self.keys()?.load()).await);
        }
        Ok(())
    }

    /// Asks about a token (RFC 7662).
    ///
    /// # Errors
    /// When the provider refused, has no such endpoint, or no usable answer came.
    pub async fn introspect(
        &self,
        token: &Secret,
        hint: Option<TokenHint>,
    ) -> Result<Introspection, Error> {
        let request = IntrospectionRequest::new(token.clone());
        let request = match hint {
            Some(hint) => request.with_hint(hint),
            None => request,
        };
        let make = |metadata: &_, client: &_, now| request.request(metadata, client, now);
        let answered = self.send(Endpoint::Introspection, make).await?;
        Ok(request.read(&answered.response)?)
    }

    /// Revokes a token (RFC 7009); `false` if the provider has no endpoint for that.
    ///
    /// # Errors
    /// When the provider refused or no usable answer came.
    pub async fn revoke(&self, token: &Secret, hint: TokenHint) -> Result<bool, Error> {
        let request = RevocationRequest::new(token.clone()).with_hint(hint);
        if self
            .metadata_for(Endpoint::Revocation)
            .await?
            .revocation_endpoint
            .is_none()
        {
            return Ok(false);
        }
        let make = |metadata: &_, client: &_, now| request.request(metadata, client, now);
        let answered = self.send(Endpoint::Revocation, make).await?;
        request.read(&answered.response)?;
        Ok(true)
    }

    /// Asks who the token's owner is (OpenID Connect Core §5.3); `subject` is the `sub` that the answer must be about.
    ///
    /// # Errors
    /// When the provider refused, the answer is about somebody else, or its signature is wrong.
    pub async fn userinfo(
        &self,
        access_token: &Secret,
        subject: Option<&str>,
    ) -> Result<Userinfo, Error> {
        let mut request = UserinfoRequest::new(access_token.clone());
        if let Some(subject) = subject {
            request = request.with_subject(subject);
        }
        let metadata = self.metadata_for(Endpoint::Userinfo).await?;
        let answer = request.read(&self.exchange(request.request(&metadata)?).await?)?;
        let keys = match &answer {
            keyfob_protocol::userinfo::UserinfoResponse::Plain(_) => {
                Arc::new(JwkSet::from_keys([]))
            }
            keyfob_protocol::userinfo::UserinfoResponse::Signed(signed) => {
                let jws = CompactJws::parse(signed.raw().expose())?;
                self.keys()?.keys_for_new_token(&jws).await?
            }
        };
        let client_id = self.config().client_id()?;
        Ok(answer.verify(
            &self.named_issuer()?,
            client_id,
            &keys,
            None,
            self.provider_time(),
        )?)
    }

    async fn exchange(&self, request: Request<Bytes>) -> Result<Response<Bytes>, Error> {
        Ok(self.transport().exchange(request).await?)
    }

    async fn limited<T>(
        &self,
        limit: Duration,
        exchange: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let host = || {
            let issuer = self.issuer().map(|issuer| issuer.as_str().to_owned());
            issuer.unwrap_or_else(|_| self.client_type().to_string())
        };
        let elapsed = |_| {
            Error::from(TransportError::Timeout {
                host: host(),
                sent: true,
                limit,
            })
        };
        self.clock()
            .timeout(limit, exchange)
            .await
            .map_err(elapsed)?
    }

    async fn password(&self) -> Result<Secret, Error> {
        let literal = self.config().text("user_password").map(Secret::new);
        let found = match literal {
            Some(found) => Some(found),
            None => self.secret("password").await?,
        };
        let client_type = self.client_type().as_str();
        Ok(found.ok_or(ConfigError::Missing {
            key: "password",
            client_type,
        })?)
    }
}

impl ClientConfig {
    /// Adds what the configuration wants of every token: scopes, audiences, resources, the deployment's parameters.
    ///
    /// # Errors
    /// When a scope holds characters that scopes may not have.
    pub fn wanted(&self, mut request: TokenRequest) -> Result<TokenRequest, Error> {
        request = request.with_scopes(Scopes::from_list(self.scopes())?);
        for audience in self.audiences() {
            request = request.with_audience(audience);
        }
        for resource in self.resources() {
            request = request.with_resource(resource);
        }
        for (name, value) in self.extra_parameters() {
            request = request.with_param(name, value);
        }
        Ok(request)
    }

    fn required_username(&self) -> Result<&str, ConfigError> {
        let client_type = self.client_type().map_or("any", ClientType::as_str);
        self.username().ok_or(ConfigError::Missing {
            key: "username",
            client_type,
        })
    }

    pub(crate) fn has_password(&self) -> bool {
        let keys = [
            "user_password",
            "password",
            "password_file",
            "password_env",
            "password_cmd",
        ];
        keys.iter().any(|key| self.is_present(key))
    }
}
