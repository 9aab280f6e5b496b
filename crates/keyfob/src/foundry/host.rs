//! A Foundry host, `name` or `name:port`, and the endpoints that lie under it.

use std::fmt;
use std::str::FromStr;

use url::Url;

use super::FoundryError;

const AUTHORIZE: &str = "/multipass/api/oauth2/authorize";
const TOKEN: &str = "/multipass/api/oauth2/token";
const CALLBACK: &str = "/multipass/api/oauth2/callback";

/// A Foundry host as a person may type it: a name, a name with a port, or an address in a browser.
///
/// Lower case, without scheme, path and query; a port is kept. Names without a dot are hosts like any other.
///
/// ```
/// use keyfob::foundry::Host;
///
/// let host: Host = "https://Foundry.example.com:8443/workspace".parse()?;
/// assert_eq!(host.to_string(), "foundry.example.com:8443");
/// assert_eq!(host.token_endpoint(), "https://foundry.example.com:8443/multipass/api/oauth2/token");
/// assert_eq!("localhost:8080".parse::<Host>()?.to_string(), "localhost:8080");
/// # Ok::<(), keyfob::foundry::FoundryError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Host {
    name: String,
    port: Option<u16>,
}

impl Host {
    /// Returns where a person is sent to log in.
    pub fn authorization_endpoint(&self) -> String {
        self.at(AUTHORIZE)
    }

    /// Returns where codes and refresh tokens are redeemed.
    pub fn token_endpoint(&self) -> String {
        self.at(TOKEN)
    }

    /// Returns the page that shows the code to whoever has to paste it.
    pub fn callback_page(&self) -> String {
        self.at(CALLBACK)
    }

    /// Says why a refresh token of this host must not be sent to an address, if so: another host, plain http, user names.
    pub(super) fn objection(&self, uri: &str) -> Option<&'static str> {
        let Ok(url) = Url::parse(uri) else {
            return Some("it is not an absolute URL");
        };
        let is_loopback = match url.host() {
            Some(url::Host::Ipv4(address)) => address.is_loopback(),
            Some(url::Host::Ipv6(address)) => address.is_loopback(),
            Some(url::Host::Domain(name)) => name == "localhost",
            None => false,
        };
        match url.scheme() {
            "https" => {}
            "http" if is_loopback => {}
            "http" => return Some("it is not https"),
            _ => return Some("it is not an https URL"),
        }
        if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
            return Some("it carries a user name, a password or a fragment");
        }
        let default = if url.scheme() == "https" { 443 } else { 80 };
        let port = self.port.unwrap_or(default);
        let is_ours = url.host_str() == Some(&self.name) && url.port().unwrap_or(default) == port;
        (!is_ours).then_some("it leads to another host than the section is named for")
    }

    /// The host of an address, as palantir-oauth-client names a section for it.
    pub(super) fn of(uri: &str) -> Option<Self> {
        let (_, rest) = uri.split_once("://")?;
        let authority = rest.split(['/', '?', '#']).next()?;
        authority.parse().ok()
    }

    fn at(&self, path: &str) -> String {
        format!("https://{self}{path}")
    }
}

impl FromStr for Host {
    type Err = FoundryError;

    fn from_str(text: &str) -> Result<Self, FoundryError> {
        let bad = |why| FoundryError::Host { why };
        let text = text.trim();
        let rest = match text.split_once("://") {
            Some((scheme, rest)) if matches!(&*scheme.to_ascii_lowercase(), "https" | "http") => {
                rest
            }
            Some(_) => return Err(bad("its address does not begin with https")),
            None => text,
        };
        let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
        if authority.contains('@') {
            return Err(bad("it must not carry a user name or password"));
        }
        let (name, port) = match authority.rsplit_once(':') {
            Some((name, port)) if !port.ends_with(']') => (name, Some(port)),
            _ => (authority, None),
        };
        let port = match port {
            Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                let port = digits.parse().ok().filter(|port| *port != 0);
                Some(port.ok_or_else(|| bad("its port is not between 1 and 65535"))?)
            }
            Some(_) => return Err(bad("its port is not a number")),
            None => None,
        };
        if name.is_empty() || name.len() > 253 {
            return Err(bad("its name is empty or too long"));
        }
        let name = url::Host::parse(name).map_err(|_| bad("it is not a host name"))?;
        Ok(Self {
            name: name.to_string(),
            port,
        })
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        match self.port {
            Some(port) => write!(f, ":{port}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(text: &str) -> Host {
        text.parse().unwrap()
    }

    // covers: P23
    #[test]
    fn names_without_a_dot_keep_their_port_and_are_hosts() {
        for (given, kept) in [
            ("h", "h"),
            ("localhost:8080", "localhost:8080"),
            ("foundry:443", "foundry:443"),
            ("Foundry.Example.com:8443", "foundry.example.com:8443"),
            ("https://h:1/x?y#z", "h:1"),
            ("HTTP://h", "h"),
            ("[::1]:80", "[::1]:80"),
            ("[::1]", "[::1]"),
            (" h.example ", "h.example"),
            ("bücher.example", "xn--bcher-kva.example"),
        ] {
            assert_eq!(host(given).to_string(), kept);
            assert_eq!(host(&host(given).to_string()), host(given));
        }
        assert_eq!(
            host("localhost:8080").authorization_endpoint(),
            "https://localhost:8080/multipass/api/oauth2/authorize"
        );
    }

    #[test]
    fn what_is_no_host_is_refused_in_words() {
        for (given, word) in [
            ("", "empty"),
            ("https:///x", "empty"),
            (":80", "empty"),
            ("h:", "between"),
            ("h:0", "between"),
            ("h:70000", "between"),
            ("h:x", "number"),
            ("ftp://h", "https"),
            ("u:p@h", "user name"),
            ("https://u@h/", "user name"),
            ("a b", "host name"),
            ("[::1", "host name"),
            ("h]", "host name"),
            ("h\n", ""),
        ] {
            let refused = given.parse::<Host>();
            if given == "h\n" {
                assert_eq!(refused.unwrap(), host("h"));
            } else {
                let words = refused.unwrap_err().to_string();
                assert!(words.contains(word), "{given}: {words}");
            }
        }
    }

    // covers: P2, P10
    #[test]
    fn a_refresh_token_goes_to_its_own_host_by_https_only() {
        for (name, uri, word) in [
            ("h", "https://h/multipass/api/oauth2/token", ""),
            ("h:443", "https://H/t", ""),
            ("h", "https://h:443/t", ""),
            ("localhost:80", "http://localhost/t", ""),
            ("[::1]:9", "http://[::1]:9/t", ""),
            ("h", "http://h/t", "not https"),
            ("h", "file:///h", "https URL"),
            ("h", "https://evil.example/t", "another host"),
            ("h", "https://h:8443/t", "another host"),
            ("h:1", "https://h/t", "another host"),
            ("h", "https://h@evil.example/t", "user name"),
            ("h", "https://h.evil.example/t", "another host"),
            ("h", "/t", "absolute"),
            ("h", "", "absolute"),
        ] {
            match host(name).objection(uri) {
                Some(why) => assert!(!word.is_empty() && why.contains(word), "{uri}: {why}"),
                None => assert!(word.is_empty(), "{uri}"),
            }
        }
    }
}
