//! What keyfob keeps beside the tokens in the token file, under the one member `_keyfob`.
//!
//! planet-auth ignores the member and drops it together with the tokens it belongs to, so it never
//! outlives them. Times are seconds since 1970 on this machine's clock.

use std::time::{Duration, SystemTime};

use keyfob_store::Document;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The name of the member.
pub(crate) const MEMBER: &str = "_keyfob";

/// The content of the member; what it does not know is kept.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Notes {
    /// When the request that brought the token was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) received_at: Option<u64>,
    /// Until when the token may be used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) expires_at: Option<u64>,
    /// Which login, by which client, this is (see `client/identity.rs`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) identity: Option<String>,
    /// The issuer of the tokens: no other server may see them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) issuer: Option<String>,
    /// What was chosen at the login beside the profile's configuration.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub(crate) requested: Map<String, Value>,
    /// How far the provider's clock is ahead of ours, in seconds; absent when they agree.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) clock_offset: Option<i64>,
    /// A refresh token was sent, and no answer that settles its fate has been written yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) redeeming: Option<Redeeming>,
    /// The refresh token was retired.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) retired: Option<Retired>,
    /// The last attempt failed, and the next one is not due yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) pause: Option<NotedPause>,
    /// What a later version wrote.
    #[serde(flatten)]
    pub(crate) rest: Map<String, Value>,
}

/// The mark left before a refresh token is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Redeeming {
    /// When it was first sent without a settling answer.
    pub(crate) at: u64,
    /// The fingerprint of the refresh token.
    pub(crate) token: String,
}

/// A pause that binds other processes too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct NotedPause {
    /// Until when nobody tries.
    pub(crate) until: u64,
    /// The code of the failure.
    pub(crate) code: String,
}

/// Why there is no refresh token any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Retired {
    /// When the provider refused it.
    pub(crate) at: u64,
    /// Whether an earlier answer to the same refresh token had been lost.
    #[serde(default)]
    pub(crate) lost_in_rotation: bool,
    /// When that earlier attempt was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) sent_at: Option<u64>,
}

impl Notes {
    /// Reads the member; an odd one counts as absent.
    pub(crate) fn of(document: &Document) -> Self {
        document
            .get(MEMBER)
            .and_then(|member| Self::deserialize(member).ok())
            .unwrap_or_default()
    }

    /// Writes the member.
    pub(crate) fn write(&self, document: &mut Document) {
        match serde_json::to_value(self) {
            Ok(Value::Object(members)) if members.is_empty() => drop(document.unset(MEMBER)),
            Ok(member) => document.set(MEMBER, member),
            Err(_) => drop(document.unset(MEMBER)),
        }
    }

    /// Tells whether the mark belongs to this refresh token.
    pub(crate) fn is_redeeming(&self, fingerprint: &str) -> bool {
        self.redeeming
            .as_ref()
            .is_some_and(|mark| mark.token == fingerprint)
    }

    /// The life of the token on this machine's clock, if it was noted.
    pub(crate) fn life(&self) -> Option<(SystemTime, SystemTime)> {
        Some((time(self.received_at?), time(self.expires_at?)))
    }
}

/// Whole seconds since 1970.
pub(crate) fn seconds(at: SystemTime) -> u64 {
    at.duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs()
}

/// Returns the second that lies `wait` ahead; a wait that no calendar holds never ends.
pub(crate) fn later(now: SystemTime, wait: Duration) -> u64 {
    now.checked_add(wait).map_or(u64::MAX, seconds)
}

/// The inverse of [`seconds`].
pub(crate) fn time(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH
        .checked_add(Duration::from_secs(seconds))
        .unwrap_or(SystemTime::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_beyond_all_calendars_does_not_overflow() {
        assert_eq!(later(time(10), Duration::from_secs(5)), 15);
        assert_eq!(later(time(10), Duration::MAX), u64::MAX);
    }
    use serde_json::json;

    fn document(value: &Value) -> Document {
        Document::from(value.as_object().cloned().unwrap())
    }

    #[test]
    fn survives_the_round_trip_and_keeps_what_it_does_not_know() {
        let member = json!({"received_at": 5, "expires_at": 9, "identity": "x", "later": {"y": 1},
                            "redeeming": {"at": 3, "token": "f"}});
        let mut document = document(&json!({"access_token": "a", "_keyfob": member}));
        let notes = Notes::of(&document);
        assert!(notes.is_redeeming("f") && !notes.is_redeeming("g"));
        notes.write(&mut document);
        assert_eq!(document.get(MEMBER), Some(&member));
    }

    #[test]
    fn an_odd_member_counts_as_absent() {
        for odd in [json!(5), json!({"received_at": "soon"}), json!(null)] {
            assert_eq!(
                Notes::of(&document(&json!({"_keyfob": odd}))),
                Notes::default()
            );
        }
    }

    #[test]
    fn nothing_to_note_leaves_no_member() {
        let mut document = document(&json!({"access_token": "a"}));
        Notes::default().write(&mut document);
        assert_eq!(document.get(MEMBER), None);
    }

    #[test]
    fn times_far_away_do_not_overflow() {
        assert_eq!(seconds(time(1_700_000_000)), 1_700_000_000);
        assert_eq!(time(u64::MAX), SystemTime::UNIX_EPOCH);
    }
}
