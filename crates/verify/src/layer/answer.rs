//! How a refusal is answered: status, challenge and a small JSON body (RFC 6750 §3, RFC 9728 §5.1), or a gRPC status.

use std::sync::Arc;

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use keyfob_jose::Algorithm;

use super::grpc;
use super::refusal::{Refusal, Refused};
use crate::challenge::{Challenge, Scheme};
use crate::event;
use crate::principal::Principal;
use crate::rejection::Rejection;

/// What all answers of one service have in common.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answers {
    pub(super) realm: Option<String>,
    pub(super) resource_metadata: Option<String>,
    /// What a token needs at least, for the challenge to those who came without one.
    pub(super) scope: Option<String>,
    pub(super) dpop: Option<Vec<Algorithm>>,
    pub(super) grpc: bool,
    /// Whether the refusals of good tokens are told to nobody.
    pub(super) silent: bool,
}

impl Answers {
    /// Tells that a token which its checker accepted is refused nevertheless.
    pub(super) fn tell(&self, token: Option<&str>, principal: &Principal, rejection: &Rejection) {
        if !self.silent {
            event::tell_refused(token, principal, rejection);
        }
    }
}

/// Tells layers and extractors behind a [`VerifyLayer`](super::VerifyLayer) how to answer one request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Verified {
    pub(super) answers: Arc<Answers>,
    pub(super) scheme: Option<Scheme>,
    pub(super) over_grpc: bool,
}

impl Verified {
    pub(super) fn new(answers: &Arc<Answers>, headers: &HeaderMap) -> Self {
        Self {
            answers: Arc::clone(answers),
            scheme: None,
            over_grpc: answers.grpc && grpc::speaks(headers),
        }
    }

    /// Answers to somebody whose token is good, and not enough, and tells it.
    pub(crate) fn refuse_principal(
        &self,
        principal: &Principal,
        rejection: Rejection,
    ) -> Response<Bytes> {
        self.answers.tell(None, principal, &rejection);
        self.refuse(&rejection.into())
    }

    /// Answers in the service's name.
    pub(crate) fn refuse(&self, refusal: &Refusal) -> Response<Bytes> {
        let challenge = refusal.challenge().map(|challenge| self.dress(challenge));
        let status = challenge
            .as_ref()
            .map_or(StatusCode::INTERNAL_SERVER_ERROR, Challenge::status);
        tell(refusal, status);
        let description = challenge.as_ref().and_then(Challenge::description);
        let description = description.unwrap_or_else(|| without_description(status));
        let mut response = if self.over_grpc {
            grpc::response(status, description)
        } else {
            json(
                status,
                challenge.as_ref().and_then(Challenge::error),
                description,
            )
        };
        response
            .headers_mut()
            .insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(challenge) = challenge {
            challenge.write_headers(response.headers_mut());
        }
        response.extensions_mut().insert(Refused {
            code: refusal.code(),
        });
        response
    }

    fn dress(&self, mut challenge: Challenge) -> Challenge {
        let answers = &*self.answers;
        if let Some(realm) = &answers.realm {
            challenge = challenge.with_realm(realm);
        }
        if let Some(url) = &answers.resource_metadata {
            challenge = challenge.with_resource_metadata(url);
        }
        if let Some(algorithms) = &answers.dpop {
            challenge = challenge.with_dpop(algorithms.iter().copied());
        }
        if let Some(scope) = answers
            .scope
            .as_ref()
            .filter(|_| challenge.error().is_none())
        {
            challenge = challenge.with_scope(scope);
        }
        match self.scheme {
            Some(scheme) => challenge.presented_with(scheme),
            None => challenge,
        }
    }
}

/// Tells the service's own slip loudly; all else is daily business, and what became of a token is told as an [`event`].
fn tell(refusal: &Refusal, status: StatusCode) {
    let (code, status) = (refusal.code(), status.as_u16());
    match refusal {
        Refusal::NotVerified => {
            tracing::error!(
                code,
                status,
                "no VerifyLayer in front of what needs a principal"
            );
        }
        Refusal::Rejected(_) => tracing::debug!(code, status, "request refused"),
    }
}

fn without_description(status: StatusCode) -> &'static str {
    match status {
        StatusCode::UNAUTHORIZED => "a token is needed",
        StatusCode::SERVICE_UNAVAILABLE => "the token cannot be checked now",
        _ => "the service is not set up correctly",
    }
}

fn json(status: StatusCode, error: Option<&str>, description: &str) -> Response<Bytes> {
    let error = error.unwrap_or(match status {
        StatusCode::UNAUTHORIZED => "missing_token",
        StatusCode::SERVICE_UNAVAILABLE => "temporarily_unavailable",
        _ => "server_error",
    });
    let body = serde_json::json!({ "error": error, "error_description": description });
    let mut response = Response::new(Bytes::from(body.to_string()));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
