//! `plauth jwt decode`: a token taken apart, nothing checked.
use clap::Args;

use super::input::TokenInput;
use crate::failure::Failure;
use crate::plauth::app::Call;
use crate::plauth::decoded;
use crate::plauth::options::Human;

/// Decode a JWT; checks nothing
#[derive(Args, Debug)]
pub(super) struct DecodeArgs {
    #[command(flatten)]
    input: TokenInput,
    #[command(flatten)]
    human: Human,
}

impl DecodeArgs {
    /// Prints the parts.
    ///
    /// # Errors
    ///
    /// Says that there is no token, or that it is no JWT.
    pub(super) fn run(&self, call: &Call<'_>) -> Result<(), Failure> {
        let token = self.input.read()?;
        let now = self.human.is_wanted().then(|| call.context.now());
        decoded::print(Some(token.expose()), now)
    }
}
