//! `plauth login`: a login of whatever profile its options, the environment or the settings choose.
use clap::Args;
use keyfob::login::LoginMethod;
use keyfob::settings::{Given, Setting};

use super::app::Call;
use super::options::{Answer, Asked, Person, Service, Showing, Sops};
use super::place::Opened;
use super::{after_login, sops, variables};
use crate::commands::login as keyfob_login;
use crate::failure::Failure;
use crate::ui::interaction::Terminal;
use crate::ui::output;

/// Log in and store the tokens
///
/// The way depends on the profile and the options: a browser, a code to type on another device, an address to paste,
/// a password, or nobody at all for a client with a secret of its own.
#[derive(Args, Debug)]
pub(super) struct LoginArgs {
    #[command(flatten)]
    showing: Showing,
    #[command(flatten)]
    asked: Asked,
    /// Profile to log in with [default: that of the root option] [env: PL_AUTH_PROFILE]
    #[arg(
        long,
        value_name = "PROFILE",
        overrides_with = "auth_profile",
        allow_hyphen_values = true
    )]
    auth_profile: Option<String>,
    #[command(flatten)]
    service: Service,
    /// API key to use instead of a login [env: PL_API_KEY, which other users cannot read]
    #[arg(
        long,
        value_name = "TEXT",
        overrides_with = "auth_api_key",
        allow_hyphen_values = true
    )]
    auth_api_key: Option<String>,
    #[command(flatten)]
    person: Person,
    #[command(flatten)]
    sops: Sops,
    #[command(flatten)]
    answer: Answer,
}

/// How a login is shown, and what follows it.
pub(super) struct Wish<'a> {
    /// Whether a browser may open.
    pub(super) showing: &'a Showing,
    /// Whether the default profile changes.
    pub(super) answer: &'a Answer,
}

impl LoginArgs {
    /// Logs in.
    ///
    /// # Errors
    ///
    /// Says why there is no login.
    pub(super) async fn run(self, call: &Call<'_>) -> Result<(), Failure> {
        sops::refuse(&self.sops)?;
        let given = self
            .asked
            .put(self.person.put(self.service.put(call.given())));
        let given = self.choose(given);
        let opened = call.open(&given)?;
        let wish = Wish {
            showing: &self.showing,
            answer: &self.answer,
        };
        log_in(call, &opened, wish).await
    }

    /// The command's own profile wins over that of the root option.
    fn choose(&self, given: Given) -> Given {
        if self.auth_api_key.is_some() {
            variables::warn_of_argument("--auth-api-key", "set PL_API_KEY instead");
        }
        given
            .with_some(Setting::Profile, self.auth_profile.clone())
            .with_some(Setting::ApiKey, self.auth_api_key.clone())
    }
}

/// Logs in with a profile, and keeps what that brought.
///
/// # Errors
///
/// Says why there is no login; nothing is changed then.
pub(super) async fn log_in(
    call: &Call<'_>,
    opened: &Opened,
    wish: Wish<'_>,
) -> Result<(), Failure> {
    let (context, name) = (call.context, &opened.resolved.name);
    output::stdout(&format!(
        "Logging in with authentication profile {name}...\n"
    ))?;
    let person = Terminal::new(context).with_qr_code(wish.showing.wants_qr_code());
    let options = keyfob_login::surroundings(context, opened.session.profile());
    let options = match method(opened, wish.showing) {
        Some(method) => options.with_method(method),
        None => options,
    };
    keyfob_login::log_in(context, &opened.session, options, person, || {
        opened.save(call)
    })
    .await?;
    output::stdout("Login succeeded.\n")?;
    after_login::run(call, opened, wish.answer)
}

/// Without a browser window: an address to paste from, where the profile's type has no other way.
fn method(opened: &Opened, showing: &Showing) -> Option<LoginMethod> {
    use keyfob::client::GrantKind;
    let grant = opened.session.client().client_type().grant();
    (grant == Some(GrantKind::AuthorizationCode) && !showing.may_open_browser())
        .then_some(LoginMethod::Paste)
}
