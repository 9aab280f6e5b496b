//! The token file as typed view: RFC 6749 §5.1 members plus planet-auth's `_iat` and `_exp`.

use std::time::SystemTime;

use serde_json::{Map, Value};

use crate::{Document, Stored};

/// What a login or a grant produced and what is stored. `Debug` shows no content.
#[derive(Debug, Clone, PartialEq)]
pub struct Credential {
    document: Document,
}

/// Says why a document is not a credential; never quotes it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a credential: {why}")]
pub struct InvalidCredential {
    why: &'static str,
}

impl InvalidCredential {
    /// Returns the stable code of this failure.
    pub fn code(&self) -> &'static str {
        "invalid_credential"
    }
}

impl Credential {
    /// Takes a token response as it came.
    ///
    /// # Errors
    /// [`InvalidCredential`] when it holds no token at all.
    pub fn from_response(
        _response: Map<String, Value>,
        _now: SystemTime,
    ) -> Result<Self, InvalidCredential> {
        unimplemented!()
    }

    /// Takes what was stored. An opaque token without any date counts as issued when the file was written.
    ///
    /// # Errors
    /// [`InvalidCredential`] when it holds no token at all.
    pub fn from_stored(_stored: &Stored, _now: SystemTime) -> Result<Self, InvalidCredential> {
        unimplemented!()
    }

    /// Takes a document; `issued` is assumed when neither the token nor the document says when it was issued.
    ///
    /// # Errors
    /// [`InvalidCredential`] when it holds no token at all.
    pub fn from_document(
        _document: Document,
        _issued: SystemTime,
    ) -> Result<Self, InvalidCredential> {
        unimplemented!()
    }

    /// Merges a refresh response (RFC 6749 §6): what it does not repeat is kept.
    ///
    /// # Errors
    /// [`InvalidCredential`] when the response holds no access token.
    pub fn refreshed(
        &self,
        _response: Map<String, Value>,
        _now: SystemTime,
    ) -> Result<Self, InvalidCredential> {
        unimplemented!()
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
        unimplemented!()
    }

    /// Returns when the access token expires (`_exp`); `None` means unknown, never "for ever".
    pub fn expires_at(&self) -> Option<SystemTime> {
        unimplemented!()
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
        self.document.get("_keyfob")?.get(name)?.as_str()
    }

    fn with_own(self, _name: &str, _value: &str) -> Self {
        unimplemented!()
    }
}
