//! The reqwest authenticator against a small local server.

use keyfob::authenticate::{AttachPolicy, AuthorizedClient, Elsewhere, OwnAuthorization};

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

#[tokio::test]
async fn a_streaming_body_is_not_sent_twice_but_its_token_is_given_up() {
    let server = Server::accepting("at-2").await;
    let (session, _provider) = session();
    let client = AuthorizedClient::new(session, policy(&[&server]));
    let chunks = futures_util::stream::iter([Ok::<_, std::io::Error>("stream"), Ok("ed")]);
    let body = reqwest::Body::wrap(http_body_util::StreamBody::new(
        futures_util::StreamExt::map(chunks, |chunk| {
            chunk.map(|text| http_body::Frame::data(bytes::Bytes::from_static(text.as_bytes())))
        }),
    ));
    let request = client
        .client()
        .post(server.url("/things"))
        .body(body)
        .build()
        .unwrap();
    assert_eq!(client.execute(request).await.unwrap().status(), 401);
    assert_eq!(server.tokens(), ["Bearer at-1"]);
    assert_eq!(client.get(server.url("/me")).await.unwrap().status(), 200);
    assert_eq!(server.tokens(), ["Bearer at-1", "Bearer at-2"]);
}

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

#[tokio::test]
async fn without_a_token_nothing_is_sent() {
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
