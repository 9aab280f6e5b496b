//! planet-auth's `_iat` and `_exp`: token claims first, then saved values, then `expires_in`.
//!
//! The one departure: a lifetime that is missing, zero, negative or otherwise odd leaves `_exp` out, which keyfob reads as
//! unknown, not as "for ever".

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Number, Value};
use zeroize::Zeroizing;

use crate::{Document, json};

/// The last second of the year 9999; beyond it a number is not meant as a date.
const LAST_DATE: f64 = 253_402_300_799.0;

/// Sets `_iat` and `_exp` of a document; `issued` is assumed when nothing else says so.
pub(super) fn augment(document: &mut Document, issued: SystemTime) {
    let claims = document
        .text("access_token")
        .and_then(unverified_claims)
        .map(Document::from);
    let date = |claim: &str, saved: &str| {
        let claimed = claims
            .as_ref()
            .and_then(|claims| claims.get(claim))
            .and_then(date);
        claimed.or_else(|| document.get(saved).and_then(date))
    };
    let issued_at = date("iat", "_iat").unwrap_or_else(|| whole_seconds(issued).into());
    let lifetime = document
        .get("expires_in")
        .and_then(number)
        .filter(|seconds| seconds.as_f64().is_some_and(|s| s > 0.0));
    let expires_at = date("exp", "_exp").or_else(|| checked(sum(&issued_at, &lifetime?)?));
    document.set("_iat", issued_at);
    match expires_at {
        Some(expires_at) => document.set("_exp", expires_at),
        None => {
            document.unset("_exp");
        }
    }
}

/// Reads a date in seconds since 1970.
pub(super) fn time(value: &Value) -> Option<SystemTime> {
    let seconds = date(value)?;
    let since = match seconds.as_u64() {
        Some(whole) => Duration::from_secs(whole),
        None => Duration::try_from_secs_f64(seconds.as_f64()?).ok()?,
    };
    UNIX_EPOCH.checked_add(since)
}

fn date(value: &Value) -> Option<Number> {
    checked(number(value)?)
}

fn checked(seconds: Number) -> Option<Number> {
    seconds
        .as_f64()
        .is_some_and(|seconds| (0.0..=LAST_DATE).contains(&seconds))
        .then_some(seconds)
}

/// Takes a number, or a string of digits as some providers send it.
fn number(value: &Value) -> Option<Number> {
    match value {
        Value::Number(number) => Some(number.clone()),
        Value::String(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            digits.parse::<u64>().ok().map(Number::from)
        }
        _ => None,
    }
}

/// Adds as Python does: whole numbers stay whole.
fn sum(issued_at: &Number, lifetime: &Number) -> Option<Number> {
    match (issued_at.as_u64(), lifetime.as_u64()) {
        (Some(issued_at), Some(lifetime)) => issued_at.checked_add(lifetime).map(Number::from),
        _ => Number::from_f64(issued_at.as_f64()? + lifetime.as_f64()?),
    }
}

fn whole_seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

/// Looks into an access token that happens to be a JWT. Nothing is verified: its only reader otherwise is the API it is for,
/// and the dates merely decide when to refresh.
fn unverified_claims(token: &str) -> Option<Map<String, Value>> {
    let mut parts = token.split('.');
    let (header, payload, _signature) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    decode(header)?;
    decode(payload)
}

fn decode(part: &str) -> Option<Map<String, Value>> {
    let bytes = Zeroizing::new(URL_SAFE_NO_PAD.decode(part.trim_end_matches('=')).ok()?);
    json::read::object(&bytes).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW: u64 = 1_700_000_000;

    fn augmented(value: Value) -> Value {
        let Value::Object(members) = value else {
            panic!("no object")
        };
        let mut document = Document::from(members);
        augment(
            &mut document,
            UNIX_EPOCH + Duration::from_millis(NOW * 1000 + 700),
        );
        Value::Object(document.into_map())
    }

    fn dates(value: Value) -> (Value, Value) {
        let augmented = augmented(value);
        (augmented["_iat"].clone(), augmented["_exp"].clone())
    }

    fn jwt(claims: &Value) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        format!("{}.{}.c2ln", part(&json!({"alg": "RS256"})), part(claims))
    }

    // covers: planet-18, planet-19, planet-20
    #[test]
    fn claims_of_the_token_win_over_saved_values_and_these_over_expires_in() {
        let token = jwt(&json!({"iat": 100, "exp": 200}));
        assert_eq!(
            dates(json!({"access_token": token, "_iat": 1, "_exp": 2, "expires_in": 5})),
            (json!(100), json!(200))
        );
        let token = jwt(&json!({"sub": "x"}));
        assert_eq!(
            dates(json!({"access_token": token, "_iat": 1, "_exp": 2, "expires_in": 5})),
            (json!(1), json!(2))
        );
        assert_eq!(
            dates(json!({"access_token": "opaque", "_iat": 1, "_exp": 2, "expires_in": 5})),
            (json!(1), json!(2))
        );
        let token = jwt(&json!({"iat": 100}));
        assert_eq!(
            dates(json!({"access_token": token, "expires_in": 5})),
            (json!(100), json!(105))
        );
        assert_eq!(
            dates(json!({"access_token": "opaque", "_iat": 1, "expires_in": 5})),
            (json!(1), json!(6))
        );
        assert_eq!(
            dates(json!({"access_token": "opaque", "expires_in": 5})),
            (json!(NOW), json!(NOW + 5))
        );
        assert_eq!(
            dates(json!({"refresh_token": "r", "expires_in": 5})),
            (json!(NOW), json!(NOW + 5))
        );
    }

    #[test]
    fn fractions_stay_fractions_and_whole_numbers_whole() {
        assert_eq!(
            dates(json!({"access_token": "o", "_iat": 10, "expires_in": 5.5})),
            (json!(10), json!(15.5))
        );
        assert_eq!(
            dates(json!({"access_token": "o", "_iat": 10.0, "expires_in": 5})),
            (json!(10.0), json!(15.0))
        );
        let token = jwt(&json!({"iat": 100.25, "exp": 200.75}));
        assert_eq!(
            dates(json!({"access_token": token})),
            (json!(100.25), json!(200.75))
        );
        assert_eq!(
            time(&json!(1.5)),
            Some(UNIX_EPOCH + Duration::from_millis(1500))
        );
    }

    #[test]
    fn digit_strings_count_as_numbers() {
        assert_eq!(
            dates(json!({"access_token": "o", "_iat": 10, "expires_in": "5"})).1,
            json!(15)
        );
    }

    // covers: W15, planet-21, P19
    #[test]
    fn odd_lifetimes_are_unknown_not_endless() {
        for odd in [
            json!(null),
            json!(-5),
            json!(0),
            json!("soon"),
            json!(""),
            json!("-5"),
            json!([60]),
            json!(1e300),
            json!(u64::MAX),
        ] {
            let augmented = augmented(json!({"access_token": "o", "expires_in": odd}));
            assert!(augmented.get("_exp").is_none(), "{augmented}");
        }
        for odd in [json!(null), json!(-1), json!("x"), json!(1e300), json!({})] {
            assert_eq!(
                dates(json!({"access_token": "o", "_iat": 10, "_exp": odd, "expires_in": 5})).1,
                json!(15)
            );
        }
    }

    #[test]
    fn tokens_that_only_look_like_jwts_are_opaque() {
        let claims = URL_SAFE_NO_PAD.encode(r#"{"exp":200}"#);
        let twice = URL_SAFE_NO_PAD.encode(r#"{"exp":200,"exp":300}"#);
        for token in [
            format!("x.{claims}.y"),
            format!("{claims}.{claims}"),
            format!("{claims}.{claims}.x.y"),
            format!("{claims}.{twice}.x"),
        ] {
            assert_eq!(dates(json!({"access_token": token})).1, Value::Null);
        }
    }

    #[test]
    fn a_jwt_with_padding_is_read_as_by_planet_auth() {
        let token = jwt(&json!({"iat": 1, "exp": 22}));
        let padded = token
            .split('.')
            .map(|part| format!("{part}{}", "=".repeat((4 - part.len() % 4) % 4)))
            .collect::<Vec<_>>();
        assert_eq!(
            dates(json!({"access_token": padded.join(".")})).1,
            json!(22)
        );
    }
}
