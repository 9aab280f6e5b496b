//! `plauth login`: a login of whatever profile its options, the environment or the settings choose.
use clap::Args;
use keyfob::client::{ClientType, GrantKind};
use keyfob::login::{LoginMethod, LoginOptions};
use keyfob::settings::{Given, Setting};

use super::app::Call;
use super::opened::Opened;
use super::options::{Answer, Asked, Person, Service, Showing, Sops};
use super::place::For;
use super::{after_login, sops, variables};
use crate::commands::login as keyfob_login;
use crate::failure::{Exit, Failure};
use crate::ui::interaction::Terminal;
use crate::ui::{output, terminal};

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
    /// What answers the questions for user name and password.
    pub(super) person: &'a Person,
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
        let given = self.asked.put(self.service.put(call.given()));
        let opened = call.open_for_login(&self.choose(given), For::Any)?;
        let wish = Wish {
            showing: &self.showing,
            person: &self.person,
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
    for warning in &opened.resolved.warnings {
        output::stderr(&format!("warning: {warning}\n"));
    }
    if takes_password(opened) {
        check_username(opened, wish.person)?;
    }
    let options = options(call, opened, &wish)?;
    let person = person(call, opened, &wish);
    keyfob_login::log_in(context, &opened.session, options, person, || Ok(())).await?;
    opened.save(call)?;
    output::stdout("Login succeeded.\n")?;
    after_login::run(call, opened, wish.answer).await
}

/// The way that the options ask for; without a wish, the one that suits the place.
fn options(call: &Call<'_>, opened: &Opened, wish: &Wish<'_>) -> Result<LoginOptions, Failure> {
    let options = keyfob_login::surroundings(call.context, opened.session.profile());
    Ok(match opened.session.client().client_type().grant() {
        _ if takes_password(opened) && wish.person.has_password() => {
            options.with_method(LoginMethod::Password)
        }
        // The code may be read from a log: somebody else's terminal will do.
        Some(GrantKind::DeviceCode) => options.with_method(LoginMethod::Device),
        Some(GrantKind::AuthorizationCode) if wish.showing.must_open_browser() => {
            options.with_method(LoginMethod::Browser)
        }
        Some(GrantKind::AuthorizationCode) if !wish.showing.may_open_browser() => {
            refuse_paste_without_terminal()?;
            options.with_method(LoginMethod::Paste)
        }
        _ => options,
    })
}

/// Name and password at hand answer the questions for them, even where the profile has a password.
fn person(call: &Call<'_>, opened: &Opened, wish: &Wish<'_>) -> Terminal {
    let person = Terminal::new(call.context).with_qr_code(wish.showing.wants_qr_code());
    if takes_password(opened) {
        let person = person.with_username(wish.person.username());
        person.with_password(wish.person.password())
    } else {
        person
    }
}

fn takes_password(opened: &Opened) -> bool {
    let kind = opened.session.client().client_type();
    kind.grant() == Some(GrantKind::Password) || kind == ClientType::PlanetLegacy
}

fn refuse_paste_without_terminal() -> Result<(), Failure> {
    if terminal::person_present() {
        return Ok(());
    }
    Err(Failure::new(
        Exit::LoginNeeded,
        "nobody_to_ask",
        "without a browser window somebody has to paste an address, and there is no terminal",
    )
    .with_hint("run this in a terminal, or use a profile of type oidc_device_code"))
}

/// A profile of one account must not hold the login of another, which nobody would see from then on.
fn check_username(opened: &Opened, person: &Person) -> Result<(), Failure> {
    let configured = opened.resolved.config.username();
    let (Some(configured), Some(given)) = (configured, person.username()) else {
        return Ok(());
    };
    if configured == given {
        return Ok(());
    }
    let name = &opened.resolved.name;
    Err(Failure::usage(format!(
        "the profile {name} is for the user {configured:?}, not {given:?}"
    ))
    .with_hint(format!(
        "plauth profile copy {name} NEW, and change its user name"
    )))
}
