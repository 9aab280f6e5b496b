//! The configuration in the editor of whoever sits there: on a private copy, which replaces the original only if it is good.
use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Stdio};

use keyfob::store::{ConfigCopy, FileStore, Revision, StoreError, Stored};
use keyfob::{ClientConfig, ProfileName};

use super::write;
use crate::commands::open;
use crate::failure::{Exit, Failure};
use crate::home;
use crate::ui::{ask, words};

/// Lets a person edit. `None` when nothing was changed.
///
/// # Errors
///
/// Says what is wrong with the edited text, and where it is kept.
pub(super) async fn edit(
    files: &FileStore,
    name: &ProfileName,
    stored: &Stored,
) -> Result<Option<ClientConfig>, Failure> {
    let editor = chosen()?;
    let config = &stored.document;
    let copy = files.copy_config(name, config).map_err(too_many)?;
    let path = copy.path();
    let ran = ask::in_a_thread(move || run(&editor, &path)).await;
    let is_untouched = copy.read().is_ok_and(|copied| copied.document == *config);
    if is_untouched {
        copy.remove()?;
        return ran.map(|()| None);
    }
    if let Err(failure) = ran {
        return Err(kept(&copy, failure));
    }
    match take(files, name, &stored.revision, &copy) {
        Ok(edited) => {
            copy.remove()?;
            Ok(Some(edited))
        }
        Err(failure) => Err(kept(&copy, failure)),
    }
}

fn take(
    files: &FileStore,
    name: &ProfileName,
    revision: &Revision,
    copy: &ConfigCopy,
) -> Result<ClientConfig, Failure> {
    let edited = ClientConfig::new(copy.read()?.document.into_map());
    open::check(&edited)?;
    write(files, name, revision, &edited)?;
    Ok(edited)
}

/// What was typed is not thrown away because of a missing comma.
fn kept(copy: &ConfigCopy, failure: Failure) -> Failure {
    let path = copy.path().display().to_string();
    let word = words::shell_word(&path);
    failure
        .while_doing("nothing was changed")
        .with_hint(format!(
            "your text is kept in {word}; mend it and take it over with: keyfob profile edit{{at}} --from {word}"
        ))
}

/// Removes a kept copy once it was taken over; any other file stays.
pub(super) fn forget_copy(files: &FileStore, name: &ProfileName, path: &Path) {
    let folder = files.config_path(name);
    let is_beside = path.parent() == folder.parent();
    let file = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
    if is_beside && file.starts_with("auth_client.edit-") {
        // If it cannot be removed, it goes with the profile.
        drop(std::fs::remove_file(path));
    }
}

/// `$VISUAL`, else `$EDITOR`, which may have arguments.
fn chosen() -> Result<String, Failure> {
    let set = |name| home::set(name).and_then(|value| value.into_string().ok());
    set("VISUAL").or_else(|| set("EDITOR")).ok_or_else(|| {
        Failure::usage("no editor is chosen").with_hint(
            "export EDITOR=nano (or another), or change single keys: keyfob profile edit{at} --set KEY=VALUE",
        )
    })
}

/// Runs the editor by a shell, as git does, since it may be `code --wait`; the path is an argument, never part of the line.
fn run(editor: &str, path: &Path) -> Result<(), Failure> {
    let mut command = if cfg!(windows) {
        let mut command = Command::new("cmd");
        command.args(["/C", editor]).arg(path);
        command
    } else {
        let mut command = Command::new("sh");
        command
            .arg("-c")
            .arg(format!("{editor} \"$1\""))
            .arg(editor)
            .arg(path);
        command
    };
    // What an editor prints is no result of ours.
    let status = command.stdout(Stdio::inherit()).status();
    let status = status
        .map_err(|error| Failure::other("editor", format!("the editor does not start: {error}")))?;
    if status.success() {
        return Ok(());
    }
    Err(Failure::new(
        Exit::Cancelled,
        "editor",
        format!("the editor ended with {status}"),
    ))
}

fn too_many(error: StoreError) -> Failure {
    match error {
        StoreError::Conflict => Failure::new(
            Exit::Store,
            "too_many_copies",
            "nine edited copies are kept beside the profile already",
        )
        .with_hint("remove those that are of no use any more: auth_client.edit-*.json"),
        error => error.into(),
    }
}
