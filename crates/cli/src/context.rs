//! What every command gets: the global flags, resolved once, and the ways to speak.
use std::cell::{Cell, RefCell};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use keyfob::settings::{Resolver, Setting};
use keyfob::transport::Clock;
use keyfob::{Environment, Preset, Profiles, Session};
use serde_json::Value;

use crate::failure::Failure;
use crate::globals::Globals;
use crate::home;
use crate::ui::output::{self, Output};
use crate::ui::progress::Progress;
use crate::ui::{terminal, words};

/// Which home and profile a command works on, as hints repeat them.
#[derive(Debug, Default)]
pub(crate) struct Place {
    home_flag: Option<PathBuf>,
    preset_flag: Option<String>,
    profile: RefCell<Option<String>>,
    /// The profile is made by this very command line, so a hint has to repeat it.
    is_unsaved: Cell<bool>,
}

/// The resolved global flags.
#[derive(Debug)]
pub(crate) struct Context {
    /// Which home and profile.
    pub(crate) place: Place,
    /// How results are printed.
    pub(crate) output: Output,
    /// The limit of the whole command, when one was given.
    pub(crate) timeout: Option<Duration>,
    preset: Preset,
    profiles: Profiles,
    environment: Environment,
    profile: Option<String>,
    no_input: bool,
    quiet: bool,
    critical: Cell<u32>,
    sessions: RefCell<Vec<Session>>,
    clock: Clock,
}

impl Place {
    /// Notes the global flags that a hint has to repeat.
    pub(crate) fn new(globals: &Globals) -> Self {
        Self {
            home_flag: globals.home.clone(),
            preset_flag: globals.preset.clone(),
            profile: RefCell::new(globals.profile.clone()),
            is_unsaved: Cell::new(false),
        }
    }

    /// The flags that name this place: ` --home X -p work`, or nothing.
    pub(crate) fn flags(&self) -> String {
        match self.profile.borrow().as_ref() {
            Some(profile) => format!("{} -p {}", self.home_flags(), words::shell_word(profile)),
            None => self.home_flags(),
        }
    }

    /// The flags that name the home: ` --preset planet --home X`, or nothing.
    pub(crate) fn home_flags(&self) -> String {
        let flag = |name: &str, value: &str| format!(" --{name} {}", words::shell_word(value));
        let preset = self.preset_flag.as_ref();
        let preset = preset.map(|preset| flag("preset", preset));
        let home = self.home_flag.as_ref();
        let home = home.map(|home| flag("home", &home.display().to_string()));
        preset.unwrap_or_default() + &home.unwrap_or_default()
    }

    /// The profile that the command settled on, as far as it has.
    pub(crate) fn profile(&self) -> Option<String> {
        self.profile.borrow().clone()
    }

    /// Notes that only this command line describes the profile so far.
    pub(crate) fn note_unsaved(&self) {
        self.is_unsaved.set(true);
    }

    /// Notes that the profile can be named from now on.
    pub(crate) fn note_saved(&self) {
        self.is_unsaved.set(false);
    }

    /// Whether the profile cannot be named yet.
    pub(crate) fn is_unsaved(&self) -> bool {
        self.is_unsaved.get()
    }

    /// Notes the profile that the command settled on.
    pub(crate) fn note_profile(&self, profile: &str) {
        self.profile.replace(Some(profile.to_owned()));
    }
}

impl Context {
    /// Resolves the global flags.
    ///
    /// # Errors
    ///
    /// Says that no home folder is known.
    pub(crate) fn new(globals: &Globals) -> Result<Self, Failure> {
        let preset = home::preset(globals.preset.as_deref())?;
        let home = home::home_of(&preset, globals.home.clone()).ok_or_else(|| {
            Failure::usage("no home folder is known on this machine")
                .with_hint("set KEYFOB_HOME, or give --home FOLDER")
        })?;
        let environment = home::environment();
        let profiles = Profiles::open(home)
            .with_preset(&preset)
            .with_environment(environment.clone());
        Ok(Self {
            place: Place::new(globals),
            output: globals.output,
            timeout: globals.timeout,
            preset,
            profiles,
            environment,
            profile: globals.profile.clone(),
            no_input: globals.no_input,
            quiet: globals.quiet,
            critical: Cell::new(0),
            sessions: RefCell::default(),
            clock: Clock::system(),
        })
    }

    /// The folder that holds the profiles.
    pub(crate) fn home(&self) -> &Path {
        self.profiles.home()
    }

    /// The deployment that is worked with.
    pub(crate) fn preset(&self) -> &Preset {
        &self.preset
    }

    /// The profiles of this home and preset.
    pub(crate) fn profiles(&self) -> &Profiles {
        &self.profiles
    }

    /// The variables of this process, for references to secrets and for settings.
    pub(crate) fn environment(&self) -> &Environment {
        &self.environment
    }

    /// Makes out profiles from flags, environment, settings file, profiles and preset.
    pub(crate) fn resolver(&self) -> Resolver<'_> {
        Resolver::new(&self.preset, &self.profiles, &self.environment)
    }

    /// The profile that the command line names, as its argument or by flag.
    ///
    /// # Errors
    ///
    /// Refuses two different names.
    pub(crate) fn typed_profile(&self, argument: Option<&str>) -> Result<Option<String>, Failure> {
        match (argument, &self.profile) {
            (Some(argument), Some(flag)) if argument != flag => Err(Failure::usage(format!(
                "two profiles are named: {argument} and {flag}"
            ))
            .with_hint("name one of them, as the argument or with -p")),
            (Some(argument), _) => Ok(Some(argument.to_owned())),
            (None, flag) => Ok(flag.clone()),
        }
    }

    /// The profile by argument, flag or environment.
    ///
    /// # Errors
    ///
    /// Refuses two different names.
    pub(crate) fn named_profile(&self, argument: Option<&str>) -> Result<Option<String>, Failure> {
        let variable = || {
            let variable = self.preset.variable(Setting::Profile)?;
            let value = self.environment.var(&variable)?;
            (!value.is_empty()).then(|| value.to_owned())
        };
        Ok(self.typed_profile(argument)?.or_else(variable))
    }

    /// Whether a person may be asked something.
    pub(crate) fn may_ask(&self) -> bool {
        !self.no_input && terminal::person_present()
    }

    /// Whether nobody may be asked because the command line says so.
    pub(crate) fn no_input(&self) -> bool {
        self.no_input
    }

    /// Whether only results and errors are wanted.
    pub(crate) fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// The time on this machine's clock.
    pub(crate) fn now(&self) -> SystemTime {
        self.clock.now()
    }

    /// This machine's clock.
    pub(crate) fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Whether results and errors are JSON.
    pub(crate) fn is_json(&self) -> bool {
        self.output == Output::Json
    }

    /// Prints the result: JSON as asked, else the words.
    ///
    /// # Errors
    ///
    /// Says why stdout could not be written.
    pub(crate) fn print(
        &self,
        value: &Value,
        text: impl FnOnce() -> String,
    ) -> Result<(), Failure> {
        output::stdout(&if self.is_json() {
            output::json(value)
        } else {
            text()
        })
    }

    /// Says something to the person, unless `--quiet`.
    pub(crate) fn say(&self, text: impl AsRef<str>) {
        if !self.quiet {
            output::stderr(&format!("{}\n", text.as_ref()));
        }
    }

    /// Shows a sign of life until dropped.
    pub(crate) fn wait_for(&self, what: impl Into<String>) -> Progress {
        Progress::start(what, self.quiet)
    }

    /// Marks a stretch in which a one-time credential may be under way: an interruption lets it end.
    pub(crate) fn critical(&self) -> Critical<'_> {
        self.critical.set(self.critical.get() + 1);
        Critical(&self.critical)
    }

    /// Notes a session whose early refresh may go on when the command itself is done.
    pub(crate) fn note_session(&self, session: &Session) {
        self.sessions.borrow_mut().push(session.clone());
    }

    /// Waits for refreshes that are under way: however the command ended, their answers must not be lost.
    pub(crate) async fn settle(&self) {
        let sessions = self.sessions.borrow().clone();
        for session in sessions {
            session.settle().await;
        }
    }

    /// Whether a one-time credential may be under way.
    pub(crate) fn is_critical(&self) -> bool {
        self.critical.get() > 0
    }
}

/// See [`Context::critical`].
#[derive(Debug)]
pub(crate) struct Critical<'a>(&'a Cell<u32>);

impl Drop for Critical<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get().saturating_sub(1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hints_repeat_home_and_profile_ready_to_paste() {
        let place = Place {
            home_flag: Some(PathBuf::from("/my home")),
            profile: RefCell::new(Some("work".into())),
            ..Place::default()
        };
        assert_eq!(place.flags(), " --home '/my home' -p work");
        assert_eq!(Place::default().flags(), "");
    }
}
