//! The reqwest authenticator against a small local server.

use bytes::Bytes;
use keyfob::authenticate::{AttachPolicy, AuthorizedClient, Elsewhere, OwnAuthorization};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::authenticate_server::Server;
use super::authenticate_setup::session;

fn policy(servers: &[&Server]) -> AttachPolicy {
    AttachPolicy::for_origins(servers.iter().map(|server| server.url(""))).unwrap()
}

#[tokio::test]
async fn sends_the_token_and_asks_for_one_only_once() {
    let server = Server::accepting("at-1").await;
    let (session, provider) = session();
    let client = AuthorizedClient::new(session, policy(&[&server]));
    for _ in 0..3 {
        assert_eq!(client.get(server.url("/me")).await.unwrap().status(), 200);
    }
    assert_eq!(server.tokens(), ["Bearer at-1"; 3]);
    assert_eq!(provider.count(), 1);
}

// covers: alf-8, W11, planet-60
#[tokio::test]
async fn a_401_gets_a_new_token_and_repeats_the_body_once() {
    let server = Server::accepting("at-2").await;
    let (session, provider) = session();
    let client = AuthorizedClient::new(session, policy(&[&server]));
    let request = client
        .client()
        .post(server.url("/things"))
        .body("payload")
        .build()
        .unwrap();
    let answer = client.execute(request).await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(server.tokens(), ["Bearer at-1", "Bearer at-2"]);
    assert!(server.seen().iter().all(|seen| seen.body == "payload"));
    assert_eq!(provider.count(), 2);
}

// covers: alf-11
#[tokio::test]
async fn a_second_401_is_returned_untouched_and_breaks_the_loop() {
    let server = Server::accepting("never").await;
    let (session, provider) = session();
    let client = AuthorizedClient::new(session, policy(&[&server]));
    let answer = client.get(server.url("/me")).await.unwrap();
    assert_eq!(answer.status(), 401);
    assert_eq!(answer.text().await.unwrap(), "who are you");
    assert_eq!(server.tokens(), ["Bearer at-1", "Bearer at-2"]);
    // The same refusal again does not turn into a token request per call.
    for _ in 0..5 {
        assert_eq!(client.get(server.url("/me")).await.unwrap().status(), 401);
    }
    assert_eq!(provider.count(), 2, "no further token was asked for");
}

/// A body that can be read once only.
fn stream(chunks: Vec<Bytes>) -> reqwest::Body {
    let chunks = futures_util::stream::iter(chunks);
    let frames = futures_util::StreamExt::map(chunks, |chunk| {
        Ok::<_, std::io::Error>(http_body::Frame::data(chunk))
    });
    reqwest::Body::wrap(http_body_util::StreamBody::new(frames))
}

fn post(client: &AuthorizedClient, url: String, body: reqwest::Body) -> reqwest::Request {
    client.client().post(url).body(body).build().unwrap()
}

// covers: A6, alf-8, alf-11
#[tokio::test]
async fn a_401_repeats_the_whole_body_of_a_stream() {
    let server = Server::accepting("at-2").await;
    let (session, provider) = session();
    let client = AuthorizedClient::new(session, policy(&[&server]));
    let body = stream(vec![
        Bytes::from_static(b"stream"),
        Bytes::from_static(b"ed"),
    ]);
    let request = post(&client, server.url("/things"), body);
    assert_eq!(client.execute(request).await.unwrap().status(), 200);
    let bodies: Vec<_> = server.seen().into_iter().map(|seen| seen.body).collect();
    // The second time the length is known.
    assert_eq!(bodies, ["6\r\nstream\r\n2\r\ned\r\n0\r\n\r\n", "streamed"]);
    assert_eq!(provider.count(), 2);
}

// covers: A6
#[tokio::test]
async fn a_stream_beyond_the_cap_is_sent_once_and_whole_and_its_token_is_renewed() {
    let server = Server::accepting("at-2").await;
    let (session, provider) = session();
    let client = AuthorizedClient::new(session, policy(&[&server])).with_replay_cap(7);
    let body = stream(vec![
        Bytes::from_static(b"stream"),
        Bytes::from_static(b"ed"),
    ]);
    let request = post(&client, server.url("/things"), body);
    let answer = client.execute(request).await.unwrap();
    assert_eq!(answer.status(), 401);
    assert_eq!(answer.text().await.unwrap(), "who are you");
    assert_eq!(server.tokens(), ["Bearer at-1"]);
    assert!(server.seen()[0].body.contains("stream") && server.seen()[0].body.contains("ed"));
    assert_eq!(
        provider.count(),
        2,
        "the token is renewed before the next request"
    );
    assert_eq!(client.get(server.url("/me")).await.unwrap().status(), 200);
}

/// Refuses the first request before its body has come, and takes the second one whole.
async fn hasty_server() -> (String, tokio::task::JoinHandle<Vec<u8>>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let task = tokio::spawn(async move {
        let (mut first, _) = listener.accept().await.unwrap();
        let mut head = [0; 1024];
        assert!(first.read(&mut head).await.unwrap() > 0);
        let refusal = b"HTTP/1.1 401 x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        first.write_all(refusal).await.unwrap();
        let (mut second, _) = listener.accept().await.unwrap();
        let mut all = Vec::new();
        while !all.ends_with(b"0\r\n\r\n") {
            let mut chunk = [0; 4096];
            let count = second.read(&mut chunk).await.unwrap();
            assert!(count > 0, "the second request ended early");
            all.extend_from_slice(&chunk[..count]);
        }
        let fine = b"HTTP/1.1 200 x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        second.write_all(fine).await.unwrap();
        all
    });
    (url, task)
}

// covers: A6
#[tokio::test]
async fn a_401_before_the_body_is_sent_repeats_what_was_sent_and_goes_on_with_the_rest() {
    let (url, server) = hasty_server().await;
    let (session, _provider) = session();
    let policy = AttachPolicy::for_origins([&url]).unwrap();
    let client = AuthorizedClient::new(session, policy);
    let (sender, receiver) = tokio::sync::mpsc::unbounded_channel::<&'static str>();
    let frames = futures_util::stream::unfold(receiver, |mut receiver| async {
        let chunk = receiver.recv().await?;
        let frame = http_body::Frame::data(Bytes::from(chunk));
        Some((Ok::<_, std::io::Error>(frame), receiver))
    });
    let body = reqwest::Body::wrap(http_body_util::StreamBody::new(frames));
    sender.send("begin").unwrap();
    let request = post(&client, format!("{url}/"), body);
    let sending = tokio::spawn(async move { client.execute(request).await.unwrap().status() });
    // The rest comes when the first attempt is long refused.
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    sender.send("end").unwrap();
    drop(sender);
    assert_eq!(sending.await.unwrap(), 200);
    let second = String::from_utf8(server.await.unwrap()).unwrap();
    assert!(second.contains("Bearer at-2"), "{second}");
    assert!(
        second.contains("begin") && second.contains("end"),
        "{second}"
    );
}

// covers: A17
#[tokio::test]
async fn a_refusal_is_read_to_its_end_so_that_the_repetition_uses_the_same_connection() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        for answer in ["401 x", "200 x"] {
            let mut head = [0; 4096];
            assert!(stream.read(&mut head).await.unwrap() > 0);
            let head = format!("HTTP/1.1 {answer}\r\nContent-Length: 30000\r\n\r\n");
            stream.write_all(head.as_bytes()).await.unwrap();
            stream.write_all(&vec![b'x'; 30_000]).await.unwrap();
        }
    });
    let (session, _provider) = session();
    let client = AuthorizedClient::new(session, AttachPolicy::for_origins([&url]).unwrap());
    assert_eq!(client.get(&url).await.unwrap().status(), 200);
    server.await.unwrap();
}

// covers: W35
#[tokio::test]
async fn another_origin_gets_no_token_and_by_default_no_request() {
    let (ours, foreign) = (
        Server::accepting("at-1").await,
        Server::accepting("at-1").await,
    );
    let (session, provider) = session();
    let strict = AuthorizedClient::new(session.clone(), policy(&[&ours]));
    let error = strict
        .get(foreign.url("/me?secret=canary"))
        .await
        .unwrap_err();
    assert_eq!(error.code(), "origin_not_allowed");
    assert!(!error.to_string().contains("canary"));
    assert!(foreign.seen().is_empty());
    let lenient = policy(&[&ours]).with_elsewhere(Elsewhere::SentWithout);
    let lenient = AuthorizedClient::new(session, lenient);
    assert_eq!(lenient.get(foreign.url("/me")).await.unwrap().status(), 401);
    assert_eq!(foreign.tokens(), [""]);
    assert_eq!(provider.count(), 0);
}

#[tokio::test]
async fn a_redirect_to_another_origin_does_not_carry_the_token() {
    let foreign = Server::accepting("at-1").await;
    let target = foreign.url("/landing");
    let ours = Server::start(move |_| (302, format!("Location: {target}\r\n"), "")).await;
    let (session, provider) = session();
    // Even where the other origin is on the list: its 401 must not cost the good token.
    let client = AuthorizedClient::new(session.clone(), policy(&[&ours, &foreign]));
    assert_eq!(client.get(ours.url("/start")).await.unwrap().status(), 401);
    assert_eq!(ours.tokens(), ["Bearer at-1"]);
    assert_eq!(foreign.tokens(), [""]);
    assert_eq!(session.access_token().await.unwrap().expose(), "at-1");
    assert_eq!(provider.count(), 1);
}

#[tokio::test]
async fn a_redirect_within_the_origin_keeps_the_token() {
    let server = Server::start(|seen| match seen.target.as_str() {
        "/start" => (302, "Location: /end\r\n".to_owned(), ""),
        _ => (200, String::new(), "welcome"),
    });
    let server = server.await;
    let (session, _provider) = session();
    let client = AuthorizedClient::new(session, policy(&[&server]));
    assert_eq!(
        client.get(server.url("/start")).await.unwrap().status(),
        200
    );
    assert_eq!(server.tokens(), ["Bearer at-1"; 2]);
}

// covers: A18
#[tokio::test]
async fn the_callers_own_authorization_is_refused_kept_or_replaced_as_told() {
    let server = Server::start(|_| (200, String::new(), "")).await;
    let (session, _provider) = session();
    for (own, expected) in [
        (OwnAuthorization::Refused, None),
        (OwnAuthorization::CallerWins, Some("Basic own")),
        (OwnAuthorization::SessionWins, Some("Bearer at-1")),
    ] {
        let policy = policy(&[&server]).with_own_authorization(own);
        let client = AuthorizedClient::new(session.clone(), policy);
        let request = client
            .client()
            .get(server.url("/"))
            .header("authorization", "Basic own");
        let sent = client.execute(request.build().unwrap()).await;
        match expected {
            Some(expected) => {
                sent.unwrap();
                assert_eq!(server.tokens().last().unwrap(), expected);
            }
            None => assert_eq!(sent.unwrap_err().code(), "already_authorized"),
        }
    }
}

// covers: A3, alf-9, alf-20, W9
#[tokio::test]
async fn without_a_token_nothing_is_sent_and_the_token_endpoints_answer_is_an_error() {
    let server = Server::accepting("at-1").await;
    let (session, provider) = session();
    provider.push(keyfob::transport::testing::json(
        401,
        r#"{"error":"invalid_client"}"#,
    ));
    let client = AuthorizedClient::new(session, policy(&[&server]));
    let error = client.get(server.url("/me")).await.unwrap_err();
    assert_eq!(error.code(), "oauth_error");
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn a_failed_request_does_not_show_its_query() {
    let (session, _provider) = session();
    let policy = AttachPolicy::for_origins(["http://127.0.0.1:9"]).unwrap();
    let client = AuthorizedClient::new(session, policy);
    let error = client
        .get("http://127.0.0.1:9/?secret=canary")
        .await
        .unwrap_err();
    assert_eq!(error.code(), "request_failed");
    assert!(!error.to_string().contains("canary"), "{error}");
}
