//! `plauth oauth validate-…-token`: the provider is asked whether a stored token is active (RFC 7662).
use clap::Args;
use keyfob::protocol::TokenHint;
use serde_json::Value;

use crate::commands::introspect;
use crate::failure::{Exit, Failure};
use crate::plauth::app::Call;
use crate::plauth::json;
use crate::plauth::options::Human;
use crate::plauth::place::For;

#[derive(Args, Debug)]
pub(super) struct ValidateArgs {
    #[command(flatten)]
    human: Human,
}

impl ValidateArgs {
    /// Prints the provider's answer about the stored token of this kind.
    ///
    /// # Errors
    ///
    /// Says that the token is not active, or why the provider did not answer.
    pub(super) async fn run(&self, call: &Call<'_>, kind: TokenHint) -> Result<(), Failure> {
        let opened = call.open(For::Oauth)?;
        let token = opened.stored_token_to_send(kind.as_str()).await?;
        let answer = introspect::ask(call.context, &opened.session, &token, Some(kind)).await?;
        if !answer.active {
            return Err(Failure::new(
                Exit::Refused,
                "token_inactive",
                "the provider says that this token is not active",
            ));
        }
        let answer = Value::Object(answer.raw);
        json::print(&if self.human.is_wanted() {
            json::with_local_dates(answer, call.context.now())
        } else {
            answer
        })
    }
}
