//! The retry policy that a configuration asks for: the object `retry`.

use std::time::Duration;

use http::StatusCode;
use keyfob_transport::{Jitter, RetryPolicy, Transport};
use serde_json::{Map, Value};

use crate::client::{ClientConfig, ConfigError};

const KEY: &str = "retry";

impl ClientConfig {
    /// Returns how failed requests are repeated, by the object `retry`: `attempts`, `statuses`, `backoff`, `backoff_cap`,
    /// `retry_after_cap`, `limit` (seconds) and `jitter`; what is absent is as in [`RetryPolicy::default`].
    ///
    /// ```
    /// use keyfob::ClientConfig;
    ///
    /// let config = ClientConfig::from_json(br#"{"retry": {"attempts": 6, "statuses": [500], "backoff": 0.3}}"#)?;
    /// assert_eq!(config.retry_policy()?.attempts, 6);
    /// # Ok::<(), keyfob::Error>(())
    /// ```
    ///
    /// # Errors
    /// When a member is unknown, of another type, or out of bounds.
    pub fn retry_policy(&self) -> Result<RetryPolicy, ConfigError> {
        let mut policy = RetryPolicy::default();
        let members = match self.values().get(KEY) {
            None | Some(Value::Null) => return Ok(policy),
            Some(Value::Object(members)) => members,
            Some(_) => return Err(invalid("it must be an object")),
        };
        refuse_unknown(members)?;
        if let Some(attempts) = members.get("attempts") {
            let attempts = attempts
                .as_u64()
                .and_then(|count| u32::try_from(count).ok());
            policy.attempts = attempts.ok_or_else(|| invalid("attempts must be a number"))?;
        }
        if let Some(statuses) = members.get("statuses") {
            policy.statuses = self::statuses(statuses)
                .ok_or_else(|| invalid("statuses must be a list of HTTP statuses"))?;
        }
        match members.get("jitter") {
            None | Some(Value::Bool(true)) => {}
            Some(Value::Bool(false)) => policy.jitter = Jitter::Off,
            Some(_) => return Err(invalid("jitter must be true or false")),
        }
        for (name, part) in [
            ("backoff", &mut policy.base),
            ("backoff_cap", &mut policy.cap),
            ("retry_after_cap", &mut policy.retry_after_cap),
            ("limit", &mut policy.budget),
        ] {
            if let Some(value) = members.get(name) {
                *part = seconds(value)
                    .ok_or_else(|| invalid(format!("{name} must be a number of seconds")))?;
            }
        }
        policy.checked().map_err(|error| invalid(error.to_string()))
    }

    /// A transport that repeats as the configuration says; one that says nothing leaves it as it is.
    pub(super) fn retrying(&self, transport: Transport) -> Result<Transport, ConfigError> {
        Ok(match self.values().get(KEY) {
            None | Some(Value::Null) => transport,
            Some(_) => transport.with_retry(self.retry_policy()?),
        })
    }
}

/// A slip in a name must not leave a default in force unnoticed.
fn refuse_unknown(members: &Map<String, Value>) -> Result<(), ConfigError> {
    const KNOWN: [&str; 7] = [
        "attempts",
        "statuses",
        "backoff",
        "backoff_cap",
        "retry_after_cap",
        "limit",
        "jitter",
    ];
    match members.keys().find(|name| !KNOWN.contains(&name.as_str())) {
        Some(_) => Err(invalid(format!("it may hold {} only", KNOWN.join(", ")))),
        None => Ok(()),
    }
}

fn statuses(value: &Value) -> Option<Vec<StatusCode>> {
    let status = |one: &Value| StatusCode::from_u16(u16::try_from(one.as_u64()?).ok()?).ok();
    value.as_array()?.iter().map(status).collect()
}

fn seconds(value: &Value) -> Option<Duration> {
    Duration::try_from_secs_f64(value.as_f64()?).ok()
}

fn invalid(why: impl Into<String>) -> ConfigError {
    ConfigError::invalid(KEY, why)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn policy(retry: &Value) -> Result<RetryPolicy, String> {
        let config = ClientConfig::from_json(b"{}")
            .unwrap()
            .with(KEY, retry.clone());
        config.retry_policy().map_err(|error| error.to_string())
    }

    // covers: A13
    #[test]
    fn alfs_recipe_is_a_value() {
        let given =
            policy(&json!({"attempts": 6, "statuses": [500], "backoff": 0.3, "backoff_cap": 120}));
        let expected = RetryPolicy::default()
            .with_attempts(6)
            .with_statuses([StatusCode::INTERNAL_SERVER_ERROR])
            .with_waits(Duration::from_millis(300), Duration::from_mins(2));
        assert_eq!(given, Ok(expected));
        assert_eq!(policy(&Value::Null), Ok(RetryPolicy::default()));
    }

    // covers: A13
    #[test]
    fn what_cannot_be_meant_is_refused_by_name() {
        for (given, named) in [
            (json!(5), "object"),
            (json!({"total": 5}), "attempts, statuses, backoff"),
            (json!({"attempts": "5"}), "attempts"),
            (json!({"attempts": 0}), "attempts"),
            (json!({"attempts": -1}), "attempts"),
            (json!({"statuses": 500}), "statuses"),
            (json!({"statuses": ["500"]}), "statuses"),
            (json!({"statuses": [70000]}), "statuses"),
            (json!({"statuses": [400]}), "status 400"),
            (json!({"backoff": -1}), "backoff"),
            (json!({"backoff": 1e300}), "backoff"),
            (json!({"limit": 0}), "limit"),
            (json!({"jitter": 1}), "jitter"),
        ] {
            let error = policy(&given).unwrap_err();
            assert!(
                error.starts_with("retry in") && error.contains(named),
                "{given}: {error}"
            );
        }
    }
}
