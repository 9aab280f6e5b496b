//! The pages that a person sees. Whatever comes from outside passes [`escape`].

use axum::response::Response;
use http::{HeaderValue, StatusCode, header};

use crate::{call::with_type, random_text, refusal::Refusal};

mod consent;
mod device;
mod form_post;
mod login;
mod message;

pub(crate) use consent::consent;
pub(crate) use device::device;
pub(crate) use form_post::form_post;
pub(crate) use login::login;
pub(crate) use message::message;

/// Escapes text for HTML content and quoted attributes.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// Puts a page together. `script` is trusted text of ours.
fn page(
    status: StatusCode,
    title: &str,
    body: &str,
    script: Option<&str>,
) -> Result<Response, Refusal> {
    let nonce = random_text(12)?;
    let script = script
        .map(|text| format!("<script nonce=\"{nonce}\">{text}</script>"))
        .unwrap_or_default();
    let title = escape(title);
    let html = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}</title>\n<style nonce=\"{nonce}\">{STYLE}</style>\n</head>\n\
         <body>\n<main>\n<p class=\"brand\">keyfob sandbox</p>\n<h1>{title}</h1>\n{body}\n\
         <p class=\"small\">A provider for demos and tests. Nothing here is real.</p>\n\
         </main>\n{script}</body>\n</html>\n"
    );
    let mut response = with_type(status, "text/html; charset=utf-8", html);
    let policy = format!(
        "default-src 'none'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; \
         base-uri 'none'; frame-ancestors 'none'"
    );
    let headers = response.headers_mut();
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    headers.insert(
        header::REFERRER_POLICY,
        HeaderValue::from_static("no-referrer"),
    );
    Ok(response)
}

const STYLE: &str = "\
:root{color-scheme:light dark;--ink:#1c2430;--paper:#fff;--wall:#eef1f6;--line:#d5dbe5;--key:#2458d3}\
@media(prefers-color-scheme:dark){:root{--ink:#e8ecf3;--paper:#1d232d;--wall:#12161d;--line:#394252;\
--key:#7ea2ff}}\
*{box-sizing:border-box}body{margin:0;min-height:100vh;display:grid;place-items:center;\
background:var(--wall);color:var(--ink);font:16px/1.5 system-ui,sans-serif}\
main{width:min(26rem,calc(100vw - 2rem));background:var(--paper);border:1px solid var(--line);\
border-radius:12px;padding:1.75rem}h1{font-size:1.4rem;line-height:1.25;margin:.25rem 0 1rem}\
.brand{margin:0;color:var(--key);font-weight:600;font-size:.9rem}.small{font-size:.8rem;opacity:.75;\
margin:1.5rem 0 0}.error{border-left:4px solid #c62f2f;padding:.4rem .75rem;margin:0 0 1rem}\
label{display:block;margin:0 0 .9rem;font-weight:600}input{display:block;width:100%;margin-top:.25rem;\
padding:.6rem .7rem;font:inherit;color:inherit;background:transparent;border:1px solid var(--line);\
border-radius:8px}input:focus-visible,button:focus-visible{outline:3px solid var(--key);\
outline-offset:1px}ul{padding-left:1.2rem}.row{display:flex;gap:.75rem;margin-top:1rem}\
button{flex:1;padding:.65rem 1rem;font:inherit;font-weight:600;border-radius:8px;cursor:pointer;\
border:1px solid var(--key);background:var(--key);color:var(--paper)}\
button.plain{background:transparent;color:var(--ink);border-color:var(--line)}\
code{font-size:1.1em;letter-spacing:.05em}li code{font-size:.85em;letter-spacing:0;opacity:.75}";

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn every_character_with_a_meaning_in_html_is_escaped() {
        assert_eq!(
            escape(r#"<a b="c" d='e'>&"#),
            "&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;"
        );
    }
}
