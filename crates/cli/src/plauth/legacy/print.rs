//! `plauth legacy print-api-key`, `print-access-token`: what the login has stored.
use clap::Args;

use crate::failure::{Exit, Failure};
use crate::plauth::app::Call;
use crate::plauth::opened::Opened;
use crate::plauth::place::For;
use crate::ui::output;

/// Print the API key
#[derive(Args, Debug)]
pub(super) struct ApiKeyArgs {}

/// Print the JWT that the login brought beside the API key
#[derive(Args, Debug)]
pub(super) struct AccessTokenArgs {}

impl ApiKeyArgs {
    /// Prints the key: the configured one, else the stored one.
    ///
    /// # Errors
    ///
    /// Says that there is none.
    pub(super) async fn run(&self, call: &Call<'_>) -> Result<(), Failure> {
        let opened = call.open(For::Keyed)?;
        let key = match opened.resolved.config.text("api_key") {
            Some(key) => key.to_owned(),
            None => stored(&opened, &["key", "api_key"]).await?,
        };
        output::stdout(&format!("{key}\n"))
    }
}

impl AccessTokenArgs {
    /// Prints the JWT.
    ///
    /// # Errors
    ///
    /// Says that there is none.
    pub(super) async fn run(&self, call: &Call<'_>) -> Result<(), Failure> {
        let opened = call.open(For::Legacy)?;
        output::stdout(&format!("{}\n", stored(&opened, &["jwt"]).await?))
    }
}

async fn stored(opened: &Opened, members: &[&str]) -> Result<String, Failure> {
    let document = opened.stored().await?;
    let found = members.iter().find_map(|member| document.text(member));
    found.map(str::to_owned).ok_or_else(|| {
        Failure::new(
            Exit::LoginNeeded,
            "no_such_token",
            format!("this login has no {}", members.join(" or ")),
        )
        .with_hint("plauth legacy login")
    })
}
