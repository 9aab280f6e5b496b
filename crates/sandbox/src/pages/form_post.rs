//! The page that posts an authorization response (OAuth 2.0 Form Post Response Mode §2).

use axum::response::Response;
use http::StatusCode;

use super::{escape, page};
use crate::refusal::Refusal;

/// Posts the parameters to the redirect URI, by itself where scripts run.
pub(crate) fn form_post(
    redirect_uri: &str,
    parameters: &[(String, String)],
) -> Result<Response, Refusal> {
    let mut fields = String::new();
    for (name, value) in parameters {
        let (name, value) = (escape(name), escape(value));
        let field = [
            "<input type=\"hidden\" name=\"",
            &name,
            "\" value=\"",
            &value,
            "\">\n",
        ];
        fields.push_str(&field.concat());
    }
    let action = escape(redirect_uri);
    let body = format!(
        "<form method=\"post\" action=\"{action}\">\n{fields}\
         <div class=\"row\"><button>Continue</button></div>\n</form>"
    );
    page(
        StatusCode::OK,
        "One moment",
        &body,
        Some("document.forms[0].submit()"),
    )
}
