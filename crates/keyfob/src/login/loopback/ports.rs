//! The config's `loopback_ports`: which callback ports are registered at the provider, in the order to try them.

use serde_json::Value;

use crate::client::{ClientConfig, ConfigError};

const KEY: &str = "loopback_ports";
/// More ports than this are a mistake.
const MOST: usize = 1_000;

/// The ports to try; none means any free one.
///
/// # Errors
/// When an entry is neither a port nor a range such as `8888-8987`.
pub(crate) fn configured(config: &ClientConfig) -> Result<Vec<u16>, ConfigError> {
    let odd = |entry: &Value| {
        let why = format!("{entry} is neither a port nor a range such as \"8888-8987\"");
        ConfigError::invalid(KEY, why)
    };
    let entries = match config.values().get(KEY) {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(entries)) => entries.as_slice(),
        Some(one) => std::slice::from_ref(one),
    };
    let mut ports = Vec::new();
    for entry in entries {
        let (first, last) = range(entry).ok_or_else(|| odd(entry))?;
        ports.extend((first..=last).take(MOST));
        if ports.len() > MOST {
            return Err(ConfigError::invalid(KEY, format!("more than {MOST} ports")));
        }
    }
    Ok(ports)
}

fn range(entry: &Value) -> Option<(u16, u16)> {
    let port = |text: &str| text.trim().parse().ok().filter(|port| *port != 0);
    match entry {
        Value::Number(number) => {
            let port = u16::try_from(number.as_u64()?)
                .ok()
                .filter(|port| *port != 0)?;
            Some((port, port))
        }
        Value::String(text) => {
            let (first, last) = text.split_once('-').unwrap_or((text, text));
            let (first, last) = (port(first)?, port(last)?);
            (first <= last).then_some((first, last))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(value: &Value) -> Result<Vec<u16>, ConfigError> {
        let config = json!({ KEY: value });
        configured(&ClientConfig::from_json(config.to_string().as_bytes()).unwrap())
    }

    #[test]
    fn reads_ports_and_ranges_in_their_order() {
        assert_eq!(
            read(&json!(["8890", 8080, "8888-8889"])).unwrap(),
            [8890, 8080, 8888, 8889]
        );
        assert_eq!(read(&json!("9000-9099")).unwrap().len(), 100);
        assert_eq!(read(&json!(null)).unwrap(), [0; 0]);
    }

    #[test]
    fn names_the_key_and_the_entry_that_is_no_port() {
        for odd in [
            json!(["x"]),
            json!([0]),
            json!([70000]),
            json!(["9-8"]),
            json!([[1]]),
            json!(-1),
        ] {
            let error = read(&odd).unwrap_err();
            assert!(error.to_string().contains(KEY), "{error}");
        }
        assert!(read(&json!(["1-65535"])).is_ok_and(|ports| ports.len() == MOST));
        assert!(read(&json!(["1-600", "1-600"])).is_err());
    }
}
