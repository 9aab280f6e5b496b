//! Which redirect URIs a client may name (RFC 9700 §4.1, loopback ports by RFC 8252 §7.3).

use url::Url;

/// One registered redirect URI.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RedirectRule {
    /// This text and nothing else.
    Exact(String),
    /// `http` on 127.0.0.1, ::1 or localhost with any port, and exactly this path.
    Loopback {
        /// The path, with its leading slash.
        path: String,
    },
}

impl RedirectRule {
    /// Registers this text and nothing else.
    pub fn exact(uri: impl Into<String>) -> Self {
        Self::Exact(uri.into())
    }

    /// Registers a path on any loopback port.
    pub fn loopback(path: impl Into<String>) -> Self {
        Self::Loopback { path: path.into() }
    }

    /// Returns the loopback paths that native programs use.
    pub fn usual() -> Vec<Self> {
        ["/", "/callback", "/cb", "/oauth2/callback"]
            .map(Self::loopback)
            .into()
    }

    /// Tells whether a `redirect_uri` parameter is the registered one.
    pub fn allows(&self, given: &str) -> bool {
        match self {
            Self::Exact(registered) => registered == given,
            Self::Loopback { path } => loopback_path(given).is_some_and(|found| found == *path),
        }
    }
}

fn loopback_path(given: &str) -> Option<String> {
    let url = Url::parse(given).ok()?;
    let local = matches!(url.host_str()?, "127.0.0.1" | "[::1]" | "localhost");
    let plain = url.scheme() == "http"
        && url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    // The parser normalises; what a person would not recognise as the registered text is refused.
    let as_given = given.strip_prefix("http://").is_some_and(|rest| {
        let path = rest.find('/').and_then(|slash| rest.get(slash..));
        path.unwrap_or("/") == url.path()
    });
    (local && plain && as_given).then(|| url.path().to_owned())
}

#[cfg(test)]
mod tests {
    use super::RedirectRule;

    #[test]
    fn loopback_rule_takes_any_port_and_only_its_path() {
        let rule = RedirectRule::loopback("/callback");
        for good in [
            "http://127.0.0.1:1/callback",
            "http://127.0.0.1/callback",
            "http://[::1]:65535/callback",
            "http://localhost:8080/callback",
        ] {
            assert!(rule.allows(good), "{good}");
        }
        for bad in [
            "https://127.0.0.1:1/callback",
            "http://127.0.0.1:1/callback/",
            "http://127.0.0.1:1/callback?x=1",
            "http://127.0.0.1:1/callback#x",
            "http://127.0.0.1:1/a/../callback",
            "http://127.0.0.1:1@evil.example/callback",
            "http://user@127.0.0.1:1/callback",
            "http://127.0.0.1.evil.example/callback",
            "http://evil.example/callback",
            "http:127.0.0.1/callback",
            "not a url",
        ] {
            assert!(!rule.allows(bad), "{bad}");
        }
    }

    #[test]
    fn loopback_rule_for_the_root_takes_a_bare_authority() {
        let rule = RedirectRule::loopback("/");
        assert!(rule.allows("http://127.0.0.1:8080"));
        assert!(rule.allows("http://127.0.0.1:8080/"));
    }

    #[test]
    fn exact_rule_compares_text() {
        let rule = RedirectRule::exact("https://app.example.test/callback");
        assert!(rule.allows("https://app.example.test/callback"));
        assert!(!rule.allows("https://APP.example.test/callback"));
    }
}
