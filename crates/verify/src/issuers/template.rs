//! Issuers that differ in one path segment, as multi-tenant providers have them: `https://login.example.com/{tenant}/v2.0`.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use keyfob_protocol::Issuer;
use keyfob_transport::{Clock, KeySetDocument, MetadataDocument, Transport};

use super::chosen::Chosen;
use super::entry::Known;
use super::error::IssuersError;
use super::revocation::{AskIssuer, Asks};
use super::status::TemplateStatus;
use super::tenants::Tenants;
use crate::danger;
use crate::rejection::Rejection;
use crate::verifier::{BuildError, Verifier, VerifierBuilder};

/// Trusts the tenants of one provider by the same rules.
///
/// The issuer of the rules holds one whole path segment in braces. A tenant's name has letters, digits, `.`, `_` and
/// `-`, begins with a letter or digit, and has 128 characters at most; whatever else a token claims is another issuer.
///
/// Which tenants are trusted has to be said: [`tenants`](Self::tenants) lists them, [`tenants_where`](Self::tenants_where)
/// decides one by one.
///
/// ```
/// use keyfob_verify::issuers::Template;
/// use keyfob_verify::{Algorithm, Issuers, Profile, Verifier};
///
/// let rules = Verifier::builder("https://login.example.com/{tenant}/v2.0")
///     .audience("https://api.example.com")
///     .algorithms([Algorithm::RS256])
///     .profile(Profile::Plain);
/// let issuers = Issuers::builder()
///     .template(Template::new(rules).tenants(["contoso", "fabrikam"]))
///     .build()?;
/// # Ok::<(), keyfob_verify::issuers::IssuersError>(())
/// ```
#[derive(Clone)]
#[must_use]
pub struct Template {
    rules: VerifierBuilder,
    trusted: Option<Trusted>,
    live: usize,
    metadata_at: Option<String>,
    metadata_issuer: Option<String>,
    asks: Option<AsksOf>,
}

/// Makes what asks the issuer of this name.
type AsksOf = Arc<dyn Fn(&str) -> Asks + Send + Sync>;

#[derive(Clone)]
enum Trusted {
    Listed(BTreeSet<String>),
    Where(Arc<dyn Fn(&str) -> bool + Send + Sync>),
}

/// The most tenants of one template that are kept at hand unless more are listed.
const LIVE: usize = 256;
/// Domain names and GUIDs fit.
const LONGEST_NAME: usize = 128;

impl Template {
    /// Starts from rules whose issuer is the template.
    pub fn new(rules: VerifierBuilder) -> Self {
        Self {
            rules,
            trusted: None,
            live: LIVE,
            metadata_at: None,
            metadata_issuer: None,
            asks: None,
        }
    }

    /// Trusts these tenants and no other. Replaces those set before.
    pub fn tenants(self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let names = names.into_iter().map(Into::into).collect();
        Self {
            trusted: Some(Trusted::Listed(names)),
            ..self
        }
    }

    /// Trusts each tenant for which `trusts` says so; it is asked for every token and must not wait for anything.
    pub fn tenants_where(self, trusts: impl Fn(&str) -> bool + Send + Sync + 'static) -> Self {
        Self {
            trusted: Some(Trusted::Where(Arc::new(trusts))),
            ..self
        }
    }

    /// Trusts every tenant; see [`danger::AnyTenant`].
    pub fn any_tenant(self, _: danger::AnyTenant) -> Self {
        self.tenants_where(|_| true)
    }

    /// Sets how many tenants are kept at hand, with their keys; default 256. The one unused for longest makes room.
    ///
    /// Tenants that are listed are all kept.
    pub fn keep(self, tenants: usize) -> Self {
        Self {
            live: tenants.max(1),
            ..self
        }
    }

    /// Takes the metadata, and with them the keys, of all tenants from this one server address.
    pub fn metadata_at(self, server: impl Into<String>) -> Self {
        Self {
            metadata_at: Some(server.into()),
            ..self
        }
    }

    /// Expects the metadata to name this text as their issuer, instead of the tenant's own: some providers publish their
    /// template, such as `https://login.example.com/{tenantid}/v2.0`. What tokens must name stays the same.
    pub fn metadata_issuer(self, literal: impl Into<String>) -> Self {
        Self {
            metadata_issuer: Some(literal.into()),
            ..self
        }
    }

    /// Sets who asks a tenant's issuer whether a token was revoked; `make` is given that issuer.
    pub fn revocation<A: AskIssuer>(
        self,
        make: impl Fn(&str) -> A + Send + Sync + 'static,
    ) -> Self {
        Self {
            asks: Some(Arc::new(move |issuer| Asks::new(make(issuer)))),
            ..self
        }
    }

    pub(super) fn build(self) -> Result<Live, IssuersError> {
        let pattern = self.rules.issuer_text().to_owned();
        let bad = |why| IssuersError::Template {
            template: pattern.clone(),
            why,
        };
        let (prefix, suffix) = parts(&pattern).map_err(bad)?;
        let Some(trusted) = self.trusted else {
            return Err(IssuersError::NoTenants { template: pattern });
        };
        let failed = |error| IssuersError::Issuer {
            issuer: pattern.clone(),
            error,
        };
        let clock = self.rules.clock_given().clone();
        let (rules, transport) = self.rules.with_transport_given();
        let live = Live {
            prefix: prefix.into(),
            suffix: suffix.into(),
            table: match &trusted {
                Trusted::Listed(names) => Tenants::of_known(names.len(), clock.clone()),
                Trusted::Where(_) => Tenants::of_anyone(self.live, clock.clone()),
            },
            trusted,
            rules,
            transport,
            clock,
            metadata_issuer: self.metadata_issuer,
            asks: self.asks,
            pattern: pattern.as_str().into(),
        };
        let live = live.sharing_metadata(self.metadata_at).map_err(failed)?;
        // What is missing in the rules is said now, not when the first token comes.
        live.verifier("tenant").map_err(failed)?;
        Ok(live)
    }
}

/// A template at work.
pub(super) struct Live {
    prefix: Box<str>,
    suffix: Box<str>,
    pattern: Box<str>,
    trusted: Trusted,
    rules: VerifierBuilder,
    transport: Transport,
    clock: Clock,
    metadata_issuer: Option<String>,
    asks: Option<AsksOf>,
    table: Tenants,
}

impl Live {
    pub(super) fn pattern(&self) -> &str {
        &self.pattern
    }

    /// Tells whether both match the same issuers.
    pub(super) fn covers_as(&self, other: &Self) -> bool {
        self.prefix == other.prefix && self.suffix == other.suffix
    }

    /// Returns the tenant that an issuer names, if it is one of this template that is trusted.
    pub(super) fn tenant<'i>(&self, issuer: &'i str) -> Option<&'i str> {
        let name = issuer
            .strip_prefix(&*self.prefix)?
            .strip_suffix(&*self.suffix)?;
        (is_name(name) && self.trusted.has(name)).then_some(name)
    }

    /// Returns the tenant of this name, at hand or new.
    pub(super) fn choose(&self, tenant: &str) -> Result<Chosen<'_>, Rejection> {
        if let Some(settled) = self.table.find(tenant) {
            return Ok(Chosen::Settled(settled));
        }
        let fetches = !self.rules.has_keys();
        let newcomer = self.table.admit(tenant, fetches, || self.known(tenant))?;
        Ok(Chosen::Newcomer(&self.table, newcomer))
    }

    pub(super) fn status(&self) -> TemplateStatus {
        let (tenants, newcomers) = self.table.counts();
        TemplateStatus {
            template: self.pattern.to_string(),
            tenants,
            newcomers,
        }
    }

    pub(super) fn forget(&self, token: &str) {
        self.table.for_each(|known| known.verifier.forget(token));
    }

    fn known(&self, tenant: &str) -> Result<Known, BuildError> {
        let verifier = self.verifier(tenant)?;
        let asks = self
            .asks
            .as_ref()
            .map(|make| make(verifier.rules().issuer()));
        Ok(Known { verifier, asks })
    }

    fn verifier(&self, tenant: &str) -> Result<Verifier, BuildError> {
        let issuer = format!("{}{tenant}{}", self.prefix, self.suffix);
        let rules = self.rules.clone().for_issuer(issuer.clone());
        let Some(literal) = self.metadata_issuer.as_ref().filter(|_| !rules.has_keys()) else {
            return rules.build();
        };
        let server = Issuer::parse(issuer).map_err(BuildError::Issuer)?;
        let keys = self.key_set(server, literal)?;
        rules.key_set(keys).build()
    }

    fn sharing_metadata(self, server: Option<String>) -> Result<Self, BuildError> {
        let Some(server) = server.filter(|_| !self.rules.has_keys()) else {
            return Ok(self);
        };
        let server = Issuer::parse(server).map_err(BuildError::Issuer)?;
        let literal = self.metadata_issuer.as_deref();
        let keys = self.key_set(server.clone(), literal.unwrap_or(server.as_str()))?;
        let rules = self.rules.clone().key_set(keys);
        Ok(Self { rules, ..self })
    }

    fn key_set(&self, server: Issuer, named: &str) -> Result<KeySetDocument, BuildError> {
        let named = Issuer::parse(named).map_err(BuildError::Issuer)?;
        let (transport, clock) = (self.transport.clone(), self.clock.clone());
        let metadata = MetadataDocument::at(server, Some(named), transport.clone(), clock.clone());
        Ok(KeySetDocument::new(metadata, transport, clock))
    }
}

impl Trusted {
    fn has(&self, name: &str) -> bool {
        match self {
            Self::Listed(names) => names.contains(name),
            Self::Where(trusts) => trusts(name),
        }
    }
}

/// Splits a template at its one segment in braces.
fn parts(pattern: &str) -> Result<(&str, &str), &'static str> {
    let (prefix, rest) = pattern
        .split_once('{')
        .ok_or("it holds no segment in braces")?;
    let (name, suffix) = rest.split_once('}').ok_or("its brace is not closed")?;
    if suffix.contains(['{', '}']) || !is_name(name) {
        return Err("it holds more than one plain word in braces");
    }
    let whole = prefix.ends_with('/') && (suffix.is_empty() || suffix.starts_with('/'));
    if !whole || Issuer::parse(prefix).is_err() {
        return Err("the braces must hold one whole segment of the path");
    }
    Ok((prefix, suffix))
}

fn is_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    name.len() <= LONGEST_NAME
        && name.starts_with(|first: char| first.is_ascii_alphanumeric())
        && name.bytes().all(plain)
}

impl fmt::Debug for Trusted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Listed(names) => f.debug_set().entries(names).finish(),
            Self::Where(_) => f.write_str("Where"),
        }
    }
}

impl fmt::Debug for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Template")
            .field("issuer", &self.rules.issuer_text())
            .field("tenants", &self.trusted)
            .finish_non_exhaustive()
    }
}
