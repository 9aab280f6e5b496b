//! Tokens that the provider has issued and the store would not take: kept, served, and written at the next use.

use keyfob_store::Document;

/// A credential that exists in memory only.
#[derive(Clone, Debug)]
pub(crate) struct Unsaved {
    /// What is to be written.
    pub(crate) document: Document,
    /// The fingerprint of the refresh token that it replaces; the store is overwritten only while it still holds that one.
    pub(crate) replaces: Option<String>,
}
