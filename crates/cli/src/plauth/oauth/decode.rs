//! `plauth oauth decode-…-token`: a stored token taken apart, nothing checked.
use clap::Args;

use crate::failure::Failure;
use crate::plauth::app::Call;
use crate::plauth::decoded;
use crate::plauth::options::Human;
use crate::plauth::place::For;

#[derive(Args, Debug)]
pub(super) struct DecodeArgs {
    #[command(flatten)]
    human: Human,
}

impl DecodeArgs {
    /// Prints the parts of the stored token of this kind.
    ///
    /// # Errors
    ///
    /// Says that nobody is logged in, or that the token is no JWT.
    pub(super) async fn run(&self, call: &Call<'_>, kind: &str) -> Result<(), Failure> {
        let opened = call.open(For::Oauth)?;
        let document = opened.stored().await?;
        let now = self.human.is_wanted().then(|| call.context.now());
        decoded::print(document.text(kind), now)
    }
}
