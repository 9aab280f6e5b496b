//! Which clients the profiles belong to, and forgetting one client's tokens wherever they lie.

use std::collections::BTreeMap;
use std::thread;
use std::time::{Duration, Instant};

use keyfob_store::{FileLease, ProfileName, StoreError, TryLock};

use crate::Error;
use crate::profile::Profiles;
use crate::session::{Forget, rest};

/// A client at an issuer, and the profiles that use it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RegisteredClient {
    /// The issuer, as the profiles name it.
    pub issuer: String,
    /// The client identifier.
    pub client_id: String,
    /// The profiles, sorted.
    pub profiles: Vec<ProfileName>,
}

/// What became of one profile's tokens.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Forgotten {
    /// The profile.
    pub profile: ProfileName,
    /// Whether there was anything to forget, or why it could not be.
    pub outcome: Result<bool, Error>,
}

/// How long another holder of a profile's lock is waited for.
const LOCK_WAIT: Duration = Duration::from_secs(5);
const LOCK_LOOK: Duration = Duration::from_millis(20);

impl Profiles {
    /// Lists the clients of all profiles, on disk and built in, sorted by issuer and identifier.
    ///
    /// A profile whose configuration cannot be read, or that has no client identifier, is left out.
    ///
    /// # Errors
    /// When the home folder cannot be read.
    pub fn clients(&self) -> Result<Vec<RegisteredClient>, Error> {
        let mut clients: BTreeMap<(String, String), Vec<ProfileName>> = BTreeMap::new();
        let mut names = self.list()?;
        if let Some(preset) = self.preset() {
            names.extend(preset.profiles(true));
        }
        names.sort();
        names.dedup();
        for name in names {
            match self.client_of(&name) {
                Ok(client) => clients.entry(client).or_default().push(name),
                Err(error) => {
                    tracing::debug!(profile = name.as_str(), code = error.code(), "no client");
                }
            }
        }
        let registered = |((issuer, client_id), profiles)| RegisteredClient {
            issuer,
            client_id,
            profiles,
        };
        Ok(clients.into_iter().map(registered).collect())
    }

    /// Forgets the tokens of a client in every profile that uses it; nothing is revoked, and configurations stay.
    ///
    /// ```
    /// # let folder = tempfile::tempdir()?;
    /// # let home = folder.path().join("keyfob");
    /// use keyfob::Profiles;
    /// use keyfob::session::Forget;
    ///
    /// let profiles = Profiles::open(home);
    /// for forgotten in profiles.forget_client("https://login.example.com", "demo", Forget::AccessToken)? {
    ///     println!("{}: {}", forgotten.profile, forgotten.outcome?);
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// When the home folder cannot be read. What fails for one profile is told beside it, and the others go on.
    pub fn forget_client(
        &self,
        issuer: &str,
        client_id: &str,
        what: Forget,
    ) -> Result<Vec<Forgotten>, Error> {
        let clients = self.clients()?;
        let meant = clients
            .into_iter()
            .find(|client| client.issuer == issuer && client.client_id == client_id);
        let profiles = meant.map(|client| client.profiles).unwrap_or_default();
        let forget = |profile: ProfileName| Forgotten {
            outcome: self.forget_in(&profile, what),
            profile,
        };
        Ok(profiles.into_iter().map(forget).collect())
    }

    fn client_of(&self, name: &ProfileName) -> Result<(String, String), Error> {
        let config = self.show(name)?;
        Ok((config.issuer()?.to_owned(), config.client_id()?.to_owned()))
    }

    fn forget_in(&self, profile: &ProfileName, what: Forget) -> Result<bool, Error> {
        let shared = match what {
            Forget::AccessToken => false,
            // A refresh token that lies in another program's cache brings new tokens from there.
            _ => crate::foundry::forget(&self.show(profile)?)?,
        };
        Ok(self.forget_own(profile, what)? || shared)
    }

    fn forget_own(&self, profile: &ProfileName, what: Forget) -> Result<bool, Error> {
        let files = self.files();
        // Without a credential no folder has to be made for the lock; one that cannot be read is there.
        if matches!(files.load_now(profile), Ok(None)) {
            return Ok(false);
        }
        let mut lease = self.wait_for_lock(profile)?;
        let stored = match lease.load_now() {
            Ok(Some(stored)) => stored,
            Ok(None) => return Ok(false),
            Err(error) if error.is_replaceable() && what == Forget::Everything => {
                return Ok(lease.remove_now(None)?);
            }
            Err(error) => return Err(error.into()),
        };
        match rest(&stored.document, what) {
            Some(document) if document == stored.document => Ok(false),
            Some(document) => {
                lease.commit_now(Some(&stored.revision), &document)?;
                Ok(true)
            }
            None => Ok(lease.remove_now(Some(&stored.revision))?),
        }
    }

    pub(super) fn wait_for_lock(&self, profile: &ProfileName) -> Result<FileLease, StoreError> {
        let deadline = Instant::now() + LOCK_WAIT;
        loop {
            match self.files().try_lock_now(profile)? {
                TryLock::Held(lease) => return Ok(lease),
                TryLock::Busy { holder } if Instant::now() >= deadline => {
                    return Err(StoreError::Locked { holder });
                }
                TryLock::Busy { .. } => thread::sleep(LOCK_LOOK),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ClientConfig;
    use keyfob_store::Document;

    fn name(name: &str) -> ProfileName {
        name.parse().unwrap()
    }

    fn add(profiles: &Profiles, profile: &str, client_id: &str, token: Option<&str>) {
        let config = ClientConfig::from_json(b"{}")
            .unwrap()
            .with("client_type", "oidc_device_code")
            .with("auth_server", "https://op.example")
            .with("client_id", client_id);
        profiles.add(&name(profile), &config).unwrap();
        if let Some(token) = token {
            let mut lease = profiles.wait_for_lock(&name(profile)).unwrap();
            let document = Document::parse(token.as_bytes()).unwrap();
            lease.commit_now(None, &document).unwrap();
        }
    }

    const PAIR: &str = r#"{"access_token":"a","refresh_token":"r"}"#;

    fn stored(profiles: &Profiles, profile: &str) -> Option<Document> {
        let stored = profiles.files().load_now(&name(profile)).unwrap();
        stored.map(|stored| stored.document)
    }

    fn told(forgotten: Vec<Forgotten>) -> Vec<(String, bool)> {
        let told = |one: Forgotten| (one.profile.to_string(), one.outcome.unwrap());
        forgotten.into_iter().map(told).collect()
    }

    // covers: ceg-27, ceg-28
    #[test]
    fn a_clients_tokens_go_in_every_profile_that_uses_it_and_nowhere_else() {
        let folder = tempfile::tempdir().unwrap();
        let profiles = Profiles::open(folder.path().join("home"));
        add(&profiles, "a", "demo", Some(PAIR));
        add(&profiles, "b", "demo", None);
        add(&profiles, "c", "other", Some(PAIR));
        add(&profiles, "d", "demo", Some(r#"{"access_token":"a"}"#));
        let clients = profiles.clients().unwrap();
        assert_eq!(clients.len(), 2);
        assert_eq!(clients[0].profiles, ["a", "b", "d"].map(name));
        let forget = |what| {
            told(
                profiles
                    .forget_client("https://op.example", "demo", what)
                    .unwrap(),
            )
        };
        let expected = |a, d| {
            [
                ("a".to_owned(), a),
                ("b".to_owned(), false),
                ("d".to_owned(), d),
            ]
        };
        assert_eq!(forget(Forget::AccessToken), expected(true, true));
        let rest = Document::parse(br#"{"refresh_token":"r"}"#).unwrap();
        assert_eq!(stored(&profiles, "a"), Some(rest));
        assert_eq!(stored(&profiles, "d"), None);
        assert_eq!(forget(Forget::AccessToken), expected(false, false));
        assert_eq!(forget(Forget::Everything), expected(true, false));
        assert_eq!(stored(&profiles, "a"), None);
        assert!(stored(&profiles, "c").is_some() && profiles.show(&name("a")).is_ok());
        let nobody = profiles.forget_client("https://op.example/", "demo", Forget::Everything);
        assert!(nobody.unwrap().is_empty(), "issuers are compared as given");
    }

    #[test]
    fn a_damaged_credential_is_forgotten_whole_and_a_damaged_configuration_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let profiles = Profiles::open(folder.path().join("home"));
        add(&profiles, "a", "demo", Some(PAIR));
        add(&profiles, "b", "demo", Some(PAIR));
        std::fs::write(profiles.files().token_path(&name("a")), "{").unwrap();
        std::fs::write(profiles.files().config_path(&name("b")), "{").unwrap();
        let forget = |what| {
            profiles
                .forget_client("https://op.example", "demo", what)
                .unwrap()
        };
        let refused = forget(Forget::AccessToken);
        let codes = refused
            .iter()
            .map(|one| one.outcome.as_ref().unwrap_err().code());
        assert!(codes.eq(["store_corrupt"]));
        assert_eq!(told(forget(Forget::Everything)), [("a".to_owned(), true)]);
        assert!(stored(&profiles, "b").is_some());
    }
}
