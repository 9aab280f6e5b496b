//! Profiles as things that are kept: found on disk or in the preset, refused, and given a login.
use keyfob::store::{Document, FileStore, TryLock};
use keyfob::{ClientConfig, ProfileName};

use super::open;
use crate::context::Context;
use crate::failure::{Exit, Failure};

/// A profile, wherever it comes from.
pub(crate) struct Found {
    /// Its name; an alias is followed to the profile that it means.
    pub(crate) name: ProfileName,
    /// Its client.
    pub(crate) config: ClientConfig,
    /// Whether the preset brings it.
    pub(crate) is_builtin: bool,
}

/// The profile that is meant by argument, flag, environment or choice.
///
/// # Errors
///
/// Says that there is none.
pub(crate) fn found(context: &Context, argument: Option<&str>) -> Result<Found, Failure> {
    by_name(context, &open::profile(context, argument)?)
}

/// The profile of a name: what the preset brings comes first, as everywhere.
///
/// # Errors
///
/// Says that there is none.
pub(crate) fn by_name(context: &Context, name: &ProfileName) -> Result<Found, Failure> {
    if let Some(builtin) = context.preset().dealias(name) {
        let config = context.preset().profile(&builtin);
        return Ok(Found {
            config: config.map_err(keyfob::Error::from)?,
            name: builtin,
            is_builtin: true,
        });
    }
    Ok(Found {
        name: name.clone(),
        config: context.profiles().show(name)?,
        is_builtin: false,
    })
}

/// Refuses a name that the preset brings: a profile of that name on disk would never be used.
///
/// # Errors
///
/// Says so.
pub(crate) fn refuse_builtin(context: &Context, name: &ProfileName) -> Result<(), Failure> {
    if !context.preset().is_builtin(name) {
        return Ok(());
    }
    let preset = context.preset().name();
    Err(Failure::new(
        Exit::Usage,
        "profile_built_in",
        format!("the name {name} belongs to a profile that is built into the preset {preset}"),
    )
    .with_hint(format!(
        "choose another name; to change that profile, copy it first: keyfob profile copy{{home}} {name} NAME"
    )))
}

/// Gives a profile a login, where there is none.
///
/// # Errors
///
/// Says that there is one, or why it cannot be written.
pub(crate) fn store_login(
    context: &Context,
    name: &ProfileName,
    login: &Document,
) -> Result<(), Failure> {
    let files = FileStore::new(context.home());
    match files.try_lock_now(name)? {
        TryLock::Held(mut lease) => Ok(lease.commit_now(None, login).map(drop)?),
        TryLock::Busy { holder } => Err(keyfob::store::StoreError::Locked { holder }.into()),
    }
}
