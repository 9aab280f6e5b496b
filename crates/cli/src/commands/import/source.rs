//! Where an import reads from: a file, or stdin.
use std::convert::Infallible;
use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use keyfob::import::{ImportError, MAX_BYTES};
use zeroize::Zeroizing;

use crate::failure::{Exit, Failure};
use crate::ui::ask;

/// A file, or stdin for `-`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// Typed as `-`.
    Stdin,
    /// Anything else.
    File(PathBuf),
}

impl FromStr for Source {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(match text {
            "-" => Self::Stdin,
            path => Self::File(path.into()),
        })
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stdin => f.write_str("stdin"),
            Self::File(path) => path.display().fmt(f),
        }
    }
}

impl Source {
    /// Reads all of it, in a thread that `--timeout` does not wait for. What is too large is read no further.
    ///
    /// # Errors
    ///
    /// Names the file.
    pub(crate) async fn read(&self) -> Result<Zeroizing<Vec<u8>>, Failure> {
        let source = self.clone();
        ask::in_a_thread(move || source.read_now()).await
    }

    fn read_now(&self) -> Result<Zeroizing<Vec<u8>>, Failure> {
        match self {
            Self::Stdin => self.capped(std::io::stdin().lock()),
            Self::File(path) => {
                self.capped(File::open(path).map_err(|error| self.unreadable(&error))?)
            }
        }
    }

    fn capped(&self, input: impl Read) -> Result<Zeroizing<Vec<u8>>, Failure> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_BYTES + 1));
        let read = input.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes);
        read.map_err(|error| self.unreadable(&error))?;
        Ok(bytes)
    }

    fn unreadable(&self, error: &std::io::Error) -> Failure {
        let (exit, code) = match error.kind() {
            std::io::ErrorKind::NotFound => (Exit::NotFound, "import_not_found"),
            _ => (Exit::Usage, "import_unreadable"),
        };
        Failure::new(exit, code, format!("{self}: {error}"))
            .with_hint("name the file to import, or - for stdin")
    }

    /// Says what is wrong with the content, and what to do about it.
    pub(crate) fn failure(&self, error: &ImportError, help: &'static str) -> Failure {
        failure(&self.to_string(), error, help)
    }
}

/// Reads a file if it is there.
///
/// # Errors
///
/// Names the file.
pub(super) async fn read_if_there(path: &Path) -> Result<Option<Zeroizing<Vec<u8>>>, Failure> {
    if path.symlink_metadata().is_err() {
        return Ok(None);
    }
    Source::File(path.to_owned()).read().await.map(Some)
}

/// Says what is wrong with a source.
pub(super) fn failure(source: &str, error: &ImportError, help: &'static str) -> Failure {
    let hint = match error {
        ImportError::Encrypted { open_with, .. } => open_with.clone(),
        ImportError::Missing { .. } | ImportError::Invalid { .. } => {
            format!(
                "mend that in a copy of it, or add the profile by hand: keyfob profile add   ({help})"
            )
        }
        _ => help.to_owned(),
    };
    Failure::new(Exit::Usage, error.code(), format!("{source}: {error}")).with_hint(hint)
}
