//! Everything that loosens a rule, as types that a caller must name.
//!
//! A search for `danger::` in a program finds every place where it gives up a protection.

/// Accepts access tokens for any audience, or for none: whoever receives a token elsewhere can use it here, too.
///
/// For issuers that put no audience into their tokens. Tell them apart by a required claim instead, if there is one.
#[derive(Clone, Copy, Debug)]
pub struct AnyAudience;

/// Accepts any `typ`, so that an ID token or a logout token of the same issuer may pass for an access token.
///
/// For issuers that write a `typ` of their own. What carries a claim of ID tokens is refused nevertheless.
#[derive(Clone, Copy, Debug)]
pub struct AnyType;

/// Trusts every tenant of a provider: whoever opens one there makes the tokens for it.
///
/// For services that anybody may sign up to, which tell their customers apart by `iss`. Made-up names can use up the
/// ration of newcomers, and then real tenants of which no token was good yet are kept out
/// ([`Rejection::TooManyNewIssuers`](crate::Rejection::TooManyNewIssuers), 503) for as long as they come. Where the
/// tenants are known, list them with [`Template::tenants`](crate::issuers::Template::tenants).
#[derive(Clone, Copy, Debug)]
pub struct AnyTenant;

/// Takes access tokens from the query, too (`?access_token=…`, RFC 6750 §2.3), where they end up in logs, histories and
/// `Referer` headers.
///
/// For clients that cannot set a header, such as those of server-sent events in browsers. RFC 9700 §4.3.2 forbids it elsewhere.
#[derive(Clone, Copy, Debug)]
pub struct TokenInQuery;

pub use crate::mtls::forwarded::ForwardedCertificate;
