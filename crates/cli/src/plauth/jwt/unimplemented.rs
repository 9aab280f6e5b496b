//! `plauth jwt validate-rs256`, `validate-hs512`: hidden, and never done by planet-auth either.
use clap::Args;

use super::input::TokenInput;
use crate::failure::Failure;
use crate::plauth::options::Human;

/// Not implemented; `validate-oauth` checks tokens of every algorithm
#[derive(Args, Debug)]
pub(super) struct UnimplementedArgs {
    #[command(flatten)]
    _input: TokenInput,
    #[command(flatten)]
    _human: Human,
}

impl UnimplementedArgs {
    /// Does nothing.
    ///
    /// # Errors
    ///
    /// Always.
    #[expect(clippy::unused_self, reason = "every command is run by its arguments")]
    pub(super) fn run(&self) -> Result<(), Failure> {
        Err(Failure::other("not_implemented", "Command not implemented")
            .with_hint("plauth jwt validate-oauth checks tokens of every asymmetric algorithm"))
    }
}
