//! The consent page.

use axum::response::Response;
use http::StatusCode;

use super::{escape, page};
use crate::refusal::Refusal;

/// Asks whether the client may have the scopes; for a device, shows its code to compare.
pub(crate) fn consent(
    interaction: &str,
    client: &str,
    name: &str,
    scopes: &[String],
    user_code: Option<&str>,
) -> Result<Response, Refusal> {
    let (interaction, client, name) = (escape(interaction), escape(client), escape(name));
    let mut wishes = String::new();
    for scope in scopes {
        let item = [
            "<li>",
            meaning(scope),
            " (<code>",
            &escape(scope),
            "</code>)</li>\n",
        ];
        wishes.push_str(&item.concat());
    }
    if wishes.is_empty() {
        wishes.push_str("<li>know that it is you</li>\n");
    }
    let device = user_code
        .map(|code| {
            let code = escape(code);
            format!("<p>Your device shows <code>{code}</code>. If it does not, decline.</p>\n")
        })
        .unwrap_or_default();
    let body = format!(
        "<p>You are logged in as <strong>{name}</strong>.</p>\n{device}\
         <p><strong>{client}</strong> would like to</p>\n<ul>\n{wishes}</ul>\n\
         <form method=\"post\" action=\"/consent\">\n\
         <input type=\"hidden\" name=\"interaction\" value=\"{interaction}\">\n\
         <div class=\"row\">\
         <button class=\"plain\" name=\"decision\" value=\"deny\">Decline</button>\
         <button name=\"decision\" value=\"approve\">Allow</button></div>\n</form>"
    );
    page(StatusCode::OK, "Allow access?", &body, None)
}

fn meaning(scope: &str) -> &'static str {
    match scope {
        "openid" => "know that it is you",
        "profile" => "see your name and picture",
        "email" => "see your e-mail address",
        "phone" => "see your phone number",
        "address" => "see your postal address",
        "offline_access" => "stay logged in while you are away",
        "api:read" => "read what you have at the example API",
        "api:write" => "change what you have at the example API",
        _ => "use",
    }
}
