//! Where plauth works: `~/.planet` and `~/.planet.json`, by the preset `planet`; and which profile is meant.
use std::path::PathBuf;

use keyfob::client::ClientType;
use keyfob::settings::{Given, Resolved, Resolver, Setting};
use keyfob::{Environment, Error};

use super::app::Call;
use super::opened::Opened;
use super::variables;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::globals::Globals;
use crate::ui::output::Output;

/// The preset that knows planet-auth's folder, settings file and variables.
pub(super) const PRESET: &str = "planet";

/// The folder of the profiles, below the user's home.
const HOME: &str = ".planet";

/// The surroundings of every command of plauth.
///
/// # Errors
///
/// Says that no home folder is known.
pub(super) fn context() -> Result<Context, Failure> {
    Context::new(&Globals {
        profile: None,
        // planet-auth knows no other place, whatever keyfob's own variables say.
        home: Some(home()?),
        preset: Some(PRESET.to_owned()),
        output: Output::Text,
        no_input: false,
        quiet: false,
        verbose: 0,
        timeout: None,
    })
}

/// The folder of the profiles.
///
/// # Errors
///
/// Says that no home folder is known.
pub(super) fn home() -> Result<PathBuf, Failure> {
    let user_home = etcetera::home_dir().map_err(|error| {
        Failure::usage(format!("no home folder is known on this machine: {error}"))
    })?;
    Ok(user_home.join(HOME))
}

/// Which profiles a command is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum For {
    /// All.
    Any,
    /// OAuth clients.
    Oauth,
    /// Planet's own exchange of user name and password.
    Legacy,
    /// Whatever has an API key.
    Keyed,
}

impl Call<'_> {
    /// What the root option says.
    pub(super) fn given(&self) -> Given {
        Given::new().with_some(Setting::Profile, self.auth_profile.clone())
    }

    /// The profile that options, environment and settings choose, for a command that is no login.
    ///
    /// # Errors
    ///
    /// Says that there is no such profile, or why it cannot be used.
    pub(super) fn resolve(&self, given: &Given) -> Result<Resolved, Failure> {
        self.resolve_in(&variables::environment(false), given)
    }

    /// The session of the profile that the root option, environment and settings choose.
    ///
    /// # Errors
    ///
    /// As [`Call::resolve`], and that the profile is not one that the command is for.
    pub(super) fn open(&self, kind: For) -> Result<Opened, Failure> {
        let resolved = self.resolve(&self.given())?;
        kind.check(&resolved)?;
        Opened::new(self.context, resolved)
    }

    /// As [`Call::open`], of a login with its own options.
    ///
    /// # Errors
    ///
    /// As [`Call::open`].
    pub(super) fn open_for_login(&self, given: &Given, kind: For) -> Result<Opened, Failure> {
        let resolved = self.resolve_in(&variables::environment(true), given)?;
        kind.check(&resolved)?;
        Opened::new(self.context, resolved)
    }

    fn resolve_in(&self, environment: &Environment, given: &Given) -> Result<Resolved, Failure> {
        let (preset, profiles) = (self.context.preset(), self.context.profiles());
        let resolved = Resolver::new(preset, profiles, environment).resolve(given)?;
        self.context.place.note_profile(&resolved.name);
        Ok(resolved)
    }
}

impl For {
    fn check(self, resolved: &Resolved) -> Result<(), Failure> {
        let kind = resolved.config.client_type().map_err(Error::from)?;
        let is_key = |kind| [ClientType::PlanetLegacy, ClientType::StaticApiKey].contains(&kind);
        let (fits, group, wanted) = match self {
            Self::Any => return Ok(()),
            Self::Oauth => (
                kind.grant().is_some() || kind == ClientType::ClientValidator,
                "oauth",
                "OAuth",
            ),
            Self::Legacy => (kind == ClientType::PlanetLegacy, "legacy", "planet_legacy"),
            Self::Keyed => (is_key(kind), "legacy", "planet_legacy or static_apikey"),
        };
        if fits {
            return Ok(());
        }
        let (name, kind) = (&resolved.name, kind.as_str());
        Err(Failure::new(
            Exit::Usage,
            "client_type_unsupported",
            format!(
                "\"{group}\" commands are for profiles of type {wanted}; the profile {name} is of type {kind}"
            ),
        )
        .with_hint("plauth --auth-profile PROFILE …   (plauth profile list shows them)"))
    }
}
