//! `keyfob login`: get a credential for a profile, and make the profile if need be.
mod key;
mod target;

use clap::Args;
use keyfob::login::{Login, LoginMethod, LoginOptions, Surroundings};
use keyfob::protocol::danger::PastedCode;
use keyfob::settings::{Given, Keeps, Origin, Resolved, Setting};
use keyfob::{ProfileName, Session};
use serde_json::Value;

use super::client_args::ClientArgs;
use super::facts::Facts;
use super::open;
use crate::context::Context;
use crate::failure::Failure;
use crate::secret_source::{self, PasswordArgs};
use crate::ui::interaction::Terminal;
use crate::ui::terminal;
use key::Need;
use target::Target;

/// Log in and store the tokens
///
/// Chooses the way by itself: a browser if there is one, else a code to type on another device
/// or an address to paste. A client with its own secret or key logs in without anybody.
///
/// Examples:
///   keyfob login                                              the current profile again
///   keyfob login work --device
///   keyfob login https://id.example --client-id my-cli        a new profile, named id.example
///   keyfob login -p ci --issuer https://id.example --client-id ci \
///       --type client-credentials --client-secret-file ./secret
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "flags of a command line, not states"
)]
pub(crate) struct LoginArgs {
    /// Profile, or the issuer of a new one
    #[arg(value_name = "PROFILE | ISSUER")]
    target: Option<String>,
    /// Open a browser on this machine
    #[arg(long, group = "way")]
    browser: bool,
    /// Show a code to type on any device
    #[arg(long, group = "way")]
    device: bool,
    /// Show an address and ask for the one that the browser ends at
    #[arg(long, group = "way")]
    paste: bool,
    /// With a pasted answer: the page shows a code only, so take the code without its address
    #[arg(long, conflicts_with_all = ["browser", "device"])]
    code_only: bool,
    /// Port of the callback listener, where the client is registered with one
    #[arg(long, value_name = "PORT")]
    port: Option<u16>,
    /// What the provider should ask: login, consent, select_account, none
    #[arg(long, value_name = "PROMPT")]
    prompt: Option<String>,
    /// Whom the provider should expect, such as an email address
    #[arg(long, value_name = "WHO")]
    login_hint: Option<String>,
    /// One more parameter for the provider; repeat for more
    #[arg(long = "param", value_name = "NAME=VALUE", value_parser = parameter)]
    params: Vec<(String, String)>,
    /// Organization to log in to; remembered with the login
    #[arg(long, value_name = "ORGANIZATION")]
    organization: Option<String>,
    /// Project to log in to; remembered with the login
    #[arg(long, value_name = "PROJECT")]
    project: Option<String>,
    /// As --param, but remembered with the login and part of it
    #[arg(long, value_name = "NAME=VALUE", value_parser = parameter)]
    extra: Vec<(String, String)>,
    #[command(flatten)]
    client: ClientArgs,
    #[command(flatten)]
    password: PasswordArgs,
}

/// Logs in, stores the credential, and the profile if it is new.
///
/// # Errors
///
/// Says why there is no login; nothing is changed then.
pub(crate) async fn run(context: &Context, args: LoginArgs) -> Result<(), Failure> {
    let mut target =
        Target::find(context, args.target.as_deref(), &args.client, args.asked()).await?;
    context.place.note_profile(target.name.as_str());
    if target.is_new && args.client.scopes.is_empty() {
        target.ask_for_renewal(context).await?;
    }
    let session = match &target.resolved {
        Some(resolved)
            if resolved.origin == Origin::AdHoc && resolved.config.text("api_key").is_some() =>
        {
            return Err(needs_no_login(resolved));
        }
        Some(resolved) => open::resolved_session(context, resolved)?,
        None => {
            let client = open::client(context, target.config.clone())?;
            open::session_of(context, &target.name, client)
        }
    };
    let options = options(context, &args, &target);
    let key = args.client.api_key.reads_stdin() && !args.client.describes_a_client();
    let key = key.then(secret_source::stdin).transpose()?;
    let person = Terminal::new(context)
        .with_password(args.password.read()?)
        .with_api_key(key);
    log_in(context, &session, options, person, || target.save(context)).await?;
    tell(context, &session).await?;
    match &target.resolved {
        Some(resolved) if resolved.keeps == Keeps::Memory => context.say(format!(
            "warning: {} lives in memory only, so this login ends with this command",
            crate::ui::words::plain(&resolved.name)
        )),
        _ => open::warn_of_variables(context, &target.name),
    }
    Ok(())
}

/// A key that came with a flag, a variable or the settings is all there is.
fn needs_no_login(resolved: &Resolved) -> Failure {
    let source = resolved
        .explain(Setting::Profile)
        .map(|found| &found.source);
    let by = source.map(|source| format!(", which {source} chooses,"));
    Failure::usage(format!(
        "{}{} is an API key and needs no login",
        resolved.name,
        by.unwrap_or_default()
    ))
    .with_hint("name the profile to log in: keyfob login{home} -p PROFILE   (keyfob list{home} shows them)")
}

/// Logs a session in, by itself or with the person, and stores what that brought; `save` runs right before.
///
/// # Errors
///
/// Says why there is no login; nothing is changed then.
pub(crate) async fn log_in(
    context: &Context,
    session: &Session,
    options: LoginOptions,
    person: Terminal,
    save: impl FnOnce() -> Result<(), Failure>,
) -> Result<(), Failure> {
    match key::need(context, session, &person).await? {
        Need::Nothing => return save(),
        Need::Store(granted) => {
            let _critical = context.critical();
            save()?;
            session.adopt(*granted).await?;
            return Ok(());
        }
        Need::Provider => {}
    }
    // A person is not troubled for a login that could not be stored.
    session.check_writable().await?;
    let granted = if session.client().can_login_unattended() && !person.brings_password() {
        None
    } else {
        let login = Login::begin(session.client(), options)?;
        let granted = Box::pin(login.run(&person)).await;
        if person.was_interrupted() {
            return Err(Failure::interrupted());
        }
        Some(granted?)
    };
    let _critical = context.critical();
    save()?;
    match granted {
        Some(granted) => drop(session.adopt(granted).await?),
        None => unattended(context, session).await?,
    }
    Ok(())
}

async fn unattended(context: &Context, session: &Session) -> Result<(), Failure> {
    let _waiting = context.wait_for("Waiting for the provider");
    session.refresh().await?;
    Ok(())
}

/// Says who is logged in now.
async fn tell(context: &Context, session: &Session) -> Result<(), Failure> {
    let status = session.status().await?;
    let facts = Facts::new(context, session, &status);
    context.print(&Value::Object(facts.to_json()), || {
        let who = match facts.account() {
            account if account.is_empty() => String::new(),
            account => format!(" as {}", crate::ui::words::plain(&account)),
        };
        let profile = session.profile();
        match (facts.key(), facts.expiry()) {
            ("", expiry) => format!("{profile} is logged in{who}; the token expires {expiry}.\n"),
            (key, _) if session.goes_plain() => format!("{profile} needs no login: {key}.\n"),
            (key, _) => format!("{profile} has its key: {key}.\n"),
        }
    })
}

/// A login of this profile where this process runs, and within the limits of the command line.
pub(crate) fn surroundings(context: &Context, profile: &ProfileName) -> LoginOptions {
    let lock = context.home().join(format!(".login-{profile}.lock"));
    let options = LoginOptions::new(Surroundings::capture())
        .with_no_input(context.no_input())
        .with_qr_colours(terminal::stderr_is_colourful())
        .with_lock_file(lock);
    match context.timeout {
        Some(limit) => options.with_timeout(limit),
        None => options,
    }
}

fn options(context: &Context, args: &LoginArgs, target: &Target) -> LoginOptions {
    let mut options = surroundings(context, &target.name);
    if let Some(method) = args.method() {
        options = options.with_method(method);
    }
    if args.code_only {
        options = options.with_bare_codes(PastedCode);
    }
    if let Some(port) = args.port {
        options = options.with_port(port);
    }
    if let Some(prompt) = &args.prompt {
        options = options.with_prompt(prompt);
    }
    if let Some(hint) = &args.login_hint {
        options = options.with_login_hint(hint);
    }
    args.params.iter().fold(options, |options, (name, value)| {
        options.with_param(name, value)
    })
}

impl LoginArgs {
    /// What the credential of this login will remember.
    fn asked(&self) -> Given {
        let extra = self
            .extra
            .iter()
            .map(|(name, value)| format!("{name}={value}"));
        Given::new()
            .with_list(Setting::Scopes, self.client.given_scopes())
            .with_list(Setting::Audiences, self.client.audience.clone())
            .with_some(Setting::Organization, self.organization.clone())
            .with_some(Setting::Project, self.project.clone())
            .with_list(Setting::Extra, extra)
    }

    /// The way that was asked for; a password that was handed over asks for its own way.
    fn method(&self) -> Option<LoginMethod> {
        if self.browser {
            Some(LoginMethod::Browser)
        } else if self.device {
            Some(LoginMethod::Device)
        } else if self.paste || self.code_only {
            Some(LoginMethod::Paste)
        } else if self.password.is_given() {
            Some(LoginMethod::Password)
        } else {
            None
        }
    }
}

fn parameter(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("expected NAME=VALUE".to_owned()),
    }
}
