//! The cache file as a whole: look a host up, write its section, leave the others alone.

use std::path::{Path, PathBuf};

use keyfob_jose::Secret;
use keyfob_store::{Content, Revision, SharedFile, SharedLease, Stamp, StoreError};

use super::credential::{FoundryCredential, KEYS};
use super::ini::{DEFAULT, Ini, Section, with_section, without};
use super::{FoundryError, Host};

/// The cache of palantir-oauth-client, `~/.foundry/oauth`.
///
/// ```
/// use keyfob::foundry::{FoundryCache, FoundryCredential, Host};
/// use keyfob::jose::Secret;
///
/// # fn main() -> Result<(), keyfob::foundry::FoundryError> {
/// # let home = tempfile::tempdir().unwrap_or_else(|_| unreachable!());
/// # let home = home.path();
/// let cache = FoundryCache::open(FoundryCache::path_in(home))?;
/// let host: Host = "foundry.example.com".parse()?;
/// assert!(cache.read(&host)?.is_none());
///
/// let login = FoundryCredential::new(&host, "my-client").with_refresh_token(Secret::new("token"));
/// cache.write(&host, &login)?;
/// assert_eq!(cache.read(&host)?.as_ref(), Some(&login));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct FoundryCache {
    file: SharedFile,
}

/// What a look at the file found.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) credential: FoundryCredential,
    pub(super) stamp: Stamp,
    /// That of the whole file.
    pub(super) revision: Revision,
}

impl FoundryCache {
    /// Uses a cache file, which need not exist yet. Nothing is read.
    ///
    /// # Errors
    /// When the path does not end in a file name.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, FoundryError> {
        Ok(Self {
            file: SharedFile::new(path)?,
        })
    }

    /// Returns where the cache lies below a home folder (on Windows: below `%APPDATA%`).
    pub fn path_in(home: &Path) -> PathBuf {
        home.join(".foundry").join("oauth")
    }

    /// Returns where the cache lies.
    pub fn path(&self) -> PathBuf {
        self.file.path()
    }

    /// Lists the hosts that have a login, in the order of the file.
    ///
    /// # Errors
    /// When the file cannot be read or is damaged.
    pub fn hosts(&self) -> Result<Vec<Host>, FoundryError> {
        let content = self.file.load_now(|bytes| {
            let ini = Ini::parse(bytes)?;
            let hosts = ini.sections.iter().filter_map(host_of);
            Ok(hosts.collect::<Vec<_>>())
        })?;
        let mut hosts = Vec::new();
        for host in content.map(|content| content.parsed).unwrap_or_default() {
            if !hosts.contains(&host) {
                hosts.push(host);
            }
        }
        Ok(hosts)
    }

    /// Reads the login at a host: its own section, or else the `DEFAULT` section if that one's `token_uri` is of this host.
    ///
    /// # Errors
    /// [`FoundryError::Invalid`] naming the key, above all a `token_uri` that leads elsewhere; and when the file cannot be read.
    pub fn read(&self, host: &Host) -> Result<Option<FoundryCredential>, FoundryError> {
        Ok(self.look(host)?.map(|found| found.credential))
    }

    /// Reads the login of one client at a host, if it covers these scopes.
    ///
    /// # Errors
    /// [`FoundryError::AnotherClient`], [`FoundryError::ScopesMissing`], and as [`read`](Self::read).
    pub fn read_for(
        &self,
        host: &Host,
        client_id: &str,
        scopes: &[String],
    ) -> Result<Option<FoundryCredential>, FoundryError> {
        let Some(credential) = self.read(host)? else {
            return Ok(None);
        };
        if credential
            .client_id()
            .is_some_and(|stored| stored != client_id)
        {
            return Err(self.another_client(host, &credential, client_id));
        }
        let missing = credential.missing(scopes);
        if missing.is_empty() {
            return Ok(Some(credential));
        }
        Err(FoundryError::ScopesMissing {
            path: self.path(),
            section: host.to_string(),
            missing: missing.join(" "),
        })
    }

    /// Writes the section of a host: all its keys, nothing of a former login. The rest of the file stays as it is.
    ///
    /// # Errors
    /// [`FoundryError::AnotherClient`] when the section keeps another client's login (then see [`replace`](Self::replace)),
    /// [`FoundryError::Unwritable`], and when the file is damaged or cannot be written: it is left as it is then.
    pub fn write(&self, host: &Host, credential: &FoundryCredential) -> Result<(), FoundryError> {
        let mut lease = self.file.lock_now()?;
        self.put(&mut lease, host, credential, None, false)
    }

    /// Does the same, whoever's login the section keeps.
    ///
    /// # Errors
    /// As [`write`](Self::write), but for [`FoundryError::AnotherClient`].
    pub fn replace(&self, host: &Host, credential: &FoundryCredential) -> Result<(), FoundryError> {
        let mut lease = self.file.lock_now()?;
        self.put(&mut lease, host, credential, None, true)
    }

    /// Removes the section of a host if it keeps the login of this client; tells whether there was one.
    ///
    /// # Errors
    /// [`FoundryError::AnotherClient`], and when the file is damaged or cannot be written.
    pub fn remove(&self, host: &Host, client_id: &str) -> Result<bool, FoundryError> {
        let mut lease = self.file.lock_now()?;
        self.take_out(&mut lease, host, client_id)
    }

    pub(super) fn file(&self) -> &SharedFile {
        &self.file
    }

    pub(super) fn look(&self, host: &Host) -> Result<Option<Found>, FoundryError> {
        let content = self.file.load_now(|bytes| self.find(bytes, host))?;
        found(content)
    }

    pub(super) fn look_again(
        &self,
        lease: &SharedLease,
        host: &Host,
    ) -> Result<Option<Found>, FoundryError> {
        let content = lease.load_now(|bytes| self.find(bytes, host))?;
        found(content)
    }

    /// Writes a section, if the file is still what was expected; `None` takes it as it is. `replaces` another client's too.
    pub(super) fn put(
        &self,
        lease: &mut SharedLease,
        host: &Host,
        credential: &FoundryCredential,
        expected: Option<&Revision>,
        replaces: bool,
    ) -> Result<(), FoundryError> {
        let name = host.to_string();
        let lines = credential.lines(host)?;
        let present = present(lease)?;
        let revision = present.as_ref().map(|present| &present.revision);
        if expected.is_some() && revision != expected {
            return Err(StoreError::Conflict.into());
        }
        let bytes = present.as_ref().map_or(&[][..], |present| &present.bytes);
        let ini = self.whole(bytes)?;
        if let (Some(section), false) = (ini.section(&name), replaces) {
            self.refuse_another_client(section, host, credential)?;
        }
        let text = Secret::new(with_section(&ini, &name, &KEYS, &lines));
        let text = text.expose().as_bytes();
        self.check(&ini, text, &name)?;
        if text != bytes {
            lease.commit_now(revision, text)?;
        }
        Ok(())
    }

    /// Removes the section of a host, and the `DEFAULT` section if that one would answer for the host instead.
    pub(super) fn take_out(
        &self,
        lease: &mut SharedLease,
        host: &Host,
        client_id: &str,
    ) -> Result<bool, FoundryError> {
        let mut any = false;
        for name in [host.to_string(), DEFAULT.to_owned()] {
            let present = present(lease)?;
            let Some(present) = present else { break };
            let ini = self.whole(&present.bytes)?;
            let is_of_host = |section: &&Section| host_of(section).as_ref() == Some(host);
            let Some(section) = ini.section(&name).filter(is_of_host) else {
                continue;
            };
            self.refuse_another_client(section, host, &FoundryCredential::new(host, client_id))?;
            let text = Secret::new(without(&ini, &name));
            self.check(&ini, text.expose().as_bytes(), &name)?;
            lease.commit_now(Some(&present.revision), text.expose().as_bytes())?;
            any = true;
        }
        Ok(any)
    }

    pub(super) fn another_client(
        &self,
        host: &Host,
        stored: &FoundryCredential,
        asked: &str,
    ) -> FoundryError {
        FoundryError::AnotherClient {
            path: self.path(),
            section: host.to_string(),
            stored: shown(stored.client_id().unwrap_or_default()),
            asked: shown(asked),
        }
    }

    /// A section that cannot be read is not known to be ours, so it is not overwritten either.
    fn refuse_another_client(
        &self,
        section: &Section,
        host: &Host,
        new: &FoundryCredential,
    ) -> Result<(), FoundryError> {
        let stored = self.credential(section, host)?;
        let is_free = stored.refresh_token().is_none() && stored.client_id().is_none();
        if is_free || stored.client_id() == new.client_id() {
            return Ok(());
        }
        Err(self.another_client(host, &stored, new.client_id().unwrap_or_default()))
    }

    /// Looks a host up. The outer error is a damaged file, the inner one a value that must not be used.
    fn find(&self, bytes: &[u8], host: &Host) -> Result<Option<Answer>, String> {
        let ini = Ini::parse(bytes)?;
        if let Some(section) = ini.section(&host.to_string()) {
            return Ok(Some(self.credential(section, host)));
        }
        let is_of_host =
            |section: &&Section| section.name == DEFAULT && host_of(section).as_ref() == Some(host);
        let section = ini.sections.iter().find(is_of_host);
        Ok(section.map(|section| self.credential(section, host)))
    }

    fn credential(&self, section: &Section, host: &Host) -> Answer {
        FoundryCredential::read(section, host).map_err(|fault| FoundryError::Invalid {
            path: self.path(),
            section: section.name.clone(),
            key: fault.key,
            why: fault.why,
        })
    }

    fn whole<'b>(&self, bytes: &'b [u8]) -> Result<Ini<'b>, FoundryError> {
        Ini::parse(bytes).map_err(|why| self.damaged(why))
    }

    /// Says whether a section may be written at all, before it is; returns the length of the file.
    pub(super) fn may_put(
        &self,
        lease: &SharedLease,
        host: &Host,
        new: &FoundryCredential,
        replaces: bool,
    ) -> Result<usize, FoundryError> {
        let Some(present) = present(lease)? else {
            return Ok(0);
        };
        let ini = self.whole(&present.bytes)?;
        if let (Some(section), false) = (ini.section(&host.to_string()), replaces) {
            self.refuse_another_client(section, host, new)?;
        }
        Ok(present.bytes.len())
    }

    /// Reads what is about to be written once more: no other section may have changed.
    fn check(&self, before: &Ini<'_>, text: &[u8], name: &str) -> Result<(), FoundryError> {
        let after = self.whole(text)?;
        if before.others(name).eq(after.others(name)) {
            return Ok(());
        }
        Err(self.damaged("its sections cannot be told apart".to_owned()))
    }

    fn damaged(&self, why: String) -> FoundryError {
        FoundryError::Store(StoreError::Corrupt {
            path: self.path(),
            why,
        })
    }
}

type Answer = Result<FoundryCredential, FoundryError>;

fn found(content: Option<Content<Option<Answer>>>) -> Result<Option<Found>, FoundryError> {
    let Some(content) = content else {
        return Ok(None);
    };
    let Some(credential) = content.parsed.transpose()? else {
        return Ok(None);
    };
    Ok(Some(Found {
        credential,
        stamp: content.stamp,
        revision: content.revision,
    }))
}

/// What lies there, found to be whole.
fn present(lease: &SharedLease) -> Result<Option<Content<()>>, StoreError> {
    lease.load_now(|bytes| Ini::parse(bytes).map(drop))
}

/// The host that a section is for: its name, or for `DEFAULT` the host of its `token_uri`.
fn host_of(section: &Section) -> Option<Host> {
    if section.name == DEFAULT {
        return Host::of(section.raw("token_uri")?);
    }
    let host: Host = section.name.parse().ok()?;
    (host.to_string() == section.name).then_some(host)
}

/// A client id for a message: somebody may have put a secret into the wrong line.
fn shown(client_id: &str) -> String {
    client_id.chars().take(64).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn login(host: &Host, token: &str) -> FoundryCredential {
        FoundryCredential::new(host, "c").with_refresh_token(Secret::new(token))
    }

    #[test]
    fn what_another_program_wrote_after_the_look_is_not_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let cache = FoundryCache::open(folder.path().join("oauth")).unwrap();
        let host: Host = "foundry.example".parse().unwrap();
        cache.write(&host, &login(&host, "first")).unwrap();
        let mut lease = cache.file().lock_now().unwrap();
        let looked = cache.look_again(&lease, &host).unwrap().unwrap().revision;
        let theirs = std::fs::read_to_string(cache.path()).unwrap();
        let theirs = theirs.replace("first", "theirs");
        std::fs::write(cache.path(), &theirs).unwrap();
        let ours = login(&host, "ours");
        let late = cache.put(&mut lease, &host, &ours, Some(&looked), false);
        assert_eq!(late.unwrap_err().code(), "conflict");
        assert_eq!(std::fs::read_to_string(cache.path()).unwrap(), theirs);
    }
}
