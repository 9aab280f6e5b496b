//! ID tokens of logins and refreshes, verified with the provider's keys (OpenID Connect Core §3.1.3.7, §12.2).

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use keyfob_jose::{CompactJws, JwkSet, Secret};
use keyfob_protocol::client::ClientAuthentication;
use keyfob_protocol::{Endpoint, IdToken, IdTokenError, IdTokenRules, ProtocolError, danger};

use crate::Error;
use crate::client::{Client, Granted};

/// More than any clock is off.
const ANY_TIME: Duration = Duration::from_hours(24 * 365 * 1000);

/// What came of checking the ID token of a refresh.
#[derive(Debug)]
pub(crate) enum IdTokenCheck {
    /// It is good, or there is none.
    Passed,
    /// The provider's keys could not be had, none of them fits, or a clock is off: it is not kept, all else is.
    Unavailable(Error),
    /// It must not be trusted.
    Refused(Arc<ProtocolError>),
}

impl Client {
    /// Starts the rules for an ID token of this client: issuer, audience, and algorithms of the configuration.
    ///
    /// # Errors
    /// When the configuration has no client id.
    pub fn id_token_rules(&self) -> Result<IdTokenRules, Error> {
        let rules = IdTokenRules::new(&self.named_issuer()?, self.config().client_id()?);
        Ok(self.with_configured_limits(rules))
    }

    /// Narrows rules to the algorithms and the leeway of the configuration, if it names any.
    pub(crate) fn with_configured_limits(&self, rules: IdTokenRules) -> IdTokenRules {
        let rules = match self.config().leeway() {
            Some(leeway) => rules.with_leeway(leeway),
            None => rules,
        };
        let configured = self.config().id_token_algorithms();
        if configured.is_empty() {
            rules
        } else {
            rules.with_algorithms(configured)
        }
    }

    /// Verifies an ID token by rules, at a time; fetches keys when none at hand fits.
    ///
    /// # Errors
    /// The rule that it broke, or why the provider's keys could not be had.
    pub async fn verify_id_token(
        &self,
        token: &Secret,
        rules: &IdTokenRules,
        now: SystemTime,
    ) -> Result<IdToken, Error> {
        let refused = |error: IdTokenError| Error::from(ProtocolError::from(error));
        let jws = CompactJws::parse(token.expose()).map_err(|error| refused(error.into()))?;
        if jws.header().alg.is_symmetric() {
            let secret = self.shared_secret().await?;
            let nobody = JwkSet::from_keys([]);
            return rules
                .verify(token.expose(), &nobody, secret.as_ref(), now)
                .map_err(refused);
        }
        let keys = self.keys()?.keys_for_new_token(&jws).await?;
        rules
            .verify(token.expose(), &keys, None, now)
            .map_err(refused)
    }

    /// Verifies the ID token of a login that has no nonce; nothing to do if there is none.
    pub(crate) async fn check_login_id_token(&self, granted: &Granted) -> Result<(), Error> {
        let Some(token) = &granted.response.id_token else {
            return Ok(());
        };
        let rules = self
            .id_token_rules()?
            .with_access_token(granted.response.access_token.clone());
        self.verify_id_token(token, &rules, granted.provider_time())
            .await
            .map(drop)
    }

    /// Verifies the ID token of a refresh against the one of the login.
    pub(crate) async fn check_refreshed_id_token(
        &self,
        granted: &Granted,
        original: Option<&str>,
    ) -> IdTokenCheck {
        let Some(token) = &granted.response.id_token else {
            return IdTokenCheck::Passed;
        };
        let rules = match self.rules_for_refreshed(granted, original) {
            Ok(rules) => rules,
            Err(error) => return refused(error),
        };
        let now = granted.provider_time();
        let Err(error) = self.verify_id_token(token, &rules, now).await else {
            return IdTokenCheck::Passed;
        };
        if !matches!(&error, Error::Protocol(error) if error.may_be_clock()) {
            return refused(error);
        }
        // A clock that is off is no reason to throw a rotated refresh token away, if all else is right.
        match self
            .verify_id_token(token, &rules.with_leeway(ANY_TIME), now)
            .await
        {
            Ok(_) => IdTokenCheck::Unavailable(error),
            Err(error) => refused(error),
        }
    }

    fn rules_for_refreshed(
        &self,
        granted: &Granted,
        original: Option<&str>,
    ) -> Result<IdTokenRules, Error> {
        let rules = self
            .id_token_rules()?
            .with_access_token(granted.response.access_token.clone());
        let Some(original) = original else {
            return Ok(rules);
        };
        let original = IdToken::reread(&Secret::new(original), danger::AlreadyVerified);
        Ok(rules.refreshed(&original.map_err(ProtocolError::from)?))
    }

    async fn shared_secret(&self) -> Result<Option<Secret>, Error> {
        let metadata = self.metadata_for(Endpoint::Token).await?;
        let client = self.authenticated(Endpoint::Token, &metadata).await?;
        Ok(match client.authentication {
            ClientAuthentication::SecretBasic(secret)
            | ClientAuthentication::SecretPost(secret)
            | ClientAuthentication::SecretJwt { secret, .. } => Some(secret),
            _ => None,
        })
    }
}

/// A key that was rotated in this moment is no reason to throw a rotated refresh token away.
fn refused(error: Error) -> IdTokenCheck {
    match error {
        Error::Protocol(error) if !error.is_unknown_key() => IdTokenCheck::Refused(error),
        error => IdTokenCheck::Unavailable(error),
    }
}
