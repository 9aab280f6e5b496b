//! What to answer when a token is missing or not accepted: status and `WWW-Authenticate` (RFC 6750 §3, RFC 9449 §7.1,
//! RFC 9470 §3, RFC 9728 §5.1).

mod reason;
mod render;

use std::time::Duration;

use http::header::{CACHE_CONTROL, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use keyfob_jose::Algorithm;

use render::Rendered;

/// The answer's status and headers. Nothing of a token is in it.
///
/// ```
/// use keyfob_verify::{Challenge, Rejection};
///
/// let challenge = Rejection::Audience.challenge().with_realm("orders");
/// assert_eq!(challenge.status(), 401);
/// let value = challenge.header_values().next().ok_or("no challenge")?;
/// assert_eq!(
///     value.to_str()?,
///     r#"Bearer realm="orders", error="invalid_token", error_description="the token is for another audience""#,
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Challenge {
    status: StatusCode,
    error: Option<&'static str>,
    description: Option<&'static str>,
    scope: Option<String>,
    acr_values: Option<String>,
    max_age: Option<Duration>,
    realm: Option<String>,
    resource_metadata: Option<String>,
    /// The scheme that the token came with: the error stands in its challenge.
    presented: Scheme,
    bearer: bool,
    dpop: Option<String>,
    dpop_nonce: Option<String>,
    retry_after: Option<Duration>,
}

/// How a token is presented: the scheme of the `Authorization` header.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Scheme {
    /// RFC 6750.
    #[default]
    Bearer,
    /// RFC 9449 §7.1.
    Dpop,
}

impl Scheme {
    /// Returns the scheme's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bearer => "Bearer",
            Self::Dpop => "DPoP",
        }
    }
}

impl Challenge {
    /// Returns the answer to a request without a token: no error code (RFC 6750 §3.1).
    pub fn no_token() -> Self {
        Self::new(StatusCode::UNAUTHORIZED)
    }

    fn new(status: StatusCode) -> Self {
        Self {
            status,
            error: None,
            description: None,
            scope: None,
            acr_values: None,
            max_age: None,
            realm: None,
            resource_metadata: None,
            presented: Scheme::Bearer,
            bearer: true,
            dpop: None,
            dpop_nonce: None,
            retry_after: None,
        }
    }

    /// Names the protected realm.
    pub fn with_realm(mut self, realm: impl Into<String>) -> Self {
        self.realm = Some(realm.into());
        self
    }

    /// Says where the metadata of the protected resource is (RFC 9728 §5.1).
    pub fn with_resource_metadata(mut self, url: impl Into<String>) -> Self {
        self.resource_metadata = Some(url.into());
        self
    }

    /// Says which scopes a token needs, where nothing else has said so.
    pub fn with_scope(mut self, scope: impl Into<String>) -> Self {
        self.scope.get_or_insert_with(|| scope.into());
        self
    }

    /// Offers the scheme `DPoP`, with proofs signed by these algorithms, beside `Bearer`. Replaces those set before.
    pub fn with_dpop(mut self, algorithms: impl IntoIterator<Item = Algorithm>) -> Self {
        let names: Vec<_> = algorithms.into_iter().map(Algorithm::as_str).collect();
        self.dpop = Some(names.join(" "));
        self
    }

    /// Does not offer the scheme `Bearer`; call [`with_dpop`](Self::with_dpop), too.
    pub fn without_bearer(mut self) -> Self {
        self.bearer = false;
        self
    }

    /// Says which scheme the token came with: the error is told in that scheme's challenge.
    pub fn presented_with(mut self, scheme: Scheme) -> Self {
        self.presented = scheme;
        self
    }

    /// Returns the status of the answer.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// Returns the error code of the challenge (RFC 6750 §3.1, RFC 9449 §12.2, RFC 9470 §3).
    pub fn error(&self) -> Option<&'static str> {
        self.error
    }

    /// Returns the description of the error; a fixed text per kind.
    pub fn description(&self) -> Option<&'static str> {
        self.description
    }

    /// Returns the value of `Retry-After`, for an answer that says that the token cannot be checked now.
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// Returns the value of `DPoP-Nonce` (RFC 9449 §8).
    pub fn dpop_nonce(&self) -> Option<&str> {
        self.dpop_nonce.as_deref()
    }

    /// Returns the values of `WWW-Authenticate`, one per scheme; none if the client cannot do anything about it.
    pub fn header_values(&self) -> impl Iterator<Item = HeaderValue> {
        self.offered().filter_map(|scheme| self.value(scheme))
    }

    /// Adds the headers of the answer, `Cache-Control: no-store` among them.
    pub fn write_headers(&self, headers: &mut HeaderMap) {
        for value in self.header_values() {
            headers.append(WWW_AUTHENTICATE, value);
        }
        if let Some(wait) = self.retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(wait.as_secs().max(1)));
        }
        if let Some(nonce) = self
            .dpop_nonce
            .as_deref()
            .and_then(|nonce| nonce.parse().ok())
        {
            headers.insert(HeaderName::from_static("dpop-nonce"), nonce);
        }
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }

    /// The schemes to offer, the one that was used first. A proof that failed is told in `DPoP`'s in any case.
    fn offered(&self) -> impl Iterator<Item = Scheme> {
        let told = self.status != StatusCode::SERVICE_UNAVAILABLE;
        let of_dpop = self.presented == Scheme::Dpop;
        let bearer = (told && self.bearer).then_some(Scheme::Bearer);
        let dpop = (told && (self.dpop.is_some() || of_dpop)).then_some(Scheme::Dpop);
        let (first, second) = if of_dpop {
            (dpop, bearer)
        } else {
            (bearer, dpop)
        };
        first.into_iter().chain(second)
    }

    fn value(&self, scheme: Scheme) -> Option<HeaderValue> {
        let mut value = Rendered::new(scheme.as_str());
        value.text("realm", self.realm.as_deref());
        // With one scheme on offer the error has nowhere else to go.
        if scheme == self.presented || !self.bearer {
            value.text("error", self.error);
            value.text("error_description", self.description);
            value.text("scope", self.scope.as_deref());
            value.text("acr_values", self.acr_values.as_deref());
            value.number("max_age", self.max_age.map(|age| age.as_secs()));
        }
        if scheme == Scheme::Dpop {
            value.text("algs", self.dpop.as_deref());
        }
        value.text("resource_metadata", self.resource_metadata.as_deref());
        value.finish()
    }
}
