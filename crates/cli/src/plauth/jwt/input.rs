//! `--token`, `--token-file`: the token that a JWT command works on.
use std::path::Path;

use clap::Args;
use keyfob::jose::Secret;

use crate::failure::Failure;
use crate::plauth::{report, variables};
use crate::secret_source;

/// Which token is meant.
#[derive(Args, Debug)]
pub(super) struct TokenInput {
    /// The token itself; other users of the machine can read it here, so better use --token-file
    #[arg(long, value_name = "TEXT", overrides_with = "token")]
    token: Option<String>,
    /// File that holds the token, - for stdin [env: PL_AUTH_TOKEN_FILE]
    #[arg(
        long,
        value_name = "FILE",
        overrides_with = "token_file",
        allow_hyphen_values = true
    )]
    token_file: Option<String>,
}

impl TokenInput {
    /// Reads the token; white space around it does not belong to it.
    ///
    /// # Errors
    ///
    /// Says that there is none, or that the file cannot be read.
    pub(super) fn read(&self) -> Result<Secret, Failure> {
        if let Some(token) = self.token.as_deref().filter(|token| !token.is_empty()) {
            let way = "use --token-file FILE, or --token-file - for stdin";
            variables::warn_of_argument("--token", way);
            return Ok(Secret::new(token.trim()));
        }
        let Some(path) = variables::one(self.token_file.as_ref(), variables::TOKEN_FILE) else {
            return Err(report::bad_parameter("A token must be provided."));
        };
        if path != "-" && !Path::new(&path).exists() {
            return Err(report::bad_parameter(format!(
                "Invalid value for '--token-file': Path '{path}' does not exist."
            )));
        }
        let text = secret_source::file(Path::new(&path))?;
        Ok(Secret::new(text.trim()))
    }
}
