//! Where plauth works: `~/.planet` and `~/.planet.json`, by the preset `planet`; and which profile is meant.
use std::sync::Arc;

use keyfob::client::ClientType;
use keyfob::jose::Secret;
use keyfob::protocol::ServerMetadata;
use keyfob::settings::{Given, Keeps, Origin, Resolved, Setting};
use keyfob::store::Document;
use keyfob::{AccessToken, ClientConfig, ProfileName, Session, SessionPolicy};

use super::app::Call;
use super::{sops, variables};
use crate::commands::open;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::globals::Globals;
use crate::ui::output::Output;

/// The preset that knows planet-auth's folder, settings file and variables.
const PRESET: &str = "planet";

/// The folder of the profiles, below the user's home.
const HOME: &str = ".planet";

/// The surroundings of every command of plauth.
///
/// # Errors
///
/// Says that no home folder is known.
pub(super) fn context() -> Result<Context, Failure> {
    let home = etcetera::home_dir().map_err(|error| {
        Failure::usage(format!("no home folder is known on this machine: {error}"))
    })?;
    Context::new(&Globals {
        profile: None,
        // planet-auth knows no other place, whatever keyfob's own variables say.
        home: Some(home.join(HOME)),
        preset: Some(PRESET.to_owned()),
        output: Output::Text,
        no_input: false,
        quiet: false,
        verbose: 0,
        timeout: None,
    })
}

/// A profile that was chosen, ready to be used.
pub(super) struct Opened {
    /// Its name, its configuration, and where both came from.
    pub(super) resolved: Resolved,
    /// Its session.
    pub(super) session: Session,
}

impl Call<'_> {
    /// What the root option says.
    pub(super) fn given(&self) -> Given {
        Given::new().with_some(Setting::Profile, self.auth_profile.clone())
    }

    /// The profile that options, environment and settings choose.
    ///
    /// # Errors
    ///
    /// Says that there is no such profile, or why it cannot be used.
    pub(super) fn resolve(&self, given: &Given) -> Result<Resolved, Failure> {
        let home = self.context.home();
        let resolved = match self.context.resolver().resolve(given) {
            Ok(resolved) => resolved,
            Err(error) => {
                // A profile that is there, but encrypted, is not found.
                let named = given.text(Setting::Profile).map(str::to_owned);
                if let Some(name) = variables::one(named.as_ref(), variables::PROFILE) {
                    sops::refuse_profile(home, &name)?;
                }
                return Err(error.into());
            }
        };
        if resolved.origin == Origin::OnDisk {
            sops::refuse_profile(home, resolved.key.as_str())?;
        }
        self.context.place.note_profile(&resolved.name);
        Ok(resolved)
    }

    /// The session of the profile that is chosen.
    ///
    /// # Errors
    ///
    /// As [`Call::resolve`], and what is wrong with the configuration.
    pub(super) fn open(&self, given: &Given) -> Result<Opened, Failure> {
        let resolved = self.resolve(given)?;
        let session = session(self.context, &resolved)?;
        Ok(Opened { resolved, session })
    }

    /// As [`Call::open`], of an OAuth client only.
    ///
    /// # Errors
    ///
    /// As [`Call::open`], and that the profile is of another type.
    pub(super) fn open_oauth(&self, given: &Given) -> Result<Opened, Failure> {
        let is_oauth =
            |kind: ClientType| kind.grant().is_some() || kind == ClientType::ClientValidator;
        self.open_only(given, "oauth", "OAuth", is_oauth)
    }

    /// As [`Call::open_oauth`], with what the root option says.
    ///
    /// # Errors
    ///
    /// As [`Call::open_oauth`].
    pub(super) fn oauth(&self) -> Result<Opened, Failure> {
        self.open_oauth(&self.given())
    }

    /// As [`Call::open`], of a client with Planet's own user name and password exchange only.
    ///
    /// # Errors
    ///
    /// As [`Call::open`], and that the profile is of another type.
    pub(super) fn open_legacy(&self, given: &Given) -> Result<Opened, Failure> {
        self.open_only(given, "legacy", "planet_legacy", |kind| {
            kind == ClientType::PlanetLegacy
        })
    }

    /// As [`Call::open`], of a client that has an API key.
    ///
    /// # Errors
    ///
    /// As [`Call::open`], and that the profile is of another type.
    pub(super) fn keyed(&self) -> Result<Opened, Failure> {
        let has_key = |kind| [ClientType::PlanetLegacy, ClientType::StaticApiKey].contains(&kind);
        self.open_only(
            &self.given(),
            "legacy",
            "planet_legacy or static_apikey",
            has_key,
        )
    }

    fn open_only(
        &self,
        given: &Given,
        group: &str,
        wanted: &str,
        fits: impl Fn(ClientType) -> bool,
    ) -> Result<Opened, Failure> {
        let resolved = self.resolve(given)?;
        let kind = resolved.config.client_type().map_err(keyfob::Error::from)?;
        if !fits(kind) {
            return Err(Failure::new(
                Exit::Usage,
                "client_type_unsupported",
                format!(
                    "\"{group}\" commands are for profiles of type {wanted}; the profile {} is of type {}",
                    resolved.name,
                    kind.as_str()
                ),
            )
            .with_hint("plauth --auth-profile PROFILE …   (plauth profile list shows them)"));
        }
        let session = session(self.context, &resolved)?;
        Ok(Opened { resolved, session })
    }
}

impl Opened {
    /// The same session with other limits and wishes.
    pub(super) fn session_with(&self, call: &Call<'_>, policy: SessionPolicy) -> Session {
        let client = self.session.client().clone();
        let (store, key) = (self.resolved.store(), self.resolved.key.clone());
        let session = Session::with_policy(client, store, key, policy);
        call.context.note_session(&session);
        session
    }

    /// What is stored of the login, good or not.
    ///
    /// # Errors
    ///
    /// Says that nobody is logged in, or why it cannot be read.
    pub(super) async fn stored(&self) -> Result<Document, Failure> {
        let stored = self.resolved.store().load(&self.resolved.key).await?;
        stored.map(|stored| stored.document).ok_or_else(|| {
            Failure::new(Exit::LoginNeeded, "login_needed", "not logged in")
                .with_hint("keyfob login{at}")
        })
    }

    /// A stored token, good or not.
    ///
    /// # Errors
    ///
    /// As [`Opened::stored`], and that this login has no such token.
    pub(super) async fn stored_token(&self, member: &str) -> Result<Secret, Failure> {
        let document = self.stored().await?;
        document.text(member).map(Secret::new).ok_or_else(|| {
            let word = member.replace('_', " ");
            Failure::new(
                Exit::LoginNeeded,
                "no_such_token",
                format!("this login has no {word}"),
            )
            .with_hint("keyfob login{at}")
        })
    }

    /// A token that may be sent now.
    ///
    /// # Errors
    ///
    /// Says why there is none.
    pub(super) async fn access_token(&self, call: &Call<'_>) -> Result<AccessToken, Failure> {
        let _waiting = call.context.wait_for("Waiting for a fresh token");
        let _critical = call.context.critical();
        Ok(self.session.access_token().await?)
    }

    /// The provider's metadata.
    ///
    /// # Errors
    ///
    /// Says why there is none.
    pub(super) async fn metadata(&self, call: &Call<'_>) -> Result<Arc<ServerMetadata>, Failure> {
        let _waiting = call.context.wait_for("Waiting for the provider");
        Ok(self.session.client().metadata().await?)
    }

    /// Whether the profile can be named in later commands.
    pub(super) fn is_saved(&self) -> bool {
        self.resolved.origin != Origin::AdHoc || self.is_service()
    }

    /// Keeps an ad-hoc service client under its name, so that its token is found again.
    ///
    /// # Errors
    ///
    /// Says why it cannot be written.
    pub(super) fn save(&self, call: &Call<'_>) -> Result<(), Failure> {
        let Resolved {
            key,
            config,
            origin,
            ..
        } = &self.resolved;
        if *origin == Origin::AdHoc && self.is_service() {
            save(call.context, key, config)?;
        }
        Ok(())
    }

    /// A service whose name is a folder's of its own; any other lives in memory.
    fn is_service(&self) -> bool {
        matches!(self.resolved.keeps, Keeps::Folder(_))
            && self.session.client().client_type().grant().is_some()
    }
}

fn session(context: &Context, resolved: &Resolved) -> Result<Session, Failure> {
    let client = open::client(context, resolved.config.clone())?;
    let (store, key) = (resolved.store(), resolved.key.clone());
    let session = Session::with_policy(client, store, key, SessionPolicy::default());
    context.note_session(&session);
    Ok(session)
}

fn save(context: &Context, name: &ProfileName, config: &ClientConfig) -> Result<(), Failure> {
    if open::existing(context, name)?.as_ref() != Some(config) {
        open::profiles(context).put(name, config)?;
    }
    Ok(())
}
