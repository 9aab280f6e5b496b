//! Where metadata lies (OpenID Discovery §4.1, RFC 8414 §3.1), and reading it (§4.3, §3.3).

use url::Url;

use super::ServerMetadata;
use crate::error::ProtocolError;
use crate::exchange::{self, Endpoint, Repeat, Request, RequestPolicy, Response};
use crate::issuer::Issuer;
use crate::url_policy;

/// Asks one address for the metadata of one issuer.
///
/// ```
/// use keyfob_protocol::{Issuer, MetadataRequest};
///
/// let issuer = Issuer::parse("https://as.example/tenant")?;
/// let addresses: Vec<String> =
///     MetadataRequest::candidates(&issuer).iter().map(|one| one.url().to_string()).collect();
/// assert_eq!(addresses, [
///     "https://as.example/tenant/.well-known/openid-configuration",
///     "https://as.example/.well-known/oauth-authorization-server/tenant",
/// ]);
/// # Ok::<(), keyfob_protocol::ProtocolError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetadataRequest {
    issuer: Issuer,
    url: Url,
    forgives_slash: bool,
}

impl MetadataRequest {
    /// The addresses to try, in order: OpenID Discovery (appended to the issuer), then RFC 8414
    /// (inserted before the issuer's path).
    pub fn candidates(issuer: &Issuer) -> Vec<Self> {
        let path = issuer.url().path().trim_end_matches('/');
        let paths = [
            format!("{path}/.well-known/openid-configuration"),
            format!("/.well-known/oauth-authorization-server{path}"),
        ];
        let at = |path: &String| {
            let mut url = issuer.url().clone();
            url.set_path(path);
            Self {
                issuer: issuer.clone(),
                url,
                forgives_slash: false,
            }
        };
        paths.iter().map(at).collect()
    }

    /// The addresses to try at a server whose issuer is another one.
    pub fn candidates_at(server: &Issuer, issuer: &Issuer) -> Vec<Self> {
        let own = |one| Self {
            issuer: issuer.clone(),
            ..one
        };
        Self::candidates(server).into_iter().map(own).collect()
    }

    /// Takes an answer also if its issuer has a final slash that the expected one lacks, or the reverse: a slip of whoever
    /// wrote the configuration, which no other server can make use of.
    pub fn forgiving_a_slash(self) -> Self {
        Self {
            forgives_slash: true,
            ..self
        }
    }

    /// Asks a given address; the issuer in the answer is compared all the same.
    ///
    /// # Errors
    /// `insecure_url` or `bad_setting` when the address may not be asked.
    pub fn at(url: &str, issuer: &Issuer) -> Result<Self, ProtocolError> {
        Ok(Self {
            issuer: issuer.clone(),
            url: url_policy::parse(url).map_err(|fault| fault.setting("the metadata address"))?,
            forgives_slash: false,
        })
    }

    /// The address that is asked.
    pub const fn url(&self) -> &Url {
        &self.url
    }

    /// Builds the request.
    ///
    /// # Errors
    /// `bad_setting` when the address is no valid request target.
    pub fn request(&self) -> Result<Request, ProtocolError> {
        exchange::get(
            &self.url,
            RequestPolicy::new(Endpoint::Metadata, Repeat::Always),
        )
    }

    /// Reads the answer.
    ///
    /// # Errors
    /// `http_error` and `not_json` when there is no document here, `issuer_mismatch` when it is
    /// another issuer's, `insecure_url`, `malformed` or `missing` when it cannot be used.
    pub fn read(&self, response: &Response) -> Result<ServerMetadata, ProtocolError> {
        let document = exchange::json_object(response, Endpoint::Metadata)?;
        let published = document.get("issuer").and_then(|found| found.as_str());
        let forgiven = published
            .filter(|found| self.forgives_slash && self.issuer.differs_by_slash(found))
            .and_then(|found| Issuer::parse(found).ok());
        ServerMetadata::from_object(document, forgiven.as_ref().unwrap_or(&self.issuer))
    }

    /// True when an error means "nothing here", so that the next candidate is worth asking.
    pub fn is_absent(error: &ProtocolError) -> bool {
        match error {
            ProtocolError::NotJson { .. } => true,
            ProtocolError::Http { status, .. } | ProtocolError::OAuth { status, .. } => {
                !matches!(status.as_u16(), 408 | 429)
                    && (status.is_client_error() || status.is_redirection())
            }
            _ => false,
        }
    }
}
