//! `plauth oauth list-scopes`: the scopes that the authorization server offers.
use clap::Args;
use serde_json::json;

use crate::commands::discover;
use crate::failure::Failure;
use crate::plauth::app::Call;
use crate::plauth::json;
use crate::plauth::place::For;

/// List the scopes that the authorization server offers
#[derive(Args, Debug)]
pub(super) struct ListScopesArgs {}

impl ListScopesArgs {
    /// Prints the scopes, sorted.
    ///
    /// # Errors
    ///
    /// Says why they cannot be had.
    pub(super) async fn run(&self, call: &Call<'_>) -> Result<(), Failure> {
        let opened = call.open(For::Oauth)?;
        let metadata = opened.metadata(call).await?;
        json::print(&json!(discover::scopes(&metadata)?))
    }
}
