//! `plauth oauth discovery`: what the authorization server says about itself.
use clap::Args;
use serde_json::Value;

use crate::commands::discover;
use crate::failure::Failure;
use crate::plauth::app::Call;
use crate::plauth::json;
use crate::plauth::place::For;

/// Show what the authorization server says about itself
#[derive(Args, Debug)]
pub(super) struct DiscoveryArgs {}

impl DiscoveryArgs {
    /// Prints the metadata.
    ///
    /// # Errors
    ///
    /// Says why there is none.
    pub(super) async fn run(&self, call: &Call<'_>) -> Result<(), Failure> {
        let opened = call.open(For::Oauth)?;
        let metadata = opened.metadata(call).await?;
        json::print(&Value::Object(discover::document(&metadata)))
    }
}
