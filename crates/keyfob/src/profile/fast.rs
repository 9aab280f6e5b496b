//! The fast path of a command: a good token from one file, without a runtime, a lock, or the network.

use std::path::Path;
use std::time::{Duration, SystemTime};

use keyfob_jose::Secret;
use keyfob_store::{Document, FileStore, ProfileName, Stamp};
use serde_json::Value;

use crate::session::notes::time;
use crate::session::{State, WindowPolicy, Windows};

/// A token that is fresh: nothing is due for it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CachedToken {
    /// The access token.
    pub access_token: Secret,
    /// When it expires, on this machine's clock.
    pub expires_at: SystemTime,
}

impl CachedToken {
    /// Returns how long the token still lives at `now`.
    pub fn remaining(&self, now: SystemTime) -> Duration {
        self.expires_at.duration_since(now).unwrap_or_default()
    }
}

/// Returns the stored token of a profile if it is fresh and nothing about it needs a closer look.
///
/// `None` means that a [`crate::Session`] has to decide: no file, a file that is not safe to use, no known expiry, a token that
/// is due, or a configuration that was written after the token.
pub fn cached_token(home: &Path, profile: &ProfileName, now: SystemTime) -> Option<CachedToken> {
    let store = FileStore::new(home);
    let stored = store.load_now(profile).ok()??;
    // Whoever changed the configuration may want another token.
    let config = store.config_stamp(profile).ok()??;
    if config.modified()? > stored.stamp.as_ref().and_then(Stamp::modified)? {
        return None;
    }
    let (received, expires) = life(&stored.document)?;
    let windows = Windows::new(received, expires, &WindowPolicy::default(), 0);
    if windows.at(now) != State::Fresh {
        return None;
    }
    let access_token = stored.document.text("access_token")?;
    // What cannot be sent is for the session to complain about.
    let sendable = access_token.bytes().all(|byte| byte.is_ascii_graphic());
    sendable.then(|| CachedToken {
        access_token: Secret::new(access_token),
        expires_at: windows.expires_at(),
    })
}

/// The token's life as keyfob noted it, else as planet-auth wrote it.
fn life(document: &Document) -> Option<(SystemTime, SystemTime)> {
    let whole = |value: &Value| value.as_u64().map(time);
    let noted = |name: &str| {
        document
            .get("_keyfob")
            .and_then(|notes| notes.get(name))
            .and_then(whole)
    };
    if let (Some(received), Some(expires)) = (noted("received_at"), noted("expires_at")) {
        return Some((received, expires));
    }
    Some((
        document.get("_iat").and_then(whole)?,
        document.get("_exp").and_then(whole)?,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use keyfob_store::TryLock;
    use serde_json::json;
    use tempfile::TempDir;

    const HOUR: Duration = Duration::from_hours(1);

    fn profile() -> ProfileName {
        "work".parse().unwrap()
    }

    /// A home with a configuration and then a token, as a login leaves it.
    fn home_with(token: &Value) -> TempDir {
        let home = tempfile::tempdir().unwrap();
        let store = FileStore::new(home.path());
        let config = Document::parse(br#"{"client_type": "none"}"#).unwrap();
        store.write_config(&profile(), None, &config).unwrap();
        let TryLock::Held(mut lease) = store.try_lock_now(&profile()).unwrap() else {
            unreachable!()
        };
        lease
            .commit_now(None, &Document::from(token.as_object().cloned().unwrap()))
            .unwrap();
        home
    }

    fn seconds(at: SystemTime) -> u64 {
        at.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs()
    }

    #[test]
    fn returns_a_fresh_token_of_ours_and_of_planet_auth() {
        let now = SystemTime::now();
        let (born, dead) = (seconds(now), seconds(now + HOUR));
        for token in [
            json!({"access_token": "good", "_keyfob": {"received_at": born, "expires_at": dead}}),
            json!({"access_token": "good", "_iat": born, "_exp": dead}),
        ] {
            let home = home_with(&token);
            let found = cached_token(home.path(), &profile(), now).unwrap();
            assert_eq!(found.access_token.expose(), "good");
            assert!(!format!("{found:?}").contains("good"));
        }
    }

    #[test]
    fn leaves_everything_else_to_a_session() {
        let now = SystemTime::now();
        let (born, dead) = (seconds(now), seconds(now + HOUR));
        for token in [
            json!({"access_token": "no expiry", "_iat": born}),
            json!({"refresh_token": "no access token", "_iat": born, "_exp": dead}),
            json!({"access_token": "due", "_iat": born - 3500, "_exp": born + 100}),
            json!({"access_token": "dead", "_iat": born - 3600, "_exp": born}),
            json!({"access_token": "bad\ncharacter", "_iat": born, "_exp": dead}),
            json!({"access_token": "from the future", "_iat": born + 3600, "_exp": dead + 3600}),
        ] {
            let home = home_with(&token);
            assert!(
                cached_token(home.path(), &profile(), now).is_none(),
                "{token}"
            );
        }
        let nowhere = tempfile::tempdir().unwrap();
        assert!(cached_token(nowhere.path(), &profile(), now).is_none());
    }

    #[test]
    fn a_configuration_that_is_newer_than_the_token_leaves_it_to_a_session() {
        let now = SystemTime::now();
        let home = home_with(
            &json!({"access_token": "good", "_iat": seconds(now), "_exp": seconds(now + HOUR)}),
        );
        let path = FileStore::new(home.path()).config_path(&profile());
        std::fs::File::options()
            .write(true)
            .open(path)
            .unwrap()
            .set_modified(now + HOUR)
            .unwrap();
        assert!(cached_token(home.path(), &profile(), now).is_none());
    }
}
