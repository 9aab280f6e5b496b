//! A Foundry look-alike: https under a throw-away authority, Multipass paths, and the real provider behind them.

use std::path::Path;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

/// A running front; it ends with the handle.
pub(crate) struct Front {
    /// `127.0.0.1:port`, as a Foundry host is named.
    pub(crate) host: String,
    task: JoinHandle<()>,
}

impl Front {
    /// Starts one before the provider with this issuer, and writes its authority's certificate to `ca`.
    pub(crate) async fn start(issuer: &str, ca: &Path) -> Self {
        let acceptor = acceptor(ca);
        let upstream = issuer.strip_prefix("http://").unwrap().to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let host = listener.local_addr().unwrap().to_string();
        let own = host.clone();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, upstream, host) = (acceptor.clone(), upstream.clone(), own.clone());
                tokio::spawn(async move {
                    if let Ok(tls) = acceptor.accept(stream).await {
                        drop(forward(BufReader::new(tls), &upstream, &host).await);
                    }
                });
            }
        });
        Self { host, task }
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn acceptor(ca: &Path) -> TlsAcceptor {
    let mut authority = CertificateParams::new([]).unwrap();
    // Its name must not be the one that the leaf has by default: issuer and subject would be the same then.
    authority
        .distinguished_name
        .push(DnType::CommonName, "throw-away authority");
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let leaf = CertificateParams::new(["127.0.0.1".to_owned()])
        .unwrap()
        .signed_by(&key, &authority)
        .unwrap();
    let private = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], private)
        .unwrap();
    std::fs::write(ca, authority.pem()).unwrap();
    TlsAcceptor::from(Arc::new(config))
}

/// One request, one answer, then the connection is closed.
async fn forward<S>(mut client: BufReader<S>, upstream: &str, host: &str) -> std::io::Result<()>
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
{
    let mut first = String::new();
    client.read_line(&mut first).await?;
    let mut head = first.replace("/multipass/api/oauth2/authorize", "/auth");
    head = head.replace("/multipass/api/oauth2/token", "/token");
    head += &["Host: ", upstream, "\r\nConnection: close\r\n"].concat();
    let (mut length, mut public) = (0, None);
    loop {
        let mut line = String::new();
        if client.read_line(&mut line).await? == 0 || line.trim().is_empty() {
            break;
        }
        let (name, value) = line.split_once(':').unwrap_or_default();
        match name.to_ascii_lowercase().as_str() {
            "host" | "connection" => {}
            "content-length" => length = value.trim().parse().unwrap_or(0),
            // The original proves itself with an empty secret as a public client; Multipass takes that, the provider does not.
            "authorization" if public_client(value).is_some() => public = public_client(value),
            _ => head.push_str(&line),
        }
    }
    let mut body = vec![0; length];
    client.read_exact(&mut body).await?;
    if let Some(client_id) = public {
        body.extend_from_slice(format!("&client_id={client_id}").as_bytes());
    }
    let length = body.len().to_string();
    head += &["Content-Length: ", &length, "\r\n\r\n"].concat();
    let mut provider = TcpStream::connect(upstream).await?;
    provider.write_all(head.as_bytes()).await?;
    provider.write_all(&body).await?;
    let mut answer = Vec::new();
    provider.read_to_end(&mut answer).await?;
    client
        .write_all(&as_seen_outside(&answer, upstream, host))
        .await?;
    client.shutdown().await
}

/// The answer with redirects that stay at this front.
fn as_seen_outside(answer: &[u8], upstream: &str, host: &str) -> Vec<u8> {
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n");
    let (head, body) = answer.split_at(end.unwrap_or(0));
    let (inside, outside) = (
        format!("ocation: http://{upstream}/"),
        format!("ocation: https://{host}/"),
    );
    let head = String::from_utf8_lossy(head).replace(&inside, &outside);
    [head.as_bytes(), body].concat()
}

/// The client id of a Basic header whose secret is empty.
fn public_client(value: &str) -> Option<String> {
    let pair = STANDARD.decode(value.trim().strip_prefix("Basic ")?).ok()?;
    let pair = String::from_utf8(pair).ok()?;
    pair.strip_suffix(':').map(str::to_owned)
}
