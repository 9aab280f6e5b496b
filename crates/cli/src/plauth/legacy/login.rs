//! `plauth legacy login`: user name and password for an API key.
use clap::Args;

use crate::failure::Failure;
use crate::plauth::app::Call;
use crate::plauth::login::{self, Wish};
use crate::plauth::options::{Answer, Person, Showing, Sops};
use crate::plauth::place::For;
use crate::plauth::sops;

/// Log in with user name and password, and store the API key
#[derive(Args, Debug)]
pub(super) struct LoginArgs {
    #[command(flatten)]
    person: Person,
    #[command(flatten)]
    sops: Sops,
    #[command(flatten)]
    answer: Answer,
}

impl LoginArgs {
    /// Logs in; asks for what is missing.
    ///
    /// # Errors
    ///
    /// Says why there is no login.
    pub(super) async fn run(&self, call: &Call<'_>) -> Result<(), Failure> {
        sops::refuse(&self.sops)?;
        let opened = call.open_for_login(&call.given(), For::Legacy)?;
        let wish = Wish {
            showing: &Showing::default(),
            person: &self.person,
            answer: &self.answer,
        };
        login::log_in(call, &opened, wish).await
    }
}
