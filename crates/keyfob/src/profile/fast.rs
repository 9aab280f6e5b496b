//! The fast path of a command: a good token from two small files, without a runtime, a lock, or the network.

use std::path::Path;
use std::time::{Duration, SystemTime};

use keyfob_jose::Secret;
use keyfob_store::{Document, FileStore, ProfileName, Stamp, Stored, TryLock};
use serde_json::{Map, Value};

use crate::client::{ClientConfig, identity};
use crate::session::notes::time;
use crate::session::{PausePolicy, State, WindowPolicy, Windows};
use crate::settings::{Keeps, Origin, Resolved};

/// A token that can be used without waiting for anything.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CachedToken {
    /// The access token.
    pub access_token: Secret,
    /// When it expires, on this machine's clock.
    pub expires_at: SystemTime,
    /// An early refresh is due, and nobody seems to be at it: somebody should see to it, without anybody waiting.
    pub refresh_is_due: bool,
}

impl CachedToken {
    /// Returns how long the token still lives at `now`.
    pub fn remaining(&self, now: SystemTime) -> Duration {
        self.expires_at.duration_since(now).unwrap_or_default()
    }
}

/// Returns the stored token of a profile if it is good and nothing about it needs a closer look.
///
/// `None` means that a [`crate::Session`] has to decide: no file, a file that is not safe to use, no known expiry, a token
/// that is due at once, or a configuration that was written after the token.
pub fn cached_token(home: &Path, profile: &ProfileName, now: SystemTime) -> Option<CachedToken> {
    let store = FileStore::new(home);
    let stored = store.load_now(profile).ok()??;
    // Whoever changed the configuration may want another token.
    let config = store.load_config(profile).ok()??;
    if is_newer(config.stamp.as_ref(), &stored)? {
        return None;
    }
    let config = ClientConfig::new(config.document.into_map());
    let config = match requested(&stored.document) {
        Some(requested) => config.with_requested(requested),
        None => config,
    };
    good(&store, profile, &stored.document, &config, now)
}

/// As [`cached_token`], of a profile that was made out from flags, environment, settings and preset.
///
/// `None` too where its user should be told something first.
pub fn cached_token_of(resolved: &Resolved, now: SystemTime) -> Option<CachedToken> {
    let Keeps::Folder(home) = &resolved.keeps else {
        return None;
    };
    if !resolved.warnings.is_empty() {
        return None;
    }
    let (store, profile, config) = (FileStore::new(home), &resolved.key, &resolved.config);
    let stored = store.load_now(profile).ok()??;
    if resolved.origin == Origin::OnDisk {
        // Only what the login itself had chosen goes without a closer look.
        let asked = config.requested();
        let is_same =
            requested(&stored.document).map_or_else(|| asked.is_empty(), |noted| noted == asked);
        let written = store.config_stamp(profile).ok()?;
        if !is_same || is_newer(written.as_ref(), &stored)? {
            return None;
        }
    }
    good(&store, profile, &stored.document, config, now)
}

/// Whether the configuration was written after the token; `None` if nobody knows.
fn is_newer(config: Option<&Stamp>, token: &Stored) -> Option<bool> {
    let token = token.stamp.as_ref().and_then(Stamp::modified)?;
    Some(config.and_then(Stamp::modified)? > token)
}

/// What the login that brought the token chose for itself.
fn requested(token: &Document) -> Option<&Map<String, Value>> {
    token.get("_keyfob")?.get("requested")?.as_object()
}

fn good(
    store: &FileStore,
    profile: &ProfileName,
    token: &Document,
    config: &ClientConfig,
    now: SystemTime,
) -> Option<CachedToken> {
    if is_foreign(token, config) || crate::foundry::is_shared(token) {
        return None;
    }
    let (received, expires) = life(token)?;
    let windows = Windows::new(received, expires, &WindowPolicy::default(), 0);
    let refresh_is_due = match windows.at(now) {
        State::Fresh => false,
        State::RefreshAhead => !is_paused(token, now) && is_free(store, profile),
        State::MustRefresh | State::Expired => return None,
    };
    let access_token = token.text("access_token")?;
    // What cannot be sent is for the session to complain about.
    let sendable = access_token.bytes().all(|byte| byte.is_ascii_graphic());
    sendable.then(|| CachedToken {
        access_token: Secret::new(access_token),
        expires_at: windows.expires_at(),
        refresh_is_due,
    })
}

/// Whether the token is noted to belong to another login than the configured one. Its time does not tell: a program that
/// still runs with the former configuration may have refreshed it since.
fn is_foreign(token: &Document, config: &ClientConfig) -> bool {
    let noted = token.get("_keyfob").and_then(|notes| notes.get("identity"));
    let Some(noted) = noted.and_then(Value::as_str) else {
        return false;
    };
    config
        .client_type()
        .and_then(|kind| identity(config, kind))
        .map_or(true, |configured| configured != noted)
}

/// Whether an attempt failed a moment ago, or the provider asked everybody to wait. An early refresh can wait for a minute more.
fn is_paused(document: &Document, now: SystemTime) -> bool {
    let more = PausePolicy::default().cap;
    document
        .get("_keyfob")
        .and_then(|notes| notes.pointer("/pause/until"))
        .and_then(Value::as_u64)
        .and_then(|until| time(until).checked_add(more))
        .is_some_and(|until| until > now)
}

/// Whether no other process is refreshing.
fn is_free(store: &FileStore, profile: &ProfileName) -> bool {
    matches!(store.try_lock_now(profile), Ok(TryLock::Held(_)))
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
            json!({"access_token": "due at once", "_iat": born - 3500, "_exp": born + 100}),
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
    fn an_early_refresh_is_due_once_and_not_during_a_pause() {
        let now = SystemTime::now();
        let (born, dead) = (seconds(now - HOUR * 8 / 10), seconds(now + HOUR * 2 / 10));
        let due = |notes: Value| {
            let home = home_with(
                &json!({"access_token": "good", "_iat": born, "_exp": dead, "_keyfob": notes}),
            );
            let store = FileStore::new(home.path());
            let free = cached_token(home.path(), &profile(), now).unwrap();
            let _held = store.try_lock_now(&profile()).unwrap();
            let busy = cached_token(home.path(), &profile(), now).unwrap();
            (free.refresh_is_due, busy.refresh_is_due)
        };
        assert_eq!(due(json!({})), (true, false));
        for (until, is_due) in [(60, false), (-50, false), (-70, true)] {
            let until = seconds(now).checked_add_signed(until).unwrap();
            let pause = json!({"pause": {"until": until, "code": "timeout"}});
            assert_eq!(due(pause), (is_due, false));
        }
        // The last second of the calendar: there is no minute after it.
        let pause = json!({"pause": {"until": i64::MAX, "code": "timeout"}});
        assert_eq!(due(pause), (true, false));
    }

    #[test]
    fn a_token_of_a_former_configuration_is_left_to_a_session_however_new_it_is() {
        let now = SystemTime::now();
        let found = |change: fn(&mut ClientConfig)| {
            let mut config = ClientConfig::from_json(
                br#"{"client_type": "oidc_device_code", "auth_server": "https://as.example", "client_id": "c"}"#,
            )
            .unwrap();
            let kind = config.client_type().unwrap();
            let name = identity(&config, kind).unwrap();
            change(&mut config);
            let home = tempfile::tempdir().unwrap();
            let store = FileStore::new(home.path());
            let config = Document::from(config.values().clone());
            store.write_config(&profile(), None, &config).unwrap();
            let token = json!({"access_token": "good", "_keyfob": {"identity": name,
                "received_at": seconds(now), "expires_at": seconds(now + HOUR)}});
            let mut lease = store.try_lock_now(&profile()).unwrap().held().unwrap();
            let token = Document::from(token.as_object().cloned().unwrap());
            lease.commit_now(None, &token).unwrap();
            cached_token(home.path(), &profile(), now).is_some()
        };
        assert!(found(|_| {}));
        assert!(!found(|config| config.set("client_id", "d")));
        assert!(!found(|config| config.set("client_type", "odd")));
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
