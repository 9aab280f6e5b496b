//! Profile names: safe as a folder name on every platform.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use crate::StoreError;

const MAX_LENGTH: usize = 64;

/// The name of a profile, and the key under which a store keeps its credential.
///
/// Lower-case ASCII letters, digits, `.`, `_` and `-`, beginning with a letter or digit, at most 64 characters. Upper-case
/// letters are accepted and lowered, as planet-auth does. Names that mean something else to a file system are refused.
///
/// ```
/// use keyfob_store::ProfileName;
///
/// assert_eq!("Work".parse::<ProfileName>().unwrap().as_str(), "work");
/// assert!("../work".parse::<ProfileName>().is_err());
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProfileName(Arc<str>);

impl ProfileName {
    /// Accepts a name as a person types it; upper case is lowered.
    ///
    /// # Errors
    /// [`StoreError::BadName`] when the name could not be a folder of its own everywhere.
    pub fn new(name: &str) -> Result<Self, StoreError> {
        let lowered = name.to_ascii_lowercase();
        match objection(&lowered) {
            Some(why) => Err(StoreError::BadName { why }),
            None => Ok(Self(lowered.into())),
        }
    }

    /// Accepts the name of an existing folder, which must already be in canonical form.
    pub(crate) fn from_folder(name: &str) -> Option<Self> {
        objection(name).is_none().then(|| Self(name.into()))
    }

    /// Returns the canonical name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ProfileName {
    type Err = StoreError;

    fn from_str(name: &str) -> Result<Self, StoreError> {
        Self::new(name)
    }
}

impl fmt::Display for ProfileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ProfileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ProfileName({})", self.0)
    }
}

/// Says why a name is refused. The name itself is not repeated: it may be a token pasted into the wrong place.
fn objection(name: &str) -> Option<&'static str> {
    if name.is_empty() {
        return Some("it is empty");
    }
    if name.len() > MAX_LENGTH {
        return Some("it is longer than 64 characters");
    }
    if !name.starts_with(|first: char| first.is_ascii_lowercase() || first.is_ascii_digit()) {
        return Some("it must begin with a letter or a digit");
    }
    if !name
        .bytes()
        .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(&byte))
    {
        return Some("only letters, digits, '.', '_' and '-' may be used");
    }
    if name.contains("..") || name.ends_with('.') {
        return Some("it must not contain '..' nor end with '.'");
    }
    if is_taken_by_windows(name) {
        return Some("Windows keeps it for a device");
    }
    (name == "keyfob.json").then_some("keyfob keeps it for its own settings file")
}

fn is_taken_by_windows(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or(name);
    let numbered = |prefix| {
        stem.strip_prefix(prefix)
            .is_some_and(|rest| matches!(rest.as_bytes(), [b'0'..=b'9']))
    };
    matches!(stem, "con" | "prn" | "aux" | "nul") || numbered("com") || numbered("lpt")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_plain_names_and_lowers_them() {
        for (given, kept) in [
            ("work", "work"),
            ("Work", "work"),
            ("a", "a"),
            ("0-x_y.z", "0-x_y.z"),
            ("console", "console"),
        ] {
            assert_eq!(ProfileName::new(given).unwrap().as_str(), kept);
        }
        assert_eq!(
            ProfileName::new(&"a".repeat(64)).unwrap().as_str().len(),
            64
        );
    }

    #[test]
    fn refuses_names_that_could_leave_the_home_or_be_taken_for_something_else() {
        let long = "a".repeat(65);
        for given in [
            "",
            ".",
            "..",
            "a..b",
            "../a",
            "a/b",
            "a\\b",
            "/etc",
            ".lock",
            "-rf",
            "_x",
            "a ",
            "a\n",
            "ä",
            "a.",
            "con",
            "CON",
            "nul.txt",
            "com1",
            "lpt9.json",
            "keyfob.json",
            &long,
            "a\0b",
            "a:b",
        ] {
            let refused = ProfileName::new(given).unwrap_err();
            assert_eq!(refused.code(), "bad_name", "{given:?}");
        }
    }

    #[test]
    fn the_refusal_does_not_repeat_the_name() {
        let refused = ProfileName::new("eyJhbGciOi/secret").unwrap_err();
        assert!(!format!("{refused} {refused:?}").contains("secret"));
    }

    #[test]
    fn folders_that_are_not_canonical_are_not_profiles() {
        assert!(ProfileName::from_folder("Work").is_none());
        assert!(ProfileName::from_folder("work").is_some());
    }
}
