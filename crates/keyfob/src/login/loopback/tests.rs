//! The callback port under stray and hostile traffic.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::*;
use crate::login::pages::DefaultPages;

const LIMIT: Duration = Duration::from_secs(30);

async fn listening() -> Loopback {
    let uri = LoopbackUri::parse(LoopbackUri::DEFAULT).unwrap();
    let stage = Stage::new(Arc::new(DefaultPages::new())).unwrap();
    Loopback::bind(&uri, &[], false, stage).await.unwrap()
}

fn port_of(loopback: &Loopback) -> u16 {
    Url::parse(loopback.redirect_uri()).unwrap().port().unwrap()
}

async fn connect(port: u16) -> TcpStream {
    TcpStream::connect(("127.0.0.1", port)).await.unwrap()
}

/// Sends raw bytes and reads until the server closes.
async fn raw(port: u16, text: &str) -> String {
    let mut stream = connect(port).await;
    stream.write_all(text.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // A reset instead of an orderly close is fine: whatever came before it counts.
    let _ = timeout(LIMIT, stream.read_to_end(&mut answer))
        .await
        .expect("an answer in time")
        .is_ok();
    String::from_utf8_lossy(&answer).into_owned()
}

async fn get(port: u16, target: &str) -> String {
    raw(
        port,
        &format!("GET {target} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n"),
    )
    .await
}

/// The real callback still works: judged, answered, and the page flushed.
async fn succeeds(mut loopback: Loopback) {
    let port = port_of(&loopback);
    let browser = tokio::spawn(async move { get(port, "/callback?code=good&state=right").await });
    let arrival = timeout(LIMIT, async {
        loop {
            let arrival = loopback.next().await.unwrap();
            if matches!(&arrival.delivered, Delivered::Query(query) if query.contains("right")) {
                break arrival;
            }
            arrival.answer(Page::not_ours("state does not match"));
        }
    });
    arrival
        .await
        .expect("the callback arrives")
        .answer(Page::logged_in(None));
    loopback.close().await;
    let page = browser.await.unwrap();
    assert!(
        page.starts_with("HTTP/1.1 200") && page.contains("You are logged in"),
        "{page}"
    );
    assert!(
        TcpStream::connect(("127.0.0.1", port)).await.is_err(),
        "the port is free again"
    );
}

// covers: P7, P14, C-11, W16
#[tokio::test]
async fn stray_requests_get_short_answers_and_change_nothing() {
    let loopback = listening().await;
    let port = port_of(&loopback);
    let host = format!("Host: 127.0.0.1:{port}");
    for (request, status) in [
        (
            format!("GET /favicon.ico HTTP/1.1\r\n{host}\r\n\r\n"),
            "404",
        ),
        (format!("GET / HTTP/1.1\r\n{host}\r\n\r\n"), "404"),
        (
            format!("POST /callback HTTP/1.1\r\n{host}\r\nContent-Length: 3\r\n\r\na=b"),
            "405",
        ),
        (
            format!("PUT /callback?code=a HTTP/1.1\r\n{host}\r\nContent-Length: 0\r\n\r\n"),
            "405",
        ),
        (
            "GET /callback?code=a&state=right HTTP/1.1\r\nHost: evil.example\r\n\r\n".into(),
            "421",
        ),
        (
            "GET /callback?code=a&state=right HTTP/1.0\r\n\r\n".into(),
            "421",
        ),
        ("not http at all\r\n\r\n".into(), "400"),
        (format!("GET /callback HTTP/1.1\r\n{host}\r\n\r\n"), "400"),
    ] {
        let answer = raw(port, &request).await;
        assert_eq!(answer.get(9..12), Some(status), "{request}: {answer}");
        assert!(answer.len() < 800, "{answer}");
    }
    let long = format!(
        "GET /callback?code={} HTTP/1.1\r\n{host}\r\n\r\n",
        "x".repeat(200_000)
    );
    let refused = raw(port, &long).await;
    assert!(!refused.contains(" 200 "), "{refused}");
    succeeds(loopback).await;
}

// covers: W17, P15
#[tokio::test]
async fn idle_connections_do_not_hang_or_fill_it() {
    let loopback = listening().await;
    let port = port_of(&loopback);
    let mut idle = Vec::new();
    for at in 0..200 {
        let mut stream = connect(port).await;
        if at % 2 == 0 {
            // Half a request is as idle as none. The server may have closed it already.
            let _ = stream
                .write_all(b"GET /callback?code=a HTTP/1.1\r\nHost")
                .await
                .is_ok();
        }
        idle.push(stream);
    }
    succeeds(loopback).await;
    drop(idle);
}

// covers: C-11, W20
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_wrong_answers_do_not_win() {
    let loopback = listening().await;
    let port = port_of(&loopback);
    let flood = tokio::spawn(async move {
        for round in 0..100 {
            let target = format!("/callback?code=evil&state=wrong{round}");
            let each = (0..10).map(|_| get(port, &target));
            let answers = futures_util::future::join_all(each).await;
            for answer in &answers {
                assert!(!answer.contains("You are logged in"));
            }
        }
    });
    let mut loopback = loopback;
    while !flood.is_finished() {
        // Judge what comes; the flood must not be able to starve the judge.
        if let Ok(Some(arrival)) = timeout(Duration::from_millis(20), loopback.next()).await {
            arrival.answer(Page::not_ours("state does not match"));
        }
    }
    flood.await.unwrap();
    succeeds(loopback).await;
}

// covers: W22
#[tokio::test]
async fn answers_on_both_loopback_addresses() {
    let loopback = listening().await;
    let port = port_of(&loopback);
    let Ok(mut v6) = TcpStream::connect(("::1", port)).await else {
        return; // no IPv6 here
    };
    v6.write_all(format!("GET /x HTTP/1.1\r\nHost: [::1]:{port}\r\n\r\n").as_bytes())
        .await
        .unwrap();
    let mut answer = String::new();
    v6.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 404"), "{answer}");
}

#[tokio::test]
async fn a_late_second_callback_is_told_that_it_is_over() {
    let mut loopback = listening().await;
    let port = port_of(&loopback);
    let first = tokio::spawn(async move { get(port, "/callback?code=good&state=right").await });
    let arrival = loopback.next().await.unwrap();
    let second = tokio::spawn(async move { get(port, "/callback?code=good&state=right").await });
    // The second waits in the queue when the first is answered.
    while loopback.arrivals.is_empty() {
        tokio::task::yield_now().await;
    }
    arrival.answer(Page::logged_in(None));
    loopback.close().await;
    assert!(first.await.unwrap().contains("You are logged in"));
    let second = second.await.unwrap();
    assert!(second.starts_with("HTTP/1.1 410"), "{second}");
}
