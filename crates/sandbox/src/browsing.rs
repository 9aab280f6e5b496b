//! What browsers are in the middle of: sessions and interactions.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

/// Sessions by cookie, interactions by id.
#[derive(Default)]
pub(crate) struct Browsing {
    sessions: HashMap<String, Session>,
    interactions: HashMap<String, Interaction>,
}

/// A person who has logged in.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    pub(crate) login: String,
    pub(crate) auth_time: i64,
    /// Client and scopes that the person agreed to before.
    pub(crate) consents: HashSet<(String, String)>,
}

/// A person on the way to a decision.
#[derive(Clone, Debug)]
pub(crate) struct Interaction {
    pub(crate) about: Subject,
    pub(crate) client_id: String,
    pub(crate) scopes: Vec<String>,
    pub(crate) login_hint: Option<String>,
    /// The session that logged in for this interaction.
    pub(crate) session: Option<String>,
    pub(crate) expires: Duration,
}

/// What the decision is about.
#[derive(Clone, Debug)]
pub(crate) enum Subject {
    Authorization(AuthorizationRequest),
    Device { user_code: String },
}

/// A checked authorization request.
#[derive(Clone, Debug)]
pub(crate) struct AuthorizationRequest {
    pub(crate) client_id: String,
    pub(crate) redirect_uri: String,
    pub(crate) form_post: bool,
    pub(crate) state: Option<String>,
    pub(crate) nonce: Option<String>,
    pub(crate) challenge: Option<String>,
    pub(crate) scopes: Vec<String>,
    pub(crate) audience: Vec<String>,
}

/// An unfinished interaction is forgotten after this time.
pub(crate) const INTERACTION_TTL: Duration = Duration::from_mins(30);
const MOST: usize = 10_000;

impl std::fmt::Debug for Browsing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Browsing")
            .field("sessions", &self.sessions.len())
            .finish_non_exhaustive()
    }
}

impl Browsing {
    pub(crate) fn begin(&mut self, id: String, interaction: Interaction, now: Duration) {
        if self.interactions.len() >= MOST {
            self.interactions.retain(|_, known| known.expires > now);
        }
        self.interactions.insert(id, interaction);
    }

    pub(crate) fn interaction(&mut self, id: &str, now: Duration) -> Option<&mut Interaction> {
        self.interactions
            .get_mut(id)
            .filter(|known| known.expires > now)
    }

    pub(crate) fn end(&mut self, id: &str) {
        self.interactions.remove(id);
    }

    pub(crate) fn session(&mut self, cookie: &str) -> Option<&mut Session> {
        self.sessions.get_mut(cookie)
    }

    pub(crate) fn log_in(&mut self, cookie: String, session: Session) {
        if self.sessions.len() >= MOST {
            self.sessions.clear();
        }
        self.sessions.insert(cookie, session);
    }
}
