//! The reqwest client against servers that misbehave on a real socket.

use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Request, Response};
use keyfob_transport::{ReqwestTransport, Transport, TransportError};
use tokio::io::AsyncWriteExt;

use crate::server::{Server, closed_port, get, ok};

/// Long enough for a busy machine to connect, short enough to wait for.
const SHORT: Duration = Duration::from_secs(1);
const LONG: Duration = Duration::from_secs(20);

async fn send(
    request: Request<Bytes>,
    timeout: Duration,
) -> Result<Response<Bytes>, TransportError> {
    let client = ReqwestTransport::builder()
        .timeout(timeout)
        .no_proxy()
        .build();
    Transport::new(client).send(request).await
}

async fn failure(server: &Server, timeout: Duration) -> TransportError {
    send(get(server.url("/token?canary=hush")), timeout)
        .await
        .unwrap_err()
}

#[tokio::test]
async fn returns_status_headers_and_body() {
    let server =
        Server::answering("HTTP/1.1 401 No\r\nretry-after: 7\r\ncontent-length: 2\r\n\r\n{}").await;
    let response = send(get(server.url("/token")), LONG).await.unwrap();
    assert_eq!(response.status(), 401);
    assert_eq!(response.headers()["retry-after"], "7");
    assert_eq!(&response.body()[..], b"{}");
    let head = server.heads().remove(0);
    assert!(head.starts_with("GET /token HTTP/1.1\r\n"), "{head}");
    assert!(
        head.contains(concat!("user-agent: keyfob/", env!("CARGO_PKG_VERSION"))),
        "{head}"
    );
}

// covers: W7
#[tokio::test]
async fn a_hung_server_is_a_timeout_that_may_have_been_received() {
    let server = Server::start(|stream| async move {
        std::future::pending::<()>().await;
        drop(stream);
    })
    .await;
    let began = Instant::now();
    let error = failure(&server, SHORT).await;
    assert!(
        matches!(error, TransportError::Timeout { sent: true, .. }),
        "{error:?}"
    );
    assert_eq!(error.code(), "answer_timeout");
    assert!(!error.was_unsent());
    assert!(began.elapsed() < LONG);
}

#[tokio::test]
async fn a_hung_tls_handshake_is_a_timeout_that_was_surely_not_received() {
    let server = Server::raw(|stream| async move {
        std::future::pending::<()>().await;
        drop(stream);
    })
    .await;
    let client = ReqwestTransport::builder()
        .connect_timeout(SHORT)
        .timeout(LONG)
        .no_proxy()
        .build();
    let url = format!("https://{}/token", server.address);
    let error = Transport::new(client).send(get(url)).await.unwrap_err();
    assert!(
        matches!(error, TransportError::Timeout { sent: false, .. }),
        "{error:?}"
    );
    assert_eq!(error.code(), "connect_timeout");
    assert!(error.was_unsent());
}

#[tokio::test]
async fn a_refused_connection_is_unsent() {
    let error = send(get(format!("http://{}/", closed_port().await)), LONG)
        .await
        .unwrap_err();
    assert_eq!(error.code(), "connect_failed");
    assert!(error.was_unsent());
}

#[tokio::test]
async fn an_unknown_name_is_unsent() {
    let error = send(get("https://no-such-host.invalid/"), LONG)
        .await
        .unwrap_err();
    // A resolver that does not answer at all makes it a connect timeout.
    assert!(error.was_unsent(), "{error:?}");
    assert!(
        ["dns_failed", "connect_timeout"].contains(&error.code()),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_server_that_speaks_no_tls_is_unsent() {
    let server = Server::raw(|mut stream| async move {
        stream
            .write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n")
            .await
            .ok();
        std::future::pending::<()>().await;
    })
    .await;
    let error = send(get(format!("https://{}/token", server.address)), LONG)
        .await
        .unwrap_err();
    assert_eq!(error.code(), "tls_failed", "{error:?}");
    assert!(error.was_unsent());
}

#[tokio::test]
async fn a_disconnect_without_an_answer_may_have_been_received() {
    let before_reading = Server::raw(|stream| async move { drop(stream) }).await;
    let after_reading = Server::start(|stream| async move { drop(stream) }).await;
    for server in [&before_reading, &after_reading] {
        let error = failure(server, LONG).await;
        assert_eq!(error.code(), "answer_lost", "{error:?}");
        assert!(!error.was_unsent());
        assert_eq!(server.connections(), 1, "it was sent again");
    }
}

#[tokio::test]
async fn a_disconnect_within_the_body_may_have_been_received() {
    let server =
        Server::answering("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"access_token\":").await;
    assert_eq!(failure(&server, LONG).await.code(), "answer_lost");
}

#[tokio::test]
async fn garbage_may_have_been_received() {
    let server = Server::answering("\x16\x03\x01 access_token=hush \r\n\r\n").await;
    let error = failure(&server, LONG).await;
    assert_eq!(error.code(), "answer_lost");
    assert!(!format!("{error} {error:?}").contains("hush"));
}

#[tokio::test]
async fn an_announced_body_over_the_cap_is_not_read() {
    let server = Server::start(|mut stream| async move {
        stream
            .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n")
            .await
            .ok();
        std::future::pending::<()>().await;
    })
    .await;
    assert_eq!(failure(&server, LONG).await.code(), "body_too_large");
}

#[tokio::test]
async fn an_endless_body_is_cut_at_the_cap() {
    let server = Server::start(|mut stream| async move {
        stream
            .write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
            .await
            .ok();
        let chunk = format!("1000\r\n{}\r\n", "x".repeat(0x1000));
        while stream.write_all(chunk.as_bytes()).await.is_ok() {}
    })
    .await;
    let error = failure(&server, LONG).await;
    assert_eq!(error, TransportError::BodyTooLarge { limit: 256 * 1024 });
}

#[tokio::test]
async fn the_client_cap_lowers_that_of_the_request() {
    let server = Server::answering(ok("12345")).await;
    let within = ReqwestTransport::builder().max_body(5).build();
    assert!(
        Transport::new(within)
            .send(get(server.url("/")))
            .await
            .is_ok()
    );
    let beyond = ReqwestTransport::builder().max_body(4).build();
    let error = Transport::new(beyond)
        .send(get(server.url("/")))
        .await
        .unwrap_err();
    assert_eq!(error, TransportError::BodyTooLarge { limit: 4 });
}

#[tokio::test]
async fn a_slow_drip_ends_at_the_total_limit() {
    let server = Server::start(|mut stream| async move {
        stream
            .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n")
            .await
            .ok();
        while stream.write_all(b"x").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    let error = failure(&server, SHORT).await;
    assert!(
        matches!(error, TransportError::Timeout { sent: true, .. }),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_redirect_is_refused_and_not_followed() {
    let elsewhere = Server::answering(ok("{}")).await;
    let target = elsewhere.url("/steal?token=hush");
    for status in [301, 302, 303, 307, 308] {
        let head =
            format!("HTTP/1.1 {status} Moved\r\nlocation: {target}\r\ncontent-length: 0\r\n\r\n");
        let server = Server::answering(head).await;
        let error = failure(&server, LONG).await;
        let to = Some(format!("http://{}", elsewhere.address));
        assert_eq!(error, TransportError::Redirect { status, to });
        assert!(!error.to_string().contains("hush"));
    }
    assert_eq!(elsewhere.connections(), 0);
}

#[tokio::test]
async fn no_error_shows_the_url_or_its_query() {
    let hush = |address: std::net::SocketAddr| get(format!("http://{address}/token?canary=hush"));
    let errors = [
        send(hush(closed_port().await), LONG).await.unwrap_err(),
        failure(
            &Server::start(|stream| async move { drop(stream) }).await,
            LONG,
        )
        .await,
        failure(&Server::answering("garbage\r\n\r\n").await, LONG).await,
    ];
    for error in errors {
        let text = format!("{error} {error:?}");
        assert!(!text.contains("hush") && !text.contains("/token"), "{text}");
    }
}

#[tokio::test]
async fn an_explicit_proxy_is_used_except_for_loopback() {
    let proxy = Server::answering(ok("by proxy")).await;
    let direct = Server::answering(ok("direct")).await;
    let client = ReqwestTransport::builder()
        .timeout(LONG)
        .proxy(proxy.url(""))
        .build();
    let transport = Transport::new(client);
    let outward = transport
        .send(get("http://op.invalid/token"))
        .await
        .unwrap();
    assert_eq!(&outward.body()[..], b"by proxy");
    assert!(proxy.heads()[0].starts_with("GET http://op.invalid/token HTTP/1.1\r\n"));
    let loopback = transport.send(get(direct.url("/token"))).await.unwrap();
    assert_eq!(&loopback.body()[..], b"direct");
    assert_eq!(proxy.connections(), 1);
}

#[tokio::test]
async fn a_proxy_that_refuses_the_tunnel_is_unsent() {
    let proxy = Server::answering(
        "HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n",
    )
    .await;
    let client = ReqwestTransport::builder()
        .timeout(LONG)
        .proxy(proxy.url(""))
        .build();
    let error = Transport::new(client)
        .send(get("https://op.invalid/token"))
        .await
        .unwrap_err();
    assert_eq!(error.code(), "proxy_failed", "{error:?}");
    assert!(error.was_unsent());
}
