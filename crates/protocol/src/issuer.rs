//! The issuer identifier, kept as given and compared as given (RFC 8414 §2, RFC 9207 §2.4).

use std::fmt;
use std::str::FromStr;

use url::Url;

use crate::error::ProtocolError;
use crate::url_policy;

/// Names an authorization server: an https URL (http on loopback), without query or fragment.
///
/// Two issuers are equal only when they are the same text: `https://as.example` and
/// `https://as.example/` are different issuers.
///
/// ```
/// use keyfob_protocol::Issuer;
///
/// let issuer = Issuer::parse("https://login.example.com/")?;
/// assert_eq!(issuer.as_str(), "https://login.example.com/");
/// assert!(Issuer::parse("http://login.example.com").is_err());
/// # Ok::<(), keyfob_protocol::ProtocolError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Issuer {
    text: String,
    url: Url,
}

impl Issuer {
    /// Accepts an issuer identifier.
    ///
    /// # Errors
    /// `insecure_url` for http off loopback and for other schemes; `bad_setting` for anything that
    /// is no absolute URL or has blanks, control characters, a query, fragment, user name or password.
    pub fn parse(text: impl Into<String>) -> Result<Self, ProtocolError> {
        let text = text.into();
        // URL parsers drop or encode these in silence; the text as given would keep them.
        if text.chars().any(|c| c.is_control() || c.is_whitespace()) {
            let why = "it must not hold blanks or control characters";
            return Err(ProtocolError::Setting {
                what: "the issuer",
                why,
            });
        }
        let url = url_policy::parse(&text).map_err(|fault| fault.setting("the issuer"))?;
        if url.query().is_some() {
            let why = "it must not carry a query";
            return Err(ProtocolError::Setting {
                what: "the issuer",
                why,
            });
        }
        Ok(Self { text, url })
    }

    /// The identifier exactly as given.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The identifier as a URL, for building addresses; never for comparing.
    pub const fn url(&self) -> &Url {
        &self.url
    }

    /// True when a text is this identifier but for a final slash.
    pub(crate) fn differs_by_slash(&self, other: &str) -> bool {
        let bare = |text: &str| text.strip_suffix('/').unwrap_or(text).to_owned();
        self.text != other && bare(&self.text) == bare(other)
    }

    /// True when the server runs on this very machine.
    pub fn is_loopback(&self) -> bool {
        url_policy::is_loopback(&self.url)
    }
}

impl FromStr for Issuer {
    type Err = ProtocolError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl fmt::Display for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Issuer({})", self.text)
    }
}

impl PartialEq<str> for Issuer {
    fn eq(&self, other: &str) -> bool {
        self.text == other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn issuer_is_kept_and_compared_as_given() {
        for text in [
            "https://as.example",
            "https://as.example/",
            "https://AS.example/t/1",
        ] {
            assert_eq!(Issuer::parse(text).unwrap().as_str(), text);
        }
        let bare = Issuer::parse("https://as.example").unwrap();
        assert_ne!(bare, Issuer::parse("https://as.example/").unwrap());
        assert_ne!(bare, Issuer::parse("https://AS.example").unwrap());
        assert!(bare == *"https://as.example");
    }

    #[test]
    fn refuses_issuer_that_could_steer_a_terminal_or_hide_a_difference() {
        for text in [
            "https://as.example/\u{1b}[2J",
            "https://as.example/\n",
            " https://as.example",
            "https://as.exa\tmple",
            "https://as.example/\u{9b}31m",
            "https://as.example/a b",
        ] {
            let refused = Issuer::parse(text).unwrap_err();
            assert_eq!(refused.code(), "bad_setting", "{text:?}");
        }
    }

    #[test]
    fn refuses_issuer_with_query_or_fragment() {
        for text in [
            "https://as.example/?a=1",
            "https://as.example/?",
            "https://as.example/#f",
        ] {
            assert_eq!(
                Issuer::parse(text).unwrap_err().code(),
                "bad_setting",
                "{text}"
            );
        }
    }
}
