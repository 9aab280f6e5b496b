//! `plauth oauth print-access-token`: a token that works, whatever it takes.
use clap::Args;

use crate::failure::Failure;
use crate::plauth::app::Call;
use crate::plauth::place::For;
use crate::ui::output;

/// Print a valid access token, refreshed if need be
#[derive(Args, Debug)]
pub(super) struct PrintArgs {
    /// Get a new token if the stored one is not good any more [default]
    #[arg(long, overrides_with_all = ["refresh", "no_refresh"])]
    refresh: bool,
    /// Print the stored token as it is, good or not
    #[arg(long, overrides_with_all = ["refresh", "no_refresh"])]
    no_refresh: bool,
}

impl PrintArgs {
    /// Prints the token. A client that needs nobody logs in by itself, the first time too.
    ///
    /// # Errors
    ///
    /// Says why there is no valid token.
    pub(super) async fn run(&self, call: &Call<'_>) -> Result<(), Failure> {
        let opened = call.open(For::Oauth)?;
        if self.no_refresh {
            let token = opened.stored_token("access_token").await?;
            return output::stdout(&format!("{}\n", token.expose()));
        }
        let token = opened.access_token(call).await?;
        output::stdout(&format!("{}\n", token.secret().expose()))?;
        // The token is out; an early refresh that is on its way must not lose its answer.
        let _critical = call.context.critical();
        opened.session.settle().await;
        Ok(())
    }
}
