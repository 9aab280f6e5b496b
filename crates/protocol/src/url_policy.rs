//! Which URLs may be used at all: https, or http on this very machine (RFC 8252 §8.3, RFC 9700 §4.1.1).

use url::{Host, Url};

use crate::error::ProtocolError;

/// What is wrong with a URL; who is to blame depends on where it comes from.
#[derive(Debug)]
pub(crate) enum Fault {
    Insecure,
    Malformed(&'static str),
}

impl Fault {
    /// The fault of a setting or argument of this side.
    pub(crate) const fn setting(self, what: &'static str) -> ProtocolError {
        match self {
            Self::Insecure => ProtocolError::InsecureUrl { what },
            Self::Malformed(why) => ProtocolError::Setting { what, why },
        }
    }

    /// The fault of a member of a document that the server sent.
    pub(crate) const fn received(self, what: &'static str, field: &'static str) -> ProtocolError {
        match self {
            Self::Insecure => ProtocolError::InsecureUrl { what: field },
            Self::Malformed(why) => ProtocolError::Malformed { what, field, why },
        }
    }
}

/// Parses a URL that secrets may be sent to, or that a person may be sent to.
pub(crate) fn parse(text: &str) -> Result<Url, Fault> {
    let url = Url::parse(text).map_err(|_| Fault::Malformed("it is not an absolute URL"))?;
    check(&url)?;
    Ok(url)
}

/// Refuses plain http off this machine, other schemes, credentials and fragments.
pub(crate) fn check(url: &Url) -> Result<(), Fault> {
    match url.scheme() {
        "https" => {}
        "http" if is_loopback(url) => {}
        _ => return Err(Fault::Insecure),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Fault::Malformed(
            "it must not carry a user name or password",
        ));
    }
    if url.fragment().is_some() {
        return Err(Fault::Malformed("it must not carry a fragment"));
    }
    Ok(())
}

/// True for 127.0.0.0/8, `::1` and the name `localhost`.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_https_and_loopback_http_only() {
        let table = [
            ("https://as.example/token", "ok"),
            ("https://as.example/token?tenant=a", "ok"),
            ("http://127.0.0.1:8080/", "ok"),
            ("http://127.9.9.9/", "ok"),
            ("http://[::1]:9/", "ok"),
            ("http://LOCALHOST/", "ok"),
            ("http://as.example/token", "insecure_url"),
            ("http://localhost.as.example/", "insecure_url"),
            ("http://127.0.0.1.as.example/", "insecure_url"),
            ("http://10.0.0.1/", "insecure_url"),
            ("file:///etc/passwd", "insecure_url"),
            ("javascript:alert(1)", "insecure_url"),
            ("https://user@as.example/", "bad_setting"),
            ("https://:pass@as.example/", "bad_setting"),
            ("https://as.example/#part", "bad_setting"),
            ("/token", "bad_setting"),
            ("", "bad_setting"),
        ];
        for (text, expected) in table {
            let outcome = parse(text).map_or_else(|fault| fault.setting("x").code(), |_| "ok");
            assert_eq!(outcome, expected, "{text}");
        }
    }
}
