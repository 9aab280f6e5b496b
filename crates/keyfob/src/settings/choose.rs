//! Which profile: by name, by a service's id and secret, or by an API key; the strongest source decides.

use crate::Error;
use crate::settings::gather::{Said, Sources};
use crate::settings::{Setting, SettingsError, Shadowed, Source};

/// What tells which profile is meant.
#[derive(Clone, Debug)]
pub(super) enum Choice {
    /// A name.
    Named(Said),
    /// A client identifier with its secret.
    Pair { id: Said, secret: Said },
    /// An API key.
    Key(Said),
    /// Nobody says anything.
    Nothing,
}

/// The choice, and what else could have been one.
#[derive(Debug)]
pub(super) struct Chosen {
    pub(super) choice: Choice,
    pub(super) shadowed: Vec<Shadowed>,
    pub(super) warnings: Vec<String>,
}

impl Choice {
    pub(super) fn source(&self) -> Option<&Source> {
        match self {
            Self::Named(said) | Self::Key(said) | Self::Pair { id: said, .. } => Some(&said.source),
            Self::Nothing => None,
        }
    }

    fn setting(&self) -> Setting {
        match self {
            Self::Pair { .. } => Setting::ClientId,
            Self::Key(_) => Setting::ApiKey,
            Self::Named(_) | Self::Nothing => Setting::Profile,
        }
    }

    fn said(&self) -> Option<&Said> {
        match self {
            Self::Named(said) | Self::Key(said) | Self::Pair { id: said, .. } => Some(said),
            Self::Nothing => None,
        }
    }
}

/// Within one source a name comes before a pair, and a pair before a key; a stronger source comes before all of a weaker one.
pub(super) fn choose(sources: &Sources) -> Result<Chosen, Error> {
    let mut warnings = Vec::new();
    check_pair(sources, &mut warnings)?;
    let mut choices = (0..Source::LEVELS_OF_CHOICE).flat_map(|level| at_level(sources, level));
    let choice = choices.next().unwrap_or(Choice::Nothing);
    let others: Vec<Choice> = choices.collect();
    warnings.extend(overridden(&choice, &others));
    let shadowed = others.iter().filter_map(|other| shadow(&choice, other));
    let shadowed = shadowed.collect();
    Ok(Chosen {
        choice,
        shadowed,
        warnings,
    })
}

fn at_level(sources: &Sources, level: usize) -> Vec<Choice> {
    let named = sources.at(Setting::Profile, level).cloned();
    // The id decides how strong a pair is; its secret may come from elsewhere, such as a variable.
    let id = sources.at(Setting::ClientId, level).cloned();
    let secret = sources.first(Setting::ClientSecret).cloned();
    let pair = id
        .zip(secret)
        .map(|(id, secret)| Choice::Pair { id, secret });
    let key = sources.at(Setting::ApiKey, level).cloned();
    let all = [named.map(Choice::Named), pair, key.map(Choice::Key)];
    all.into_iter().flatten().collect()
}

/// Half a pair is a slip on a command line; elsewhere it is left over, and must not pass for a choice.
fn check_pair(sources: &Sources, warnings: &mut Vec<String>) -> Result<(), Error> {
    let (id, secret) = (
        sources.first(Setting::ClientId),
        sources.first(Setting::ClientSecret),
    );
    let (given, missing, said) = match (id, secret) {
        (Some(id), None) => (Setting::ClientId, Setting::ClientSecret, id),
        (None, Some(secret)) => (Setting::ClientSecret, Setting::ClientId, secret),
        _ => return Ok(()),
    };
    let error = SettingsError::HalfAPair {
        given,
        missing,
        by: said.source.clone(),
    };
    if said.source == Source::Flag {
        return Err(error.into());
    }
    warnings.push(format!("{error}; it is ignored"));
    Ok(())
}

/// A variable that speaks for no profile in particular and still takes the place of a saved choice.
fn overridden(choice: &Choice, others: &[Choice]) -> Option<String> {
    let Some(Source::Environment { variable }) = choice.source() else {
        return None;
    };
    let saved = others.iter().find_map(|other| match other {
        Choice::Named(said) if matches!(said.source, Source::SettingsFile { .. }) => Some(said),
        _ => None,
    })?;
    match choice {
        Choice::Pair { .. } | Choice::Key(_) => Some(format!(
            "{variable} is set and overrides the profile {}, which {} names",
            saved.text(),
            saved.source
        )),
        _ => None,
    }
}

fn shadow(choice: &Choice, other: &Choice) -> Option<Shadowed> {
    let (winner, loser) = (choice.said()?, other.said()?);
    let why = if winner.source.level() < loser.source.level() {
        format!("{} comes before {}", winner.source, loser.source)
    } else {
        let (first, then) = (choice.setting(), other.setting());
        format!("of one source, {first} comes before {then}")
    };
    Some(Shadowed {
        setting: other.setting(),
        shown: loser.shown(other.setting()),
        source: loser.source.clone(),
        why,
    })
}
