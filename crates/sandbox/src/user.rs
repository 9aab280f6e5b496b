//! The users of the provider and what userinfo says about them.

use std::fmt;

use serde_json::{Map, Value, json};

/// A user: login name, password, subject and claims.
#[derive(Clone)]
pub struct User {
    pub(crate) login: String,
    pub(crate) password: String,
    pub(crate) sub: String,
    pub(crate) claims: Map<String, Value>,
}

impl User {
    /// Makes a user. The subject is `user-<login>`.
    pub fn new(login: impl Into<String>, password: impl Into<String>) -> Self {
        let login = login.into();
        Self {
            sub: format!("user-{login}"),
            password: password.into(),
            claims: standard_claims(&login),
            login,
        }
    }

    /// Replaces or adds a claim.
    pub fn with_claim(mut self, name: impl Into<String>, value: Value) -> Self {
        self.claims.insert(name.into(), value);
        self
    }

    /// Returns the login name.
    pub fn login(&self) -> &str {
        &self.login
    }

    /// Returns the password; it is a test password and public knowledge.
    pub fn password(&self) -> &str {
        &self.password
    }

    /// Returns the subject identifier.
    pub fn sub(&self) -> &str {
        &self.sub
    }

    /// Returns the users that every sandbox has unless told otherwise:
    /// `alice` / `wonderland` and `bob` / `builder`.
    pub fn seeded() -> Vec<Self> {
        vec![
            Self::new("alice", "wonderland"),
            Self::new("bob", "builder"),
        ]
    }

    pub(crate) fn summary(&self) -> Value {
        json!({ "login": self.login, "password": self.password, "sub": self.sub })
    }

    /// Selects the claims that these scopes ask for (OpenID Connect Core 1.0 §5.4).
    pub(crate) fn claims_for(&self, scopes: &[String]) -> Map<String, Value> {
        let wanted = scopes.iter().flat_map(|scope| scope_claims(scope)).copied();
        wanted
            .filter_map(|name| Some((name.to_owned(), self.claims.get(name)?.clone())))
            .collect()
    }
}

fn scope_claims(scope: &str) -> &'static [&'static str] {
    match scope {
        "profile" => &[
            "name",
            "family_name",
            "given_name",
            "nickname",
            "preferred_username",
            "picture",
            "zoneinfo",
            "locale",
            "updated_at",
        ],
        "email" => &["email", "email_verified"],
        "phone" => &["phone_number", "phone_number_verified"],
        "address" => &["address"],
        _ => &[],
    }
}

fn standard_claims(login: &str) -> Map<String, Value> {
    let mut initial = login.chars();
    let given: String = initial
        .next()
        .into_iter()
        .flat_map(char::to_uppercase)
        .chain(initial)
        .collect();
    let claims = json!({
        "name": format!("{given} Example"),
        "given_name": given,
        "family_name": "Example",
        "nickname": login,
        "preferred_username": login,
        "picture": format!("https://example.test/{login}.png"),
        "zoneinfo": "Europe/Berlin",
        "locale": "en",
        "updated_at": 1_700_000_000,
        "email": format!("{login}@example.test"),
        "email_verified": true,
        "phone_number": "+1 555 0100",
        "phone_number_verified": false,
        "address": { "formatted": "1 Example Road\nExampleton", "country": "EX" },
    });
    match claims {
        Value::Object(claims) => claims,
        _ => Map::new(),
    }
}

impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User")
            .field("login", &self.login)
            .field("sub", &self.sub)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::User;

    #[test]
    fn debug_shows_no_password() {
        assert!(!format!("{:?}", User::new("alice", "canary")).contains("canary"));
    }

    #[test]
    fn scopes_select_their_claims_only() {
        let claims = User::new("alice", "x").claims_for(&["openid".into(), "email".into()]);
        assert_eq!(
            claims.keys().collect::<Vec<_>>(),
            ["email", "email_verified"]
        );
    }
}
