//! A host as people give it: a bare name, with a port, or copied from the address bar.

use url::{Host, Url};

/// Reads `name`, `name:port`, `[::1]:port` or an address, and returns `host` or `host:port`, lower-case.
///
/// # Errors
/// Says why it is no host.
pub(super) fn read(text: &str) -> Result<String, &'static str> {
    let text = text.trim();
    // `localhost:8080` must not be taken for an address with the scheme `localhost`.
    let rest = match text.split_once("://") {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => rest,
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => rest,
        Some(_) => return Err("only a host or an https address will do"),
        None => text,
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.is_empty() {
        return Err("it is empty");
    }
    if authority.contains('@') {
        return Err("it must not hold a user name or a password");
    }
    if authority.contains(['\\', '%']) || authority.chars().any(char::is_whitespace) {
        return Err("it holds characters that no host has");
    }
    let url = Url::parse(&format!("https://{authority}/")).map_err(|_| "it is no host")?;
    let host = match url.host() {
        Some(Host::Domain(name)) => name.trim_end_matches('.').to_owned(),
        Some(Host::Ipv4(address)) => address.to_string(),
        Some(Host::Ipv6(address)) => format!("[{address}]"),
        None => return Err("it is no host"),
    };
    if host.is_empty() {
        return Err("it is no host");
    }
    Ok(match url.port() {
        Some(0) => return Err("port 0 is no port"),
        Some(port) => format!("{host}:{port}"),
        None => host,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    // covers: P23
    #[test]
    fn reads_names_with_and_without_dots_and_ports() {
        for (given, host) in [
            ("h", "h"),
            ("Foundry.Example.com", "foundry.example.com"),
            ("foundry.example.com:8443", "foundry.example.com:8443"),
            ("localhost:8080", "localhost:8080"),
            ("foundry:443", "foundry"),
            ("foundry:8443", "foundry:8443"),
            ("[::1]:80", "[::1]:80"),
            ("127.0.0.1:4000", "127.0.0.1:4000"),
            ("https://h:1/workspace/home?x=y#z", "h:1"),
            ("http://h/", "h"),
            (" example.com. ", "example.com"),
        ] {
            assert_eq!(read(given).as_deref(), Ok(host), "{given}");
        }
    }

    // covers: P23
    #[test]
    fn refuses_what_is_no_host_instead_of_making_an_address_without_one() {
        for given in [
            "",
            " ",
            "https://",
            "https:///x",
            ":80",
            "h:0",
            "h:99999",
            "u:p@h",
            "https://u@h/",
            "ftp://h",
            "a b",
            "h\\x",
            "h%2ex",
            "exa\nmple",
            ".",
        ] {
            assert!(read(given).is_err(), "{given:?}");
        }
    }
}
