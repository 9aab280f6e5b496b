//! `plauth oauth refresh`: a new token now, of the same scopes or of fewer.
use clap::Args;
use keyfob::SessionPolicy;

use crate::failure::Failure;
use crate::plauth::app::Call;
use crate::plauth::place::For;
use crate::plauth::variables;

/// Get a new access token with the stored refresh token
#[derive(Args, Debug)]
pub(super) struct RefreshArgs {
    /// Scope to ask for; repeat for more [default: those of the login] [env: PL_AUTH_SCOPE]
    #[arg(long = "scope", value_name = "TEXT")]
    scopes: Vec<String>,
}

impl RefreshArgs {
    /// Refreshes; prints nothing.
    ///
    /// # Errors
    ///
    /// Says why there is no new token.
    pub(super) async fn run(&self, call: &Call<'_>) -> Result<(), Failure> {
        let opened = call.open(For::Oauth)?;
        let scopes = variables::list(&self.scopes, variables::SCOPE);
        let policy = SessionPolicy::default().with_refresh_scopes(scopes);
        let session = opened.session_with(call, policy);
        let _waiting = call.context.wait_for("Waiting for a new token");
        let _critical = call.context.critical();
        session.refresh().await?;
        Ok(())
    }
}
