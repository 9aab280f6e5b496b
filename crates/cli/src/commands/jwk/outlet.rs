//! Where a key goes: a new file, or stdout; a private one to stdout only if that was said loudly.
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use keyfob::jose::Secret;
use serde_json::{Value, json};

use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::ui::{output, words};

/// Where a key goes.
#[derive(Args, Debug)]
pub(super) struct Outlet {
    /// Write to this new file; an existing one is never overwritten. A private key's is for you alone (0600)
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Where a private key goes.
#[derive(Args, Debug)]
pub(super) struct PrivateOutlet {
    #[command(flatten)]
    public: Outlet,
    /// Print the PRIVATE key on stdout, for a pipe
    #[arg(long, conflicts_with = "out")]
    print_private_key: bool,
}

impl Outlet {
    /// Whether a file was named.
    pub(super) fn is_given(&self) -> bool {
        self.out.is_some()
    }

    /// Prints a public text, or saves it and says where.
    ///
    /// # Errors
    ///
    /// Says why it cannot be written, or that a file is there already.
    pub(super) fn deliver(
        &self,
        context: &Context,
        value: &Value,
        text: &str,
    ) -> Result<(), Failure> {
        let Some(path) = &self.out else {
            return context.print(value, || text.to_owned());
        };
        save(path, text.as_bytes(), PUBLIC)?;
        let file = shown(path);
        context.print(&json!({ "file": file }), || format!("{file}\n"))
    }
}

impl PrivateOutlet {
    /// For the public keys that the same command may meet.
    pub(super) fn public(&self) -> &Outlet {
        &self.public
    }

    /// Writes the private key where it was asked for; `None` says that it is on stdout.
    ///
    /// # Errors
    ///
    /// As [`PrivateOutlet::path`], and why it cannot be written.
    pub(super) fn save(&self, key: &Secret) -> Result<Option<String>, Failure> {
        let Some(path) = self.path()? else {
            output::stdout(key.expose())?;
            return Ok(None);
        };
        save(path, key.expose().as_bytes(), PRIVATE)?;
        Ok(Some(shown(path)))
    }

    /// Where the key goes, to be asked before anything is made.
    ///
    /// # Errors
    ///
    /// Says that no place was named, or that a file is there already.
    pub(super) fn path(&self) -> Result<Option<&Path>, Failure> {
        match &self.public.out {
            Some(path) if path.symlink_metadata().is_ok() => Err(exists(path)),
            Some(path) => Ok(Some(path)),
            None if self.print_private_key => Ok(None),
            None => Err(Failure::usage(
                "a private key is not printed; say which new file it goes to",
            )
            .with_hint("add --out FILE (or --print-private-key, to feed a pipe)")),
        }
    }
}

const PRIVATE: u32 = 0o600;
const PUBLIC: u32 = 0o644;

/// Makes a new file, and none if it cannot be written whole.
fn save(path: &Path, bytes: &[u8], mode: u32) -> Result<(), Failure> {
    let failed = |error: &std::io::Error| match error.kind() {
        ErrorKind::AlreadyExists => exists(path),
        _ => Failure::new(
            Exit::Store,
            "unwritable",
            format!("{}: {error}", shown(path)),
        )
        .with_hint("name a file in a folder that you can write to"),
    };
    let mut file = create(path, mode).map_err(|error| failed(&error))?;
    file.write_all(bytes)
        .and_then(|()| file.sync_all())
        .map_err(|error| {
            drop(std::fs::remove_file(path));
            failed(&error)
        })
}

#[cfg(unix)]
fn create(path: &Path, mode: u32) -> std::io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(path)
}

#[cfg(not(unix))]
fn create(path: &Path, _: u32) -> std::io::Result<File> {
    OpenOptions::new().write(true).create_new(true).open(path)
}

fn exists(path: &Path) -> Failure {
    Failure::new(
        Exit::Usage,
        "file_exists",
        format!("{} is there already, and is not overwritten", shown(path)),
    )
    .with_hint("name another file with --out, or move that one away first")
}

/// A path for a person.
fn shown(path: &Path) -> String {
    words::plain(&path.display().to_string())
}
