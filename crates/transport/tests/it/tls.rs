//! Trust: a certificate of an unknown authority, of a named one, and for another host.

use std::sync::Arc;

use keyfob_transport::{ReqwestTransport, Transport};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use crate::server::{Server, get, ok};

/// Starts a TLS server named `name` and returns it with its authority's certificate as PEM.
async fn tls_server(name: &str) -> (Server, String) {
    let mut authority = CertificateParams::new([]).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let leaf = CertificateParams::new([name.to_owned()])
        .unwrap()
        .signed_by(&key, &authority)
        .unwrap();
    let private = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], private)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let server = Server::raw(move |stream| {
        let acceptor = acceptor.clone();
        async move {
            let Ok(mut tls) = acceptor.accept(stream).await else {
                return;
            };
            let mut head = [0; 4096];
            if tls.read(&mut head).await.is_ok_and(|read| read > 0) {
                tls.write_all(ok("trusted").as_bytes()).await.ok();
                tls.shutdown().await.ok();
            }
        }
    })
    .await;
    (server, authority.pem())
}

fn url(server: &Server) -> String {
    format!("https://{}/token", server.address)
}

#[tokio::test]
async fn trusts_an_extra_authority_beside_the_platforms() {
    let (server, ca) = tls_server("127.0.0.1").await;
    let transport = Transport::new(ReqwestTransport::builder().ca_pem(ca).build());
    let response = transport.send(get(url(&server))).await.unwrap();
    assert_eq!(&response.body()[..], b"trusted");
}

#[tokio::test]
async fn refuses_an_unknown_authority_before_anything_is_sent() {
    let (server, _) = tls_server("127.0.0.1").await;
    let error = Transport::new(ReqwestTransport::default())
        .send(get(url(&server)))
        .await
        .unwrap_err();
    assert_eq!(error.code(), "tls_failed", "{error:?}");
    assert!(error.was_unsent());
}

#[tokio::test]
async fn refuses_a_certificate_for_another_host() {
    let (server, ca) = tls_server("127.0.0.2").await;
    let transport = Transport::new(ReqwestTransport::builder().ca_pem(ca).build());
    let error = transport.send(get(url(&server))).await.unwrap_err();
    assert_eq!(error.code(), "tls_failed", "{error:?}");
}
