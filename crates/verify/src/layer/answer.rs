//! How a refusal is answered: status, challenge, small JSON body (RFC 6750 §3, RFC 9728 §5.1).

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, Response, StatusCode};

use super::body::ResponseBody;
use super::refusal::{Refusal, Refused};

/// What the answers of one service have in common.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answers {
    pub(super) realm: Option<String>,
    pub(super) resource_metadata: Option<String>,
}

impl Answers {
    /// Answers over HTTP.
    pub(crate) fn refuse<B>(&self, refusal: &Refusal) -> Response<ResponseBody<B>> {
        tracing::debug!(
            code = refusal.code(),
            status = refusal.status().as_u16(),
            "request refused"
        );
        let body = serde_json::json!({
            "error": refusal.error().unwrap_or("unauthorized"),
            "error_description": refusal.description(),
        });
        let mut response = Response::new(ResponseBody::own(Bytes::from(body.to_string())));
        *response.status_mut() = refusal.status();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if refusal.status() == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(RETRY_AFTER, HeaderValue::from_static("5"));
        }
        if refusal.status().is_client_error()
            && let Ok(challenge) = HeaderValue::from_str(&self.challenge(refusal))
        {
            headers.insert(WWW_AUTHENTICATE, challenge);
        }
        response.extensions_mut().insert(Refused {
            code: refusal.code(),
        });
        response
    }

    fn challenge(&self, refusal: &Refusal) -> String {
        let members = [
            ("realm", self.realm.as_deref()),
            ("error", refusal.error()),
            ("resource_metadata", self.resource_metadata.as_deref()),
        ];
        let given = members
            .iter()
            .filter_map(|(name, value)| Some(format!("{name}=\"{}\"", value.as_ref()?)));
        let parameters = given.collect::<Vec<_>>().join(", ");
        format!("Bearer {parameters}").trim_end().to_owned()
    }
}
