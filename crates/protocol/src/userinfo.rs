//! Userinfo, as JSON and as a signed JWT (OpenID Connect Core §5.3).

use std::fmt;
use std::time::SystemTime;

use http::HeaderValue;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use keyfob_jose::{Algorithm, Claims, CompactJws, JoseError, JwkSet, Secret};
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use crate::error::ProtocolError;
use crate::exchange::{self, Endpoint, Form, Repeat, Request, RequestPolicy, Response};
use crate::issuer::Issuer;
use crate::metadata::ServerMetadata;
use crate::text;
use crate::token::verify_signature;

const WHAT: &str = "the userinfo";

/// Asks who the token stands for (§5.3.1).
#[derive(Clone, Debug)]
pub struct UserinfoRequest {
    access_token: Secret,
    subject: Option<String>,
    in_body: bool,
}

impl UserinfoRequest {
    /// Asks with this access token.
    pub fn new(access_token: impl Into<Secret>) -> Self {
        Self {
            access_token: access_token.into(),
            subject: None,
            in_body: false,
        }
    }

    /// Demands that the answer is about the ID token's `sub` (§5.3.2).
    pub fn with_subject(mut self, subject: impl Into<String>) -> Self {
        self.subject = Some(subject.into());
        self
    }

    /// Sends the token in the body instead of a header (RFC 6750 §2.2).
    pub const fn in_body(mut self) -> Self {
        self.in_body = true;
        self
    }

    /// Builds the request.
    ///
    /// # Errors
    /// `no_endpoint` when the server has no userinfo endpoint, `bad_setting` when the token cannot
    /// go into a header.
    pub fn request(&self, metadata: &ServerMetadata) -> Result<Request, ProtocolError> {
        let url = metadata.endpoint(Endpoint::Userinfo)?;
        let policy = RequestPolicy::new(Endpoint::Userinfo, Repeat::Always);
        let mut request = if self.in_body {
            let mut form = Form::new();
            form.push("access_token", self.access_token.expose());
            form.post(url, policy)?
        } else {
            let mut request = exchange::get(url, policy)?;
            request.headers_mut().insert(AUTHORIZATION, self.bearer()?);
            request
        };
        let accepted = HeaderValue::from_static("application/json, application/jwt");
        request.headers_mut().insert(ACCEPT, accepted);
        Ok(request)
    }

    /// Reads the answer. A signed one must still be verified.
    ///
    /// # Errors
    /// `oauth_error` such as `invalid_token`, `http_error` or `not_json` when there is none;
    /// `missing` without `sub`; `subject_mismatch` when it is about somebody else.
    pub fn read(&self, response: &Response) -> Result<UserinfoResponse, ProtocolError> {
        if response.status().is_success() && is_jwt(response) {
            let token = str::from_utf8(response.body()).map_err(|_| JoseError::Base64)?;
            let token = Secret::new(token.trim());
            return Ok(UserinfoResponse::Signed(SignedUserinfo {
                token,
                subject: self.subject.clone(),
                algorithms: Algorithm::ASYMMETRIC.to_vec(),
            }));
        }
        let claims = exchange::json_object(response, Endpoint::Userinfo)?;
        Userinfo::new(claims, self.subject.as_deref()).map(UserinfoResponse::Plain)
    }

    fn bearer(&self) -> Result<HeaderValue, ProtocolError> {
        let text = Zeroizing::new(format!("Bearer {}", self.access_token.expose()));
        let mut value = HeaderValue::from_str(&text).map_err(|_| ProtocolError::Setting {
            what: "the access token",
            why: "it holds a character that cannot go into a header",
        })?;
        value.set_sensitive(true);
        Ok(value)
    }
}

/// The two forms of an answer (§5.3.2).
#[derive(Clone, Debug)]
pub enum UserinfoResponse {
    /// A JSON object, trusted because it came over TLS from the server.
    Plain(Userinfo),
    /// A signed JWT, to be verified with the server's keys.
    Signed(SignedUserinfo),
}

impl UserinfoResponse {
    /// The claims, after verifying the signature of a signed answer.
    ///
    /// # Errors
    /// As [`SignedUserinfo::verify`].
    pub fn verify(
        self,
        issuer: &Issuer,
        client_id: &str,
        keys: &JwkSet,
        client_secret: Option<&Secret>,
        now: SystemTime,
    ) -> Result<Userinfo, ProtocolError> {
        match self {
            Self::Plain(userinfo) => Ok(userinfo),
            Self::Signed(signed) => signed.verify(issuer, client_id, keys, client_secret, now),
        }
    }
}

/// A signed answer that nobody has verified yet.
#[derive(Clone, Debug)]
pub struct SignedUserinfo {
    token: Secret,
    subject: Option<String>,
    algorithms: Vec<Algorithm>,
}

impl SignedUserinfo {
    /// The JWT as it came, unverified: its header tells which key is needed.
    pub const fn raw(&self) -> &Secret {
        &self.token
    }

    /// Allows these algorithms only, typically the registered `userinfo_signed_response_alg`.
    pub fn with_algorithms(mut self, algorithms: impl IntoIterator<Item = Algorithm>) -> Self {
        self.algorithms = algorithms.into_iter().collect();
        self
    }

    /// Verifies signature, and `iss`, `aud`, `exp` where present, and `sub` (§5.3.2).
    ///
    /// # Errors
    /// `unknown_key` or `bad_signature`, other jose codes when it cannot be read, `malformed`
    /// when a claim is not for this client, `missing` and `subject_mismatch` as for JSON.
    pub fn verify(
        &self,
        issuer: &Issuer,
        client_id: &str,
        keys: &JwkSet,
        client_secret: Option<&Secret>,
        now: SystemTime,
    ) -> Result<Userinfo, ProtocolError> {
        let jws = CompactJws::parse(self.token.expose())?;
        let algorithm = jws.header().alg;
        if !self.algorithms.contains(&algorithm) {
            return Err(JoseError::UnsupportedAlgorithm(algorithm.to_string()).into());
        }
        let payload = verify_signature(&jws, keys, client_secret)?;
        let claims = payload.claims()?;
        check_claims(&claims, issuer, client_id, now)?;
        let object = text::json_object(payload.as_bytes()).unwrap_or_default();
        Userinfo::new(object, self.subject.as_deref())
    }
}

/// Claims about a person, whose `sub` was compared.
#[derive(Clone, PartialEq)]
pub struct Userinfo {
    subject: String,
    claims: Map<String, Value>,
}

impl Userinfo {
    fn new(claims: Map<String, Value>, expected: Option<&str>) -> Result<Self, ProtocolError> {
        let missing = ProtocolError::Missing {
            what: WHAT,
            field: "sub",
        };
        let subject = text::member(&claims, "sub").ok_or(missing)?.to_owned();
        if expected.is_some_and(|expected| expected != subject) {
            return Err(ProtocolError::SubjectMismatch);
        }
        Ok(Self { subject, claims })
    }

    /// `sub`: the person, unique at the issuer.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// All claims.
    pub const fn claims(&self) -> &Map<String, Value> {
        &self.claims
    }
}

fn check_claims(
    claims: &Claims,
    issuer: &Issuer,
    client_id: &str,
    now: SystemTime,
) -> Result<(), ProtocolError> {
    let malformed = |field, why| {
        Err(ProtocolError::Malformed {
            what: WHAT,
            field,
            why,
        })
    };
    if let Some(found) = claims.iss.as_deref().filter(|found| *issuer != **found) {
        let expected = issuer.to_string();
        return Err(ProtocolError::IssuerMismatch {
            expected,
            found: text::clean(found, 200),
        });
    }
    if claims
        .aud
        .as_ref()
        .is_some_and(|aud| !aud.contains(client_id))
    {
        return malformed("aud", "it is not for this client");
    }
    let leeway = std::time::Duration::from_mins(1);
    if claims
        .exp
        .is_some_and(|exp| exp.to_system_time() + leeway <= now)
    {
        return malformed("exp", "it has expired");
    }
    Ok(())
}

fn is_jwt(response: &Response) -> bool {
    let kind = response
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let essence = kind
        .unwrap_or_default()
        .split(';')
        .next()
        .unwrap_or_default()
        .trim();
    essence.eq_ignore_ascii_case("application/jwt")
}

impl fmt::Debug for Userinfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Userinfo").finish_non_exhaustive()
    }
}
