//! Secrets come by file, environment variable, command or stdin; never by argument, where everyone can read them.
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use clap::Args;
use zeroize::Zeroizing;

use crate::failure::Failure;

/// The longest secret that is read.
const MAX_SECRET: u64 = 64 * 1024;

/// Where the client secret comes from.
#[derive(Args, Debug, Default, Clone, PartialEq)]
#[group(id = "client_secret", multiple = false)]
pub(crate) struct ClientSecretArgs {
    /// Read the client secret from this file at every use (`-` reads stdin once and stores it)
    #[arg(
        id = "client_secret_file",
        long = "client-secret-file",
        value_name = "FILE",
        help_heading = "Client secret"
    )]
    pub(crate) file: Option<PathBuf>,
    /// Read the client secret from stdin once and store it in the profile
    #[arg(
        id = "client_secret_stdin",
        long = "client-secret-stdin",
        help_heading = "Client secret"
    )]
    pub(crate) stdin: bool,
    /// Read the client secret from this environment variable at every use
    #[arg(
        id = "client_secret_env",
        long = "client-secret-env",
        value_name = "NAME",
        help_heading = "Client secret"
    )]
    pub(crate) variable: Option<String>,
    /// Run this command at every use; its output is the client secret
    #[arg(
        id = "client_secret_cmd",
        long = "client-secret-cmd",
        value_name = "COMMAND",
        help_heading = "Client secret"
    )]
    pub(crate) command: Option<String>,
}

/// Where an API key comes from.
#[derive(Args, Debug, Default, Clone, PartialEq, Eq)]
#[group(id = "api_key", multiple = false)]
pub(crate) struct ApiKeyArgs {
    /// Read the API key from this file whenever it changes (`-` reads stdin once and stores it)
    #[arg(
        id = "api_key_file",
        long = "api-key-file",
        value_name = "FILE",
        help_heading = "API key"
    )]
    pub(crate) file: Option<PathBuf>,
    /// Read the API key from stdin once and store it
    #[arg(id = "api_key_stdin", long = "api-key-stdin", help_heading = "API key")]
    pub(crate) stdin: bool,
    /// Read the API key from this environment variable at every use
    #[arg(
        id = "api_key_env",
        long = "api-key-env",
        value_name = "NAME",
        help_heading = "API key"
    )]
    pub(crate) variable: Option<String>,
    /// Run this command at every use; its output is the API key
    #[arg(
        id = "api_key_cmd",
        long = "api-key-cmd",
        value_name = "COMMAND",
        help_heading = "API key"
    )]
    pub(crate) command: Option<String>,
}

impl ApiKeyArgs {
    /// Whether the key has to be read now, from stdin.
    pub(crate) fn reads_stdin(&self) -> bool {
        self.stdin || self.file.as_deref() == Some(Path::new("-"))
    }
}

/// Where a password comes from.
#[derive(Args, Debug, Default, Clone)]
#[group(id = "password_source", multiple = false)]
pub(crate) struct PasswordArgs {
    /// Read the password from this file (`-` is stdin)
    #[arg(
        id = "password_file",
        long = "password-file",
        value_name = "FILE",
        help_heading = "Password grant"
    )]
    pub(crate) file: Option<PathBuf>,
    /// Read the password from stdin
    #[arg(
        id = "password_stdin",
        long = "password-stdin",
        help_heading = "Password grant"
    )]
    pub(crate) stdin: bool,
    /// Read the password from this environment variable
    #[arg(
        id = "password_env",
        long = "password-env",
        value_name = "NAME",
        help_heading = "Password grant"
    )]
    pub(crate) variable: Option<String>,
    /// Run this command; its output is the password
    #[arg(
        id = "password_cmd",
        long = "password-cmd",
        value_name = "COMMAND",
        help_heading = "Password grant"
    )]
    pub(crate) command: Option<String>,
}

/// Where the passphrase of an encrypted key comes from.
#[derive(Args, Debug, Default, Clone)]
#[group(id = "passphrase", multiple = false)]
pub(crate) struct PassphraseArgs {
    /// Read the passphrase of an encrypted key from this file (`-` is stdin) [default: asks]
    #[arg(id = "passphrase_file", long = "passphrase-file", value_name = "FILE")]
    file: Option<PathBuf>,
    /// Read the passphrase from this environment variable
    #[arg(id = "passphrase_env", long = "passphrase-env", value_name = "NAME")]
    variable: Option<String>,
    /// Run this command; its output is the passphrase
    #[arg(id = "passphrase_cmd", long = "passphrase-cmd", value_name = "COMMAND")]
    command: Option<String>,
}

impl PassphraseArgs {
    /// Whether stdin is taken by the passphrase.
    pub(crate) fn reads_stdin(&self) -> bool {
        self.file.as_deref() == Some(Path::new("-"))
    }

    /// Reads the passphrase from the source that was named, if one was.
    ///
    /// # Errors
    ///
    /// Says which source could not be read.
    pub(crate) fn read(&self) -> Result<Option<Zeroizing<String>>, Failure> {
        first(
            self.file.as_deref(),
            self.variable.as_deref(),
            self.command.as_deref(),
        )
    }
}

impl ClientSecretArgs {
    /// Whether the secret has to be read now, from stdin.
    pub(crate) fn reads_stdin(&self) -> bool {
        self.stdin || self.file.as_deref() == Some(Path::new("-"))
    }

    /// Whether any source was named.
    pub(crate) fn is_given(&self) -> bool {
        self.stdin || self.file.is_some() || self.variable.is_some() || self.command.is_some()
    }
}

impl PasswordArgs {
    /// Whether any source was named.
    pub(crate) fn is_given(&self) -> bool {
        self.stdin || self.file.is_some() || self.variable.is_some() || self.command.is_some()
    }

    /// Reads the password from the source that was named, if one was.
    ///
    /// # Errors
    ///
    /// Says which source could not be read.
    pub(crate) fn read(&self) -> Result<Option<Zeroizing<String>>, Failure> {
        if self.stdin {
            return stdin().map(Some);
        }
        first(
            self.file.as_deref(),
            self.variable.as_deref(),
            self.command.as_deref(),
        )
    }
}

/// Reads the one source that was named, if one was.
///
/// # Errors
///
/// Says which source could not be read.
pub(crate) fn first(
    path: Option<&Path>,
    variable: Option<&str>,
    line: Option<&str>,
) -> Result<Option<Zeroizing<String>>, Failure> {
    if let Some(path) = path {
        return file(path).map(Some);
    }
    if let Some(name) = variable {
        return environment(name).map(Some);
    }
    line.map(command).transpose()
}

/// Reads a secret from a file (`-` is stdin); one trailing line break is not part of it.
///
/// # Errors
///
/// Names the file.
pub(crate) fn file(path: &Path) -> Result<Zeroizing<String>, Failure> {
    if path == Path::new("-") {
        return stdin();
    }
    let source = path.display().to_string();
    let opened = File::open(path).map_err(|error| unreadable(&source, &error))?;
    text(opened, &source)
}

/// Reads a secret from stdin.
///
/// # Errors
///
/// Says that stdin could not be read.
pub(crate) fn stdin() -> Result<Zeroizing<String>, Failure> {
    text(std::io::stdin().lock(), "stdin")
}

fn environment(name: &str) -> Result<Zeroizing<String>, Failure> {
    let value = std::env::var(name).map(Zeroizing::new);
    value.ok().filter(|value| !value.is_empty()).ok_or_else(|| {
        Failure::usage(format!("the environment variable {name} is not set")).with_hint(format!(
            "export {name} in this shell and run the command again"
        ))
    })
}

/// Runs the command in a shell, with our stderr, so that it can ask for a passphrase.
fn command(line: &str) -> Result<Zeroizing<String>, Failure> {
    let (shell, flag) = if cfg!(windows) {
        ("cmd", "/C")
    } else {
        ("sh", "-c")
    };
    let source = "the secret command";
    let mut child = Command::new(shell)
        .args([flag, line])
        .stdin(Stdio::inherit())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| unreadable(source, &error))?;
    let output = child.stdout.take().map(|stdout| text(stdout, source));
    let status = child.wait().map_err(|error| unreadable(source, &error))?;
    if !status.success() {
        return Err(Failure::usage(format!("{source} failed: {status}")));
    }
    output.unwrap_or_else(|| Err(Failure::usage(format!("{source} printed nothing"))))
}

fn text(source: impl Read, name: &str) -> Result<Zeroizing<String>, Failure> {
    let mut secret = Zeroizing::new(String::with_capacity(256));
    let read = source.take(MAX_SECRET + 1).read_to_string(&mut secret);
    read.map_err(|error| unreadable(name, &error))?;
    if secret.len() as u64 > MAX_SECRET {
        return Err(Failure::usage(format!(
            "{name}: longer than {MAX_SECRET} bytes"
        )));
    }
    let kept = secret.strip_suffix('\n').unwrap_or(&secret);
    let kept = kept.strip_suffix('\r').unwrap_or(kept);
    if kept.is_empty() {
        return Err(Failure::usage(format!(
            "{name} is empty where a secret was expected"
        )));
    }
    Ok(Zeroizing::new(kept.to_owned()))
}

fn unreadable(source: &str, error: &std::io::Error) -> Failure {
    Failure::usage(format!("{source}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drops_one_trailing_line_break_only() {
        assert_eq!(
            text("s3cret\r\n".as_bytes(), "x").unwrap().as_str(),
            "s3cret"
        );
        assert_eq!(text("a\n\n".as_bytes(), "x").unwrap().as_str(), "a\n");
    }

    #[test]
    fn refuses_an_empty_and_an_endless_secret() {
        assert!(text("\n".as_bytes(), "x").is_err());
        assert!(text(std::io::repeat(b'a'), "x").is_err());
    }

    #[cfg(unix)]
    #[test]
    fn reads_what_a_command_prints() {
        assert_eq!(command("echo s3cret").unwrap().as_str(), "s3cret");
        assert!(command("exit 3").is_err());
    }
}
