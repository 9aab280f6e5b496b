//! Why a setting has the value it has.

use crate::settings::{Setting, Source};

/// What stands in for a secret.
pub(crate) const HIDDEN: &str = "…";

/// One setting: its value, where that came from, and what else was said about it in vain.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Explained {
    /// Which setting.
    pub setting: Setting,
    /// Its value for people; a secret is never shown.
    pub shown: String,
    /// Where it came from.
    pub source: Source,
    /// What was not used, the strongest first.
    pub shadowed: Vec<Shadowed>,
}

/// A value that was not used.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Shadowed {
    /// Which setting it was for: another one, where a profile was chosen by name, by client or by key.
    pub setting: Setting,
    /// The value for people; a secret is never shown.
    pub shown: String,
    /// Where it came from.
    pub source: Source,
    /// Why it was not used.
    pub why: String,
}
