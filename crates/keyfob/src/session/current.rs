//! A credential as the session uses it: the token ready to send, its windows, and what is noted about it.

use std::time::SystemTime;

use keyfob_jose::Secret;
use keyfob_store::{Credential, CredentialKind, Document, Stored};

use crate::Error;
use crate::client::Granted;
use crate::session::access_token::{AccessToken, NEVER};
use crate::session::core::Core;
use crate::session::life::{self, Said};
use crate::session::notes::{Notes, seconds, time};
use crate::session::window::{WindowPolicy, Windows};

/// A usable credential.
#[derive(Clone, Debug)]
pub(crate) struct Current {
    pub(crate) token: AccessToken,
    pub(crate) windows: Windows,
    pub(crate) credential: Credential,
    pub(crate) notes: Notes,
}

/// Takes apart what was read from the store; `None` for the token if there is no access token.
pub(crate) fn read(
    kind: CredentialKind,
    stored: &Stored,
    now: SystemTime,
) -> Result<(Credential, Notes), Error> {
    let credential = Credential::from_stored_as(kind, stored, now)?;
    let notes = Notes::of(credential.document());
    Ok((credential, notes))
}

impl Current {
    /// Prepares a credential for use; `None` if it holds no access token.
    pub(crate) fn of(
        credential: Credential,
        notes: Notes,
        now: SystemTime,
        policy: &WindowPolicy,
        roll: u8,
        renewable: bool,
    ) -> Result<Option<Self>, Error> {
        let Some((scheme, text)) = credential.authorization() else {
            return Ok(None);
        };
        let (received, expires) = notes.life().unwrap_or_else(|| {
            let received = credential.issued_at().unwrap_or(now);
            // A token that nobody can renew is sent until it is refused: throwing it away would lose the login.
            let unknown = if renewable {
                received.checked_add(policy.unknown_lifetime)
            } else {
                SystemTime::UNIX_EPOCH.checked_add(NEVER)
            };
            let bounded = || unknown.unwrap_or(received);
            (received, credential.expires_at().unwrap_or_else(bounded))
        });
        let windows = Windows::new(received, expires, policy, roll);
        let token = AccessToken::with_scheme(scheme, Secret::new(text), windows.expires_at())?;
        Ok(Some(Self {
            token,
            windows,
            credential,
            notes,
        }))
    }
}

/// What an exchange told about the new token's life and the provider's clock.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Times {
    pub(crate) sent: SystemTime,
    pub(crate) received: SystemTime,
    pub(crate) date: Option<SystemTime>,
}

/// Makes a credential of what a login brought, and notes whose it is and how long it lives.
pub(crate) fn noted(core: &Core, granted: &Granted) -> Result<(Credential, Notes), Error> {
    let times = Times {
        sent: granted.sent_at,
        received: granted.received_at,
        date: granted.date,
    };
    let raw = granted.response.raw.clone();
    let credential = Credential::from_response_as(core.kind(), raw, times.sent)?;
    let mut notes = Notes::default();
    // A fixed key is nobody's in particular, and has no life to note.
    if credential.kind() != CredentialKind::ApiKey {
        core.sign(&mut notes);
        notes.requested.clone_from(core.client.config().requested());
    }
    if credential.kind() == CredentialKind::Tokens {
        let windows = &core.policy.windows;
        let renewable = core.can_renew(&credential);
        note_life(
            &mut notes,
            credential.document(),
            &times,
            windows,
            renewable,
        );
    }
    Ok((credential, notes))
}

/// Notes the life of a token that was just received.
pub(crate) fn note_life(
    notes: &mut Notes,
    document: &Document,
    times: &Times,
    policy: &WindowPolicy,
    renewable: bool,
) {
    let claims = document
        .text("access_token")
        .and_then(claimed_dates)
        .unwrap_or_default();
    let said = Said {
        expires_in: expires_in(document),
        issued: claims.0,
        expires: claims.1,
        date: times.date,
    };
    let unknown = renewable.then_some(policy.unknown_lifetime);
    let length = life::length(&said, times.sent).or(unknown);
    let offset = life::clock_offset(times.date, times.sent, times.received);
    notes.received_at = Some(seconds(times.sent));
    notes.expires_at = length.map(|length| seconds(times.sent).saturating_add(length.as_secs()));
    notes.clock_offset = (offset != 0).then_some(offset);
}

/// `expires_in` as the world sends it: a number, or digits in a string; nothing below zero lives.
fn expires_in(document: &Document) -> Option<std::time::Duration> {
    let said = match document.get("expires_in")? {
        serde_json::Value::Number(number) => number.as_f64()?,
        serde_json::Value::String(text) => text.trim().parse().ok()?,
        _ => return None,
    };
    std::time::Duration::try_from_secs_f64(said.clamp(0.0, MAX_LIFETIME_SECONDS)).ok()
}

/// A hundred years; what is beyond is a mistake.
const MAX_LIFETIME_SECONDS: f64 = 3_155_760_000.0;

/// The dates in an access token that happens to be a JWT. Nobody verifies them: they only shorten the token's use.
fn claimed_dates(token: &str) -> Option<(Option<SystemTime>, Option<SystemTime>)> {
    let claims = keyfob_jose::jwt::decode_unverified(token).ok()?.claims;
    let date = |name: &str| {
        claims
            .get(name)
            .and_then(serde_json::Value::as_f64)
            .filter(|at| *at >= 0.0)
            .map(whole)
    };
    Some((date("iat"), date("exp")))
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "checked to be positive; `as` saturates"
)]
fn whole(seconds: f64) -> SystemTime {
    time(seconds as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use keyfob_jose::base64url;
    use keyfob_store::Revision;
    use serde_json::{Value, json};
    use std::time::Duration;

    const NOW: u64 = 1_700_000_000;

    fn document(value: &Value) -> Document {
        Document::from(value.as_object().cloned().unwrap())
    }

    fn jwt(claims: &Value) -> String {
        let part = |value: &Value| base64url::encode(value.to_string().as_bytes());
        format!("{}.{}.c2ln", part(&json!({"alg": "RS256"})), part(claims))
    }

    fn noted(response: &Value, date: Option<u64>) -> u64 {
        let times = Times {
            sent: time(NOW),
            received: time(NOW + 1),
            date: date.map(time),
        };
        let mut notes = Notes::default();
        note_life(
            &mut notes,
            &document(response),
            &times,
            &WindowPolicy::default(),
            true,
        );
        notes.expires_at.unwrap() - NOW
    }

    fn current(document: Document) -> Current {
        let stored = Stored::new(document, Revision::of(b""));
        let (credential, notes) = read(CredentialKind::Tokens, &stored, time(NOW)).unwrap();
        let renewable = credential.refresh_token().is_some();
        let policy = WindowPolicy::default();
        Current::of(credential, notes, time(NOW), &policy, 0, renewable)
            .unwrap()
            .unwrap()
    }

    // covers: alf-27, A11, W15, planet-56
    #[test]
    fn lifetimes_are_read_as_the_world_sends_them() {
        for (said, length) in [
            (json!(60), 60),
            (json!("60"), 60),
            (json!(60.7), 60),
            (json!(0), 0),
            (json!(-5), 0),
            (json!("soon"), 300),
            (json!(null), 300),
        ] {
            assert_eq!(
                noted(&json!({"access_token": "opaque", "expires_in": said}), None),
                length,
                "{said}"
            );
        }
        assert_eq!(noted(&json!({"access_token": "opaque"}), None), 300);
    }

    #[test]
    fn a_jwt_from_a_clock_ten_minutes_off_lives_as_long_as_it_says() {
        for skew in [-600_i64, 600] {
            let birth = NOW.checked_add_signed(skew).unwrap();
            let token = jwt(&json!({"iat": birth, "exp": birth + 3600}));
            assert_eq!(
                noted(
                    &json!({"access_token": token, "expires_in": 3600}),
                    Some(birth)
                ),
                3600
            );
        }
    }

    #[test]
    fn noted_life_wins_over_the_dates_of_the_format() {
        let birth = NOW - 600;
        let token = jwt(&json!({"iat": birth, "exp": birth + 300}));
        let file = json!({"access_token": token, "_iat": birth, "_exp": birth + 300,
                          "_keyfob": {"received_at": NOW, "expires_at": NOW + 300}});
        assert_eq!(current(document(&file)).token.expires_at(), time(NOW + 300));
    }

    #[test]
    fn a_file_of_planet_auth_lives_by_its_own_dates() {
        let file = json!({"access_token": "opaque", "_iat": NOW - 10, "_exp": NOW + 50});
        assert_eq!(current(document(&file)).token.expires_at(), time(NOW + 50));
    }

    // covers: planet-21, planet-65, W15
    #[test]
    fn a_token_without_any_date_is_bounded_if_it_can_be_renewed_and_else_sent_until_it_is_refused()
    {
        let alone = json!({"access_token": "opaque", "_iat": NOW});
        assert_eq!(current(document(&alone)).token.expiry(), None);
        let file = json!({"access_token": "opaque", "refresh_token": "r", "_iat": NOW});
        let current = current(document(&file));
        assert_eq!(
            current.token.expires_at(),
            time(NOW) + Duration::from_mins(5)
        );
    }
}
