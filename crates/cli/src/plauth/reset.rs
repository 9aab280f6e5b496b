//! `plauth reset`: logs every profile out and removes planet-auth's files.
use clap::Args;

use super::app::Call;
use crate::commands::reset::{self, There, Wish};
use crate::failure::Failure;

/// Revoke all tokens and remove all profiles and settings
#[derive(Args, Debug)]
pub(super) struct ResetArgs {}

impl ResetArgs {
    /// Resets without asking; prints nothing.
    ///
    /// # Errors
    ///
    /// Says what could not be revoked or removed; the rest was.
    pub(super) async fn run(self, call: &Call<'_>) -> Result<(), Failure> {
        let there = There::look(call.context)?;
        let wish = Wish {
            revoke: true,
            profiles: true,
        };
        reset::everything(call.context, &there, wish)
            .await
            .verdict()
    }
}
