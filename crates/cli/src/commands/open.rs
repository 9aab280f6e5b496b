//! From a profile's name to its session: what nearly every verb begins with.
use keyfob::client::{ClientType, GrantKind};
use keyfob::jose::Secret;
use keyfob::settings::{Given, Origin, Resolved, Setting, Source};
use keyfob::store::{Document, FileStore, Store};
use keyfob::transport::Transport;
use keyfob::{Client, ClientConfig, Error, ProfileName, Profiles, Session, SessionPolicy};

use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::ui::words;

/// The profiles of this home.
pub(crate) fn profiles(context: &Context) -> Profiles {
    context.profiles().clone()
}

/// Checks a profile name as typed.
///
/// # Errors
///
/// Says what names may look like.
pub(crate) fn name(text: &str) -> Result<ProfileName, Failure> {
    Ok(text.parse::<ProfileName>()?)
}

/// The name of the profile that is meant, whether it exists or not, and whatever is in it.
///
/// # Errors
///
/// Says that none is chosen.
pub(crate) fn profile(context: &Context, argument: Option<&str>) -> Result<ProfileName, Failure> {
    let name = context.resolver().name(&given(context, argument)?);
    let name = name.map_err(|error| first_steps(context, error))?;
    context.place.note_profile(name.as_str());
    Ok(name)
}

/// What the command line says about the profile.
///
/// # Errors
///
/// Refuses two different names.
pub(crate) fn given(context: &Context, argument: Option<&str>) -> Result<Given, Failure> {
    let typed = context.typed_profile(argument)?;
    if let Some(name) = &typed {
        context.place.note_profile(name);
    }
    Ok(Given::new().with_some(Setting::Profile, typed))
}

/// The profile that is meant, with everything that is set on top of it; says what its user should know.
///
/// # Errors
///
/// Says that there is no such profile, or that none is chosen.
pub(crate) fn resolve(context: &Context, argument: Option<&str>) -> Result<Resolved, Failure> {
    resolve_given(context, &given(context, argument)?)
}

/// As [`resolve`], with more that the command line says.
///
/// # Errors
///
/// As [`resolve`].
pub(crate) fn resolve_given(context: &Context, given: &Given) -> Result<Resolved, Failure> {
    let resolved = context.resolver().resolve(given);
    let resolved = resolved.map_err(|error| first_steps(context, error))?;
    if resolved.origin != Origin::AdHoc {
        context.place.note_profile(&resolved.name);
    }
    for warning in &resolved.warnings {
        context.say(format!("warning: {}", words::plain(warning)));
    }
    Ok(resolved)
}

/// Where nothing is there yet, the way on is a first login.
fn first_steps(context: &Context, error: Error) -> Failure {
    let is_empty = || context.profiles().list().is_ok_and(|all| all.is_empty());
    match error {
        Error::NoProfile if is_empty() => {
            let server = match context.preset().template() {
                Ok(template) => super::preset_args::example(template),
                Err(_) => " --issuer https://id.example --client-id my-client".to_owned(),
            };
            Failure::from(Error::NoProfile).with_hint(format!("keyfob login{{home}}{server}"))
        }
        error => error.into(),
    }
}

/// Warns where a variable of this shell makes later commands use another profile than `name`.
pub(crate) fn warn_of_variables(context: &Context, name: &ProfileName) {
    let Ok(resolved) = context.resolver().resolve(&Given::new()) else {
        return;
    };
    let source = resolved
        .explain(Setting::Profile)
        .map(|found| &found.source);
    if let Some(Source::Environment { variable }) = source
        && resolved.key != *name
    {
        context.say(format!(
            "warning: {variable} is set in this shell, so commands without -p use {} and not {name}",
            words::plain(&resolved.name)
        ));
    }
}

/// The session of the profile that is meant.
///
/// # Errors
///
/// Says that there is no such profile, or that its configuration cannot be used.
pub(crate) fn session(context: &Context, argument: Option<&str>) -> Result<Session, Failure> {
    resolved_session(context, &resolve(context, argument)?)
}

/// The session of a profile.
///
/// # Errors
///
/// As [`session`].
pub(crate) fn named_session(context: &Context, name: &ProfileName) -> Result<Session, Failure> {
    let given = Given::new().with(Setting::Profile, name.as_str());
    resolved_session(context, &context.resolver().resolve(&given)?)
}

/// The session of a profile that was made out.
///
/// # Errors
///
/// Says what is wrong with the configuration.
pub(crate) fn resolved_session(context: &Context, resolved: &Resolved) -> Result<Session, Failure> {
    let client = client(context, resolved.config.clone())?;
    let (store, key) = (resolved.store(), resolved.key.clone());
    Ok(session_in(context, store, key, client))
}

/// The session of a client that may not be stored yet.
pub(crate) fn session_of(context: &Context, name: &ProfileName, client: Client) -> Session {
    session_in(context, context.profiles().store(), name.clone(), client)
}

fn session_in(context: &Context, store: Store, key: ProfileName, client: Client) -> Session {
    let mut policy = SessionPolicy::default();
    if let Some(limit) = context.timeout {
        // A held lock is named as such before the whole command runs out of time.
        policy.lock_wait = policy.lock_wait.min(limit * 3 / 4);
    }
    let session = Session::with_policy(client, store, key, policy);
    context.note_session(&session);
    session
}

/// The client of a configuration; references to variables and commands work here.
///
/// # Errors
///
/// Says what is wrong with the configuration.
pub(crate) fn client(context: &Context, config: ClientConfig) -> Result<Client, Failure> {
    let transport = transport(context, &config)?;
    Ok(Client::in_environment(
        config,
        transport,
        context.clock().clone(),
        context.environment().clone(),
    )?)
}

/// The way out of a configuration. `--timeout` limits each exchange too, so that none is cut off in the middle.
///
/// # Errors
///
/// Says what is wrong with the configuration.
pub(crate) fn transport(context: &Context, config: &ClientConfig) -> Result<Transport, Failure> {
    let configured = config.timeout();
    let limit = context
        .timeout
        .filter(|limit| configured.is_none_or(|known| *limit < known));
    Ok(match limit {
        Some(limit) => config
            .clone()
            .with("timeout", limit.as_secs_f64())
            .transport()?,
        None => config.transport()?,
    })
}

/// What is stored of a profile's login, good or not.
///
/// # Errors
///
/// Says why it cannot be read, or that nobody is logged in.
pub(crate) fn credential(context: &Context, name: &ProfileName) -> Result<Document, Failure> {
    let stored = FileStore::new(context.home()).load_now(name)?;
    stored.map(|stored| stored.document).ok_or_else(|| {
        Failure::new(Exit::LoginNeeded, "login_needed", "not logged in")
            .with_hint("keyfob login{at}")
    })
}

/// The configuration of a profile, if there is one.
///
/// # Errors
///
/// Says why it cannot be read.
pub(crate) fn existing(
    context: &Context,
    name: &ProfileName,
) -> Result<Option<ClientConfig>, Failure> {
    match profiles(context).show(name) {
        Ok(config) => Ok(Some(config)),
        Err(Error::NoSuchProfile { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Stores a configuration; the first profile becomes the current one.
///
/// # Errors
///
/// Says why it cannot be written, or that there is one already.
pub(crate) fn save(
    context: &Context,
    name: &ProfileName,
    config: &ClientConfig,
    replace: bool,
) -> Result<(), Failure> {
    let profiles = profiles(context);
    if replace {
        profiles.put(name, config)?;
    } else {
        profiles.add(name, config)?;
    }
    if profiles.current()?.is_none() {
        profiles.switch(name)?;
    }
    Ok(())
}

/// Checks a configuration before it is stored.
///
/// # Errors
///
/// Says what is missing or wrong, an http address elsewhere included.
pub(crate) fn check(config: &ClientConfig) -> Result<(), Failure> {
    config.check().map_err(Error::from)?;
    Ok(())
}

/// A token of the profile, or the reason why there is none.
///
/// # Errors
///
/// As [`credential`], and that this login has no such token.
pub(crate) fn stored_token(
    context: &Context,
    name: &ProfileName,
    member: &str,
) -> Result<Secret, Failure> {
    token_in(context, name, &credential(context, name)?, member)
}

/// A token of this login of the profile, or the reason why there is none.
///
/// # Errors
///
/// Says that this login has no such token.
pub(crate) fn token_in(
    context: &Context,
    name: &ProfileName,
    login: &Document,
    member: &str,
) -> Result<Secret, Failure> {
    login.text(member).map(Secret::new).ok_or_else(|| {
        let word = member.replace('_', " ");
        if member == "jwt" {
            return Failure::new(
                Exit::LoginNeeded,
                "no_such_token",
                "only a legacy login keeps a jwt",
            )
            .with_hint("keyfob status{at}");
        }
        let scope = if member == "id_token" {
            "openid"
        } else {
            "offline_access"
        };
        Failure::new(
            Exit::LoginNeeded,
            "no_such_token",
            format!("this login has no {word}"),
        )
        .with_hint(login_with(context, name, login, scope))
    })
}

/// The login that brings one more scope. A login remembers its scopes in place of the former ones, so those go along.
fn login_with(context: &Context, name: &ProfileName, login: &Document, scope: &str) -> String {
    let Ok(found) = super::stock::by_name(context, name) else {
        return "keyfob login{at}".to_owned();
    };
    let kind = found.config.client_type().ok();
    if kind.and_then(ClientType::grant) == Some(GrantKind::ClientCredentials) {
        return "keyfob profile show{at}   (a client that logs in as itself gets none)".to_owned();
    }
    let granted = login.text("scope").unwrap_or_default();
    let mut scopes: Vec<String> = granted.split_whitespace().map(str::to_owned).collect();
    if scopes.is_empty() {
        scopes.extend(found.config.scopes().iter().map(ToString::to_string));
    }
    if !scopes.iter().any(|known| known == scope) {
        scopes.push(scope.to_owned());
    }
    let scopes = words::plain(&scopes.join(" "));
    format!("keyfob login{{at}} --scope {}", words::shell_word(&scopes))
}
