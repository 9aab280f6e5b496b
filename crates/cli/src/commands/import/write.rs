//! Writing what an import found: each profile whole or not at all, nothing that is there is changed, and all of it is said.
use std::collections::BTreeSet;

use clap::Args;
use keyfob::import::{Imported, ImportedProfile, Left};
use keyfob::store::FileStore;
use keyfob::{ClientConfig, Error, ProfileName};
use serde_json::{Value, json};

use crate::commands::{open, stock};
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::ui::words;

/// How an import writes.
#[derive(Args, Debug, Clone, Default)]
pub(crate) struct WriteArgs {
    /// Say what would be done, and do nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Name for the profile, where there is one only
    #[arg(long, value_name = "PROFILE")]
    pub(crate) name: Option<String>,
    /// Leave logins where they are, and take the clients only
    #[arg(long)]
    pub(crate) no_login: bool,
}

/// Writes the profiles and reports.
///
/// # Errors
///
/// Says after the report that some profile could not be taken.
pub(crate) fn write(
    context: &Context,
    source: &str,
    imported: Imported,
    args: &WriteArgs,
) -> Result<(), Failure> {
    let Imported {
        mut profiles,
        left,
        current,
        ..
    } = imported;
    rename_only(&mut profiles, args.name.as_deref())?;
    let had_current = context.profiles().current()?.is_some();
    let mut seen = BTreeSet::new();
    let taken: Vec<Taken> = profiles
        .iter()
        .map(|profile| take(context, profile, args, &mut seen))
        .collect();
    let current = if had_current {
        None
    } else {
        choose(context, &taken, current.as_deref(), args.dry_run)?
    };
    let report = Report {
        source,
        dry_run: args.dry_run,
        taken: &taken,
        left: &left,
        current: current.as_ref(),
    };
    context.print(&report.to_json(), || report.to_text())?;
    let refused = taken.iter().find_map(|taken| match &taken.outcome {
        Outcome::Refused(failure) => Some((taken, failure)),
        _ => None,
    });
    match refused {
        None => Ok(()),
        Some((taken, failure)) => Err(Failure::new(
            failure.exit(),
            failure.code().to_owned(),
            format!("{} was not taken: {}", taken.shown, failure.message()),
        )
        .with_hint("take it under another name: --name NAME   (keyfob list shows what is there)")),
    }
}

/// One profile after the attempt.
struct Taken {
    /// Its name as far as it may be shown.
    shown: String,
    name: Option<ProfileName>,
    has_login: bool,
    outcome: Outcome,
    left: Vec<Left>,
    notes: Vec<String>,
}

enum Outcome {
    Added,
    /// It was there, just so.
    There,
    Refused(Failure),
}

fn rename_only(profiles: &mut [ImportedProfile], name: Option<&str>) -> Result<(), Failure> {
    match (profiles, name) {
        (_, None) => Ok(()),
        ([only], Some(name)) => {
            name.clone_into(&mut only.name);
            Ok(())
        }
        (several, Some(_)) => Err(Failure::usage(format!(
            "--name is for one profile, and there are {}",
            several.len()
        ))
        .with_hint("leave --name out, or choose one of them; --dry-run shows their names")),
    }
}

fn take(
    context: &Context,
    profile: &ImportedProfile,
    args: &WriteArgs,
    seen: &mut BTreeSet<ProfileName>,
) -> Taken {
    let shown: String = words::plain(&profile.name).chars().take(64).collect();
    let mut taken = Taken {
        shown,
        name: None,
        has_login: profile.credential.is_some() && !args.no_login,
        outcome: Outcome::Added,
        left: profile.left.clone(),
        notes: profile.notes.clone(),
    };
    let name = match open::name(&profile.name) {
        Ok(name) => name,
        Err(failure) => {
            taken.outcome = Outcome::Refused(failure);
            return taken;
        }
    };
    taken.outcome = if seen.insert(name.clone()) {
        add(context, &name, profile, args).unwrap_or_else(Outcome::Refused)
    } else {
        Outcome::Refused(Failure::usage("another one here has the same name"))
    };
    if matches!(taken.outcome, Outcome::There) {
        taken.has_login = false;
    }
    taken.name = Some(name);
    taken
}

fn add(
    context: &Context,
    name: &ProfileName,
    profile: &ImportedProfile,
    args: &WriteArgs,
) -> Result<Outcome, Failure> {
    profile.config.check().map_err(Error::from)?;
    stock::refuse_builtin(context, name)?;
    let files = FileStore::new(context.home());
    let login = profile.credential.as_ref().filter(|_| !args.no_login);
    let has_login = files.load_now(name)?.is_some();
    let is_same = |known: &ClientConfig| known.completed() == profile.config.completed();
    let mut is_new = false;
    match open::existing(context, name)? {
        // A login that is newer here stays; one that a broken-off import did not get to is added.
        Some(known) if is_same(&known) && (has_login || login.is_none()) => {
            return Ok(Outcome::There);
        }
        Some(known) if is_same(&known) => {}
        Some(_) => {
            return Err(Failure::new(
                Exit::Usage,
                "profile_exists",
                format!("there is another profile {name}"),
            ));
        }
        None if has_login => {
            return Err(
                Failure::usage(format!("there is a login of {name} without a profile"))
                    .with_hint("keyfob profile remove{home} PROFILE --force"),
            );
        }
        None if args.dry_run => {}
        None => {
            context.profiles().add(name, &profile.config)?;
            is_new = true;
        }
    }
    if let (Some(login), false) = (login, args.dry_run)
        && let Err(failure) = stock::store_login(context, name, login)
    {
        // Without its login it was not taken whole; what was there before stays.
        if is_new {
            context.profiles().remove(name)?;
        }
        return Err(failure);
    }
    Ok(Outcome::Added)
}

/// Where nothing was chosen before: what the other client used, else the first that was taken.
fn choose(
    context: &Context,
    taken: &[Taken],
    wanted: Option<&str>,
    dry_run: bool,
) -> Result<Option<ProfileName>, Failure> {
    let usable = || {
        taken
            .iter()
            .filter(|taken| !matches!(taken.outcome, Outcome::Refused(_)))
    };
    let names = || usable().filter_map(|taken| taken.name.as_ref());
    let chosen = names()
        .find(|name| Some(name.as_str()) == wanted)
        .or_else(|| names().next())
        .cloned();
    if let (Some(name), false) = (&chosen, dry_run) {
        context.profiles().switch(name)?;
    }
    Ok(chosen)
}

struct Report<'a> {
    source: &'a str,
    dry_run: bool,
    taken: &'a [Taken],
    left: &'a [Left],
    current: Option<&'a ProfileName>,
}

impl Report<'_> {
    fn to_json(&self) -> Value {
        let profiles = self.taken.iter().map(|taken| {
            let error = match &taken.outcome {
                Outcome::Refused(failure) => Some(failure.message()),
                _ => None,
            };
            json!({
                "profile": taken.shown,
                "outcome": taken.word(),
                "login": taken.has_login,
                "error": error,
                "left": lefts(&taken.left),
                "notes": taken.notes,
            })
        });
        json!({
            "source": self.source,
            "dry_run": self.dry_run,
            "profiles": profiles.collect::<Vec<_>>(),
            "left": lefts(self.left),
            "current": self.current.map(ProfileName::as_str),
        })
    }

    fn to_text(&self) -> String {
        let mut text = format!("From {}:\n", words::plain(self.source));
        if self.taken.is_empty() && self.left.is_empty() {
            text.push_str("  nothing to take\n");
        }
        let mut line = |text_of_line: &str| {
            text.push_str("  ");
            text.push_str(&words::plain(text_of_line));
            text.push('\n');
        };
        for taken in self.taken {
            line(&format!("{}  {}", taken.shown, self.sentence(taken)));
            for left in &taken.left {
                line(&format!("  left {}: {}", left.what, left.why));
            }
            for note in &taken.notes {
                line(&format!("  note: {note}"));
            }
        }
        for left in self.left {
            line(&format!("left {}: {}", left.what, left.why));
        }
        if let Some(name) = self.current {
            let verb = if self.dry_run { "would be" } else { "is" };
            line(&format!("{name} {verb} the current profile"));
        }
        text
    }

    fn sentence(&self, taken: &Taken) -> String {
        let with = if taken.has_login {
            ", with its login"
        } else {
            ""
        };
        match &taken.outcome {
            Outcome::Added if self.dry_run => format!("would be added{with}"),
            Outcome::Added => format!("added{with}"),
            Outcome::There => "is there already".to_owned(),
            Outcome::Refused(failure) => format!("not taken: {}", failure.message()),
        }
    }
}

impl Taken {
    fn word(&self) -> &'static str {
        match self.outcome {
            Outcome::Added => "added",
            Outcome::There => "there_already",
            Outcome::Refused(_) => "refused",
        }
    }
}

fn lefts(left: &[Left]) -> Vec<Value> {
    left.iter()
        .map(|left| json!({ "what": left.what, "why": left.why }))
        .collect()
}
