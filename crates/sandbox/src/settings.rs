//! What can be changed while the provider runs: lifetimes, rotation, latency, clock.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Run-time settings. As JSON all durations are seconds (fractions allowed).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Lifetime of access tokens; tokens state whole seconds, rounded up. Default one hour.
    #[serde(with = "seconds")]
    pub access_token_ttl: Duration,
    /// Lifetime of ID tokens. Default one hour.
    #[serde(with = "seconds")]
    pub id_token_ttl: Duration,
    /// Lifetime of refresh tokens, counted anew at each rotation. Default 30 days.
    #[serde(with = "seconds")]
    pub refresh_token_ttl: Duration,
    /// Lifetime of authorization codes. Default one minute.
    #[serde(with = "seconds")]
    pub code_ttl: Duration,
    /// Lifetime of device codes. Default ten minutes.
    #[serde(with = "seconds")]
    pub device_code_ttl: Duration,
    /// Least time between two device polls; quicker ones get `slow_down`, which adds five seconds.
    /// Zero never says `slow_down`. Default five seconds.
    #[serde(with = "seconds")]
    pub device_interval: Duration,
    /// Time that a token request waits before it is processed. Default none.
    #[serde(with = "seconds")]
    pub token_latency: Duration,
    /// What a refresh does with the refresh token.
    pub rotation: Rotation,
    /// A refresh token is issued without `offline_access` too.
    pub always_issue_refresh_token: bool,
    /// Login name of the user who approves everything without a page. Default none.
    pub auto_approve: Option<String>,
    /// Authorization requests without PKCE are refused. Default true.
    pub require_pkce: bool,
    /// `/userinfo` answers with an RS256 JWT. Default false: JSON.
    pub userinfo_signed: bool,
    /// Access tokens are RFC 9068 JWTs (the default) or opaque.
    pub access_token_format: AccessTokenFormat,
    /// Seconds by which the provider's clock is off; positive is ahead.
    pub clock_skew: i64,
    /// `Cache-Control` of metadata and key set. Default `max-age=300`.
    pub document_cache_control: Option<String>,
}

/// What a refresh does with the refresh token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rotation {
    /// A new one each time; the old one is dead, and using it again kills the whole family.
    #[default]
    Always,
    /// The same one again, in the answer.
    Same,
    /// The same one still works, and the answer does not mention it.
    Silent,
}

/// The form of access tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccessTokenFormat {
    /// RFC 9068, RS256.
    #[default]
    Jwt,
    /// Random text that only introspection understands.
    Opaque,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            access_token_ttl: Duration::from_hours(1),
            id_token_ttl: Duration::from_hours(1),
            refresh_token_ttl: Duration::from_hours(30 * 24),
            code_ttl: Duration::from_mins(1),
            device_code_ttl: Duration::from_mins(10),
            device_interval: Duration::from_secs(5),
            token_latency: Duration::ZERO,
            rotation: Rotation::Always,
            always_issue_refresh_token: false,
            auto_approve: None,
            require_pkce: true,
            userinfo_signed: false,
            access_token_format: AccessTokenFormat::Jwt,
            clock_skew: 0,
            document_cache_control: Some("max-age=300".to_owned()),
        }
    }
}

mod seconds {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(value: &Duration, to: S) -> Result<S::Ok, S::Error> {
        if value.subsec_nanos() == 0 {
            to.serialize_u64(value.as_secs())
        } else {
            to.serialize_f64(value.as_secs_f64())
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
        Duration::try_from_secs_f64(f64::deserialize(from)?).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_survive_their_json_form() {
        let settings = Settings {
            token_latency: Duration::from_millis(200),
            auto_approve: Some("alice".to_owned()),
            ..Settings::default()
        };
        let json = serde_json::to_value(&settings).unwrap();
        assert_eq!(json["token_latency"], 0.2);
        assert_eq!(json["access_token_ttl"], 3600);
        assert_eq!(serde_json::from_value::<Settings>(json).unwrap(), settings);
    }

    #[test]
    fn refuses_a_negative_duration_and_an_unknown_setting() {
        for bad in [r#"{"code_ttl": -1}"#, r#"{"cod_ttl": 1}"#] {
            assert!(serde_json::from_str::<Settings>(bad).is_err(), "{bad}");
        }
    }
}
