//! `plauth oauth userinfo`: what the provider says about the person.
use clap::Args;
use serde_json::Value;

use crate::commands::userinfo;
use crate::failure::Failure;
use crate::plauth::app::Call;
use crate::plauth::json;
use crate::plauth::place::For;

/// Ask the provider who is logged in
#[derive(Args, Debug)]
pub(super) struct UserinfoArgs {}

impl UserinfoArgs {
    /// Prints the claims.
    ///
    /// # Errors
    ///
    /// Says why the provider did not tell.
    pub(super) async fn run(&self, call: &Call<'_>) -> Result<(), Failure> {
        let opened = call.open(For::Oauth)?;
        let claims = userinfo::claims(call.context, &opened.session).await?;
        json::print(&Value::Object(claims))
    }
}
