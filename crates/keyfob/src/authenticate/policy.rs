//! Which requests may carry the token, and whose `Authorization` counts.

use std::sync::Arc;

use url::{Host, Url};

use super::AuthenticateError;

/// Says where a session's token may go. It is sent nowhere else.
///
/// ```
/// use keyfob::authenticate::AttachPolicy;
///
/// let policy = AttachPolicy::for_origins(["https://api.example.com", "http://127.0.0.1:8080"])?;
/// assert!(policy.permits("https", "api.example.com", None));
/// assert!(!policy.permits("https", "api.example.org", None));
/// # Ok::<(), keyfob::authenticate::AuthenticateError>(())
/// ```
#[derive(Debug, Clone)]
pub struct AttachPolicy {
    origins: Arc<[Origin]>,
    own: OwnAuthorization,
    elsewhere: Elsewhere,
}

/// What becomes of a request that already has an `Authorization` header.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum OwnAuthorization {
    /// The request is refused: two sources of authorization are a mistake.
    #[default]
    Refused,
    /// The caller's header is sent and the session is left alone.
    CallerWins,
    /// The session's token replaces the caller's header.
    SessionWins,
}

/// What becomes of a request to an origin that is not on the list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Elsewhere {
    /// The request is refused, which shows a wrong address or a short list at once.
    #[default]
    Refused,
    /// The request is sent as it is, without the token.
    SentWithout,
}

/// What the policy makes of one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Attach,
    PassThrough,
}

#[derive(Debug, PartialEq, Eq)]
struct Origin {
    https: bool,
    host: String,
    port: u16,
}

impl AttachPolicy {
    /// Permits these origins: `https://host[:port]`, a bare host (https), or http on this machine.
    ///
    /// # Errors
    /// [`AuthenticateError::BadOrigin`] if one is not an origin, or http elsewhere.
    pub fn for_origins<S: AsRef<str>>(
        origins: impl IntoIterator<Item = S>,
    ) -> Result<Self, AuthenticateError> {
        let origins: Result<Arc<[_]>, _> = origins
            .into_iter()
            .map(|origin| Origin::parse(origin.as_ref()))
            .collect();
        let (own, elsewhere) = (OwnAuthorization::default(), Elsewhere::default());
        Ok(Self {
            origins: origins?,
            own,
            elsewhere,
        })
    }

    /// Replaces what becomes of requests that bring their own `Authorization`.
    pub fn with_own_authorization(self, own: OwnAuthorization) -> Self {
        Self { own, ..self }
    }

    /// Replaces what becomes of requests to other origins.
    pub fn with_elsewhere(self, elsewhere: Elsewhere) -> Self {
        Self { elsewhere, ..self }
    }

    /// Tells whether the token may be sent there. Allocates nothing.
    pub fn permits(&self, scheme: &str, host: &str, port: Option<u16>) -> bool {
        let https = scheme.eq_ignore_ascii_case("https");
        if !https && !scheme.eq_ignore_ascii_case("http") {
            return false;
        }
        let port = port.unwrap_or(if https { 443 } else { 80 });
        self.origins.iter().any(|origin| {
            origin.https == https && origin.port == port && origin.host.eq_ignore_ascii_case(host)
        })
    }
}

impl AttachPolicy {
    /// Judges a request by its target and by whether it has an `Authorization` header already.
    pub(super) fn judge(
        &self,
        scheme: &str,
        host: &str,
        port: Option<u16>,
        has_own: bool,
    ) -> Result<Verdict, AuthenticateError> {
        if has_own && self.own == OwnAuthorization::CallerWins {
            return Ok(Verdict::PassThrough);
        }
        if !self.permits(scheme, host, port) {
            if self.elsewhere == Elsewhere::SentWithout {
                return Ok(Verdict::PassThrough);
            }
            let port = port.map(|port| format!(":{port}")).unwrap_or_default();
            return Err(AuthenticateError::NotAllowed {
                origin: format!("{scheme}://{host}{port}"),
            });
        }
        if has_own && self.own == OwnAuthorization::Refused {
            return Err(AuthenticateError::AlreadyAuthorized);
        }
        Ok(Verdict::Attach)
    }
}

impl Origin {
    fn parse(text: &str) -> Result<Self, AuthenticateError> {
        let refuse = |why| AuthenticateError::BadOrigin {
            origin: text.to_owned(),
            why,
        };
        let full = if text.contains("://") {
            text.to_owned()
        } else {
            format!("https://{text}")
        };
        let url = Url::parse(&full).map_err(|_| refuse("it is not an origin"))?;
        let plain = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        if !plain || !url.username().is_empty() || url.password().is_some() {
            return Err(refuse("it has more than scheme, host and port"));
        }
        let loopback = match url.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(ip)) => ip.is_loopback(),
            Some(Host::Ipv6(ip)) => ip.is_loopback(),
            None => false,
        };
        match url.scheme() {
            "https" => {}
            "http" if loopback => {}
            _ => return Err(refuse("it is neither https nor http on this machine")),
        }
        if full.contains('*') {
            return Err(refuse("patterns are not possible; name every host"));
        }
        let (host, port) = url
            .host_str()
            .zip(url.port_or_known_default())
            .ok_or_else(|| refuse("it names no host"))?;
        Ok(Self {
            https: url.scheme() == "https",
            host: host.to_owned(),
            port,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permits_only_the_listed_origins() {
        let listed = [
            "https://api.example.com",
            "Files.Example.com:8443",
            "http://[::1]:8080",
        ];
        let policy = AttachPolicy::for_origins(listed).unwrap();
        for (scheme, host, port, expected) in [
            ("https", "api.example.com", None, true),
            ("HTTPS", "API.example.com", Some(443), true),
            ("https", "files.example.com", Some(8443), true),
            ("http", "[::1]", Some(8080), true),
            ("https", "files.example.com", None, false),
            ("http", "api.example.com", None, false),
            ("http", "api.example.com", Some(443), false),
            ("https", "api.example.com", Some(444), false),
            ("https", "api.example.com.evil.example", None, false),
            ("https", "evil-api.example.com", None, false),
            ("https", "example.com", None, false),
            ("https", "", None, false),
            ("ftp", "api.example.com", None, false),
            ("http", "[::1]", None, false),
        ] {
            assert_eq!(
                policy.permits(scheme, host, port),
                expected,
                "{scheme} {host} {port:?}"
            );
        }
    }

    #[test]
    fn refuses_what_is_not_a_safe_origin() {
        for origin in [
            "http://api.example.com",
            "https://api.example.com/v1",
            "https://user@api.example.com",
            "https://api.example.com?x",
            "ftp://api.example.com",
            "http://127.0.0.1.example.com",
            "",
            "*",
            "https://*.example.com",
            "https://",
        ] {
            let refused = AttachPolicy::for_origins([origin]);
            assert!(
                refused.is_err_and(|error| error.code() == "origin_refused"),
                "{origin}"
            );
        }
    }

    #[test]
    fn an_empty_list_permits_nothing() {
        let policy = AttachPolicy::for_origins::<&str>([]).unwrap();
        assert!(!policy.permits("https", "api.example.com", None));
    }
}
