//! A profile that a command works on: its session, what is stored of it, and keeping it.
use std::sync::Arc;

use keyfob::jose::Secret;
use keyfob::protocol::ServerMetadata;
use keyfob::settings::{Keeps, Origin, Resolved};
use keyfob::store::Document;
use keyfob::{AccessToken, ClientConfig, ProfileName, Session, SessionPolicy};

use super::app::Call;
use crate::commands::open;
use crate::context::Context;
use crate::failure::{Exit, Failure};

/// A profile that was chosen, ready to be used.
pub(super) struct Opened {
    /// Its name, its configuration, and where both came from.
    pub(super) resolved: Resolved,
    /// Its session.
    pub(super) session: Session,
}

impl Opened {
    /// Puts a profile to work.
    ///
    /// # Errors
    ///
    /// Says what is wrong with its configuration.
    pub(super) fn new(context: &Context, resolved: Resolved) -> Result<Self, Failure> {
        let session = open::resolved_session(context, &resolved)?;
        Ok(Self { resolved, session })
    }

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
        token_in(&self.stored().await?, member)
    }

    /// A stored token that may be shown to the provider: one that another server issued may not.
    ///
    /// # Errors
    ///
    /// As [`Opened::stored_token`], and that the login is of another configuration.
    pub(super) async fn stored_token_to_send(&self, member: &str) -> Result<Secret, Failure> {
        let login = self.stored().await?;
        self.session.check_issued_here(&login)?;
        token_in(&login, member)
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

fn save(context: &Context, name: &ProfileName, config: &ClientConfig) -> Result<(), Failure> {
    if open::existing(context, name)?.as_ref() != Some(config) {
        open::profiles(context).put(name, config)?;
    }
    Ok(())
}

fn token_in(login: &Document, member: &str) -> Result<Secret, Failure> {
    login.text(member).map(Secret::new).ok_or_else(|| {
        let word = member.replace('_', " ");
        Failure::new(
            Exit::LoginNeeded,
            "no_such_token",
            format!("this login has no {word}"),
        )
        .with_hint("keyfob login{at}")
    })
}
