//! The `keyfob` binary in a sealed world: its own home, a cleared environment, no terminal.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use tempfile::TempDir;

/// A home folder of its own for one test, and the command that runs in it.
#[derive(Debug)]
pub struct World {
    home: TempDir,
}

/// What one run of the command left behind.
#[derive(Debug)]
pub struct Run {
    /// The exit status, or -1 for a signal.
    pub code: i32,
    /// Data.
    pub stdout: String,
    /// Everything else.
    pub stderr: String,
}

impl World {
    /// Makes an empty home.
    ///
    /// # Errors
    /// When no temporary folder can be made.
    pub fn new() -> std::io::Result<Self> {
        Ok(Self {
            home: tempfile::Builder::new().prefix("keyfob-").tempdir()?,
        })
    }

    /// The folder that `--home` names.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// A command with a cleared environment; add arguments and variables to it.
    pub fn command(&self) -> Command {
        let mut command = Command::new(binary());
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.home())
            .env("KEYFOB_HOME", self.home())
            .stdin(std::process::Stdio::null());
        for kept in ["DRIVE_CHROMIUM", "LLVM_PROFILE_FILE"] {
            if let Some(value) = std::env::var_os(kept) {
                command.env(kept, value);
            }
        }
        command
    }

    /// Runs `keyfob` with these arguments.
    ///
    /// # Errors
    /// When the binary cannot be started.
    pub fn run(&self, arguments: &[&str]) -> std::io::Result<Run> {
        self.command().args(arguments).output().map(Run::from)
    }
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

impl Run {
    /// Standard output, when the command succeeded.
    ///
    /// # Errors
    /// The whole run in words when it did not.
    pub fn ok(self) -> Result<String, String> {
        if self.code == 0 {
            Ok(self.stdout)
        } else {
            Err(format!("{self:#?}"))
        }
    }
}

/// The debug binary of this checkout; built once if it is not there yet.
fn binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let build = ["build", "--quiet", "--package", "keyfob-cli"];
        drop(
            Command::new(cargo)
                .args(build)
                .current_dir(env!("CARGO_MANIFEST_DIR"))
                .status(),
        );
        let test = std::env::current_exe().unwrap_or_default();
        let profile = test.ancestors().nth(2).unwrap_or(&test);
        profile.join(format!("keyfob{}", std::env::consts::EXE_SUFFIX))
    })
}
