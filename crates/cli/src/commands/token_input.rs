//! A token handed to a command: by stdin, by file, or from the profile; never as an argument.
use std::path::{Path, PathBuf};

use clap::Args;
use keyfob::Session;
use keyfob::jose::Secret;
use keyfob::protocol::TokenHint;

use super::open;
use crate::context::Context;
use crate::failure::Failure;
use crate::secret_source;

/// Which token a command works on.
#[derive(Args, Debug, Default)]
pub(crate) struct TokenInput {
    /// File that holds a token, `-` for stdin [default: the profile's access token]
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// Work on the profile's ID token
    #[arg(long, conflicts_with_all = ["file", "refresh_token"])]
    id_token: bool,
    /// Work on the profile's refresh token
    #[arg(long, conflicts_with = "file")]
    refresh_token: bool,
}

impl TokenInput {
    /// Reads the token that was handed over, else the profile's.
    ///
    /// # Errors
    ///
    /// Says why there is none, or that it was typed as an argument.
    pub(crate) fn secret(&self, context: &Context) -> Result<Secret, Failure> {
        if let Some(token) = self.given()? {
            return Ok(token);
        }
        let name = open::profile(context, None)?;
        open::stored_token(context, &name, self.member())
    }

    /// Does the same for a token that is about to be sent to the provider: one that another server issued is not.
    ///
    /// # Errors
    ///
    /// As [`TokenInput::secret`], and that the login is of another configuration.
    pub(crate) fn secret_to_send(
        &self,
        context: &Context,
        session: &Session,
    ) -> Result<Secret, Failure> {
        if let Some(token) = self.given()? {
            return Ok(token);
        }
        let login = open::credential(context, session.profile())?;
        session.check_issued_here(&login)?;
        open::token_in(context, session.profile(), &login, self.member())
    }

    fn given(&self) -> Result<Option<Secret>, Failure> {
        let Some(path) = &self.file else {
            return Ok(None);
        };
        if looks_like_a_token(path) {
            return Err(Failure::usage(
                "tokens are not taken from the command line, where every user can read them",
            )
            .with_hint("hand it over by stdin, with - as the argument, or by file"));
        }
        let text = secret_source::file(path).map_err(|failure| {
            failure.with_hint(if path.as_os_str() == "-" {
                "write the token to stdin"
            } else {
                "the argument is a file, or - for stdin; a profile is named with -p"
            })
        })?;
        Ok(Some(Secret::new(text.trim())))
    }

    /// Whether an ID token is meant.
    pub(crate) fn is_id_token(&self) -> bool {
        self.id_token
    }

    /// The `token_type_hint` (RFC 7009 §2.1); there is none for a token that was handed over.
    pub(crate) fn hint(&self) -> Option<TokenHint> {
        match (self.file.is_some() || self.id_token, self.refresh_token) {
            (true, _) => None,
            (_, true) => Some(TokenHint::RefreshToken),
            _ => Some(TokenHint::AccessToken),
        }
    }

    fn member(&self) -> &'static str {
        match (self.id_token, self.refresh_token) {
            (true, _) => "id_token",
            (_, true) => "refresh_token",
            _ => "access_token",
        }
    }
}

/// A long word without a folder that is no file: a token, most likely.
fn looks_like_a_token(path: &Path) -> bool {
    let text = path.to_string_lossy();
    (text.len() >= 40 || text.starts_with("eyJ")) && !text.contains(['/', '\\']) && !path.exists()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_a_typed_token_without_repeating_it() {
        let token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln";
        let input = TokenInput {
            file: Some(token.into()),
            ..Default::default()
        };
        let failure = input.given().unwrap_err();
        assert!(!format!("{failure:?}").contains("eyJ"));
        assert_eq!(failure.exit_code(), 2);
    }
}
