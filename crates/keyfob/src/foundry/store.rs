//! A store for sessions: the refresh token lives in the Foundry cache, everything else in keyfob's own home.

use std::time::{Duration, SystemTime};

use keyfob_jose::Secret;
use keyfob_store::{
    CredentialStore, Document, ProfileName, Revision, Stamp, Store, StoreError, Stored, TryLock,
};
use serde_json::{Value, json};

use super::cache::Found;
use super::lease::FoundryLease;
use super::{FoundryCache, FoundryCredential, FoundryError, Host};
use crate::Error;
use crate::client::{ClientConfig, ClientType, ConfigError, GrantKind};
use crate::session::fingerprint::fingerprint;

/// The member of keyfob's own file that says which content of the Foundry section it goes with.
const NOTE: &str = "_keyfob_foundry";

/// How long an access token that somebody wrote into the cache by hand is used, unless it says so itself.
const HAND_WRITTEN_LIFE: Duration = Duration::from_hours(24);

/// Whose login a [`FoundryStore`] keeps: a client at a host, with its scopes.
#[derive(Clone, Debug)]
pub struct FoundryLogin {
    pub(super) host: Host,
    pub(super) client_id: String,
    pub(super) client_secret: Option<Secret>,
    pub(super) scopes: Vec<String>,
}

impl FoundryLogin {
    /// Names the login of a public client.
    pub fn new<S: Into<String>>(
        host: Host,
        client_id: impl Into<String>,
        scopes: impl IntoIterator<Item = S>,
    ) -> Self {
        Self {
            host,
            client_id: client_id.into(),
            client_secret: None,
            scopes: scopes.into_iter().map(Into::into).collect(),
        }
    }

    /// Takes host (of `token_endpoint`, or else of `auth_server`), client, secret and scopes from a client configuration. A
    /// secret that the configuration only refers to is not copied into the cache.
    ///
    /// # Errors
    /// When the configuration names no client or no host.
    pub fn of(config: &ClientConfig) -> Result<Self, Error> {
        let address = match config.text("token_endpoint") {
            Some(endpoint) => endpoint.to_owned(),
            None => config.issuer()?.to_string(),
        };
        let host = Host::of(&address).ok_or(FoundryError::Host {
            why: "the address of the token endpoint names none",
        })?;
        let login = Self::new(host, config.client_id()?, config.scopes());
        Ok(match config.text("client_secret") {
            Some(secret) => login.with_client_secret(Secret::new(secret)),
            None => login,
        })
    }

    /// Adds the secret of a confidential client, which palantir-oauth-client needs to refresh.
    pub fn with_client_secret(self, secret: Secret) -> Self {
        Self {
            client_secret: Some(secret),
            ..self
        }
    }

    /// What is to stand in the section, apart from the refresh token.
    pub(super) fn credential(&self) -> FoundryCredential {
        let credential = FoundryCredential::new(&self.host, self.client_id.clone())
            .with_scopes(self.scopes.clone());
        match &self.client_secret {
            Some(secret) => credential.with_client_secret(secret.clone()),
            None => credential,
        }
    }
}

/// Shares the refresh token if the configuration asks for it, by `foundry_cache`.
pub(crate) fn shared(config: &ClientConfig, own: Store) -> Result<Store, Error> {
    Ok(match place(config)? {
        Some((cache, login)) => Store::new(FoundryStore::new(cache, login, own)),
        None => own,
    })
}

/// Removes the login that a configuration shares, if it shares one; tells whether there was one.
pub(crate) fn forget(config: &ClientConfig) -> Result<bool, Error> {
    Ok(match place(config)? {
        Some((cache, login)) => cache.remove(&login.host, &login.client_id)?,
        None => false,
    })
}

/// Where the configuration shares its refresh token, and whose it is.
fn place(config: &ClientConfig) -> Result<Option<(FoundryCache, FoundryLogin)>, Error> {
    let grant = config.client_type().ok().and_then(ClientType::grant);
    let path = config.text("foundry_cache");
    let Some(path) = path.filter(|_| grant == Some(GrantKind::AuthorizationCode)) else {
        return Ok(None);
    };
    check_path(config)?;
    Ok(Some((FoundryCache::open(path)?, FoundryLogin::of(config)?)))
}

/// Refuses a relative path, which would be another cache in every folder.
pub(crate) fn check_path(config: &ClientConfig) -> Result<(), ConfigError> {
    match config.text("foundry_cache") {
        Some(path) if !std::path::Path::new(path).is_absolute() => Err(ConfigError::invalid(
            "foundry_cache",
            "it must be an absolute path, such as /home/ann/.foundry/oauth",
        )),
        _ => Ok(()),
    }
}

/// Tells whether a token file of keyfob's goes with a section of the cache, so that it says nothing without it.
pub(crate) fn is_shared(token: &Document) -> bool {
    token.get(NOTE).is_some()
}

/// Keeps a session's refresh token where palantir-oauth-client looks for it, so that both go on with one login.
///
/// The access token and keyfob's notes lie in `own`, so that a good token costs no request. If the other program rotates the
/// refresh token or somebody logs in with it, the token at hand is dropped and the new refresh token used. A section of another
/// client is neither used nor overwritten, unless the store is [`replacing`](Self::replacing).
///
/// ```
/// use keyfob::foundry::{FoundryCache, FoundryLogin, FoundryStore, Host};
/// use keyfob::store::{FileStore, Store};
///
/// # fn main() -> Result<(), keyfob::foundry::FoundryError> {
/// let host: Host = "foundry.example.com".parse()?;
/// let login = FoundryLogin::new(host, "my-client", ["api:read-data", "offline_access"]);
/// let own = Store::new(FileStore::new("/home/ann/.config/keyfob"));
/// let cache = FoundryCache::open("/home/ann/.foundry/oauth")?;
/// let store = Store::new(FoundryStore::new(cache, login, own));
/// # let _ = store;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct FoundryStore {
    pub(super) cache: FoundryCache,
    pub(super) login: FoundryLogin,
    pub(super) own: Store,
    pub(super) replaces: bool,
}

impl FoundryStore {
    /// Puts a cache, the login that is kept there, and keyfob's own store together.
    pub fn new(cache: FoundryCache, login: FoundryLogin, own: Store) -> Self {
        Self {
            cache,
            login,
            own,
            replaces: false,
        }
    }

    /// Lets a new login replace another client's in the section of the host.
    pub fn replacing(self) -> Self {
        Self {
            replaces: true,
            ..self
        }
    }

    /// Puts together what lies in both places.
    pub(super) fn merged(&self, own: Option<Stored>, found: Option<Found>) -> Option<Stored> {
        let Some(found) = found else {
            // Without a section there is no login, unless it is one from before the section was shared.
            return own.filter(|own| own.document.get(NOTE).is_none());
        };
        let credential = &found.credential;
        let is_ours = credential
            .client_id()
            .is_none_or(|stored| stored == self.login.client_id);
        let own = own.filter(|own| {
            let noted = own.document.get(NOTE).and_then(Value::as_str);
            match noted {
                Some(noted) => is_ours && noted == mark(credential),
                None => own.document.text("refresh_token").is_some(),
            }
        });
        if own.is_none() && !is_ours {
            return None;
        }
        let (mut document, stamp) = match own {
            Some(own) => (own.document, own.stamp),
            None => (unnoted(credential, found.stamp.modified()), None),
        };
        if document.unset(NOTE)
            && let Some(token) = credential.refresh_token()
        {
            document.set("refresh_token", token.expose());
        }
        if !credential.has_exactly(&self.login.scopes) && credential.client_id().is_some() {
            // The session sees that this is the login of another configuration, and says so.
            document.set("_keyfob", json!({"identity": "other scopes"}));
        }
        let stamp = match stamp {
            Some(own) => own.joined(&found.stamp),
            None => found.stamp,
        };
        let revision = Revision::of(&document.to_json());
        Some(Stored::new(document, revision).with_stamp(stamp))
    }
}

/// keyfob's own part of a document that is about to be stored.
pub(super) fn own_part(document: &Document, credential: &FoundryCredential) -> Document {
    let mut own = document.clone();
    own.unset("refresh_token");
    own.set(NOTE, mark(credential));
    own
}

/// keyfob's own file is a cache here: the login itself is in the other one.
pub(super) fn unless_damaged(
    own: Result<Option<Stored>, StoreError>,
) -> Result<Option<Stored>, StoreError> {
    match own {
        Err(StoreError::Corrupt { .. } | StoreError::TooLarge { .. }) => Ok(None),
        own => own,
    }
}

/// What keyfob has no notes about: somebody else's login, or an access token written by hand.
fn unnoted(credential: &FoundryCredential, written: Option<SystemTime>) -> Document {
    let mut document = Document::new();
    if let Some(token) = credential.refresh_token() {
        document.set("refresh_token", token.expose());
    }
    if let Some(token) = credential.access_token() {
        document.set("access_token", token.expose());
        let written = written.unwrap_or(SystemTime::UNIX_EPOCH);
        let ends = written.checked_add(HAND_WRITTEN_LIFE).unwrap_or(written);
        document.set("_iat", crate::session::notes::seconds(written));
        document.set("_exp", crate::session::notes::seconds(ends));
    }
    document
}

/// A short name for the tokens of a section, which tells nothing about them.
fn mark(credential: &FoundryCredential) -> String {
    let text =
        |token: Option<&Secret>| token.map_or_else(String::new, |token| token.expose().to_owned());
    let tokens = [credential.refresh_token(), credential.access_token()].map(text);
    fingerprint(&Secret::new(tokens.join("\n")))
}

impl CredentialStore for FoundryStore {
    type Lease = FoundryLease;

    async fn load(&self, key: &ProfileName) -> Result<Option<Stored>, StoreError> {
        let own = unless_damaged(self.own.load(key).await)?;
        Ok(self.merged(own, self.cache.look(&self.login.host)?))
    }

    async fn try_lock(&self, key: &ProfileName) -> Result<TryLock<FoundryLease>, StoreError> {
        // Always in this order, so that two processes cannot wait for each other.
        let own = match self.own.try_lock(key).await? {
            TryLock::Held(own) => own,
            TryLock::Busy { holder } => return Ok(TryLock::Busy { holder }),
        };
        Ok(match self.cache.file().try_lock_now()? {
            TryLock::Held(shared) => TryLock::Held(FoundryLease::new(self.clone(), own, shared)),
            TryLock::Busy { holder } => TryLock::Busy { holder },
        })
    }

    async fn list(&self) -> Result<Vec<ProfileName>, StoreError> {
        self.own.list().await
    }

    async fn stamp(&self, key: &ProfileName) -> Result<Option<Stamp>, StoreError> {
        let stamps = (self.own.stamp(key).await?, self.cache.file().stamp_now()?);
        Ok(match stamps {
            (Some(own), Some(shared)) => Some(own.joined(&shared)),
            (own, shared) => own.or(shared),
        })
    }
}
