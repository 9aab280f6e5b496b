//! Whether a stored login counts, and whether a new one is stored.

/// What a [`UserSession`](super::UserSession) reads from and writes to its store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum CacheMode {
    /// Uses what is stored, and stores what is new.
    #[default]
    ReadWrite,
    /// Logs in once per session whatever is stored, and stores the outcome.
    Reauth,
    /// Neither reads nor writes the store: everything lives in memory, renewal included.
    Noop,
}
