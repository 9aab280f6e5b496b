//! The page on which a person enters a user code (RFC 8628 §3.3).

use axum::response::Response;
use http::StatusCode;

use super::{escape, page};
use crate::refusal::Refusal;

/// Asks for the code; `unknown` after one that nobody waits for.
pub(crate) fn device(user_code: &str, unknown: bool) -> Result<Response, Refusal> {
    let error = if unknown {
        "<p class=\"error\" role=\"alert\">No device waits under that code.</p>\n"
    } else {
        ""
    };
    let user_code = escape(user_code);
    let body = format!(
        "{error}<form method=\"post\" action=\"/device\">\n\
         <label>The code that your device shows<input name=\"user_code\" value=\"{user_code}\" \
         autocomplete=\"off\" autocapitalize=\"characters\" spellcheck=\"false\" required \
         autofocus></label>\n\
         <div class=\"row\"><button>Continue</button></div>\n</form>"
    );
    let status = if unknown {
        StatusCode::NOT_FOUND
    } else {
        StatusCode::OK
    };
    page(status, "Connect a device", &body, None)
}
