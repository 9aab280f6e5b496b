//! The loopback redirect URI: kept as given, with the port that was bound (RFC 8252 §7.3, §8.3).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::Url;

use crate::login::LoginError;

/// A redirect URI on this machine, exactly as configured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LoopbackUri {
    text: String,
    host: LoopbackHost,
    /// `None`: any free port.
    port: Option<u16>,
    /// Where the port stands, or would stand, in `text`.
    after_host: usize,
    /// Where the path begins in `text`.
    rest: usize,
    path: String,
}

/// The host names that mean this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LoopbackHost {
    Localhost,
    V4,
    V6,
}

impl LoopbackUri {
    /// The redirect URI of a client that configures none: any free port.
    pub(crate) const DEFAULT: &'static str = "http://127.0.0.1/callback";

    /// Reads a redirect URI with the host `localhost`, `127.0.0.1` or `[::1]`.
    ///
    /// No port, or port 0, means any free port.
    ///
    /// # Errors
    /// [`LoginError::RedirectUri`] if it is not one that keyfob can listen on.
    pub(crate) fn parse(text: &str) -> Result<Self, LoginError> {
        let refuse = |why: &'static str| LoginError::RedirectUri {
            uri: text.to_owned(),
            why,
        };
        let url = Url::parse(text).map_err(|_| refuse("it is not an absolute URI"))?;
        if url.fragment().is_some() {
            return Err(refuse("it has a fragment (RFC 6749 section 3.1.2)"));
        }
        let authority = text
            .get(..7)
            .filter(|scheme| scheme.eq_ignore_ascii_case("http://"))
            .and_then(|_| text.get(7..))
            .ok_or_else(|| refuse("only http is possible on a loopback address"))?;
        let authority = authority.split(['/', '?']).next().unwrap_or_default();
        let host_len = match authority.strip_prefix('[') {
            Some(v6) => v6.find(']').map(|end| end + 2),
            None => Some(authority.find(':').unwrap_or(authority.len())),
        };
        let (name, port) = host_len
            .and_then(|len| authority.split_at_checked(len))
            .ok_or_else(|| refuse("its host is unreadable"))?;
        let host = LoopbackHost::read(name)
            .ok_or_else(|| refuse("its host is not localhost, 127.0.0.1 or [::1]"))?;
        let port = match port.strip_prefix(':') {
            None | Some("" | "0") => None,
            Some(digits) => Some(
                digits
                    .parse()
                    .map_err(|_| refuse("its port is unreadable"))?,
            ),
        };
        Ok(Self {
            host,
            port,
            after_host: 7 + name.len(),
            rest: 7 + authority.len(),
            path: url.path().to_owned(),
            text: text.to_owned(),
        })
    }

    /// The configured port; `None` for any free one.
    pub(crate) fn port(&self) -> Option<u16> {
        self.port
    }

    /// The text as configured, with `port` in it.
    pub(crate) fn with_port(&self, port: u16) -> String {
        if self.port == Some(port) {
            return self.text.clone();
        }
        let host = self.text.get(..self.after_host).unwrap_or_default();
        let rest = self.text.get(self.rest..).unwrap_or_default();
        format!("{host}:{port}{rest}")
    }

    /// The path that the browser will ask for.
    pub(super) fn path(&self) -> &str {
        &self.path
    }

    pub(super) fn host(&self) -> LoopbackHost {
        self.host
    }
}

impl LoopbackHost {
    fn read(name: &str) -> Option<Self> {
        match name {
            "127.0.0.1" => Some(Self::V4),
            "[::1]" => Some(Self::V6),
            name if name.eq_ignore_ascii_case("localhost") => Some(Self::Localhost),
            _ => None,
        }
    }

    /// Tells whether a `Host` header names this machine: a foreign name is DNS rebinding.
    pub(super) fn is_loopback_header(header: &str) -> bool {
        let name = match header.strip_prefix('[') {
            Some(v6) => v6.find(']').and_then(|end| header.get(..end + 2)),
            None => header.split(':').next(),
        };
        let port = name
            .and_then(|name| header.strip_prefix(name))
            .unwrap_or("?");
        let port_is_fine = port.is_empty()
            || port
                .strip_prefix(':')
                .is_some_and(|digits| digits.parse::<u16>().is_ok());
        port_is_fine && name.and_then(Self::read).is_some()
    }

    /// The address that must be bound, and whether the other family must be ours too.
    pub(super) fn addresses(self) -> (IpAddr, IpAddr) {
        let (v4, v6) = (
            IpAddr::V4(Ipv4Addr::LOCALHOST),
            IpAddr::V6(Ipv6Addr::LOCALHOST),
        );
        if self == Self::V6 { (v6, v4) } else { (v4, v6) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_text_and_puts_the_bound_port_in() {
        for (given, port, expected) in [
            ("http://localhost:8080", 8080, "http://localhost:8080"),
            ("http://localhost:80/cb", 80, "http://localhost:80/cb"),
            ("http://localhost", 9000, "http://localhost:9000"),
            ("http://localhost:/cb", 9000, "http://localhost:9000/cb"),
            ("http://127.0.0.1/cb", 9000, "http://127.0.0.1:9000/cb"),
            (
                "http://[::1]:0/cb?tenant=1",
                9000,
                "http://[::1]:9000/cb?tenant=1",
            ),
            ("http://LocalHost:8080/cb", 9000, "http://LocalHost:9000/cb"),
        ] {
            assert_eq!(
                LoopbackUri::parse(given).unwrap().with_port(port),
                expected,
                "{given}"
            );
        }
    }

    // covers: W22
    #[test]
    fn reads_the_port_as_written() {
        let port = |text| LoopbackUri::parse(text).unwrap().port();
        assert_eq!(port("http://localhost:80/"), Some(80));
        assert_eq!(port("http://localhost/"), None);
        assert_eq!(port("http://[::1]:0/"), None);
        assert_eq!(port(LoopbackUri::DEFAULT), None);
    }

    // covers: planet-59
    #[test]
    fn refuses_uris_that_cannot_be_listened_on() {
        for text in [
            "https://localhost:8080/cb",
            "http://example.com/cb",
            "http://localhost.example.com/cb",
            "http://127.0.0.1.example.com/cb",
            "http://user@localhost/cb",
            "http://localhost:8080/cb#x",
            "http://localhost:99999/cb",
            "http://0.0.0.0:8080/",
            "urn:ietf:wg:oauth:2.0:oob",
            "localhost:8080",
            "",
        ] {
            let error = LoopbackUri::parse(text).unwrap_err();
            assert_eq!(error.code(), "redirect_uri_unusable", "{text}");
        }
    }

    #[test]
    fn knows_loopback_host_headers() {
        for header in [
            "localhost",
            "LOCALHOST:8080",
            "127.0.0.1:1",
            "[::1]",
            "[::1]:65535",
        ] {
            assert!(LoopbackHost::is_loopback_header(header), "{header}");
        }
        for header in [
            "",
            "evil.example",
            "evil.example:8080",
            "localhost.evil.example",
            "127.0.0.1.nip.io",
            "localhost:",
            "localhost:x",
            "localhost@evil",
            "[::1",
            "[::2]",
            "::1",
            "0.0.0.0",
            "localhost:80:80",
        ] {
            assert!(!LoopbackHost::is_loopback_header(header), "{header}");
        }
    }
}
