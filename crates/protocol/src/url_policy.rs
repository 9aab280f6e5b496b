//! Which URLs may be used at all: https, or http on this very machine (RFC 8252 §8.3, RFC 9700 §4.1.1).

use url::{Host, Url};

use crate::error::ProtocolError;

/// Parses a URL that this side or the server may send secrets to.
pub(crate) fn parse(text: &str, what: &'static str) -> Result<Url, ProtocolError> {
    let url = Url::parse(text).map_err(|_| malformed(what, "it is not an absolute URL"))?;
    check(&url, what)?;
    Ok(url)
}

/// Refuses plain http off this machine, other schemes, credentials and fragments.
pub(crate) fn check(url: &Url, what: &'static str) -> Result<(), ProtocolError> {
    match url.scheme() {
        "https" => {}
        "http" if is_loopback(url) => {}
        _ => return Err(ProtocolError::InsecureUrl { what }),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(malformed(what, "it must not carry a user name or password"));
    }
    if url.fragment().is_some() {
        return Err(malformed(what, "it must not carry a fragment"));
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

const fn malformed(what: &'static str, why: &'static str) -> ProtocolError {
    ProtocolError::Malformed {
        what,
        field: "url",
        why,
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
            ("https://user@as.example/", "malformed"),
            ("https://:pass@as.example/", "malformed"),
            ("https://as.example/#part", "malformed"),
            ("/token", "malformed"),
            ("", "malformed"),
        ];
        for (text, expected) in table {
            let outcome = parse(text, "endpoint").map_or_else(|error| error.code(), |_| "ok");
            assert_eq!(outcome, expected, "{text}");
        }
    }
}
