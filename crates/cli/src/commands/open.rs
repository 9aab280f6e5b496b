//! From a profile's name to its session: what nearly every verb begins with.
use keyfob::jose::Secret;
use keyfob::store::{Document, FileStore, Store};
use keyfob::transport::Transport;
use keyfob::{Client, ClientConfig, Error, ProfileName, Profiles, Session, SessionPolicy};

use crate::context::Context;
use crate::failure::{Exit, Failure};

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

/// The profile that is meant: by argument, flag, environment, or the current one.
///
/// # Errors
///
/// Says that there is no such profile, or that none is chosen.
pub(crate) fn profile(context: &Context, argument: Option<&str>) -> Result<ProfileName, Failure> {
    let named = context.named_profile(argument)?;
    let named = named.as_deref().map(name).transpose()?;
    if let Some(name) = &named {
        context.place.note_profile(name.as_str());
    }
    let name = match named {
        Some(name) => name,
        None => unnamed(context)?,
    };
    context.place.note_profile(name.as_str());
    Ok(name)
}

/// The current profile, else the only one.
fn unnamed(context: &Context) -> Result<ProfileName, Failure> {
    let profiles = profiles(context);
    if let Some(name) = profiles.current()? {
        return Ok(name);
    }
    match profiles.list()?.as_slice() {
        [only] => Ok(only.clone()),
        [] => Err(Failure::from(Error::NoProfile)
            .with_hint("keyfob login --issuer https://id.example --client-id my-client")),
        _ => Err(Error::NoProfile.into()),
    }
}

/// The session of the profile that is meant.
///
/// # Errors
///
/// Says that there is no such profile, or that its configuration cannot be used.
pub(crate) fn session(context: &Context, argument: Option<&str>) -> Result<Session, Failure> {
    named_session(context, &profile(context, argument)?)
}

/// The session of a profile.
///
/// # Errors
///
/// As [`session`].
pub(crate) fn named_session(context: &Context, name: &ProfileName) -> Result<Session, Failure> {
    let client = client(context, profiles(context).show(name)?)?;
    Ok(session_of(context, name, client))
}

/// The session of a client that may not be stored yet.
pub(crate) fn session_of(context: &Context, name: &ProfileName, client: Client) -> Session {
    let store = Store::new(FileStore::new(context.home()));
    let mut policy = SessionPolicy::default();
    if let Some(limit) = context.timeout {
        // A held lock is named as such before the whole command runs out of time.
        policy.lock_wait = policy.lock_wait.min(limit * 3 / 4);
    }
    let session = Session::with_policy(client, store, name.clone(), policy);
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

/// `--timeout` limits each exchange too, so that none is cut off in the middle.
fn transport(context: &Context, config: &ClientConfig) -> Result<Transport, Failure> {
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
    keyfob::protocol::Issuer::parse(config.issuer().map_err(Error::from)?)?;
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
    let document = credential(context, name)?;
    document.text(member).map(Secret::new).ok_or_else(|| {
        let word = member.replace('_', " ");
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
        .with_hint(format!("keyfob login{{at}} --scope \"openid {scope}\""))
    })
}
