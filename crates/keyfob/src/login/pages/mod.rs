//! The pages that the browser shows at the end of a login: escaped, without script, never stored.

use std::fmt::Write as _;

use bytes::Bytes;
use http::header::{self, HeaderName};
use http::{HeaderValue, Response, StatusCode};
use http_body_util::Full;

mod handler;

pub use self::handler::{
    DefaultPages, PageError, PageFuture, PageHandler, PageRequest, TokenFuture,
};

/// A page for the browser.
///
/// Every page comes with headers that keep it out of caches, frames and referrers, and with a content security policy
/// that allows no script unless [`Page::with_policy`] does.
#[derive(Debug, Clone)]
pub struct Page {
    status: StatusCode,
    body: Body,
    policy: Option<String>,
    continues: bool,
}

#[derive(Debug, Clone)]
enum Body {
    /// A page of ours.
    Ours {
        mood: Mood,
        heading: String,
        lines: Vec<String>,
    },
    /// The configured acknowledgement, which its owner answers for.
    Given(String),
    /// One line of plain text, for whoever is not the browser we wait for.
    Plain(&'static str),
    /// Another address.
    See(String),
}

#[derive(Debug, Clone, Copy)]
enum Mood {
    Good,
    Bad,
}

impl Page {
    /// A page of the application's own; [`escape_html`] is for what goes into it.
    pub fn html(html: impl Into<String>) -> Self {
        Self::of(StatusCode::OK, Body::Given(html.into()))
    }

    /// A page like keyfob's own: a heading and lines of text, escaped here.
    pub fn message(heading: &str, lines: &[&str]) -> Self {
        Self::ours(StatusCode::OK, Mood::Good, heading, lines)
    }

    /// Sends the browser to another address (303), relative to the landing page; serving goes on.
    pub fn see(location: impl Into<String>) -> Self {
        Self::of(StatusCode::SEE_OTHER, Body::See(location.into())).continued()
    }

    /// Nothing is at this address; serving goes on.
    pub fn not_found() -> Self {
        Self::stray(StatusCode::NOT_FOUND).continued()
    }

    /// Lets the listener serve further pages after this one, within [`PageHandler::budget`].
    ///
    /// Without it a page is final: the listener closes once it has left.
    pub fn continued(self) -> Self {
        Self {
            continues: true,
            ..self
        }
    }

    /// Sets the status, such as 404; an impossible one becomes 500.
    pub fn with_status(self, status: u16) -> Self {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut page = Self { status, ..self };
        if let Body::Ours { mood, .. } = &mut page.body
            && (status.is_client_error() || status.is_server_error())
        {
            *mood = Mood::Bad;
        }
        page
    }

    /// Sets the content security policy of a page that needs more than the default, such as a script.
    pub fn with_policy(self, policy: impl Into<String>) -> Self {
        Self {
            policy: Some(policy.into()),
            ..self
        }
    }

    pub(crate) fn is_final(&self) -> bool {
        !self.continues
    }

    /// The login worked: the configured acknowledgement, or a page of ours.
    pub(crate) fn logged_in(acknowledgement: Option<&str>) -> Self {
        match acknowledgement {
            Some(html) if !html.trim().is_empty() => Self::html(html),
            _ => Self::ours(
                StatusCode::OK,
                Mood::Good,
                "You are logged in",
                &["You can close this tab and return to the terminal."],
            ),
        }
    }

    /// The login failed; `why` is said in words and `code` is the stable code.
    pub(crate) fn failed(why: &str, code: &str) -> Self {
        let code = format!("Code: {code}");
        let lines = [
            why,
            "Nothing was stored. Return to the terminal to try again.",
            &code,
        ];
        Self::ours(
            StatusCode::BAD_REQUEST,
            Mood::Bad,
            "The login did not work",
            &lines,
        )
    }

    /// The answer belongs to another login, or was made up: nothing has changed.
    pub(crate) fn not_ours(why: &str) -> Self {
        let lines = [why, "It was ignored. If a login is under way, it goes on."];
        Self::ours(
            StatusCode::BAD_REQUEST,
            Mood::Bad,
            "This is not the login being waited for",
            &lines,
        )
    }

    /// The answer came, but the exchange takes longer than a browser should wait.
    pub(crate) fn received() -> Self {
        Self::ours(
            StatusCode::OK,
            Mood::Good,
            "The answer has arrived",
            &["keyfob is finishing the login. Return to the terminal to see how it ends."],
        )
    }

    /// The login has already ended another way.
    pub(crate) fn over() -> Self {
        Self::ours(
            StatusCode::GONE,
            Mood::Bad,
            "This login is over",
            &["It was already answered. You can close this tab."],
        )
    }

    /// A short answer for anything that is not a callback.
    pub(crate) fn stray(status: StatusCode) -> Self {
        let text = match status {
            StatusCode::NOT_FOUND => "nothing here",
            StatusCode::METHOD_NOT_ALLOWED => "not this way",
            StatusCode::MISDIRECTED_REQUEST => "not for this host",
            StatusCode::SERVICE_UNAVAILABLE => "busy",
            _ => "not a callback",
        };
        Self::of(status, Body::Plain(text))
    }

    /// The page could not be made. Its reason is not for the browser.
    pub(crate) fn broken() -> Self {
        let lines = [
            "The application could not make this page. The login itself is not affected.",
            "Return to the terminal to see how it ended.",
        ];
        let status = StatusCode::INTERNAL_SERVER_ERROR;
        Self::ours(status, Mood::Bad, "This page did not work", &lines)
    }

    /// The address that opens a browser works once.
    pub(crate) fn used() -> Self {
        let lines = [
            "It works once, and has sent a browser on already.",
            "If that was not you, open the address that the terminal shows.",
        ];
        let heading = "This address has been used";
        Self::ours(StatusCode::GONE, Mood::Bad, heading, &lines)
    }

    /// The page as an HTTP response, with headers that keep it out of caches, frames and referrers.
    pub(crate) fn respond(&self) -> Response<Full<Bytes>> {
        let (media, policy, body) = match &self.body {
            Body::Ours {
                mood,
                heading,
                lines,
            } => {
                // Without a nonce the page is plain, not less safe.
                let nonce = keyfob_jose::random::token(16).unwrap_or_default();
                let policy = format!("{CLOSED}; style-src 'nonce-{nonce}'");
                (
                    "text/html; charset=utf-8",
                    policy,
                    render(*mood, heading, lines, &nonce),
                )
            }
            Body::Given(html) => ("text/html; charset=utf-8", GIVEN.to_owned(), html.clone()),
            Body::See(_) => (
                "text/plain; charset=utf-8",
                CLOSED.to_owned(),
                String::new(),
            ),
            Body::Plain(text) => (
                "text/plain; charset=utf-8",
                CLOSED.to_owned(),
                format!("{text}\n"),
            ),
        };
        let mut response = Response::new(Full::new(Bytes::from(body)));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        for (name, value) in HEADERS {
            headers.insert(name, HeaderValue::from_static(value));
        }
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media));
        if let Body::See(location) = &self.body
            && let Ok(location) = HeaderValue::try_from(location)
        {
            headers.insert(header::LOCATION, location);
        }
        let policy = self.policy.clone().unwrap_or(policy);
        // A policy that cannot be a header value would be a bug; the strictest one stands in.
        let policy = HeaderValue::try_from(policy).unwrap_or(HeaderValue::from_static(CLOSED));
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
        response
    }

    fn ours(status: StatusCode, mood: Mood, heading: &str, lines: &[&str]) -> Self {
        let lines = lines.iter().map(|line| (*line).to_owned()).collect();
        let heading = heading.to_owned();
        Self::of(
            status,
            Body::Ours {
                mood,
                heading,
                lines,
            },
        )
    }

    fn of(status: StatusCode, body: Body) -> Self {
        Self {
            status,
            body,
            policy: None,
            continues: false,
        }
    }
}

const CLOSED: &str =
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// A configured page may bring its style and pictures, never a script.
const GIVEN: &str = "default-src 'none'; style-src 'unsafe-inline' https:; img-src data: https:; \
    font-src data: https:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const HEADERS: [(HeaderName, &str); 5] = [
    (header::CACHE_CONTROL, "no-store"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
];

fn render(mood: Mood, heading: &str, lines: &[String], nonce: &str) -> String {
    let (class, mark) = match mood {
        Mood::Good => ("good", "&#10003;"),
        Mood::Bad => ("bad", "!"),
    };
    let heading = escape_html(heading);
    let mut html = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{heading}</title>\n\
         <style nonce=\"{nonce}\">{STYLE}</style>\n</head>\n<body>\n<main class=\"{class}\">\n\
         <div class=\"mark\" aria-hidden=\"true\">{mark}</div>\n<h1>{heading}</h1>\n"
    );
    for line in lines {
        // Writing to a string cannot fail.
        let _ = writeln!(html, "<p>{}</p>", escape_html(line));
    }
    html.push_str("<footer>keyfob</footer>\n</main>\n</body>\n</html>\n");
    html
}

/// Escapes text for an HTML page, in content and in quoted attributes; control characters become blanks.
///
/// ```
/// assert_eq!(keyfob::login::escape_html("<b a='1'>"), "&lt;b a=&#39;1&#39;&gt;");
/// ```
pub fn escape_html(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            control if control.is_control() => escaped.push(' '),
            other => escaped.push(other),
        }
    }
    escaped
}

const STYLE: &str = "\
:root{color-scheme:light dark;--paper:#f5f6f8;--card:#fff;--ink:#1c2330;--soft:#5d6778;\
--good:#1a7f4b;--bad:#b3372b}\
@media(prefers-color-scheme:dark){:root{--paper:#12151b;--card:#1c212b;--ink:#e9edf4;\
--soft:#9aa5b8;--good:#4cc38a;--bad:#ff8b7e}}\
*{box-sizing:border-box}\
body{margin:0;min-height:100vh;display:grid;place-items:center;background:var(--paper);\
color:var(--ink);font:16px/1.55 system-ui,sans-serif;padding:1.5rem}\
main{background:var(--card);max-width:30rem;width:100%;padding:2.5rem 2rem 1.5rem;\
border-radius:1rem;text-align:center;box-shadow:0 1px 2px #0002,0 12px 32px #0001;\
overflow-wrap:anywhere}\
.mark{width:3.5rem;height:3.5rem;margin:0 auto;border-radius:50%;display:grid;\
place-items:center;font-size:1.75rem;font-weight:700;color:var(--card)}\
.good .mark{background:var(--good)}.bad .mark{background:var(--bad)}\
h1{font-size:1.4rem;line-height:1.25;margin:1.25rem 0 .75rem}\
p{margin:.5rem 0;color:var(--soft)}\
footer{margin-top:2rem;font-size:.8rem;color:var(--soft)}";

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;

    use super::*;

    async fn text(page: &Page) -> (http::HeaderMap, String) {
        let response = page.respond();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        (parts.headers, String::from_utf8(bytes.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn escapes_what_the_provider_said() {
        let page = Page::failed("<script>alert('1')</script> & \"x\"\u{1b}[2J", "<b>");
        let (_, html) = text(&page).await;
        assert!(!html.contains("<script") && !html.contains("<b>") && !html.contains('\u{1b}'));
        assert!(
            html.contains("&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt; &amp; &quot;x&quot;")
        );
    }

    #[tokio::test]
    async fn every_page_is_closed_to_caches_frames_and_scripts() {
        for page in [
            Page::logged_in(None),
            Page::logged_in(Some("<h1>Hi</h1>")),
            Page::failed("a", "b"),
            Page::not_ours("a"),
            Page::received(),
            Page::over(),
            Page::stray(StatusCode::NOT_FOUND),
        ] {
            let (headers, html) = text(&page).await;
            let is = |name: &str, value: &str| assert_eq!(headers[name], value, "{html}");
            is("cache-control", "no-store");
            is("referrer-policy", "no-referrer");
            is("x-content-type-options", "nosniff");
            is("x-frame-options", "DENY");
            let policy = headers["content-security-policy"].to_str().unwrap();
            assert!(policy.starts_with("default-src 'none'"), "{policy}");
            assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
            assert!(!policy.contains("script-src"), "{policy}");
        }
    }

    #[tokio::test]
    async fn its_own_style_is_allowed_by_a_fresh_nonce() {
        let (first, html) = text(&Page::logged_in(None)).await;
        let (second, _) = text(&Page::logged_in(None)).await;
        let nonce = html
            .split("nonce=\"")
            .nth(1)
            .unwrap()
            .split('"')
            .next()
            .unwrap();
        let policy = first["content-security-policy"].to_str().unwrap();
        assert!(
            policy.contains(&format!("style-src 'nonce-{nonce}'")),
            "{policy}"
        );
        assert_ne!(
            first["content-security-policy"],
            second["content-security-policy"]
        );
        assert!(
            !html.contains("http://") && !html.contains("https://"),
            "external resource"
        );
    }

    #[tokio::test]
    async fn shows_the_configured_acknowledgement_as_it_is() {
        let (_, html) = text(&Page::logged_in(Some("<h1>Welcome</h1>"))).await;
        assert_eq!(html, "<h1>Welcome</h1>");
        let (_, html) = text(&Page::logged_in(Some("  "))).await;
        assert!(html.contains("You are logged in"));
    }
}
