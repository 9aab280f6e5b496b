//! Sender-constrained tokens: proof that who presents a token is who it was issued to (RFC 9449 §7, RFC 8705 §3).

use std::sync::Arc;

use keyfob_jose::JoseError;
use keyfob_protocol::dpop::{ProofError, TargetUri};

use crate::challenge::Scheme;
use crate::confirmation::Confirmation;
use crate::dpop::ProofRules;
use crate::mtls;
use crate::principal::Principal;
use crate::rejection::{BindingProblem, Rejection};

/// What came with a token: the scheme it was presented by, and what proves possession of the key that it is bound to.
///
/// ```
/// use keyfob_verify::binding::Presented;
///
/// # let mut headers = http::HeaderMap::new();
/// # headers.insert("dpop", "e30.e30.e30".parse()?);
/// # let certificate = None::<&[u8]>;
/// let presented = Presented::dpop(&headers, "GET", "https://api.example.com/things")?
///     .with_certificate(certificate);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy)]
pub struct Presented<'a> {
    pub(crate) scheme: Scheme,
    pub(crate) proof: Option<&'a str>,
    pub(crate) method: &'a str,
    pub(crate) uri: &'a str,
    pub(crate) certificate: Option<&'a [u8]>,
}

impl<'a> Presented<'a> {
    /// Describes a token that came by the scheme `Bearer`; a proof that came with it proves nothing and is not read.
    pub fn bearer() -> Self {
        Self {
            scheme: Scheme::Bearer,
            proof: None,
            method: "",
            uri: "",
            certificate: None,
        }
    }

    /// Describes a token that came by the scheme `DPoP`, with the request's headers, its method, and the absolute address
    /// that the client sent it to: scheme and authority as seen from outside, not behind a proxy. The query may be left out.
    ///
    /// # Errors
    /// [`Rejection::DpopProof`] if there is not exactly one `DPoP` header in visible ASCII (RFC 9449 §4.3, check 1).
    pub fn dpop(
        headers: &'a http::HeaderMap,
        method: &'a str,
        uri: &'a str,
    ) -> Result<Self, Rejection> {
        let mut values = headers.get_all("dpop").into_iter();
        let proof = match (values.next(), values.next()) {
            (None, _) => Err(ProofError::Missing),
            (Some(_), Some(_)) => Err(ProofError::Several),
            (Some(one), None) => one.to_str().map_err(|_| NOT_ASCII),
        };
        let proof = proof.map_err(Rejection::DpopProof)?;
        Ok(Self::dpop_with(proof, method, uri))
    }

    /// Describes a token that came by the scheme `DPoP` with this proof, for callers who have no header map.
    pub fn dpop_with(proof: &'a str, method: &'a str, uri: &'a str) -> Self {
        Self {
            scheme: Scheme::Dpop,
            proof: Some(proof),
            method,
            uri,
            certificate: None,
        }
    }

    /// Adds the client certificate of the TLS connection in DER, whose private key TLS has proved.
    ///
    /// It must come from the TLS layer itself; one that a proxy forwards is read by
    /// [`danger::ForwardedCertificate`](crate::danger::ForwardedCertificate).
    pub fn with_certificate(self, der: Option<&'a [u8]>) -> Self {
        Self {
            certificate: der,
            ..self
        }
    }

    /// Returns the scheme that the token came by.
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }
}

const NOT_ASCII: ProofError =
    ProofError::Malformed(JoseError::MalformedToken("it is not visible ASCII"));

/// Checks that tokens which are bound to a key are presented by its holder; cheap to clone, clones share one memory.
///
/// A bound token is never accepted without its proof. Whether a token that is bound to nothing is accepted is up to
/// [`require_bound`](Self::require_bound).
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Binding(Arc<Inner>);

#[derive(Clone, Debug, Default)]
struct Inner {
    proofs: ProofRules,
    require_bound: bool,
}

impl Binding {
    /// Starts with the default [`ProofRules`]; tokens that are bound to nothing are accepted as bearer tokens.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the rules for DPoP proofs.
    pub fn with_proofs(self, proofs: ProofRules) -> Self {
        self.change(|inner| inner.proofs = proofs)
    }

    /// Refuses tokens that are bound to nothing (`dpop_bound_access_tokens_required`, RFC 9728 §2).
    pub fn require_bound(self) -> Self {
        self.change(|inner| inner.require_bound = true)
    }

    /// Returns the rules for DPoP proofs.
    pub fn proofs(&self) -> &ProofRules {
        &self.0.proofs
    }

    /// Tells whether tokens that are bound to nothing are refused.
    pub fn requires_bound(&self) -> bool {
        self.0.require_bound
    }

    /// Checks that `token`, which says this about its holder, is presented by that holder.
    ///
    /// Waits only for a shared [replay memory](crate::dpop::ReplayMemory); with the one in this process it never waits.
    /// Call it last: a proof that passes is used up.
    ///
    /// # Errors
    /// [`Rejection::Binding`], [`Rejection::DpopProof`], [`Rejection::UseDpopNonce`] or [`Rejection::ReplayUnknown`].
    pub async fn check(
        &self,
        principal: &Principal,
        token: &str,
        presented: &Presented<'_>,
    ) -> Result<(), Rejection> {
        let refuse = |problem| Err(Rejection::Binding(problem));
        match principal.cnf() {
            Some(bound) if bound.asks_for_more() => refuse(BindingProblem::Unsupported),
            Some(bound) => self.check_bound(&bound, token, presented).await,
            None if presented.scheme == Scheme::Dpop => refuse(BindingProblem::DpopScheme),
            None if self.0.require_bound => refuse(BindingProblem::Unbound),
            None => Ok(()),
        }
    }

    async fn check_bound(
        &self,
        bound: &Confirmation,
        token: &str,
        presented: &Presented<'_>,
    ) -> Result<(), Rejection> {
        let refuse = |problem| Err(Rejection::Binding(problem));
        match (bound.jkt(), presented.scheme) {
            (None, Scheme::Dpop) => return refuse(BindingProblem::DpopScheme),
            (Some(_), Scheme::Bearer) => return refuse(BindingProblem::BearerScheme),
            _ => {}
        }
        if let Some(thumbprint) = bound.x5t_s256() {
            match presented.certificate {
                None => return refuse(BindingProblem::NoCertificate),
                Some(der) if !mtls::is_certificate(der, thumbprint) => {
                    return refuse(BindingProblem::OtherCertificate);
                }
                Some(_) => {}
            }
        }
        let Some(thumbprint) = bound.jkt() else {
            return Ok(());
        };
        let target = TargetUri::parse(presented.uri)
            .map_err(|_| Rejection::DpopProof(ProofError::Target))?;
        let text = presented.proof.unwrap_or_default();
        let rules = &self.0.proofs;
        let proof = rules.read(text, presented.method, &target, token)?;
        if proof.thumbprint() != thumbprint {
            return refuse(BindingProblem::OtherKey);
        }
        rules.use_up(&proof).await
    }

    fn change(mut self, change: impl FnOnce(&mut Inner)) -> Self {
        change(Arc::make_mut(&mut self.0));
        self
    }
}

impl std::fmt::Debug for Presented<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Presented")
            .field("scheme", &self.scheme)
            .field("proof", &self.proof.is_some())
            .field("certificate", &self.certificate.is_some())
            .finish_non_exhaustive()
    }
}

/// The examples of the page are compiled, too.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/sender-constrained.md")]
struct Page;
