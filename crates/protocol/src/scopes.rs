//! Scope values: an ordered list without repetition (RFC 6749 §3.3).

use std::collections::HashSet;
use std::fmt;
use std::str::FromStr;

use crate::error::ProtocolError;

/// Holds scope tokens in the order given, each once.
///
/// ```
/// use keyfob_protocol::Scopes;
///
/// let scopes = Scopes::parse("openid profile offline_access openid")?;
/// assert_eq!(scopes.to_string(), "openid profile offline_access");
/// assert_eq!(scopes.canonical().to_string(), "offline_access openid profile");
/// # Ok::<(), keyfob_protocol::ProtocolError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Scopes(Vec<String>);

impl Scopes {
    /// No scope at all; nothing is sent.
    pub const fn none() -> Self {
        Self(Vec::new())
    }

    /// Reads scopes separated by spaces.
    ///
    /// # Errors
    /// `bad_setting` when a scope holds a character outside RFC 6749 §3.3.
    pub fn parse(text: &str) -> Result<Self, ProtocolError> {
        Self::from_list(text.split_ascii_whitespace())
    }

    /// Takes a list of scopes; an entry may itself hold several, separated by spaces.
    ///
    /// # Errors
    /// `bad_setting` when a scope holds a character outside RFC 6749 §3.3.
    pub fn from_list<T: AsRef<str>>(
        list: impl IntoIterator<Item = T>,
    ) -> Result<Self, ProtocolError> {
        let mut scopes = Self::none();
        for entry in list {
            for scope in entry.as_ref().split_ascii_whitespace() {
                if !scope.bytes().all(is_scope_byte) {
                    let why = "it holds a character that scopes may not have";
                    return Err(ProtocolError::Setting {
                        what: "the scope",
                        why,
                    });
                }
                scopes.add(scope);
            }
        }
        Ok(scopes)
    }

    /// Reads what a server says it granted, dropping what is no scope.
    pub(crate) fn lenient(text: &str) -> Self {
        // A set remembers what is there: a server may send tens of thousands of words.
        let mut known = HashSet::new();
        let words = text
            .split_ascii_whitespace()
            .filter(|word| word.bytes().all(is_scope_byte) && known.insert(*word));
        Self(words.map(str::to_owned).collect())
    }

    /// The same scopes sorted, for comparing and for keys.
    pub fn canonical(&self) -> Self {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        Self(sorted)
    }

    /// True when `scope` is among them.
    pub fn contains(&self, scope: &str) -> bool {
        self.0.iter().any(|known| known == scope)
    }

    /// True when every scope of `other` is among these.
    pub fn covers(&self, other: &Self) -> bool {
        other.iter().all(|scope| self.contains(scope))
    }

    /// True when there is no scope.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The scopes in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// The `scope` parameter, or `None` when there is nothing to send.
    pub(crate) fn parameter(&self) -> Option<String> {
        (!self.is_empty()).then(|| self.to_string())
    }

    fn add(&mut self, scope: &str) {
        if !self.contains(scope) {
            self.0.push(scope.to_owned());
        }
    }
}

/// RFC 6749 §3.3: `scope-token = 1*( %x21 / %x23-5B / %x5D-7E )`.
const fn is_scope_byte(byte: u8) -> bool {
    matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e)
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(" "))
    }
}

impl FromStr for Scopes {
    type Err = ProtocolError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_keep_order_and_lose_repetition() {
        let scopes = Scopes::from_list(["b a", "c", "a"]).unwrap();
        assert_eq!(scopes.iter().collect::<Vec<_>>(), ["b", "a", "c"]);
        assert_ne!(scopes, scopes.canonical());
        assert_eq!(scopes.canonical(), Scopes::parse("a b c").unwrap());
        assert!(scopes.covers(&Scopes::parse("c a").unwrap()));
        assert!(!scopes.covers(&Scopes::parse("d").unwrap()));
        assert_eq!(Scopes::parse(" ").unwrap(), Scopes::none());
    }

    #[test]
    fn refuses_scope_with_quote_or_backslash_or_non_ascii() {
        for text in ["a\"b", "a\\b", "é", "a\u{7f}"] {
            assert_eq!(
                Scopes::parse(text).unwrap_err().code(),
                "bad_setting",
                "{text:?}"
            );
            assert!(Scopes::lenient(text).is_empty());
        }
    }

    #[test]
    fn scope_of_a_server_takes_time_in_proportion_to_its_length() {
        // As many words as fit into an answer; each with each would be 1,800 million comparisons.
        let many: Vec<String> = (0..60_000).map(|n| format!("{n:x}")).collect();
        let began = std::time::Instant::now();
        let scopes = Scopes::lenient(&format!("{0} {0}", many.join(" ")));
        assert!(scopes.iter().eq(many.iter()));
        assert!(began.elapsed() < std::time::Duration::from_secs(2));
    }
}
