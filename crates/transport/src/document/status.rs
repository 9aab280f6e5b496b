//! How a cached document is doing, for whoever watches a service.

use std::time::SystemTime;

use super::error::DocumentError;

/// What is known of a cached document; looking fetches nothing.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct DocumentStatus {
    /// When the copy at hand was fetched, if there is one.
    pub fetched_at: Option<SystemTime>,
    /// Whether that copy is still good to use.
    pub usable: bool,
    /// Why the last fetch failed; none if it went well.
    pub failure: Option<DocumentError>,
}
