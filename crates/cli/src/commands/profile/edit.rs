//! `keyfob profile edit`: change single keys, or the whole configuration in an editor.
pub(super) mod change;
mod editor;

use clap::Args;
use keyfob::store::{Document, FileStore, Revision, StoreError, Stored};
use keyfob::{ClientConfig, ProfileName, Profiles};
use serde_json::json;

use change::{Change, ChangeArgs};

use crate::commands::import::Source;
use crate::commands::{ProfileArg, open, stock};
use crate::context::Context;
use crate::failure::{Exit, Failure};

/// Change a profile's configuration
///
/// Keys are those of auth_client.json, as keyfob profile show prints them. A value that is JSON
/// (a list, a number) is taken as such, anything else as text; scopes and audiences may be given
/// separated by spaces. Nothing is written unless the result can be used.
///
/// Examples:
///   keyfob profile edit work --set scopes="openid offline_access" --unset audiences
///   pass work | keyfob profile edit work --secret-stdin client_secret
///   keyfob profile edit work --set-file client_privkey=key.pem
///   keyfob profile edit work --editor
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub(crate) struct EditArgs {
    #[command(flatten)]
    profile: ProfileArg,
    #[command(flatten)]
    change: ChangeArgs,
    /// Remove a key
    #[arg(long, value_name = "KEY")]
    unset: Vec<String>,
    /// Open $VISUAL or $EDITOR on a private copy, and take it over if it can be used
    #[arg(long, conflicts_with_all = ["set", "unset", "set_file", "secret_stdin", "from"])]
    editor: bool,
    /// Take the whole configuration from this file (`-` is stdin)
    #[arg(long, value_name = "FILE", conflicts_with_all = ["set", "unset", "set_file", "secret_stdin"])]
    from: Option<Source>,
}

/// Changes the configuration.
///
/// # Errors
///
/// Says what is wrong with the result; nothing is changed then.
pub(crate) async fn run(context: &Context, args: &EditArgs) -> Result<(), Failure> {
    let name = open::profile(context, args.profile.profile.as_deref())?;
    stock::refuse_builtin(context, &name)?;
    let (files, stored) = stored(context, &name)?;
    let config = if args.editor {
        editor::edit(&files, &name, &stored).await?
    } else {
        let config = changed(args, &stored).await?;
        open::check(&config).map_err(not_changed)?;
        write(&files, &name, &stored.revision, &config)?;
        if let Some(Source::File(path)) = &args.from {
            editor::forget_copy(&files, &name, path);
        }
        Some(config)
    };
    let Some(config) = config else {
        return context.print(
            &json!({ "profile": name.as_str(), "changed": false }),
            || format!("{name} is as it was.\n"),
        );
    };
    tell(
        context,
        &name,
        &ClientConfig::new(stored.document.into_map()),
        &config,
    )
}

/// Opens the editor on a profile's configuration, and takes over what comes of it.
///
/// # Errors
///
/// Says what is wrong with the edited text, and where it is kept.
pub(crate) async fn in_editor(context: &Context, name: &ProfileName) -> Result<(), Failure> {
    let (files, stored) = stored(context, name)?;
    editor::edit(&files, name, &stored).await.map(drop)
}

fn stored(context: &Context, name: &ProfileName) -> Result<(FileStore, Stored), Failure> {
    let files = FileStore::new(context.home());
    let stored = files
        .load_config(name)?
        .ok_or_else(|| keyfob::Error::NoSuchProfile {
            name: name.to_string(),
        })?;
    Ok((files, stored))
}

/// The configuration as it is to be.
async fn changed(args: &EditArgs, stored: &Stored) -> Result<ClientConfig, Failure> {
    if let Some(source) = &args.from {
        let text = source.read().await?;
        return ClientConfig::from_json(&text).map_err(|error| {
            Failure::from(keyfob::Error::from(error))
                .while_doing(&source.to_string())
                .with_hint("mend the file and run it again")
        });
    }
    let changes = Change::all(&args.change, &args.unset).await?;
    if changes.is_empty() {
        return Err(Failure::usage("there is nothing to change")
            .with_hint("keyfob profile edit{at} --set KEY=VALUE, --unset KEY or --editor"));
    }
    let mut config = ClientConfig::new(stored.document.as_map().clone());
    for change in changes {
        change.apply(&mut config);
    }
    Ok(config)
}

/// Puts the configuration in place, unless somebody else has changed it since it was read.
fn write(
    files: &FileStore,
    name: &ProfileName,
    revision: &Revision,
    config: &ClientConfig,
) -> Result<(), Failure> {
    if let Some(former) = files.load_config(name)? {
        let former = ClientConfig::new(former.document.into_map());
        Profiles::open(files.home()).sign_login(name, &former, config)?;
    }
    let document = Document::from(config.completed().values().clone());
    match files.write_config(name, Some(revision), &document) {
        Ok(_) => Ok(()),
        Err(StoreError::Conflict) => Err(Failure::new(
            Exit::Store,
            "conflict",
            "the configuration has been changed by somebody else meanwhile, so it was left alone",
        )
        .with_hint("look at it and run this again: keyfob profile show{at}")),
        Err(error) => Err(error.into()),
    }
}

fn not_changed(failure: Failure) -> Failure {
    failure
        .while_doing("nothing was changed")
        .with_hint("keyfob profile show{at}   (what is there now)")
}

fn tell(
    context: &Context,
    name: &ProfileName,
    before: &ClientConfig,
    after: &ClientConfig,
) -> Result<(), Failure> {
    let changed = before != after;
    let value = json!({ "profile": name.as_str(), "changed": changed, "config": after.redacted() });
    context.print(&value, || {
        let verb = if changed {
            "Changed"
        } else {
            "Nothing changed in"
        };
        format!("{verb} the profile {name}.\n")
    })?;
    let is_other_client = ["client_type", "auth_server", "client_id"]
        .iter()
        .any(|key| before.text(key) != after.text(key));
    if is_other_client && open::credential(context, name).is_ok() {
        context.say("The stored login belongs to the former client: keyfob login is needed.");
    }
    Ok(())
}
