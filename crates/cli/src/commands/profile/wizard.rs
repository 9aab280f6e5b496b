//! The questions of `keyfob profile add`: name, kind of client, then what that kind needs.
//!
//! Each answer is checked at once. Nothing is written here, so whoever stops half-way leaves nothing behind.
mod template;

use keyfob::client::{ClientType, ConfigHint};
use keyfob::{ClientConfig, ConfigError, ProfileName};
use serde_json::{Map, Value};

use crate::commands::client_args::absolute;
use crate::commands::{open, stock};
use crate::context::Context;
use crate::failure::Failure;
use crate::ui::{ask, output, words};

/// Keys whose secrets can be read from somewhere else at each use.
const REFERABLE: [&str; 2] = ["client_secret", "client_privkey_password"];
/// What is asked for where a person logs in, as `profile add` with flags does.
const USUAL_SCOPES: &str = "openid";

/// What a person described.
pub(crate) struct Made {
    /// The profile's name.
    pub(crate) name: ProfileName,
    /// The client.
    pub(crate) config: ClientConfig,
}

/// Asks for a whole profile and for the permission to write it.
///
/// # Errors
///
/// Says that it was cancelled.
pub(crate) async fn ask(context: &Context, name: Option<&str>) -> Result<Made, Failure> {
    context.say("A new profile. Nothing is written before you agree; Ctrl-C stops.\n");
    let (name, config) = if let Ok(template) = context.preset().template() {
        if let Some(name) = name {
            free(context, name)?;
        }
        let (config, proposed) = template::ask(template).await?;
        open::check(&config)?;
        (ask_name(context, name, Some(&proposed)).await?, config)
    } else {
        let name = ask_name(context, name, None).await?;
        (name, ask_client().await?)
    };
    let shown = Value::Object(config.redacted());
    output::stderr(&format!(
        "\n{name}\n{}\n",
        words::plain_lines(&output::json(&shown))
    ));
    if !ask::whether("Write this profile?", true).await? {
        return Err(Failure::cancelled("nothing was written"));
    }
    Ok(Made { name, config })
}

/// A client of any kind.
async fn ask_client() -> Result<ClientConfig, Failure> {
    let kind = ask_kind().await?;
    let mut config = ClientConfig::new(Map::new()).with("client_type", kind.as_str());
    for hint in kind.hints() {
        ask_hint(&mut config, kind, hint).await?;
    }
    while let Err(problem) = open::check(&config) {
        output::stderr(&format!("{}.\n", problem.message()));
        again(&mut config, kind, problem).await?;
    }
    Ok(config)
}

/// A name that is free; one that was typed as an argument is only checked.
async fn ask_name(
    context: &Context,
    given: Option<&str>,
    proposed: Option<&str>,
) -> Result<ProfileName, Failure> {
    if let Some(given) = given {
        return free(context, given);
    }
    let shown = proposed
        .map(|name| format!(" [{name}]"))
        .unwrap_or_default();
    let question = format!("Name of the profile{shown}: ");
    loop {
        let answer = ask::line(&question).await?;
        let answer = match proposed {
            Some(proposed) if answer.is_empty() => proposed.to_owned(),
            _ => answer,
        };
        match free(context, &answer) {
            Ok(name) => return Ok(name),
            Err(problem) => output::stderr(&format!("{}.\n", problem.message())),
        }
    }
}

fn free(context: &Context, text: &str) -> Result<ProfileName, Failure> {
    let name = open::name(text)?;
    stock::refuse_builtin(context, &name)?;
    match open::existing(context, &name)? {
        None => Ok(name),
        Some(_) => Err(
            Failure::usage(format!("there is a profile {name} already")).with_hint(format!(
                "keyfob profile edit{{home}} {name}   (or choose another name)"
            )),
        ),
    }
}

/// One of the client types, by number or literal.
async fn ask_kind() -> Result<ClientType, Failure> {
    let kinds: Vec<ClientType> = ClientType::all().collect();
    output::stderr(&list(&kinds));
    loop {
        let answer = ask::line("Kind of client [1]: ").await?;
        match chosen(&kinds, &answer) {
            Some(kind) => return Ok(kind),
            None => output::stderr(&format!(
                "Please type a number from 1 to {}.\n",
                kinds.len()
            )),
        }
    }
}

fn list(kinds: &[ClientType]) -> String {
    let width = kinds.iter().map(|kind| kind.display_name().len()).max();
    let width = width.unwrap_or_default();
    let lines = kinds.iter().enumerate().map(|(index, kind)| {
        let (name, about) = (kind.display_name(), kind.description());
        format!("{:4}  {name:width$}  {about}\n", index + 1)
    });
    lines.collect::<Vec<_>>().concat()
}

fn chosen(kinds: &[ClientType], answer: &str) -> Option<ClientType> {
    if answer.is_empty() {
        return kinds.first().copied();
    }
    match answer.parse::<usize>() {
        Ok(number) => kinds.get(number.checked_sub(1)?).copied(),
        Err(_) => kinds.iter().find(|kind| kind.as_str() == answer).copied(),
    }
}

/// Asks for one key until the answer can stand there, or nothing has to.
async fn ask_hint(
    config: &mut ClientConfig,
    kind: ClientType,
    hint: &ConfigHint,
) -> Result<(), Failure> {
    // A key of several lines cannot be typed at a prompt, and a password is of no use without a key.
    let has_key_file = config.text("client_privkey_file").is_some();
    if hint.key == "client_privkey" || (hint.key == "client_privkey_password" && !has_key_file) {
        return Ok(());
    }
    loop {
        let before = config.clone();
        let is_given = if hint.is_secret {
            ask_secret(config, hint).await?
        } else {
            ask_value(config, kind, hint).await?
        };
        match problem(config, hint.key, is_given) {
            None => return Ok(()),
            Some(problem) => {
                *config = before;
                output::stderr(&format!("{problem}.\n"));
            }
        }
    }
}

/// What is wrong with this answer; what other answers lack is not its business.
fn problem(config: &ClientConfig, key: &str, is_given: bool) -> Option<String> {
    match config.check() {
        Err(error @ ConfigError::Missing { .. }) if !is_given => {
            let ConfigError::Missing { key: missing, .. } = &error else {
                return None;
            };
            (*missing == key).then(|| error.to_string())
        }
        Err(error @ ConfigError::Invalid { .. }) if is_given => {
            let ConfigError::Invalid { key: invalid, .. } = &error else {
                return None;
            };
            invalid.starts_with(key).then(|| error.to_string())
        }
        _ => None,
    }
}

/// Asks for a value that may be seen. Tells whether there is one.
async fn ask_value(
    config: &mut ClientConfig,
    kind: ClientType,
    hint: &ConfigHint,
) -> Result<bool, Failure> {
    let default = match hint.key {
        "scopes" if kind.is_interactive() => Some(USUAL_SCOPES),
        // The one address stands in for the other.
        "local_redirect_uri" if config.text("redirect_uri").is_some() => None,
        _ => hint.default,
    };
    let several = if hint.is_list {
        ", separated by spaces"
    } else {
        ""
    };
    let shown = default
        .map(|default| format!(" [{default}]"))
        .unwrap_or_default();
    let question = format!("{} ({}{several}){shown}: ", hint.name, hint.description);
    let answer = ask::line(&question).await?;
    let answer = if answer.is_empty() {
        default.unwrap_or_default().to_owned()
    } else {
        answer
    };
    if answer.is_empty() {
        return Ok(false);
    }
    if hint.is_list {
        let items: Vec<&str> = answer.split_whitespace().collect();
        config.set(hint.key, items);
    } else if hint.key.ends_with("_file") {
        config.set(hint.key, file(&answer));
    } else {
        config.set(hint.key, answer);
    }
    Ok(true)
}

/// A full path, since the profile is used from other folders too.
fn file(answer: &str) -> String {
    let path = absolute(std::path::Path::new(answer));
    if !std::path::Path::new(&path).exists() {
        output::stderr(&format!("Note: there is no {} yet.\n", words::plain(&path)));
    }
    path
}

/// Asks for a secret, or for where it is read from. Tells whether there is one.
async fn ask_secret(config: &mut ClientConfig, hint: &ConfigHint) -> Result<bool, Failure> {
    let ConfigHint {
        key,
        name,
        description,
        ..
    } = *hint;
    if !REFERABLE.contains(&key) {
        let typed = ask::secret(&format!("{name} ({description}): ")).await?;
        return Ok(put(config, key, &typed));
    }
    output::stderr(&format!(
        "{name} ({description}):\n   1  type it now; it is stored in the profile\n   \
         2  read it from an environment variable at each use\n   3  read it from a file at each use\n   \
         4  run a command for it at each use\n   5  there is none\n"
    ));
    loop {
        let answer = ask::line("Where is it? [1]: ").await?;
        let (reference, question) = match answer.as_str() {
            "" | "1" => {
                let typed = ask::secret(&format!("{name}: ")).await?;
                return Ok(put(config, key, &typed));
            }
            "2" => ("env", "Name of the variable: "),
            "3" => ("file", "File: "),
            "4" => ("cmd", "Command: "),
            "5" => return Ok(false),
            _ => {
                output::stderr("Please type a number from 1 to 5.\n");
                continue;
            }
        };
        let answer = ask::line(question).await?;
        let answer = match reference {
            "file" if !answer.is_empty() => file(&answer),
            _ => answer,
        };
        return Ok(put(config, &format!("{key}_{reference}"), &answer));
    }
}

fn put(config: &mut ClientConfig, key: &str, value: &str) -> bool {
    if value.is_empty() {
        return false;
    }
    config.set(key, value);
    true
}

/// Asks once more for what turned out to be missing or wrong in the whole.
async fn again(
    config: &mut ClientConfig,
    kind: ClientType,
    problem: Failure,
) -> Result<(), Failure> {
    let keys = match config.check() {
        Err(ConfigError::Missing { key, .. }) => key.to_owned(),
        Err(ConfigError::Invalid { key, .. }) => key,
        _ => return Err(problem),
    };
    let is_meant = |hint: &&ConfigHint| {
        hint.key != "client_privkey" && keys.split(" or ").any(|key| key == hint.key)
    };
    let Some(hint) = kind.hints().iter().find(is_meant) else {
        return Err(problem);
    };
    ask_hint(config, kind, hint).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_chosen_by_number_or_literal() {
        let kinds: Vec<_> = ClientType::all().collect();
        assert_eq!(chosen(&kinds, ""), Some(ClientType::AuthCode));
        assert_eq!(chosen(&kinds, "15"), Some(ClientType::None));
        assert_eq!(
            chosen(&kinds, "oidc_device_code"),
            Some(ClientType::DeviceCode)
        );
        for wrong in ["0", "16", "-1", "99999999999999999999", "device"] {
            assert_eq!(chosen(&kinds, wrong), None, "{wrong}");
        }
        assert_eq!(list(&kinds).lines().count(), 15);
    }

    #[test]
    fn an_answer_is_judged_by_itself() {
        let config = ClientConfig::new(Map::new()).with("client_type", "oidc_device_code");
        assert!(problem(&config, "auth_server", false).is_some());
        let with_server = config.clone().with("auth_server", "https://id.example");
        assert!(problem(&with_server, "auth_server", true).is_none());
        let insecure = config.with("auth_server", "http://id.example");
        assert!(problem(&insecure, "auth_server", true).is_some());
    }
}
