//! What happens to a token between the request and the inner service.

use std::pin::Pin;
use std::sync::Arc;

use http::{HeaderMap, Method, Request};

use super::certificate::ClientCertificate;
use super::credentials::Credentials;
use super::verify::{Bound, Shared};
use crate::binding::Presented;
use crate::challenge::Scheme;
use crate::check::CheckToken as _;
use crate::principal::Principal;
use crate::rejection::{Rejection, RequestProblem};

/// All that is needed of a request while it waits for the check.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) credentials: Credentials,
    proof: Option<Box<Proof>>,
    certificate: Option<ClientCertificate>,
}

/// What a DPoP proof is about.
struct Proof {
    headers: HeaderMap,
    method: Method,
    address: String,
}

impl Asked {
    /// Reads the credentials of a request; `None` if it has none.
    pub(super) fn read<B>(
        shared: &Shared,
        request: &Request<B>,
    ) -> Result<Option<Self>, Rejection> {
        let (cap, knows_dpop) = (shared.max_header, shared.bound.is_some());
        let mut credentials = Credentials::in_header(request.headers(), cap, knows_dpop)
            .map_err(Rejection::Request)?;
        if shared.reads_query
            && let Some(second) =
                Credentials::in_query(request.uri(), cap).map_err(Rejection::Request)?
            && credentials.replace(second).is_some()
        {
            return Err(Rejection::Request(RequestProblem::SeveralTokens));
        }
        let Some(credentials) = credentials else {
            return Ok(None);
        };
        let (proof, certificate) = match &shared.bound {
            Some(bound) => (
                (credentials.scheme == Scheme::Dpop).then(|| Box::new(Proof::of(bound, request))),
                certificate(shared, request)?,
            ),
            None => (None, None),
        };
        Ok(Some(Self {
            credentials,
            proof,
            certificate,
        }))
    }
}

impl Proof {
    fn of<B>(bound: &Bound, request: &Request<B>) -> Self {
        let mut headers = HeaderMap::new();
        for value in request.headers().get_all("dpop") {
            headers.append("dpop", value.clone());
        }
        Self {
            headers,
            method: request.method().clone(),
            address: format!("{}{}", bound.address, request.uri().path()),
        }
    }
}

/// The proof stays out.
impl std::fmt::Debug for Proof {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Proof")
            .field("method", &self.method)
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

/// Returns the certificate that the proxy tells of where there is one, else that of the server's connection.
fn certificate<B>(
    shared: &Shared,
    request: &Request<B>,
) -> Result<Option<ClientCertificate>, Rejection> {
    match &shared.forwarded {
        Some(forwarded) => {
            let der = forwarded.read(request.headers())?;
            Ok(der.map(ClientCertificate::from_der))
        }
        None => Ok(request.extensions().get::<ClientCertificate>().cloned()),
    }
}

pub(super) type Check = Pin<Box<dyn Future<Output = Result<Principal, Rejection>> + Send>>;

/// Checks the token, then that its presenter holds it, then that it is enough.
pub(super) fn judge(shared: &Arc<Shared>, asked: Asked) -> Check {
    let shared = Arc::clone(shared);
    // What most services never need would make every future several times as large.
    let Some(bound) = shared.bound.clone() else {
        return Box::pin(async move {
            let token = asked.credentials.token();
            let principal = shared.checker.check(token).await?;
            let held = if principal.is_bound() {
                Err(Rejection::BindingRequired)
            } else {
                Ok(())
            };
            shared.decide(token, principal, held)
        });
    };
    Box::pin(async move {
        let token = asked.credentials.token();
        let principal = shared.checker.check(token).await?;
        let held = asked.held(&bound, &principal).await;
        shared.decide(token, principal, held)
    })
}

impl Asked {
    async fn held(&self, bound: &Bound, principal: &Principal) -> Result<(), Rejection> {
        let presented = match &self.proof {
            Some(proof) => Presented::dpop(&proof.headers, proof.method.as_str(), &proof.address)?,
            None => Presented::bearer(),
        };
        let certificate = self.certificate.as_ref();
        let presented = presented.with_certificate(certificate.map(ClientCertificate::as_der));
        let token = self.credentials.token();
        bound.binding.check(principal, token, &presented).await
    }
}

impl Shared {
    /// Decides about a good token, and tells if it is refused: the checker has told only that it is good.
    fn decide(
        &self,
        token: &str,
        principal: Principal,
        held: Result<(), Rejection>,
    ) -> Result<Principal, Rejection> {
        let mut asked = self.requirements.iter();
        match held.and_then(|()| asked.try_for_each(|one| one.check(&principal))) {
            Ok(()) => Ok(principal),
            Err(rejection) => {
                self.answers.tell(Some(token), &principal, &rejection);
                Err(rejection)
            }
        }
    }
}
