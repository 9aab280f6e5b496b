//! A page that only says something.

use axum::response::Response;
use http::StatusCode;

use super::{escape, page};
use crate::refusal::Refusal;

/// Shows a title and one sentence.
pub(crate) fn message(status: StatusCode, title: &str, text: &str) -> Result<Response, Refusal> {
    page(status, title, &format!("<p>{}</p>", escape(text)), None)
}
