//! What is told about a login: by `status`, `list` and `login` alike; never a token.
use std::time::SystemTime;

use keyfob::Session;
use keyfob::client::ClientType;
use keyfob::session::{State, Status};
use keyfob::settings::{Keeps, Origin, Resolved};
use keyfob::store::CredentialKind;
use serde_json::{Map, Value, json};

use crate::context::Context;
use crate::ui::{duration, table, words};

/// The facts of one profile.
pub(crate) struct Facts<'a> {
    session: &'a Session,
    status: &'a Status,
    name: String,
    folder: Option<std::path::PathBuf>,
    home_flags: String,
    is_ad_hoc: bool,
    now: SystemTime,
}

impl<'a> Facts<'a> {
    /// Puts together what is known.
    pub(crate) fn new(context: &Context, session: &'a Session, status: &'a Status) -> Self {
        let folder = context.home().join(session.profile().as_str());
        Self {
            session,
            status,
            name: session.profile().to_string(),
            folder: Some(folder),
            home_flags: context.place.home_flags(),
            is_ad_hoc: false,
            now: context.now(),
        }
    }

    /// Calls the profile what it was made out as; one that lives in memory has no folder.
    pub(crate) fn of(self, resolved: &Resolved) -> Self {
        let is_in_folder = matches!(resolved.keeps, Keeps::Folder(_));
        Self {
            name: resolved.name.clone(),
            folder: self.folder.filter(|_| is_in_folder),
            is_ad_hoc: resolved.origin == Origin::AdHoc,
            ..self
        }
    }

    /// The state in one word.
    pub(crate) fn state(&self) -> &'static str {
        match (&self.status.login_needed, self.status.state) {
            (Some(_), _) => "login_needed",
            (None, Some(State::Fresh)) => "fresh",
            (None, Some(State::RefreshAhead)) => "refresh_due",
            (None, Some(_)) => "refresh_needed",
            (None, None) if self.is_validator() => "checks_tokens",
            (None, None) => "ready",
        }
    }

    /// The facts for programs; times are seconds since 1970.
    pub(crate) fn to_json(&self) -> Map<String, Value> {
        let status = self.status;
        let config = self.session.client().config();
        let time = |time: Option<SystemTime>| time.map(words::unix);
        let account: Map<String, Value> = status
            .account
            .iter()
            .map(|(name, value)| (name.clone(), json!(value)))
            .collect();
        let value = json!({
            "profile": self.name,
            "state": self.state(),
            "issuer": config.issuer().ok(),
            "client_id": config.client_id().ok(),
            "client_type": config.client_type().ok().map(ClientType::as_str),
            "account": account.get("sub"),
            "claims": account,
            "scope": status.scope,
            "issued_at": time(status.issued_at),
            "expires_at": time(status.expires_at),
            "refresh_at": time(status.refresh_at),
            "has_refresh_token": status.has_refresh_token,
            "has_id_token": status.has_id_token,
            "key_in_config": status.key_in_config,
            "unattended": status.unattended,
            "clock_offset": status.clock_offset,
            "unanswered_since": time(status.redeeming_since),
            "folder": self.folder,
            "next": self.next(),
        });
        match value {
            Value::Object(members) => members,
            _ => Map::new(),
        }
    }

    /// The facts for people.
    pub(crate) fn to_text(&self) -> String {
        let status = self.status;
        let config = self.session.client().config();
        let text = |value: Option<&str>| words::plain(value.unwrap_or_default());
        table::facts(&[
            ("profile", words::plain(&self.name)),
            ("state", self.state().replace('_', " ")),
            ("account", words::plain(&self.account())),
            ("issuer", text(config.issuer().ok())),
            ("client", text(config.client_id().ok())),
            ("scopes", text(status.scope.as_deref())),
            ("key", self.key().to_owned()),
            ("token", self.token()),
            ("renewal", self.renewal().to_owned()),
            ("clock", self.clock()),
            (
                "folder",
                self.folder
                    .as_ref()
                    .map(|folder| folder.display().to_string())
                    .unwrap_or_default(),
            ),
            ("next", self.next()),
        ])
    }

    /// Who is logged in, in the most human form known.
    pub(crate) fn account(&self) -> String {
        let claim = |name: &str| {
            self.status
                .account
                .iter()
                .find(|(known, _)| known == name)
                .map(|(_, value)| value.clone())
        };
        let subject = claim("sub");
        let friendly = ["email", "preferred_username", "name"]
            .iter()
            .find_map(|name| claim(name));
        match (friendly, subject) {
            (Some(friendly), Some(subject)) => format!("{friendly} ({subject})"),
            (friendly, subject) => friendly.or(subject).unwrap_or_default(),
        }
    }

    /// When the token expires, in words.
    pub(crate) fn expiry(&self) -> String {
        self.status
            .expires_at
            .map(|time| words::relative(time, self.now))
            .unwrap_or_default()
    }

    fn is_validator(&self) -> bool {
        self.session.client().client_type() == ClientType::ClientValidator
    }

    /// What goes with requests, for the types that have no tokens.
    pub(crate) fn key(&self) -> &'static str {
        match (self.status.credential, self.status.key_in_config) {
            (Some(CredentialKind::Tokens), _) => "",
            (Some(_), true) => "in the configuration; it does not expire",
            (Some(_), false) if self.status.state.is_some() => "stored; it does not expire",
            (None, _) if self.is_validator() => "none, it only checks tokens",
            (None, _) => "none, requests go out as they are",
            _ => "",
        }
    }

    fn token(&self) -> String {
        match self.status.expires_at {
            None => String::new(),
            Some(time) if time <= self.now => format!("expired {}", self.expiry()),
            Some(time) => format!("expires {} ({})", self.expiry(), words::utc(time)),
        }
    }

    fn renewal(&self) -> &'static str {
        match (self.status.has_refresh_token, self.status.unattended) {
            _ if !self.key().is_empty() => "",
            (true, _) => "by itself, with a refresh token",
            (false, true) => "by itself, the client logs in",
            (false, false) if self.status.state.is_some() => "by a new login only",
            (false, false) => "",
        }
    }

    fn clock(&self) -> String {
        match self.status.clock_offset {
            Some(seconds) if seconds.unsigned_abs() > 60 => {
                let off = duration::say(std::time::Duration::from_secs(seconds.unsigned_abs()));
                let direction = if seconds > 0 { "ahead of" } else { "behind" };
                format!("the provider's clock is {off} {direction} this machine's")
            }
            _ => String::new(),
        }
    }

    fn next(&self) -> String {
        let verb = match self.state() {
            "login_needed" => "login",
            "checks_tokens" => "jwt verify",
            _ => "token",
        };
        // What flags or variables made up cannot be named.
        let at = &self.home_flags;
        if self.is_ad_hoc {
            format!("keyfob {verb}{at}")
        } else {
            format!("keyfob {verb}{at} -p {}", self.name)
        }
    }
}
