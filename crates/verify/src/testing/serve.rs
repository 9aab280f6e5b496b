//! The same issuer behind a real socket, for what a transport in the process cannot show.

use std::net::Ipv4Addr;

use bytes::Bytes;
use http::{Request, Response, Uri};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use keyfob_transport::{HttpTransport as _, TransportError};
use tokio::net::{TcpListener, TcpStream};

use super::endpoints::Endpoints;
use super::{TestIssuer, sure};

impl TestIssuer {
    /// Starts an issuer that listens on a free port of 127.0.0.1 and is named after that address, until the runtime ends.
    ///
    /// For services that run with their own transport, or in another process. Faults, counts and all else work as ever;
    /// services that tell the time by the machine take its tokens for the ten minutes that they last.
    ///
    /// ```
    /// use keyfob_verify::testing::TestIssuer;
    /// use keyfob_verify::{Algorithm, Profile, Verifier};
    ///
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// let issuer = TestIssuer::listening().await;
    /// let verifier = Verifier::builder(issuer.issuer())
    ///     .audience(TestIssuer::AUDIENCE)
    ///     .algorithms([Algorithm::ES256])
    ///     .profile(Profile::Rfc9068)
    ///     .build()
    ///     .unwrap();
    /// assert!(verifier.verify(&issuer.token().sign()).await.is_ok());
    /// # });
    /// ```
    ///
    /// # Panics
    /// If there is no port to be had, and outside a tokio runtime.
    pub async fn listening() -> Self {
        let listener = sure(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await);
        let address = sure(listener.local_addr());
        let issuer = Self::new(format!("http://{address}"));
        tokio::spawn(accept(listener, issuer.clone()));
        issuer
    }

    async fn respond_over_http(
        &self,
        request: Request<Incoming>,
    ) -> Result<Response<Full<Bytes>>, TransportError> {
        let (mut parts, body) = request.into_parts();
        // A body that breaks off is an empty question.
        let body = body
            .collect()
            .await
            .map(http_body_util::Collected::to_bytes);
        let url = format!("{}{}", self.issuer, parts.uri.path());
        parts.uri = url.parse::<Uri>().unwrap_or_default();
        let request = Request::from_parts(parts, body.unwrap_or_default());
        let response = Endpoints(vec![self.clone()]).send(request).await?;
        Ok(response.map(Full::new))
    }
}

async fn accept(listener: TcpListener, issuer: TestIssuer) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(converse(stream, issuer.clone()));
    }
}

/// Answers one connection; where the issuer is to refuse, it is closed without an answer.
async fn converse(stream: TcpStream, issuer: TestIssuer) {
    let service = service_fn(|request| issuer.respond_over_http(request));
    let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    // A client that went away needs no answer.
    let _ended = connection.await;
}
