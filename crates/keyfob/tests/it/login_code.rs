//! Logins by browser and by paste, end to end against the sandbox and its scripted person.

use std::time::{Duration, SystemTime};

use keyfob::client::ClientConfig;
use keyfob::login::{Browser, Login, LoginMethod, Surroundings};
use keyfob::protocol::danger::PastedCode;
use keyfob::store::{MemoryStore, Store};
use keyfob::transport::ManualClock;
use keyfob::transport::testing::ScriptedTransport;
use keyfob::{Client, Error, Session};
use keyfob_sandbox::{Endpoint, Fault, FaultKind};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use url::Url;

use super::login_screen::Screen;
use super::login_setup::{client, options, run, sandbox};

const CODE: &str = "oidc_auth_code";

fn parameter(url: &str, name: &str) -> String {
    let url = Url::parse(url).unwrap();
    let found = url.query_pairs().find(|(key, _)| key == name);
    found
        .unwrap_or_else(|| panic!("no {name} in {url}"))
        .1
        .into_owned()
}

// covers: pal-23, W22
#[tokio::test]
async fn logs_in_by_browser_and_the_session_takes_over() {
    let sandbox = sandbox();
    let client = client(&sandbox, CODE, &json!({}));
    let (screen, mut seat) = Screen::new();
    let person = sandbox.person();
    let (logged_in, visit) = tokio::join!(run(&client, options(), &screen), async {
        let url = seat.urls.recv().await.unwrap();
        assert_ne!(
            Url::parse(&parameter(&url, "redirect_uri")).unwrap().port(),
            None
        );
        person.approve(&url).await.unwrap()
    });
    let logged_in = logged_in.unwrap();
    assert_eq!(logged_in.method, LoginMethod::Browser);
    assert!(logged_in.id_token.is_some());
    assert_eq!(visit.status, 200);
    assert!(visit.body.contains("You are logged in"), "{}", visit.body);
    let session = Session::new(
        client,
        Store::new(MemoryStore::new()),
        "work".parse().unwrap(),
    );
    let token = session.adopt(logged_in).await.unwrap();
    assert!(session.access_token().await.unwrap().is_same(&token));
}

#[tokio::test]
async fn takes_the_answer_as_a_form_when_asked() {
    let sandbox = sandbox();
    let client = client(&sandbox, CODE, &json!({}));
    let (screen, mut seat) = Screen::new();
    let person = sandbox.person();
    let options = options().with_param("response_mode", "form_post");
    let (logged_in, visit) = tokio::join!(run(&client, options, &screen), async {
        person
            .approve(&seat.urls.recv().await.unwrap())
            .await
            .unwrap()
    });
    logged_in.unwrap();
    assert_eq!(visit.status, 200);
}

// covers: C-18
#[tokio::test]
async fn a_denial_ends_the_wait_at_once() {
    let sandbox = sandbox();
    let client = client(&sandbox, CODE, &json!({}));
    let (screen, mut seat) = Screen::new();
    let person = sandbox.person();
    let (denied, visit) = tokio::join!(run(&client, options(), &screen), async {
        person.deny(&seat.urls.recv().await.unwrap()).await.unwrap()
    });
    assert_eq!(denied.unwrap_err().code(), "login_denied");
    assert!(
        visit.body.contains("The login did not work"),
        "{}",
        visit.body
    );
}

// covers: C-2, C-3, W18, W20, ceg-12
#[tokio::test]
async fn the_page_tells_that_the_id_token_was_refused() {
    for (fault, code) in [
        (FaultKind::WrongNonce, "id_token_nonce"),
        (FaultKind::WrongIssuer, "id_token_issuer"),
        (FaultKind::BadSignature, "id_token_bad_signature"),
    ] {
        let sandbox = sandbox();
        sandbox.fault(fault.clone());
        let client = client(&sandbox, CODE, &json!({}));
        let (screen, mut seat) = Screen::new();
        let person = sandbox.person();
        let (refused, visit) = tokio::join!(run(&client, options(), &screen), async {
            person
                .approve(&seat.urls.recv().await.unwrap())
                .await
                .unwrap()
        });
        let error = refused.unwrap_err();
        assert!(matches!(error, Error::Protocol(_)), "{fault:?}: {error:?}");
        assert!(
            visit.body.contains("The login did not work"),
            "{code}: {}",
            visit.body
        );
        assert!(visit.body.contains(error.code()), "{}", visit.body);
    }
}

// covers: C-19, P7
#[tokio::test]
async fn the_page_tells_that_the_exchange_failed() {
    let sandbox = sandbox();
    sandbox.fault(Fault::status(500).at(Endpoint::Token));
    let client = client(&sandbox, CODE, &json!({}));
    let (screen, mut seat) = Screen::new();
    let person = sandbox.person();
    let (failed, visit) = tokio::join!(run(&client, options(), &screen), async {
        person
            .approve(&seat.urls.recv().await.unwrap())
            .await
            .unwrap()
    });
    assert!(failed.is_err());
    assert_eq!(visit.status, 400);
}

// covers: P7, P14, C-11, W16, W17, W20
#[tokio::test]
async fn stray_traffic_neither_ends_nor_wins_nor_hangs_a_login() {
    let sandbox = sandbox();
    let client = client(&sandbox, CODE, &json!({}));
    let (screen, mut seat) = Screen::new();
    let person = sandbox.person();
    let (logged_in, visit) = tokio::join!(run(&client, options(), &screen), async {
        let url = seat.urls.recv().await.unwrap();
        let port = Url::parse(&parameter(&url, "redirect_uri"))
            .unwrap()
            .port()
            .unwrap();
        let state = parameter(&url, "state");
        let mut idle = Vec::new();
        for _ in 0..100 {
            idle.push(TcpStream::connect(("127.0.0.1", port)).await.unwrap());
        }
        for request in [
            "GET /favicon.ico HTTP/1.1\r\nHost: localhost\r\n\r\n".to_owned(),
            "POST /callback HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n".to_owned(),
            format!("POST /callback?code=a&state={state} HTTP/1.1\r\nHost: localhost\r\n\r\n"),
            format!("GET /elsewhere?code=a&state={state} HTTP/1.1\r\nHost: localhost\r\n\r\n"),
            format!("GET /callback?code=a&state={state} HTTP/1.1\r\nHost: evil.example\r\n\r\n"),
            "GET /callback?error=access_denied HTTP/1.1\r\nHost: localhost\r\n\r\n".to_owned(),
            "GET /callback?error=access_denied&state=x HTTP/1.1\r\nHost: localhost\r\n\r\n"
                .to_owned(),
        ] {
            send(port, &request).await;
        }
        for round in 0..1_000 {
            let target = format!("/callback?code=evil&state=wrong{round}");
            send(
                port,
                &format!("GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n"),
            )
            .await;
        }
        let visit = person.approve(&url).await.unwrap();
        drop(idle);
        visit
    });
    assert!(logged_in.unwrap().id_token.is_some());
    assert!(visit.body.contains("You are logged in"), "{}", visit.body);
    let ignored = screen
        .said()
        .iter()
        .filter(|words| words.contains("stray"))
        .count();
    println!("stray callbacks judged and ignored: {ignored}");
    assert_eq!(ignored, 1_002);
}

async fn send(port: u16, request: &str) {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    drop(stream.read_to_end(&mut answer).await);
    let answer = String::from_utf8_lossy(&answer);
    assert!(answer.starts_with("HTTP/1.1 4"), "{request}: {answer}");
}

#[tokio::test]
async fn a_pasted_address_or_code_wins_the_race() {
    let sandbox = sandbox();
    for bare in [false, true] {
        let client = client(&sandbox, CODE, &json!({}));
        let (screen, mut seat) = Screen::new();
        let person = sandbox.person();
        let mut options = options().with_method(LoginMethod::Paste);
        if bare {
            options = options.with_bare_codes(PastedCode);
        }
        let (logged_in, ()) = tokio::join!(run(&client, options, &screen), async {
            let url = seat.urls.recv().await.unwrap();
            let answer = person.redirect(&url).await.unwrap();
            let line = if bare {
                parameter(&answer, "code")
            } else {
                format!(" \"{answer}\"\n")
            };
            seat.keyboard.send(line).unwrap();
        });
        assert_eq!(
            logged_in.unwrap().method,
            LoginMethod::Paste,
            "bare: {bare}"
        );
    }
}

// covers: W18
#[tokio::test]
async fn an_answer_without_the_promised_iss_is_refused_for_a_configured_endpoint_too() {
    let sandbox = sandbox();
    let endpoint = format!("{}/authorize", sandbox.issuer().trim_end_matches('/'));
    for extra in [json!({}), json!({"authorization_endpoint": endpoint})] {
        let client = client(&sandbox, CODE, &extra);
        let (screen, mut seat) = Screen::new();
        let options = options().with_method(LoginMethod::Paste);
        let (logged_in, ()) = tokio::join!(run(&client, options, &screen), async {
            let url = seat.urls.recv().await.unwrap();
            let state = parameter(&url, "state");
            let line = format!("http://127.0.0.1/callback?code=injected&state={state}");
            seat.keyboard.send(line).unwrap();
        });
        assert_eq!(logged_in.unwrap_err().code(), "callback_iss_missing");
    }
}

// covers: P6, W19
#[tokio::test]
async fn a_bad_paste_says_what_was_wrong_and_asks_again() {
    let sandbox = sandbox();
    let client = client(&sandbox, CODE, &json!({}));
    let (screen, mut seat) = Screen::new();
    let person = sandbox.person();
    let options = options().with_method(LoginMethod::Paste);
    let (logged_in, ()) = tokio::join!(run(&client, options, &screen), async {
        let url = seat.urls.recv().await.unwrap();
        let answer = person.redirect(&url).await.unwrap();
        let foreign = answer.replace(&parameter(&answer, "state"), "another");
        let code = parameter(&answer, "code");
        for line in ["", &url, &foreign, "two words", &code, &answer] {
            seat.keyboard.send(line.to_owned()).unwrap();
        }
    });
    logged_in.unwrap();
    let problems: Vec<_> = screen
        .said()
        .into_iter()
        .filter(|words| words.starts_with("problem: "))
        .collect();
    let starts = [
        "nothing",
        "this is the address that starts",
        "this is the answer to another",
        "this is neither",
        "this is one word, not an address",
    ];
    assert_eq!(problems.len(), starts.len(), "{problems:?}");
    for (problem, start) in problems.iter().zip(starts) {
        assert!(
            problem.starts_with(&format!("problem: {start}")),
            "{problem}"
        );
    }
}

#[tokio::test]
async fn input_that_ends_leaves_the_callback_port() {
    let sandbox = sandbox();
    let client = client(&sandbox, CODE, &json!({}));
    let (screen, mut seat) = Screen::new();
    let person = sandbox.person();
    drop(seat.keyboard);
    let (logged_in, _) = tokio::join!(run(&client, options(), &screen), async {
        person
            .approve(&seat.urls.recv().await.unwrap())
            .await
            .unwrap()
    });
    logged_in.unwrap();
}

#[tokio::test]
async fn without_port_and_input_there_is_no_answer() {
    let sandbox = sandbox();
    let redirect = json!({"redirect_uri": "https://app.example.test/callback"});
    let client = client(&sandbox, CODE, &redirect);
    let (screen, seat) = Screen::new();
    drop(seat.keyboard);
    let ended = run(&client, options().with_method(LoginMethod::Paste), &screen).await;
    assert_eq!(ended.unwrap_err().code(), "login_unanswered");
}

// covers: P32, W22
#[tokio::test]
async fn a_browser_that_does_not_open_leaves_the_address_to_paste() {
    let sandbox = sandbox();
    let client = client(&sandbox, CODE, &json!({}));
    let (screen, mut seat) = Screen::new();
    let person = sandbox.person();
    let options = options().with_browser(Browser::command("/nonexistent/browser", []));
    let (logged_in, ()) = tokio::join!(run(&client, options, &screen), async {
        let answer = person
            .redirect(&seat.urls.recv().await.unwrap())
            .await
            .unwrap();
        while !screen
            .said()
            .iter()
            .any(|words| words.contains("/nonexistent/browser: not found"))
        {
            tokio::task::yield_now().await;
        }
        seat.keyboard.send(answer).unwrap();
    });
    logged_in.unwrap();
}

#[tokio::test]
async fn a_browser_that_does_not_open_ends_a_login_that_nobody_sees() {
    let sandbox = sandbox();
    let client = client(&sandbox, CODE, &json!({}));
    let (screen, _seat) = Screen::new();
    let place = Surroundings {
        desktop: true,
        ..Surroundings::default()
    };
    let options = keyfob::login::LoginOptions::new(place)
        .with_browser(Browser::command("/nonexistent/browser", []));
    assert_eq!(
        run(&client, options, &screen).await.unwrap_err().code(),
        "browser_failed"
    );
}

// covers: P15, W17
#[tokio::test]
async fn nobody_coming_ends_the_login_in_time() {
    let clock = ManualClock::new(SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000));
    let config = json!({
        "client_type": CODE,
        "auth_server": "https://as.example",
        "authorization_endpoint": "https://as.example/authorize",
        "token_endpoint": "https://as.example/token",
        "client_id": "demo",
    });
    let config = ClientConfig::from_json(config.to_string().as_bytes()).unwrap();
    let config = config.with("local_redirect_uri", "http://127.0.0.1/callback");
    let transport = ScriptedTransport::new().transport();
    let client = Client::from_config(config, transport, clock.clone().into()).unwrap();
    let (screen, mut seat) = Screen::new();
    let options = options().with_timeout(Duration::from_mins(5));
    let (ended, ()) = tokio::join!(run(&client, options, &screen), async {
        seat.urls.recv().await.unwrap();
        clock.sleepers_reach(1).await;
        clock.advance(Duration::from_mins(5));
    });
    let error = ended.unwrap_err();
    assert_eq!(error.code(), "login_timed_out");
    assert_eq!(error.to_string(), "nobody finished the login within 300 s");
}

// covers: P16, C-28
#[tokio::test]
async fn an_abandoned_login_gives_back_port_and_turn() {
    let sandbox = sandbox();
    let client = client(&sandbox, CODE, &json!({}));
    let (screen, mut seat) = Screen::new();
    let login = Login::begin(&client, options()).unwrap();
    let task = tokio::spawn(async move { login.run(&screen).await.map(drop) });
    let url = seat.urls.recv().await.unwrap();
    let port = Url::parse(&parameter(&url, "redirect_uri"))
        .unwrap()
        .port()
        .unwrap();
    task.abort();
    assert!(task.await.unwrap_err().is_cancelled());
    while TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
        tokio::task::yield_now().await;
    }
    assert!(Login::begin(&client, options()).is_ok());
}

// covers: planet-46
#[tokio::test]
async fn one_login_at_a_time_and_none_where_nobody_is() {
    let sandbox = sandbox();
    let client = client(&sandbox, CODE, &json!({}));
    let first = Login::begin(&client, options()).unwrap();
    let second = Login::begin(&client, options()).unwrap_err();
    assert_eq!(second.code(), "login_in_progress");
    drop(first);
    assert!(Login::begin(&client, options()).is_ok());
    let cron = keyfob::login::LoginOptions::new(Surroundings::default());
    assert_eq!(
        Login::begin(&client, cron).unwrap_err().code(),
        "login_needs_person"
    );
}

#[tokio::test]
async fn a_taken_port_is_named_before_anybody_is_troubled() {
    let sandbox = sandbox();
    let taken = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = taken.local_addr().unwrap().port();
    let redirect = json!({"redirect_uri": format!("http://127.0.0.1:{port}/callback")});
    let client = client(&sandbox, CODE, &redirect);
    let (screen, mut seat) = Screen::new();
    let error = run(&client, options(), &screen).await.unwrap_err();
    assert_eq!(error.code(), "callback_port_busy");
    assert!(error.to_string().contains(&port.to_string()));
    assert!(seat.urls.try_recv().is_err(), "no address was shown");
}

#[tokio::test]
async fn shows_the_configured_acknowledgement() {
    let sandbox = sandbox();
    let page = json!({"authorization_callback_acknowledgement": "<h1>Welcome to Example</h1>"});
    let client = client(&sandbox, CODE, &page);
    let (screen, mut seat) = Screen::new();
    let person = sandbox.person();
    let (logged_in, visit) = tokio::join!(run(&client, options(), &screen), async {
        person
            .approve(&seat.urls.recv().await.unwrap())
            .await
            .unwrap()
    });
    logged_in.unwrap();
    assert_eq!(visit.body, "<h1>Welcome to Example</h1>");
}

#[tokio::test]
async fn nothing_on_the_screen_holds_a_secret() {
    let sandbox = sandbox();
    let client = client(&sandbox, CODE, &json!({}));
    let (screen, mut seat) = Screen::new();
    let person = sandbox.person();
    let (logged_in, answer) = tokio::join!(run(&client, options(), &screen), async {
        let answer = person
            .redirect(&seat.urls.recv().await.unwrap())
            .await
            .unwrap();
        seat.keyboard.send(answer.clone()).unwrap();
        answer
    });
    let logged_in = logged_in.unwrap();
    let shown = format!("{logged_in:?} {:?}", screen.said());
    let tokens = &logged_in.granted.response;
    assert!(!shown.contains(tokens.access_token.expose()));
    assert!(!shown.contains(tokens.refresh_token.as_ref().unwrap().expose()));
    assert!(!shown.contains(&parameter(&answer, "code")));
}
