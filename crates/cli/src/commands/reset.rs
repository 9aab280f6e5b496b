//! `keyfob reset`: every login revoked and removed, and the profiles too.
use std::collections::BTreeSet;

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
/// Revokes the tokens of every profile at its provider, removes them, then removes the profiles.
/// What a provider does not answer is reported and does not stop the rest. Nothing is renamed or
/// kept aside, and files that keyfob did not write stay.
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
    let files = FileStore::new(context.home());
    let logins = files.list_now()?;
    let profiles: BTreeSet<ProfileName> = files.profiles()?.into_iter().collect();
    if logins.is_empty() && (profiles.is_empty() || args.keep_profiles) {
        let nothing = json!({ "logins": [], "removed_profiles": [] });
        return context.print(&nothing, || "There is nothing to remove.\n".to_owned());
    }
    let removes_profiles = agree(context, args, logins.len(), profiles.len()).await?;
    let mut done = Vec::new();
    for name in &logins {
        let outcome = leave(context, &files, name, args.no_revoke).await;
        done.push((name, outcome));
    }
    let mut removed = Vec::new();
    let mut failed = None;
    for name in profiles.iter().filter(|_| removes_profiles) {
        match context.profiles().remove(name) {
            Ok(_) => removed.push(name.as_str()),
            Err(error) => {
                failed.get_or_insert_with(|| {
                    Failure::from(error).while_doing(&format!("the profile {name} was not removed"))
                });
            }
        }
    }
    let value = json!({
        "logins": done.iter().map(|(name, outcome)| outcome.to_json(name)).collect::<Vec<_>>(),
        "removed_profiles": removed,
    });
    context.print(&value, || {
        let logins = done
            .iter()
            .map(|(name, outcome)| outcome.to_text(name))
            .collect::<Vec<_>>()
            .concat();
        let profiles = removed
            .iter()
            .map(|name| format!("Removed the profile {name}.\n"));
        logins + &profiles.collect::<Vec<_>>().concat()
    })?;
    let failures = done
        .into_iter()
        .filter_map(|(name, outcome)| outcome.failure(name));
    failures.chain(failed).next().map_or(Ok(()), Err)
}

/// Asks before anything is removed. Tells whether the profiles go too.
async fn agree(
    context: &Context,
    args: &ResetArgs,
    logins: usize,
    profiles: usize,
) -> Result<bool, Failure> {
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
    if args.keep_profiles || profiles == 0 {
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
    if number == 1 {
        format!("1 {what}")
    } else {
        format!("{number} {what}s")
    }
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

async fn leave(
    context: &Context,
    files: &FileStore,
    name: &ProfileName,
    no_revoke: bool,
) -> Outcome {
    let reason = if no_revoke {
        None
    } else {
        match log_out(context, name).await {
            Ok(report) => return Outcome::Revoked(Box::new(report)),
            // Without a client that can be used, nobody can be asked to revoke.
            Err(failure) => Some(failure),
        }
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
