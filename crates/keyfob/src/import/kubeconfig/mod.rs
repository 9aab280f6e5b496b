//! A kubeconfig: the clients that its exec plugins and `oidc` auth providers describe.

mod arguments;
mod azure;
mod kubelogin;
mod provider;
mod yaml;

use keyfob_store::Document;
use serde_json::Value;

use super::{ImportError, Imported, ImportedProfile, Left, name_of, text};

/// Reads the users of a kubeconfig that get their tokens from an OpenID provider; all, or the named one.
///
/// `kubectl oidc-login` (int128/kubelogin), `kubelogin` (Azure) and the `oidc` auth provider are understood.
///
/// # Errors
/// What is wrong, with the user's name and the key.
pub fn kubeconfig(file: &[u8], user: Option<&str>) -> Result<Imported, ImportError> {
    let file = Document::from(yaml::mapping(text(file)?)?);
    let mut imported = Imported::default();
    let mut found = false;
    for (name, entry) in users(&file)? {
        if user.is_some_and(|wanted| wanted != name) {
            continue;
        }
        found = true;
        match client(name, entry) {
            Ok(profile) => imported.profiles.push(profile),
            Err(error) if user.is_some() => return Err(error),
            Err(error) => imported.left.push(Left::new(shown(name), why(error))),
        }
    }
    if let (Some(user), false) = (user, found) {
        return Err(ImportError::missing(format!("the user {}", shown(user))));
    }
    if imported.profiles.is_empty() {
        let why = imported.left.first().map_or_else(
            || "it has no users".to_owned(),
            |left| format!("{}: {}", left.what, left.why),
        );
        return Err(ImportError::Nothing { why });
    }
    imported.current = current_user(&file).map(name_of);
    Ok(imported)
}

/// The reason alone, where the sentence around it is said by somebody else.
fn why(error: ImportError) -> String {
    match error {
        ImportError::Nothing { why } => why,
        error => error.to_string(),
    }
}

/// The users, by name.
fn users(file: &Document) -> Result<Vec<(&str, &Value)>, ImportError> {
    let entries = match file.get("users") {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(entries)) => entries,
        Some(_) => return Err(ImportError::invalid("users", "it must be a list")),
    };
    let named = entries.iter().map(|entry| {
        let name = entry.get("name").and_then(Value::as_str);
        let user = entry.get("user").filter(|user| user.is_object());
        name.zip(user)
            .ok_or_else(|| ImportError::invalid("users", "each entry must have a name and a user"))
    });
    named.collect()
}

fn client(name: &str, user: &Value) -> Result<ImportedProfile, ImportError> {
    let mut profile = match (user.get("exec"), user.get("auth-provider")) {
        (Some(exec), _) if !exec.is_null() => plugin(name, exec)?,
        (_, Some(given)) if !given.is_null() => provider::client(name, given)?,
        _ => {
            return Err(ImportError::Nothing {
                why: "the user has no exec plugin and no auth-provider".to_owned(),
            });
        }
    };
    profile.note("Kubernetes mostly takes the ID token, not the access token");
    Ok(profile)
}

/// An exec plugin, told by its command and, where two programs share a name, by its flags.
fn plugin(name: &str, exec: &Value) -> Result<ImportedProfile, ImportError> {
    let command = exec
        .get("command")
        .and_then(Value::as_str)
        .ok_or_else(|| ImportError::missing("exec.command"))?;
    let words = words(exec)?;
    let variables = variables(exec)?;
    let program = command.rsplit(['/', '\\']).next().unwrap_or(command);
    let program = program.strip_suffix(".exe").unwrap_or(program);
    let verb = words.iter().position(|word| word == "get-token");
    let Some((before, after)) = verb.and_then(|at| Some((words.get(..at)?, words.get(at + 1..)?)))
    else {
        return Err(unknown(program));
    };
    let is_kubectl = program == "kubectl" && before.iter().any(|word| word == "oidc-login");
    let is_oidc = after.iter().any(|word| word.starts_with("--oidc-"));
    let profile = ImportedProfile::new(
        name_of(name),
        crate::ClientConfig::new(serde_json::Map::new()),
    );
    if is_kubectl || program == "kubectl-oidc_login" || (program == "kubelogin" && is_oidc) {
        kubelogin::client(profile, after, &variables)
    } else if program == "kubelogin" {
        azure::client(profile, after, &variables)
    } else {
        Err(unknown(program))
    }
}

fn unknown(program: &str) -> ImportError {
    ImportError::Nothing {
        why: format!(
            "the exec plugin {} is none of kubectl oidc-login and kubelogin get-token",
            shown(program)
        ),
    }
}

fn words(exec: &Value) -> Result<Vec<String>, ImportError> {
    let words = match exec.get("args") {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(words)) => words,
        Some(_) => return Err(ImportError::invalid("exec.args", "it must be a list")),
    };
    let texts = words.iter().map(|word| word.as_str().map(str::to_owned));
    texts
        .collect::<Option<_>>()
        .ok_or_else(|| ImportError::invalid("exec.args", "each must be text"))
}

/// The environment variables that are set for a plugin.
fn variables(exec: &Value) -> Result<Vec<(&str, &str)>, ImportError> {
    let entries = match exec.get("env") {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(entries)) => entries,
        Some(_) => return Err(ImportError::invalid("exec.env", "it must be a list")),
    };
    let pairs = entries.iter().map(|entry| {
        let name = entry.get("name").and_then(Value::as_str);
        name.zip(entry.get("value").and_then(Value::as_str))
    });
    pairs
        .collect::<Option<_>>()
        .ok_or_else(|| ImportError::invalid("exec.env", "each must have a name and a value"))
}

/// The user of the current context.
fn current_user(file: &Document) -> Option<&str> {
    let current = file.text("current-context")?;
    let contexts = file.get("contexts")?.as_array()?;
    let is_current = |entry: &&Value| entry.get("name").and_then(Value::as_str) == Some(current);
    let context = contexts.iter().find(is_current)?.get("context")?;
    context.get("user")?.as_str()
}

/// A name of theirs, short enough for a message and without control characters.
fn shown(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(100).collect()
}

/// A file that was given relative to a folder nobody knows here, or to a home.
fn note_path(profile: &mut ImportedProfile, key: &str, path: &str) {
    if path.starts_with('~') || std::path::Path::new(path).is_relative() {
        profile.note(format!(
            "{key} is not a full path; keyfob looks from the folder in which it is run"
        ));
    }
}

#[cfg(test)]
mod tests;
