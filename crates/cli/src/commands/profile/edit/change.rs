//! Single changes of a configuration, from the command line, files and stdin.
use std::path::PathBuf;

use clap::Args;
use keyfob::ClientConfig;
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use crate::failure::Failure;
use crate::secret_source;
use crate::ui::ask;

/// Keys that hold lists, so that words between spaces are items.
const LISTS: [&str; 3] = ["scopes", "audiences", "resource"];

/// The flags that set single keys.
#[derive(Args, Debug, Default)]
#[command(next_help_heading = "Keys")]
pub(crate) struct ChangeArgs {
    /// Set a key; secrets are refused here, where everyone can read them
    #[arg(long, value_name = "KEY=VALUE", value_parser = pair)]
    set: Vec<(String, String)>,
    /// Set a key to the content of a file, which is read once
    #[arg(long, value_name = "KEY=FILE", value_parser = pair)]
    set_file: Vec<(String, String)>,
    /// Set a key to what stdin says
    #[arg(long, value_name = "KEY")]
    secret_stdin: Option<String>,
}

impl ChangeArgs {
    /// Whether no key is set.
    pub(crate) fn is_empty(&self) -> bool {
        self.set.is_empty() && self.set_file.is_empty() && self.secret_stdin.is_none()
    }
}

/// One key and what becomes of it.
pub(crate) struct Change {
    key: String,
    value: Value,
}

impl Change {
    /// All changes that were asked for, in the order: unset, set, from files, from stdin.
    pub(crate) async fn all(args: &ChangeArgs, unset: &[String]) -> Result<Vec<Self>, Failure> {
        let mut changes = Vec::new();
        for key in unset {
            changes.push(Self::new(key, Value::Null)?);
        }
        for (key, text) in &args.set {
            changes.push(Self::new(key, typed(key, text)?)?);
        }
        for (key, path) in &args.set_file {
            let path = PathBuf::from(path);
            let text = ask::in_a_thread(move || secret_source::file(&path)).await?;
            changes.push(Self::secret(key, &text)?);
        }
        if let Some(key) = &args.secret_stdin {
            let text = ask::in_a_thread(secret_source::stdin).await?;
            changes.push(Self::secret(key, &text)?);
        }
        Ok(changes)
    }

    pub(crate) fn apply(self, config: &mut ClientConfig) {
        config.set(self.key, self.value);
    }

    fn new(key: &str, value: Value) -> Result<Self, Failure> {
        let plain = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
        if key.is_empty() || !key.chars().all(plain) {
            return Err(Failure::usage("a key has letters, digits and '_' only")
                .with_hint("keyfob profile show{at} prints the keys that are there"));
        }
        Ok(Self {
            key: key.to_owned(),
            value,
        })
    }

    fn secret(key: &str, text: &Zeroizing<String>) -> Result<Self, Failure> {
        Self::new(key, Value::from(text.as_str()))
    }
}

/// What a typed value means for its key.
fn typed(key: &str, text: &str) -> Result<Value, Failure> {
    let probe = ClientConfig::new(Map::from_iter([(key.to_owned(), Value::from(text))]));
    // A command that prints a secret is not one, though it is hidden where profiles are shown.
    let is_secret = probe.redacted().get(key) != probe.values().get(key) && !key.ends_with("_cmd");
    if is_secret {
        return Err(Failure::usage(format!(
            "{key} is a secret, and everybody on this machine can read command lines"
        ))
        .with_hint(format!(
            "give it by --secret-stdin {key}, or by --set-file {key}=FILE"
        )));
    }
    let parsed = serde_json::from_str::<Value>(text).ok();
    let structured = parsed.filter(|value| !value.is_string() && !value.is_null());
    Ok(match structured {
        // An identifier made of digits is still text.
        Some(value) if !value.is_number() || key == "timeout" => value,
        _ if LISTS.contains(&key) => text.split_whitespace().collect(),
        _ => Value::from(text),
    })
}

/// `KEY=VALUE` as typed. What is wrong is not repeated: it may be a secret.
fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("expected KEY=VALUE".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_typed_value_is_what_its_key_holds() {
        for (key, text, value) in [
            ("scopes", "openid email", json!(["openid", "email"])),
            ("scopes", r#"["a b"]"#, json!(["a b"])),
            ("client_id", "0123", json!("0123")),
            ("client_id", "17", json!("17")),
            ("timeout", "2.5", json!(2.5)),
            ("_hidden", "true", json!(true)),
            ("client_secret_env", "NAME", json!("NAME")),
            ("client_secret_cmd", "pass show x", json!("pass show x")),
            (
                "proxy",
                "http://proxy.example",
                json!("http://proxy.example"),
            ),
        ] {
            assert_eq!(typed(key, text).unwrap(), value, "{key}={text}");
        }
    }

    // covers: W36
    #[test]
    fn a_secret_is_refused_on_the_command_line_without_being_repeated() {
        for (key, text) in [
            ("client_secret", "canary"),
            ("api_key", "canary"),
            ("user_password", "canary"),
            ("proxy", "http://ann:canary@proxy.example"),
        ] {
            let refused = typed(key, text).unwrap_err();
            assert!(!refused.message().contains("canary"), "{key}");
        }
    }
}
