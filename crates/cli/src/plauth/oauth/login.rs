//! `plauth oauth login`: a login of the profile that the root option names.
use clap::Args;
use keyfob::settings::Setting;

use crate::failure::Failure;
use crate::plauth::app::Call;
use crate::plauth::login::{self, Wish};
use crate::plauth::options::{Answer, Asked, Person, Service, Showing, Sops};
use crate::plauth::place::For;
use crate::plauth::{sops, variables};

/// Log in by OAuth and store the tokens
#[derive(Args, Debug)]
pub(super) struct LoginArgs {
    #[command(flatten)]
    showing: Showing,
    #[command(flatten)]
    asked: Asked,
    #[command(flatten)]
    service: Service,
    #[command(flatten)]
    person: Person,
    /// Further parameter for the provider; repeat for more [env: PL_AUTH_EXTRA, separated by spaces]
    #[arg(short = 'O', long = "extra", value_name = "KEY=VALUE")]
    extra: Vec<String>,
    #[command(flatten)]
    sops: Sops,
    #[command(flatten)]
    answer: Answer,
}

impl LoginArgs {
    /// Logs in.
    ///
    /// # Errors
    ///
    /// Says why there is no login.
    pub(super) async fn run(self, call: &Call<'_>) -> Result<(), Failure> {
        sops::refuse(&self.sops)?;
        let given = self.service.put(self.asked.put(call.given()));
        let given = given.with_list(Setting::Extra, extra(&self.extra)?);
        let opened = call.open_for_login(&given, For::Oauth)?;
        let wish = Wish {
            showing: &self.showing,
            person: &self.person,
            answer: &self.answer,
        };
        login::log_in(call, &opened, wish).await
    }
}

/// Each further parameter must have a name.
fn extra(options: &[String]) -> Result<Vec<String>, Failure> {
    let all = variables::list(options, variables::EXTRA);
    match all
        .iter()
        .find(|one| one.find('=').is_none_or(|at| at == 0))
    {
        Some(wrong) => {
            let name = wrong.split('=').next().unwrap_or_default();
            Err(Failure::usage(format!("-O takes KEY=VALUE, not {name:?}")))
        }
        None => Ok(all),
    }
}
