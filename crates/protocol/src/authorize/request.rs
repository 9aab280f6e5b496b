//! The authorization request (RFC 6749 §4.1.1, RFC 7636 §4.3, OpenID Connect Core §3.1.2.1).

use std::time::Duration;

use keyfob_jose::{Secret, random};
use url::Url;

use super::{Pending, pkce};
use crate::client::Client;
use crate::error::ProtocolError;
use crate::exchange::{Endpoint, Form};
use crate::metadata::ServerMetadata;
use crate::url_policy;
use crate::wanted::{Wanted, wanted_builder};

/// Sends a person to the authorization server.
///
/// State and PKCE (S256) are always sent, and with the scope `openid` a nonce; there is no way to leave them out.
///
/// ```
/// use keyfob_protocol::{AuthorizationRequest, Client, Endpoint, Issuer, Scopes, ServerMetadata};
///
/// let mut metadata = ServerMetadata::new(Issuer::parse("https://as.example")?);
/// metadata.set_endpoint(Endpoint::Authorization, "https://as.example/authorize?tenant=a")?;
/// let (url, pending) = AuthorizationRequest::new("http://127.0.0.1:8080/callback")
///     .with_scopes(Scopes::parse("openid offline_access")?)
///     .begin(&metadata, &Client::public("demo-cli"))?;
/// assert!(url.as_str().starts_with("https://as.example/authorize?tenant=a&response_type=code&"));
/// assert!(url.as_str().contains("&code_challenge_method=S256&scope=openid+offline_access"));
/// # drop(pending);
/// # Ok::<(), keyfob_protocol::ProtocolError>(())
/// ```
#[derive(Clone, Debug)]
pub struct AuthorizationRequest {
    redirect_uri: String,
    prompt: Option<String>,
    login_hint: Option<String>,
    max_age: Option<Duration>,
    wanted: Wanted,
}

impl AuthorizationRequest {
    /// Starts with where the answer shall arrive; it is sent exactly as given.
    pub fn new(redirect_uri: impl Into<String>) -> Self {
        Self {
            redirect_uri: redirect_uri.into(),
            prompt: None,
            login_hint: None,
            max_age: None,
            wanted: Wanted::default(),
        }
    }

    wanted_builder!();

    /// Sets `prompt`, such as `login`, `consent`, `select_account` or `none`.
    pub fn with_prompt(mut self, prompt: impl Into<String>) -> Self {
        self.prompt = Some(prompt.into());
        self
    }

    /// Sets `login_hint`: who is going to log in.
    pub fn with_login_hint(mut self, hint: impl Into<String>) -> Self {
        self.login_hint = Some(hint.into());
        self
    }

    /// Sets `max_age`, in whole seconds; the ID token is held to it.
    pub const fn with_max_age(mut self, max_age: Duration) -> Self {
        self.max_age = Some(max_age);
        self
    }

    /// Makes the address to open, and what must be remembered until the answer arrives.
    ///
    /// # Errors
    /// `no_endpoint` when the server has no authorization endpoint, `bad_setting` or `insecure_url`
    /// when the redirect URI cannot be used, `reserved_parameter` when an added parameter is one
    /// of the protocol's, `crypto_failed` without random numbers.
    pub fn begin(
        &self,
        metadata: &ServerMetadata,
        client: &Client,
    ) -> Result<(Url, Pending), ProtocolError> {
        check_redirect_uri(&self.redirect_uri)?;
        let mut url = metadata.endpoint(Endpoint::Authorization)?.clone();
        let pending = Pending {
            issuer: metadata.issuer.clone(),
            client_id: client.client_id.clone(),
            redirect_uri: self.redirect_uri.clone(),
            state: Secret::new(random::token(32)?),
            nonce: self.nonce()?,
            code_verifier: pkce::verifier()?,
            max_age: self.asked_max_age()?,
            iss_required: metadata.authorization_response_iss_parameter_supported,
        };
        let form = self.parameters(&pending)?;
        if url.query_pairs().any(|(name, _)| form.contains(&name)) {
            return Err(ProtocolError::Setting {
                what: "the authorization endpoint",
                why: "its query already holds a parameter of the request",
            });
        }
        let query = form.into_query();
        let whole = match url.query() {
            Some(own) if !own.is_empty() => format!("{own}&{query}"),
            _ => query,
        };
        url.set_query(Some(&whole));
        Ok((url, pending))
    }

    /// OpenID Connect Core §3.1.2.1; without `openid` it is plain OAuth, and strict servers refuse the parameter.
    fn nonce(&self) -> Result<Option<Secret>, ProtocolError> {
        if !self.wanted.scopes.contains("openid") {
            return Ok(None);
        }
        Ok(Some(Secret::new(random::token(32)?)))
    }

    /// A `max_age` among the added parameters is checked in the ID token like one that was set.
    fn asked_max_age(&self) -> Result<Option<Duration>, ProtocolError> {
        let mut added = self.wanted.extra.iter();
        let Some((_, value)) = added.find(|(name, _)| name == "max_age") else {
            return Ok(self.max_age);
        };
        let seconds = value.expose().parse();
        seconds
            .map(|seconds| Some(Duration::from_secs(seconds)))
            .map_err(|_| ProtocolError::Setting {
                what: "max_age",
                why: "it is not a number of seconds",
            })
    }

    fn parameters(&self, pending: &Pending) -> Result<Form, ProtocolError> {
        let mut form = Form::new();
        form.push("response_type", "code");
        form.push("client_id", &pending.client_id);
        form.push("redirect_uri", &pending.redirect_uri);
        form.push("state", pending.state.expose());
        form.push_some("nonce", pending.nonce.as_ref().map(Secret::expose));
        form.push("code_challenge", &pkce::challenge(&pending.code_verifier));
        form.push("code_challenge_method", "S256");
        form.push_some("prompt", self.prompt.as_deref());
        form.push_some("login_hint", self.login_hint.as_deref());
        let max_age = self.max_age.map(|max_age| max_age.as_secs().to_string());
        form.push_some("max_age", max_age.as_deref());
        self.wanted.add_to(&mut form)?;
        Ok(form)
    }
}

/// RFC 6749 §3.1.2, RFC 8252 §7: https, http on loopback, or an app's own scheme; no fragment.
fn check_redirect_uri(text: &str) -> Result<(), ProtocolError> {
    let unusable = |why| ProtocolError::Setting {
        what: "the redirect URI",
        why,
    };
    let url = Url::parse(text).map_err(|_| unusable("it is not an absolute URL"))?;
    if url.fragment().is_some() {
        return Err(unusable("it must not carry a fragment"));
    }
    match url.scheme() {
        "http" if !url_policy::is_loopback(&url) => Err(ProtocolError::InsecureUrl {
            what: "the redirect URI",
        }),
        "javascript" | "data" | "file" | "blob" | "about" => {
            Err(unusable("its scheme is not one that an app can own"))
        }
        _ => Ok(()),
    }
}
