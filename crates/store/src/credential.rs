//! The token file as typed view: RFC 6749 §5.1 members plus planet-auth's `_iat` and `_exp`, or a key.

mod kind;
mod lifetime;
mod shape;

pub use kind::CredentialKind;
pub(crate) use shape::objection;

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde_json::{Map, Value};

use crate::{Document, Stamp, Stored};

/// Members that keyfob and planet-auth add; a provider has no say in them.
const RESERVED: [&str; 3] = ["_iat", "_exp", OWN];
const OWN: &str = "_keyfob";

/// What a login or a grant produced and what is stored. `Debug` shows no content.
///
/// ```
/// use std::time::{Duration, SystemTime};
///
/// use keyfob_store::{Credential, Document};
///
/// let response = Document::parse(br#"{"access_token": "a", "refresh_token": "r", "expires_in": 3600}"#)?.into_map();
/// let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
/// let credential = Credential::from_response(response, now)?;
/// assert_eq!(credential.expires_at(), Some(now + Duration::from_secs(3600)));
///
/// let rotated = Document::parse(br#"{"access_token": "b"}"#)?.into_map();
/// let refreshed = credential.refreshed(rotated, now)?;
/// assert_eq!(refreshed.refresh_token(), Some("r"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Credential {
    document: Document,
    kind: CredentialKind,
}

impl Credential {
    /// Takes a token response as it came. Members that begin with keyfob's or planet-auth's own names are ignored.
    ///
    /// # Errors
    /// [`InvalidCredential`] when it holds no token at all.
    pub fn from_response(
        response: Map<String, Value>,
        now: SystemTime,
    ) -> Result<Self, InvalidCredential> {
        Self::from_response_as(CredentialKind::Tokens, response, now)
    }

    /// Takes what a login brought to a client whose credential is of this kind.
    ///
    /// # Errors
    /// [`InvalidCredential`] when something is missing that makes it one.
    pub fn from_response_as(
        kind: CredentialKind,
        response: Map<String, Value>,
        now: SystemTime,
    ) -> Result<Self, InvalidCredential> {
        let mut document = Document::from(response);
        for name in RESERVED {
            document.unset(name);
        }
        Self::from_document_as(kind, document, now)
    }

    /// Takes what was stored. An opaque token without any date counts as issued when the file was written, so that reading it
    /// again does not make it younger.
    ///
    /// # Errors
    /// [`InvalidCredential`] when it holds no token at all.
    pub fn from_stored(stored: &Stored, now: SystemTime) -> Result<Self, InvalidCredential> {
        Self::from_stored_as(CredentialKind::Tokens, stored, now)
    }

    /// Takes what was stored by a client whose credential is of this kind.
    ///
    /// # Errors
    /// [`InvalidCredential`] when something is missing that makes it one.
    pub fn from_stored_as(
        kind: CredentialKind,
        stored: &Stored,
        now: SystemTime,
    ) -> Result<Self, InvalidCredential> {
        let written = stored.stamp.as_ref().and_then(Stamp::modified);
        let issued = written.map_or(now, |written| written.min(now));
        let credential = Self::from_document_as(kind, stored.document.clone(), issued);
        credential.map_err(|error| error.in_file(stored.path.as_deref()))
    }

    /// Takes a document; `issued` is assumed when neither the token nor the document says when it was issued.
    ///
    /// # Errors
    /// [`InvalidCredential`] when it holds no token at all.
    pub fn from_document(
        document: Document,
        issued: SystemTime,
    ) -> Result<Self, InvalidCredential> {
        Self::from_document_as(CredentialKind::Tokens, document, issued)
    }

    /// Takes a document as a credential of a kind; keys have no dates.
    ///
    /// # Errors
    /// [`InvalidCredential`] when something is missing that makes it one.
    pub fn from_document_as(
        kind: CredentialKind,
        mut document: Document,
        issued: SystemTime,
    ) -> Result<Self, InvalidCredential> {
        kind.check(&document)?;
        if kind == CredentialKind::Tokens {
            lifetime::augment(&mut document, issued);
        }
        Ok(Self { document, kind })
    }

    /// Merges a refresh response (RFC 6749 §6): a refresh token, ID token, scope or any other member that it does not repeat
    /// is kept; lifetimes of the old access token are not.
    ///
    /// # Errors
    /// [`InvalidCredential`] when the response holds no access token.
    pub fn refreshed(
        &self,
        response: Map<String, Value>,
        now: SystemTime,
    ) -> Result<Self, InvalidCredential> {
        if self.kind != CredentialKind::Tokens {
            return Err(InvalidCredential::because("a key is not refreshed"));
        }
        let response = Document::from(response);
        if response.text("access_token").is_none() {
            return Err(InvalidCredential::because(
                "the refresh response holds no access token",
            ));
        }
        let mut merged = self.document.clone();
        for outdated in ["_iat", "_exp", "expires_in"] {
            merged.unset(outdated);
        }
        for (name, value) in response.as_map() {
            let says_nothing = value.is_null() || value.as_str().is_some_and(str::is_empty);
            if !says_nothing && !RESERVED.contains(&name.as_str()) {
                merged.set(name, value.clone());
            }
        }
        Self::from_document(merged, now)
    }

    /// Returns the kind.
    pub fn kind(&self) -> CredentialKind {
        self.kind
    }

    /// Returns what goes into an `Authorization` header: the scheme (empty: none) and the secret.
    pub fn authorization(&self) -> Option<(&str, &str)> {
        let text = |name| self.document.text(name);
        match self.kind {
            CredentialKind::Tokens => Some(("Bearer", text("access_token")?)),
            CredentialKind::ApiKey => Some((
                text("bearer_token_prefix").unwrap_or_default(),
                text("api_key")?,
            )),
            CredentialKind::LegacyKey => Some(("api-key", text("key")?)),
        }
    }

    /// Returns the token that a legacy key was taken from.
    pub fn jwt(&self) -> Option<&str> {
        self.document.text("jwt")
    }

    /// Returns the access token.
    pub fn access_token(&self) -> Option<&str> {
        self.document.text("access_token")
    }

    /// Returns the refresh token.
    pub fn refresh_token(&self) -> Option<&str> {
        self.document.text("refresh_token")
    }

    /// Returns the ID token.
    pub fn id_token(&self) -> Option<&str> {
        self.document.text("id_token")
    }

    /// Returns the granted scopes, separated by spaces.
    pub fn scope(&self) -> Option<&str> {
        self.document.text("scope")
    }

    /// Returns the token type as the provider spelled it.
    pub fn token_type(&self) -> Option<&str> {
        self.document.text("token_type")
    }

    /// Returns when the access token was issued (`_iat`).
    pub fn issued_at(&self) -> Option<SystemTime> {
        self.document.get("_iat").and_then(lifetime::time)
    }

    /// Returns when the access token expires (`_exp`); `None` means unknown, never "for ever".
    pub fn expires_at(&self) -> Option<SystemTime> {
        self.document.get("_exp").and_then(lifetime::time)
    }

    /// Returns the canonical identity that keyfob keeps beside the tokens (`_keyfob.identity`).
    pub fn identity(&self) -> Option<&str> {
        self.own("identity")
    }

    /// Returns the account that logged in (`_keyfob.account`), for display.
    pub fn account(&self) -> Option<&str> {
        self.own("account")
    }

    /// Sets the canonical identity.
    pub fn with_identity(self, identity: &str) -> Self {
        self.with_own("identity", identity)
    }

    /// Sets the account, for display.
    pub fn with_account(self, account: &str) -> Self {
        self.with_own("account", account)
    }

    /// Returns the document to store.
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// Gives the document away.
    pub fn into_document(self) -> Document {
        self.document
    }

    fn own(&self, name: &str) -> Option<&str> {
        self.document.get(OWN)?.get(name)?.as_str()
    }

    fn with_own(mut self, name: &str, value: &str) -> Self {
        let mut own = self
            .document
            .get(OWN)
            .and_then(Value::as_object)
            .cloned()
            .unwrap_or_default();
        own.insert(name.to_owned(), value.into());
        self.document.set(OWN, own);
        self
    }
}

/// Says why a document is not a credential; never quotes it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}not a credential: {why}", path.as_ref().map(|path| format!("{}: ", path.display())).unwrap_or_default())]
pub struct InvalidCredential {
    why: &'static str,
    path: Option<PathBuf>,
}

impl InvalidCredential {
    fn because(why: &'static str) -> Self {
        Self { why, path: None }
    }

    /// Names the file, if it is one.
    fn in_file(self, path: Option<&Path>) -> Self {
        Self {
            path: path.map(Path::to_owned),
            ..self
        }
    }

    /// Returns the stable code of this failure.
    pub fn code(&self) -> &'static str {
        "invalid_credential"
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::*;

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    fn members(value: Value) -> Map<String, Value> {
        match value {
            Value::Object(members) => members,
            other => panic!("{other} is no object"),
        }
    }

    fn login() -> Credential {
        let response = json!({
            "access_token": "a1", "refresh_token": "r1", "id_token": "i1", "scope": "openid", "token_type": "Bearer",
            "expires_in": 60, "organization": "acme",
        });
        Credential::from_response(members(response), at(1000))
            .unwrap()
            .with_identity("who")
            .with_account("alice")
    }

    // covers: W1
    #[test]
    fn refresh_response_without_rotation_keeps_what_it_does_not_repeat() {
        let next = login()
            .refreshed(
                members(json!({"access_token": "a2", "expires_in": 90})),
                at(2000),
            )
            .unwrap();
        assert_eq!(next.access_token(), Some("a2"));
        assert_eq!(next.refresh_token(), Some("r1"));
        assert_eq!(next.id_token(), Some("i1"));
        assert_eq!(next.scope(), Some("openid"));
        assert_eq!(next.document().text("organization"), Some("acme"));
        assert_eq!(
            (next.identity(), next.account()),
            (Some("who"), Some("alice"))
        );
        assert_eq!(
            (next.issued_at(), next.expires_at()),
            (Some(at(2000)), Some(at(2090)))
        );
    }

    #[test]
    fn refresh_response_replaces_what_it_repeats() {
        let response = json!({"access_token": "a2", "refresh_token": "r2", "id_token": "i2", "scope": "email"});
        let next = login().refreshed(members(response), at(2000)).unwrap();
        assert_eq!(
            (next.refresh_token(), next.id_token(), next.scope()),
            (Some("r2"), Some("i2"), Some("email"))
        );
    }

    #[test]
    fn refresh_response_without_lifetime_does_not_inherit_the_old_one() {
        let next = login()
            .refreshed(members(json!({"access_token": "a2"})), at(2000))
            .unwrap();
        assert_eq!(
            (next.issued_at(), next.expires_at()),
            (Some(at(2000)), None)
        );
    }

    #[test]
    fn null_and_empty_refresh_tokens_do_not_retire_the_old_one() {
        for nothing in [json!(null), json!("")] {
            let next = login()
                .refreshed(
                    members(json!({"access_token": "a2", "refresh_token": nothing})),
                    at(2000),
                )
                .unwrap();
            assert_eq!(next.refresh_token(), Some("r1"));
        }
    }

    #[test]
    fn provider_cannot_set_the_members_that_keyfob_adds() {
        let planted = json!({"access_token": "a", "_iat": 1, "_exp": 9_999_999_999_u64, "_keyfob": {"identity": "other"}});
        let fresh = Credential::from_response(members(planted.clone()), at(1000)).unwrap();
        assert_eq!(
            (fresh.issued_at(), fresh.expires_at(), fresh.identity()),
            (Some(at(1000)), None, None)
        );
        let next = login().refreshed(members(planted), at(2000)).unwrap();
        assert_eq!((next.expires_at(), next.identity()), (None, Some("who")));
    }

    // covers: planet-17
    #[test]
    fn refuses_what_holds_no_token() {
        for empty in [
            json!({}),
            json!({"access_token": ""}),
            json!({"access_token": 5}),
            json!({"error": "x"}),
        ] {
            let refused = Credential::from_response(members(empty), at(1000)).unwrap_err();
            assert_eq!(refused.code(), "invalid_credential");
        }
        assert!(
            login()
                .refreshed(members(json!({"refresh_token": "r2"})), at(2000))
                .is_err()
        );
    }

    // covers: planet-20
    #[test]
    fn a_stored_token_without_dates_does_not_become_younger_by_reading() {
        let document = Document::parse(br#"{"access_token": "opaque", "expires_in": 60}"#).unwrap();
        let revision = crate::Revision::of(b"");
        let stored = Stored::new(document, revision).with_stamp(Stamp::new(Some(at(1000)), 0, 0));
        assert_eq!(
            Credential::from_stored(&stored, at(5000))
                .unwrap()
                .expires_at(),
            Some(at(1060))
        );
        assert_eq!(
            Credential::from_stored(&stored, at(900))
                .unwrap()
                .issued_at(),
            Some(at(900))
        );
    }

    // covers: planet-20, planet-22
    #[test]
    fn computed_dates_are_stored_and_stay_when_they_are_read_later() {
        let response = members(json!({"access_token": "opaque", "expires_in": 60}));
        let fresh = Credential::from_response(response, at(1000)).unwrap();
        assert_eq!(fresh.expires_at(), Some(at(1060)));
        let later = Credential::from_document(fresh.into_document(), at(9000)).unwrap();
        assert_eq!(
            (later.issued_at(), later.expires_at()),
            (Some(at(1000)), Some(at(1060)))
        );
    }

    // covers: planet-24, planet-25
    #[test]
    fn a_key_is_one_with_all_its_members_only_and_gets_no_dates() {
        let of = |kind, value: Value| {
            Credential::from_document_as(kind, Document::from(members(value)), at(1000))
        };
        let fixed = json!({"api_key": "k", "bearer_token_prefix": ""});
        let key = of(CredentialKind::ApiKey, fixed.clone()).unwrap();
        assert_eq!(key.authorization(), Some(("", "k")));
        assert_eq!(Value::Object(key.document().as_map().clone()), fixed);
        let legacy = of(CredentialKind::LegacyKey, json!({"key": "k", "jwt": "j"})).unwrap();
        assert_eq!(legacy.authorization(), Some(("api-key", "k")));
        assert_eq!(legacy.jwt(), Some("j"));
        assert!(
            legacy
                .refreshed(members(json!({"access_token": "a"})), at(1))
                .is_err()
        );
        assert!(of(CredentialKind::ApiKey, json!({"api_key": "k"})).is_err());
        assert!(of(CredentialKind::ApiKey, json!({"bearer_token_prefix": "x"})).is_err());
        assert!(of(CredentialKind::LegacyKey, json!({"jwt": "j"})).is_err());
        assert!(of(CredentialKind::LegacyKey, json!({"access_token": "a"})).is_err());
    }

    #[test]
    fn debug_shows_no_token() {
        let shown = format!("{:?}", login());
        assert!(
            !shown.contains("a1") && !shown.contains("r1") && !shown.contains("i1"),
            "{shown}"
        );
    }
}
