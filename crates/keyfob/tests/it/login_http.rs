//! A browser of few words: one request, one answer, no redirect followed.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use url::Url;

/// What came back.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
    at: Url,
}

impl Seen {
    /// The value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(':'));
        let found = lines.find(|(own, _)| own.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.trim().to_owned())
    }

    /// Where it leads.
    pub(crate) fn location(&self) -> Url {
        let location = self.header("location");
        let location = location.unwrap_or_else(|| panic!("no location: {self:?}"));
        self.at.join(&location).unwrap()
    }
}

/// Sends one request with this method.
pub(crate) async fn ask(method: &str, url: &Url) -> Seen {
    let port = url.port().unwrap();
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let target = url.query().map_or_else(
        || url.path().to_owned(),
        |query| format!("{}?{query}", url.path()),
    );
    let request = format!(
        "{method} {target} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Length: 0\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    drop(stream.read_to_end(&mut answer).await);
    let answer = String::from_utf8(answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let status = head.split(' ').nth(1).unwrap_or("0").parse().unwrap();
    Seen {
        status,
        head: head.to_owned(),
        body: body.to_owned(),
        at: url.clone(),
    }
}

pub(crate) async fn get(url: &Url) -> Seen {
    ask("GET", url).await
}

/// Waits until nobody listens there any more.
pub(crate) async fn is_closed(url: &Url) {
    let port = url.port().unwrap();
    let closed = async {
        while TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    };
    let limit = std::time::Duration::from_secs(30);
    tokio::time::timeout(limit, closed).await.expect("closed");
}
