//! `keyfob reset`: every login revoked and removed, and the profiles too.
use clap::Args;
use keyfob::ProfileName;
use keyfob::session::LogoutReport;
use keyfob::store::{FileStore, StoreError, TryLock};
use serde_json::{Value, json};

use super::{logout, open};
use crate::context::Context;
use crate::failure::Failure;
use crate::ui::ask;

/// Log out everywhere and remove what keyfob keeps on this machine
///
/// Revokes the tokens of every profile at its provider, removes them, then removes the profiles
/// and what the settings say about them. What a provider does not answer is reported and does
/// not stop the rest. Nothing is renamed or kept aside, and files that keyfob did not write stay.
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub(crate) struct ResetArgs {
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
    /// Remove the logins and keep the profiles
    #[arg(long)]
    keep_profiles: bool,
    /// Remove the tokens here without revoking them; they stay valid until they expire
    #[arg(long)]
    no_revoke: bool,
}

/// Resets.
///
/// # Errors
///
/// Says after the report which step failed first.
pub(crate) async fn run(context: &Context, args: &ResetArgs) -> Result<(), Failure> {
    let there = There::look(context)?;
    let nothing_else = args.keep_profiles || (there.profiles.is_empty() && !there.has_choices);
    if there.logins.is_empty() && nothing_else {
        let nothing = Done::default();
        return context.print(&nothing.to_json(), || {
            "There is nothing to remove.\n".to_owned()
        });
    }
    let profiles = agree(context, args, &there).await?;
    let wish = Wish {
        revoke: !args.no_revoke,
        profiles,
    };
    let done = everything(context, &there, wish).await;
    context.print(&done.to_json(), || done.to_text())?;
    done.verdict()
}

/// What a reset is to do besides removing the logins.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wish {
    /// Revoke the tokens first.
    pub(crate) revoke: bool,
    /// Remove the profiles and the settings about them, too.
    pub(crate) profiles: bool,
}

/// What there is to remove.
pub(crate) struct There {
    logins: Vec<ProfileName>,
    profiles: Vec<ProfileName>,
    has_choices: bool,
}

impl There {
    /// Looks.
    ///
    /// # Errors
    ///
    /// Says that the home folder cannot be used.
    pub(crate) fn look(context: &Context) -> Result<Self, Failure> {
        let files = FileStore::new(context.home());
        let settings = context.profiles().settings();
        let is_empty = |stored: keyfob::store::Stored| stored.document.as_map().is_empty();
        Ok(Self {
            logins: files.list_now()?,
            profiles: files.profiles()?,
            // Settings that cannot be read are for their removal to complain about.
            has_choices: settings.map_or(true, |stored| stored.is_some_and(|it| !is_empty(it))),
        })
    }
}

/// Removes, whatever fails on the way.
pub(crate) async fn everything(context: &Context, there: &There, wish: Wish) -> Done {
    let files = FileStore::new(context.home());
    let mut done = Done::default();
    for name in &there.logins {
        let outcome = leave(context, &files, name, wish.revoke).await;
        done.logins.push((name.clone(), outcome));
    }
    if !wish.profiles {
        return done;
    }
    for name in &there.profiles {
        match files.remove_profile(name) {
            Ok(_) => done.profiles.push(name.clone()),
            Err(error) => done.fail(&format!("the profile {name} was not removed"), error),
        }
    }
    match context.profiles().forget_settings() {
        Ok(members) => done.settings = members,
        Err(error) => done.fail("the settings were not changed", error),
    }
    done
}

/// Asks before anything is removed. Tells whether the profiles go too.
async fn agree(context: &Context, args: &ResetArgs, there: &There) -> Result<bool, Failure> {
    if args.yes {
        return Ok(!args.keep_profiles);
    }
    if !context.may_ask() {
        return Err(
            Failure::usage("a reset removes every login, and nobody is here to ask")
                .with_hint("add --yes if that is meant: keyfob reset{home} --yes"),
        );
    }
    let home = context.home().display();
    let (logins, profiles) = (there.logins.len(), there.profiles.len());
    if logins > 0 {
        let how = if args.no_revoke {
            "Remove"
        } else {
            "Revoke and remove"
        };
        let question = format!("{how} {} in {home}?", count(logins, "login"));
        if !ask::whether(&question, false).await? {
            return Err(Failure::cancelled("nothing was removed"));
        }
    }
    if args.keep_profiles {
        return Ok(false);
    }
    let question = format!("Remove {} from {home} too?", count(profiles, "profile"));
    let agreed = ask::whether(&question, false).await?;
    if !agreed && logins == 0 {
        return Err(Failure::cancelled("nothing was removed"));
    }
    Ok(agreed)
}

fn count(number: usize, what: &str) -> String {
    match number {
        1 => format!("1 {what}"),
        0 => format!("the settings of {what}s"),
        number => format!("{number} {what}s"),
    }
}

/// What a reset did.
#[derive(Default)]
pub(crate) struct Done {
    logins: Vec<(ProfileName, Outcome)>,
    profiles: Vec<ProfileName>,
    settings: Vec<String>,
    failed: Option<Failure>,
}

/// What became of one login.
enum Outcome {
    /// Revoked, as far as the provider did it, and removed.
    Revoked(Box<LogoutReport>),
    /// Removed here only; with the reason if it should have been revoked.
    Removed(Option<Failure>),
    /// Still here.
    Stays(Failure),
}

async fn leave(context: &Context, files: &FileStore, name: &ProfileName, revoke: bool) -> Outcome {
    let reason = if revoke {
        match log_out(context, name).await {
            Ok(report) => return Outcome::Revoked(Box::new(report)),
            // Without a client that can be used, nobody can be asked to revoke.
            Err(failure) => Some(failure),
        }
    } else {
        None
    };
    match forget(files, name) {
        Ok(()) => Outcome::Removed(reason),
        Err(error) => Outcome::Stays(error.into()),
    }
}

async fn log_out(context: &Context, name: &ProfileName) -> Result<LogoutReport, Failure> {
    let session = open::named_session(context, name)?;
    let _waiting = context.wait_for(format!("Waiting for the provider of {name}"));
    Ok(session.logout().await?)
}

fn forget(files: &FileStore, name: &ProfileName) -> Result<(), StoreError> {
    match files.try_lock_now(name)? {
        TryLock::Held(mut lease) => lease.remove_now(None).map(drop),
        TryLock::Busy { holder } => Err(StoreError::Locked { holder }),
    }
}

impl Done {
    fn fail(&mut self, what: &str, error: impl Into<Failure>) {
        let failure = error.into().while_doing(what);
        self.failed.get_or_insert(failure);
    }

    /// Whether all went well; the first step that did not is the failure.
    ///
    /// # Errors
    ///
    /// Says which step failed.
    pub(crate) fn verdict(self) -> Result<(), Failure> {
        let logins = self.logins.into_iter();
        let failures = logins.filter_map(|(name, outcome)| outcome.failure(&name));
        failures.chain(self.failed).next().map_or(Ok(()), Err)
    }

    fn to_json(&self) -> Value {
        let logins = self.logins.iter();
        let logins = logins.map(|(name, outcome)| outcome.to_json(name));
        let profiles = self.profiles.iter().map(ProfileName::as_str);
        json!({
            "logins": logins.collect::<Vec<_>>(),
            "removed_profiles": profiles.collect::<Vec<_>>(),
            "removed_settings": self.settings,
        })
    }

    fn to_text(&self) -> String {
        let logins = self.logins.iter();
        let logins = logins.map(|(name, outcome)| outcome.to_text(name));
        let profiles = self.profiles.iter();
        let profiles = profiles.map(|name| format!("Removed the profile {name}.\n"));
        let settings = self.settings.iter();
        let settings = settings.map(|key| format!("Removed {key} from the settings.\n"));
        logins
            .chain(profiles)
            .chain(settings)
            .collect::<Vec<_>>()
            .concat()
    }
}

impl Outcome {
    fn to_json(&self, name: &ProfileName) -> Value {
        match self {
            Self::Revoked(report) => logout::to_json(name.as_str(), report),
            Self::Removed(reason) => json!({
                "profile": name.as_str(),
                "revoked": Value::Null,
                "removed": true,
                "error": reason.as_ref().map(Failure::code),
            }),
            Self::Stays(failure) => json!({
                "profile": name.as_str(),
                "revoked": Value::Null,
                "removed": false,
                "error": failure.code(),
            }),
        }
    }

    fn to_text(&self, name: &ProfileName) -> String {
        match self {
            Self::Revoked(report) => logout::to_text(name.as_str(), report),
            Self::Removed(reason) => {
                let why = reason
                    .as_ref()
                    .map(|reason| format!(": {}", reason.message()));
                let why = why.unwrap_or_default();
                format!("{name}\n  at the provider  not revoked{why}\n  on this disk     removed\n")
            }
            Self::Stays(failure) => {
                format!("{name}\n  on this disk     failed: {}\n", failure.message())
            }
        }
    }

    fn failure(self, name: &ProfileName) -> Option<Failure> {
        let failure = match self {
            Self::Revoked(report) => logout::verdict(*report).err()?,
            Self::Removed(reason) => reason?,
            Self::Stays(failure) => failure,
        };
        Some(failure.while_doing(name.as_str()))
    }
}
