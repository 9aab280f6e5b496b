//! `keyfob profile copy`: another profile like one that is there, or like one that a preset brings.
use std::path::Path;

use clap::Args;
use keyfob::store::{Document, FileStore};
use keyfob::{ClientConfig, ProfileName};
use serde_json::json;

use crate::commands::{open, stock};
use crate::context::Context;
use crate::failure::{Exit, Failure};

/// Copy a profile's configuration, stored or built into the preset
///
/// The login stays with the original. A refresh token must not be in two places: most providers
/// replace it at each use, and end the whole login when the former one is used again. So
/// --with-credential copies a login only if it has no refresh token; otherwise log in again
/// with the copy, or rename the original.
///
/// Examples:
///   keyfob profile copy work work-admin
///   keyfob --preset planet profile copy planet-user my-planet
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub(crate) struct CopyArgs {
    /// Profile to copy
    #[arg(value_name = "FROM")]
    from: String,
    /// Name of the copy
    #[arg(value_name = "TO")]
    to: String,
    /// Replace the configuration of a profile that has the new name
    #[arg(long)]
    replace: bool,
    /// Copy the login too, if it has no refresh token
    #[arg(long)]
    with_credential: bool,
}

/// Writes the copy.
///
/// # Errors
///
/// Says that there is no such profile, that the name is taken, or that the login cannot be copied.
pub(crate) fn run(context: &Context, args: &CopyArgs) -> Result<(), Failure> {
    let to = open::name(&args.to)?;
    let found = stock::by_name(context, &open::name(&args.from)?)?;
    context.place.note_profile(found.name.as_str());
    if found.name == to && !found.is_builtin {
        return Err(Failure::usage("a profile cannot be copied to itself"));
    }
    stock::refuse_builtin(context, &to)?;
    let credential = if args.with_credential {
        Some(copyable(context, &found.name)?)
    } else {
        None
    };
    context.place.note_profile(to.as_str());
    let mut config = found.config;
    config.set("_hidden", serde_json::Value::Null);
    write(context, &to, &config, credential, args.replace)?;
    let value = json!({
        "profile": to.as_str(),
        "copied_from": found.name.as_str(),
        "login_copied": args.with_credential,
        "config": config.redacted(),
    });
    context.print(&value, || format!("Copied {} to {to}.\n", found.name))?;
    point_out_files(context, &config);
    if !args.with_credential {
        context.say(format!("Next: keyfob login{}", context.place.flags()));
    }
    Ok(())
}

/// The login of a profile, if it may be in two places.
fn copyable(context: &Context, from: &ProfileName) -> Result<Document, Failure> {
    let login = open::credential(context, from)?;
    if login.text("refresh_token").is_none() {
        return Ok(login);
    }
    Err(Failure::new(
        Exit::Usage,
        "login_not_copied",
        "this login has a refresh token, and a copy of it would end both logins at the next refresh",
    )
    .with_hint(format!(
        "leave out --with-credential and log in again, or move the login: keyfob profile rename{{home}} {from} NAME"
    )))
}

/// The configuration goes first: a login without one is no profile.
fn write(
    context: &Context,
    to: &ProfileName,
    config: &ClientConfig,
    credential: Option<Document>,
    replace: bool,
) -> Result<(), Failure> {
    let files = FileStore::new(context.home());
    if credential.is_some() && files.load_now(to)?.is_some() {
        return Err(Failure::usage(format!("the profile {to} is logged in"))
            .with_hint("keyfob logout{at}   (or leave out --with-credential)"));
    }
    open::save(context, to, config, replace)?;
    if let Some(login) = credential {
        stock::store_login(context, to, &login)?;
    }
    Ok(())
}

/// A file that is not named by its full path may be another one elsewhere.
fn point_out_files(context: &Context, config: &ClientConfig) {
    let files = config
        .values()
        .iter()
        .filter(|(key, _)| key.ends_with("_file"));
    for (key, value) in files {
        let Some(path) = value.as_str() else { continue };
        if Path::new(path).is_relative() {
            context.say(format!(
                "Note: {key} is looked for from the folder in which keyfob is run; it was not copied."
            ));
        } else {
            context.say(format!("Note: both profiles use the same {key}."));
        }
    }
}
