//! A loopback TCP server that does whatever a test wants with a connection.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::Request;
use keyfob_protocol::{Endpoint, Repeat, RequestPolicy};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    heads: Arc<Mutex<Vec<String>>>,
    connections: Arc<AtomicUsize>,
}

impl Server {
    /// Reads the request of every connection, then hands the connection to `then`.
    pub(crate) async fn start<F, R>(then: F) -> Self
    where
        F: Fn(TcpStream) -> R + Clone + Send + 'static,
        R: Future<Output = ()> + Send + 'static,
    {
        let heads = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&heads);
        let raw = Self::raw(move |mut stream| {
            let (then, log) = (then.clone(), Arc::clone(&log));
            async move {
                let head = read_head(&mut stream).await;
                log.lock().unwrap().push(head);
                then(stream).await;
            }
        });
        Self { heads, ..raw.await }
    }

    /// Hands every connection to `handle` unread.
    pub(crate) async fn raw<F, R>(handle: F) -> Self
    where
        F: Fn(TcpStream) -> R + Send + 'static,
        R: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let connections = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&connections);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(handle(stream));
            }
        });
        Self {
            address,
            heads: Arc::default(),
            connections,
        }
    }

    /// Answers every request with these bytes and closes the connection.
    pub(crate) async fn answering(answer: impl Into<String>) -> Self {
        let answer = answer.into();
        Self::start(move |mut stream| {
            let answer = answer.clone();
            async move {
                stream.write_all(answer.as_bytes()).await.unwrap();
                stream.shutdown().await.ok();
            }
        })
        .await
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The request heads read so far.
    pub(crate) fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }

    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

/// An address that nobody listens on.
pub(crate) async fn closed_port() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap()
}

pub(crate) fn ok(body: &str) -> String {
    format!(
        "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )
}

pub(crate) fn get(url: impl AsRef<str>) -> Request<Bytes> {
    request(url, Repeat::Always)
}

pub(crate) fn request(url: impl AsRef<str>, repeat: Repeat) -> Request<Bytes> {
    let mut request = Request::get(url.as_ref()).body(Bytes::new()).unwrap();
    request
        .extensions_mut()
        .insert(RequestPolicy::new(Endpoint::Token, repeat));
    request
}

async fn read_head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).await.is_ok_and(|read| read == 1) {
        head.push(byte[0]);
    }
    String::from_utf8_lossy(&head).into_owned()
}
