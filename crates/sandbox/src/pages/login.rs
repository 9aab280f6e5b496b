//! The login page.

use axum::response::Response;
use http::StatusCode;

use super::{escape, page};
use crate::refusal::Refusal;

/// Asks for name and password; `failed` after a wrong try.
pub(crate) fn login(
    interaction: &str,
    client: &str,
    name: &str,
    failed: bool,
) -> Result<Response, Refusal> {
    let error = if failed {
        "<p class=\"error\" role=\"alert\">That name and password do not belong together.</p>\n"
    } else {
        ""
    };
    let (interaction, client, name) = (escape(interaction), escape(client), escape(name));
    let body = format!(
        "<p>to continue to <strong>{client}</strong></p>\n{error}\
         <form method=\"post\" action=\"/login\">\n\
         <input type=\"hidden\" name=\"interaction\" value=\"{interaction}\">\n\
         <label>User name<input name=\"username\" value=\"{name}\" autocomplete=\"username\" \
         autocapitalize=\"none\" required autofocus></label>\n\
         <label>Password<input name=\"password\" type=\"password\" value=\"\" \
         autocomplete=\"current-password\" required></label>\n\
         <div class=\"row\"><button>Log in</button></div>\n</form>\n\
         <p class=\"small\">Try <code>alice</code> with <code>wonderland</code>.</p>"
    );
    let status = if failed {
        StatusCode::UNAUTHORIZED
    } else {
        StatusCode::OK
    };
    page(status, "Log in", &body, None)
}
