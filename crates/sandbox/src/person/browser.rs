//! The scripted person's browser: plain HTTP/1.1, one request per connection, cookies.

use std::{collections::BTreeMap, io};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use url::{Host, Url, form_urlencoded};

use crate::SandboxError;

/// A browser with its cookies, by host and port.
#[derive(Default)]
pub(super) struct Browser {
    cookies: BTreeMap<(String, String), String>,
}

/// A page to open, or a form to post.
pub(super) struct Request {
    pub(super) url: Url,
    pub(super) fields: Option<Vec<(String, String)>>,
}

/// What came back.
pub(super) struct Page {
    pub(super) url: Url,
    pub(super) status: u16,
    pub(super) body: String,
    headers: Vec<(String, String)>,
}

const MOST_BYTES: usize = 1024 * 1024;

impl Request {
    pub(super) fn open(url: Url) -> Self {
        Self { url, fields: None }
    }

    /// Returns the URL, with the form's fields as its query.
    pub(super) fn as_url(&self) -> Url {
        let mut url = self.url.clone();
        if let Some(fields) = &self.fields {
            url.query_pairs_mut().extend_pairs(fields);
        }
        url
    }
}

impl Page {
    /// Returns where a redirect leads.
    pub(super) fn location(&self) -> Option<Url> {
        let location = self
            .header("location")
            .filter(|_| (300..400).contains(&self.status))?;
        self.url.join(location).ok()
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(found, _)| found == name)
            .map(|(_, value)| value.as_str())
    }
}

impl Browser {
    pub(super) async fn send(&mut self, request: &Request) -> Result<Page, SandboxError> {
        let text = self.text(request);
        let answer = exchange(&request.url, &text).await;
        let page = answer
            .and_then(|bytes| read(request.url.clone(), &bytes))
            .map_err(|why| SandboxError::Visit(why.to_string()))?;
        for (_, cookie) in page.headers.iter().filter(|(name, _)| name == "set-cookie") {
            let pair = cookie.split(';').next().unwrap_or_default();
            if let Some((name, value)) = pair.split_once('=') {
                let key = (site(&page.url), name.trim().to_owned());
                self.cookies.insert(key, value.trim().to_owned());
            }
        }
        Ok(page)
    }

    fn text(&self, request: &Request) -> String {
        let url = &request.url;
        let site = site(url);
        let target = url.query().map_or_else(
            || url.path().to_owned(),
            |query| format!("{}?{query}", url.path()),
        );
        let cookies: Vec<_> = self
            .cookies
            .iter()
            .filter(|((at, _), _)| *at == site)
            .map(|((_, name), value)| format!("{name}={value}"))
            .collect();
        let cookies = match cookies.as_slice() {
            [] => String::new(),
            some => format!("Cookie: {}\r\n", some.join("; ")),
        };
        let common = format!(
            "Host: {site}\r\nUser-Agent: keyfob-sandbox-person\r\nAccept: text/html,*/*\r\n\
             {cookies}Connection: close\r\n"
        );
        match &request.fields {
            None => format!("GET {target} HTTP/1.1\r\n{common}\r\n"),
            Some(fields) => {
                let body = form_urlencoded::Serializer::new(String::new())
                    .extend_pairs(fields)
                    .finish();
                let len = body.len();
                format!(
                    "POST {target} HTTP/1.1\r\n{common}\
                     Content-Type: application/x-www-form-urlencoded\r\n\
                     Content-Length: {len}\r\n\r\n{body}"
                )
            }
        }
    }
}

async fn exchange(url: &Url, text: &str) -> io::Result<Vec<u8>> {
    if url.scheme() != "http" {
        return Err(io::Error::other("only http is spoken here"));
    }
    let port = url.port_or_known_default().unwrap_or(80);
    let mut stream = match url.host() {
        Some(Host::Domain(name)) => TcpStream::connect((name, port)).await?,
        Some(Host::Ipv4(ip)) => TcpStream::connect((ip, port)).await?,
        Some(Host::Ipv6(ip)) => TcpStream::connect((ip, port)).await?,
        None => return Err(io::Error::other("the URL has no host")),
    };
    stream.write_all(text.as_bytes()).await?;
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    while !is_whole(&bytes) && bytes.len() < MOST_BYTES {
        let read = stream.read(&mut buffer).await?;
        if read == 0 {
            break;
        }
        bytes.extend_from_slice(buffer.get(..read).unwrap_or_default());
    }
    Ok(bytes)
}

/// Tells whether the announced length is there; without one, the peer's close is the end.
fn is_whole(bytes: &[u8]) -> bool {
    split(bytes).is_some_and(|(head, body)| {
        header_lines(&head)
            .into_iter()
            .find(|(name, _)| name == "content-length")
            .and_then(|(_, value)| value.parse::<usize>().ok())
            .is_some_and(|len| body.len() >= len)
    })
}

fn read(url: Url, bytes: &[u8]) -> io::Result<Page> {
    let odd = || io::Error::other("the answer is not HTTP");
    let (head, body) = split(bytes).ok_or_else(odd)?;
    let status = head
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok())
        .ok_or_else(odd)?;
    let headers = header_lines(&head);
    let chunked = headers
        .iter()
        .any(|(name, value)| name == "transfer-encoding" && value.eq_ignore_ascii_case("chunked"));
    let body = if chunked {
        unchunked(body).ok_or_else(odd)?
    } else {
        body.to_vec()
    };
    Ok(Page {
        url,
        status,
        headers,
        body: String::from_utf8_lossy(&body).into_owned(),
    })
}

fn split(bytes: &[u8]) -> Option<(String, &[u8])> {
    let at = find(bytes, b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(bytes.get(..at)?).into_owned();
    Some((head, bytes.get(at + 4..)?))
}

fn header_lines(head: &str) -> Vec<(String, String)> {
    let lines = head.lines().skip(1).filter_map(|line| line.split_once(':'));
    lines
        .map(|(name, value)| (name.trim().to_ascii_lowercase(), value.trim().to_owned()))
        .collect()
}

fn unchunked(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let at = find(rest, b"\r\n")?;
        let size = std::str::from_utf8(rest.get(..at)?).ok()?;
        let size = usize::from_str_radix(size.split(';').next()?.trim(), 16).ok()?;
        rest = rest.get(at + 2..)?;
        if size == 0 {
            return Some(body);
        }
        body.extend_from_slice(rest.get(..size)?);
        rest = rest.get(size.checked_add(2)?..)?;
    }
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

fn site(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port()
        .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunked_body_is_put_together() {
        assert_eq!(
            unchunked(b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n").unwrap(),
            b"abcde"
        );
        assert_eq!(unchunked(b"5\r\nabc"), None);
    }

    #[test]
    fn cookie_goes_back_to_its_port_only() {
        let mut browser = Browser::default();
        browser
            .cookies
            .insert(("127.0.0.1:1".to_owned(), "a".to_owned()), "b".to_owned());
        let to = |url: &str| browser.text(&Request::open(Url::parse(url).unwrap()));
        assert!(to("http://127.0.0.1:1/x?y=z").contains("\r\nCookie: a=b\r\n"));
        assert!(!to("http://127.0.0.1:2/").contains("Cookie"));
    }
}
