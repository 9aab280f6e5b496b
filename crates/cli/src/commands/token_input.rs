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

/// A token to look at, which may be typed: many that are looked at have expired, or come out of a log.
#[derive(Args, Debug, Default)]
pub(crate) struct AnyToken {
    /// The token, or `-` for stdin, which others cannot read along [default: the profile's access token]
    #[arg(value_name = "TOKEN")]
    token: Option<PathBuf>,
    /// File that holds the token
    #[arg(long, value_name = "FILE", conflicts_with = "token")]
    token_file: Option<PathBuf>,
    /// Work on the profile's ID token
    #[arg(long, conflicts_with_all = ["token", "token_file", "refresh_token"])]
    id_token: bool,
    /// Work on the profile's refresh token
    #[arg(long, conflicts_with_all = ["token", "token_file"])]
    refresh_token: bool,
}

/// What becomes of a token that was typed as an argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Typed {
    /// It is taken, with a warning.
    Taken,
    /// It is refused.
    Refused,
}

impl AnyToken {
    /// Reads the token that was handed over, else the profile's; a scheme before it is not part of it.
    ///
    /// # Errors
    ///
    /// Says why there is none.
    pub(crate) fn secret(&self, context: &Context, typed: Typed) -> Result<Secret, Failure> {
        if let Some(path) = &self.token
            && typed == Typed::Taken
            && looks_like_a_token(path)
        {
            context.say(
                "warning: a token on the command line can be read by every user of this machine; \
                 hand it over by stdin (-) or --token-file",
            );
            return Ok(bare(&path.to_string_lossy()));
        }
        let secret = self.input().secret(context).map_err(with_a_way_on)?;
        Ok(bare(secret.expose()))
    }

    /// Reads the profile's token, which is about to be sent to its issuer: one that another server issued is not.
    ///
    /// # Errors
    ///
    /// As [`TokenInput::secret_to_send`].
    pub(crate) fn stored_to_send(&self, context: &Context) -> Result<Secret, Failure> {
        let session = open::session(context, None).map_err(with_a_way_on)?;
        self.input().secret_to_send(context, &session)
    }

    /// Whether the profile's token is meant.
    pub(crate) fn is_stored(&self) -> bool {
        self.token.is_none() && self.token_file.is_none()
    }

    fn input(&self) -> TokenInput {
        TokenInput {
            file: self.token.clone().or_else(|| self.token_file.clone()),
            id_token: self.id_token,
            refresh_token: self.refresh_token,
        }
    }

    /// Whether an ID token is meant.
    pub(crate) fn is_id_token(&self) -> bool {
        self.id_token
    }
}

/// Says what can be done without a profile.
fn with_a_way_on(failure: Failure) -> Failure {
    if failure.code() == "no_profile" {
        return failure.with_hint(
            "hand a token over by stdin (-) or --token-file, or name a profile with -p",
        );
    }
    failure
}

/// Takes off what stands before a token in a header.
fn bare(text: &str) -> Secret {
    let mut words = text.split_ascii_whitespace();
    let mut token = words.next().unwrap_or_default();
    for word in words {
        let is_lead = ["authorization:", "bearer", "dpop"]
            .iter()
            .any(|lead| token.eq_ignore_ascii_case(lead));
        if !is_lead {
            return Secret::new(text);
        }
        token = word;
    }
    Secret::new(token)
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
    fn a_header_around_a_token_is_taken_off() {
        for text in ["abc", "Bearer abc", "Authorization: DPoP abc"] {
            assert_eq!(bare(text).expose(), "abc", "{text}");
        }
        assert_eq!(bare("two words").expose(), "two words");
    }

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
