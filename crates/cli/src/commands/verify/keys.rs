//! Where the keys come from that a signature is verified with.
use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use keyfob::jose::{CompactJws, Header, JwkSet, Secret};
use keyfob::protocol::{IdTokenError, IdTokenRules, ProtocolError};
use keyfob::{Client, Error};

use super::args::Jwks;
use super::bare_client;
use crate::commands::jwk::{self, Contents};
use crate::context::Context;
use crate::failure::Failure;

/// Finds the keys of an issuer.
pub(crate) struct KeyFinder<'a> {
    context: &'a Context,
    source: Source<'a>,
}

enum Source<'a> {
    /// Read from a file: nothing is fetched.
    File(Contents),
    /// At this address, whoever the issuer is.
    Url(keyfob::transport::KeySetDocument),
    /// Where the issuer publishes them; the client's own issuer is asked through it.
    Published(Option<&'a Client>),
    /// Nowhere: signatures are left open.
    Nowhere,
}

impl<'a> KeyFinder<'a> {
    /// Goes by the command line, else by the issuer.
    ///
    /// # Errors
    ///
    /// Names the file and what is wrong with it.
    pub(crate) async fn new(
        context: &'a Context,
        jwks: Option<Jwks>,
        client: Option<&'a Client>,
    ) -> Result<Self, Failure> {
        let source = match jwks {
            None => Source::Published(client),
            Some(Jwks::File(path)) => Source::File(read(context, path).await?),
            Some(Jwks::Url(url)) => Source::Url(jwk::key_set_at(context, client, &url)?),
        };
        Ok(Self { context, source })
    }

    /// Goes by the client's issuer.
    pub(crate) fn of_client(context: &'a Context, client: &'a Client) -> Self {
        let source = Source::Published(Some(client));
        Self { context, source }
    }

    /// Finds none.
    pub(crate) fn nowhere(context: &'a Context) -> Self {
        let source = Source::Nowhere;
        Self { context, source }
    }

    /// Whether the network may be used.
    pub(crate) fn may_fetch(&self) -> bool {
        matches!(self.source, Source::Url(_) | Source::Published(_))
    }

    /// Whether the keys are at hand, whoever the issuer is.
    pub(crate) fn is_given(&self) -> bool {
        matches!(self.source, Source::File(_))
    }

    /// The keys of an issuer, for a token with this header; `None` if none are looked for.
    ///
    /// # Errors
    ///
    /// Says why they cannot be had.
    pub(crate) async fn find(
        &self,
        issuer: &str,
        header: &Header,
    ) -> Result<Option<Arc<JwkSet>>, Failure> {
        let document = match &self.source {
            Source::Nowhere => return Ok(None),
            Source::File(contents) => return Ok(Some(Arc::new(given(contents, header)?))),
            Source::Url(document) => document.clone(),
            Source::Published(Some(client))
                if client
                    .named_issuer()
                    .is_ok_and(|own| own.as_str() == issuer) =>
            {
                client.keys().map_err(Error::from)?.clone()
            }
            Source::Published(_) => {
                let client = bare_client(self.context, issuer)?;
                client.keys().map_err(Error::from)?.clone()
            }
        };
        let keys = document.keys_for(header).await.map_err(Error::from)?;
        Ok(Some(keys))
    }

    /// Whether an ID token is signed with the client's secret (OpenID Connect Core §10.1); `None` if that cannot be told.
    pub(crate) async fn by_secret(
        &self,
        token: &Secret,
        rules: &IdTokenRules,
        now: SystemTime,
    ) -> Option<Result<(), Failure>> {
        let Source::Published(Some(client)) = self.source else {
            return None;
        };
        let jws = CompactJws::parse(token.expose()).ok()?;
        if !jws.header().alg.is_symmetric() {
            return None;
        }
        match client.verify_id_token(token, rules, now).await {
            Ok(_) => Some(Ok(())),
            Err(Error::Protocol(error))
                if matches!(&*error, ProtocolError::IdToken(IdTokenError::Jose(_))) =>
            {
                Some(Err(Error::Protocol(error).into()))
            }
            Err(_) => None,
        }
    }
}

async fn read(context: &Context, path: PathBuf) -> Result<Contents, Failure> {
    let contents = jwk::read_public(context, &path).await?;
    if let Contents::Set(set) = &contents {
        for skipped in set.skipped() {
            let (name, why) = (jwk::name(&path), jwk::describe(skipped));
            context.say(format!("warning: {name}: {why}"));
        }
    }
    Ok(contents)
}

/// A single key without a name was given for this very token, so it is tried whatever the token calls its key.
fn given(contents: &Contents, header: &Header) -> Result<JwkSet, Failure> {
    match contents {
        Contents::Set(set) => Ok(set.clone()),
        Contents::Key(key) => {
            let jwk = key.public()?;
            let jwk = match (jwk.kid(), &header.kid) {
                (None, Some(kid)) => jwk.with_kid(kid),
                _ => jwk,
            };
            Ok(JwkSet::from_keys([jwk]))
        }
    }
}
