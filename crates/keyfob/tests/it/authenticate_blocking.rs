//! The blocking HTTP client with a session's token.

use std::io::Read;

use keyfob::authenticate::AttachPolicy;
use keyfob::blocking::{AuthorizedClient, Session};
use keyfob::transport::testing::json;

use super::authenticate_server::Server;
use super::authenticate_setup::session;

/// The server runs on a runtime of its own, as it would in another process.
fn on_a_thread(token: &'static str) -> (Server, tokio::runtime::Runtime) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    (runtime.block_on(Server::accepting(token)), runtime)
}

// covers: alf-1, alf-8, planet-60
#[test]
fn a_401_gets_a_new_token_and_repeats_the_request_without_async_code() {
    let (server, _runtime) = on_a_thread("at-2");
    let (session, provider) = session();
    let policy = AttachPolicy::for_origins([server.url("")]).unwrap();
    let client = AuthorizedClient::new(Session::new(session).unwrap(), policy);
    let request = client.client().post(server.url("/things")).body("payload");
    let answer = client.execute(request.build().unwrap()).unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["content-length"], "7");
    assert_eq!(answer.text().unwrap(), "welcome");
    assert_eq!(server.tokens(), ["Bearer at-1", "Bearer at-2"]);
    assert!(server.seen().iter().all(|seen| seen.body == "payload"));
    assert_eq!(provider.count(), 2);
}

// covers: alf-6
#[test]
fn the_answer_is_read_in_parts() {
    let (server, _runtime) = on_a_thread("at-1");
    let (session, _provider) = session();
    let policy = AttachPolicy::for_origins([server.url("")]).unwrap();
    let client = AuthorizedClient::new(Session::new(session).unwrap(), policy);
    assert_eq!(client.session().access_token().unwrap().expose(), "at-1");
    let mut answer = client.get(server.url("/")).unwrap();
    let (mut first, mut rest) = ([0; 3], String::new());
    answer.read_exact(&mut first).unwrap();
    answer.read_to_string(&mut rest).unwrap();
    assert_eq!((&first, rest.as_str()), (b"wel", "come"));
    assert!(!format!("{answer:?}").contains("welcome"));
}

// covers: A3, alf-9
#[test]
fn a_token_endpoint_that_fails_is_an_error_and_nothing_is_sent() {
    let (server, _runtime) = on_a_thread("at-1");
    let (session, provider) = session();
    provider.push(json(400, r#"{"error":"invalid_client"}"#));
    let policy = AttachPolicy::for_origins([server.url("")]).unwrap();
    let client = AuthorizedClient::new(Session::new(session).unwrap(), policy);
    let error = client.get(server.url("/")).unwrap_err();
    assert_eq!(error.code(), "oauth_error");
    assert!(server.seen().is_empty());
}
