//! What the browser gets to see around a login: the start page, and the pages at its end.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use keyfob::login::{
    Browser, LoggedIn, Login, LoginOptions, Page, PageFuture, PageHandler, PageRequest,
    Surroundings, TokenFuture, escape_html,
};
use keyfob::store::{MemoryStore, Store};
use keyfob::{Error, Session};
use keyfob_sandbox::{Endpoint, Fault, FaultKind, Sandbox};
use serde_json::json;
use url::Url;

use super::login_http::{ask, get, is_closed};
use super::login_screen::{Screen, Seat};
use super::login_setup::{LIMIT, client, options, sandbox};

const CODE: &str = "oidc_auth_code";

/// A login that runs in the background, and its person.
struct Running {
    sandbox: Sandbox,
    ended: tokio::task::JoinHandle<Result<LoggedIn, Error>>,
    seat: Seat,
}

impl Running {
    fn start(options: LoginOptions) -> Self {
        let sandbox = sandbox();
        let client = client(&sandbox, CODE, &json!({}));
        let (screen, seat) = Screen::new();
        let login = Login::begin(&client, options).unwrap();
        let ended = tokio::spawn(async move {
            let run = tokio::time::timeout(LIMIT, login.run(&screen));
            run.await.expect("the login ends")
        });
        Self {
            sandbox,
            ended,
            seat,
        }
    }

    /// The address that the provider sends the browser to.
    async fn redirect(&mut self) -> Url {
        let url = self.seat.urls.recv().await.unwrap();
        let redirect = self.sandbox.person().redirect(&url).await.unwrap();
        Url::parse(&redirect).unwrap()
    }

    async fn end(self) -> Result<LoggedIn, Error> {
        self.ended.await.unwrap()
    }
}

/// Pages for tests: a landing page at once, a second page with the token, and whatever goes wrong on demand.
#[derive(Default)]
struct Pages {
    landed: Arc<AtomicUsize>,
    budget: Duration,
    trouble: Trouble,
}

#[derive(Clone, Copy, Default, PartialEq)]
enum Trouble {
    #[default]
    None,
    Error,
    Panic,
}

impl PageHandler for Pages {
    fn landing<'a>(&'a self, _: &'a TokenFuture) -> PageFuture<'a> {
        self.landed.fetch_add(1, Ordering::SeqCst);
        match self.trouble {
            Trouble::Error => Box::pin(async { Err("canary <b>reason</b>".into()) }),
            Trouble::Panic => panic!("the handler's own mistake"),
            Trouble::None => Box::pin(async { Ok(Page::see("second?a=1")) }),
        }
    }

    fn route<'a>(&'a self, request: &'a PageRequest, token: &'a TokenFuture) -> PageFuture<'a> {
        Box::pin(async move {
            if request.path() != "second" {
                return Ok(Page::not_found());
            }
            assert_eq!(request.query(), Some("a=1"));
            let length = token.clone().await?.expose().len();
            let hello = escape_html("<hello> & \"bye\"");
            Ok(Page::html(format!(
                "<p>{hello}</p><p>token of {length}</p>"
            )))
        })
    }

    fn error(&self, failure: &Error) -> Page {
        Page::message("It failed", &[failure.code()]).with_status(403)
    }

    fn budget(&self) -> Duration {
        self.budget
    }
}

// covers: C-10, W20
#[tokio::test]
async fn the_code_leaves_the_address_bar_and_every_page_has_its_headers() {
    let mut running = Running::start(options());
    let redirect = running.redirect().await;
    let sent_on = get(&redirect).await;
    assert_eq!(sent_on.status, 303);
    let landing = sent_on.location();
    assert_eq!(landing.query(), None, "{landing}");
    assert!(landing.path().len() > 20, "nobody can guess {landing}");
    let page = get(&landing).await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("You are logged in"), "{page:?}");
    for seen in [&sent_on, &page] {
        for (name, value) in [
            ("cache-control", "no-store"),
            ("referrer-policy", "no-referrer"),
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
        ] {
            assert_eq!(seen.header(name).as_deref(), Some(value), "{seen:?}");
        }
        let policy = seen.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("script"));
        assert!(seen.header("content-type").is_some());
    }
    running.end().await.unwrap();
    is_closed(&redirect).await;
}

// covers: ceg-29, C-26, C-27
#[tokio::test]
async fn a_handler_serves_further_pages_that_get_the_token_when_it_is_there() {
    let pages = Pages {
        budget: Duration::from_mins(1),
        ..Pages::default()
    };
    let landed = Arc::clone(&pages.landed);
    let mut running = Running::start(options().with_pages(pages));
    // The exchange takes a while; the landing page does not wait for it.
    running
        .sandbox
        .fault(Fault::slow(Duration::from_millis(700)).at(Endpoint::Token));
    let redirect = running.redirect().await;
    let landing = get(&redirect).await.location();
    let second = get(&landing).await.location();
    assert_eq!(get(&landing).await.status, 303, "a reload");
    assert_eq!(landed.load(Ordering::SeqCst), 1, "the handler landed once");
    let favicon = landing.join("/favicon.ico").unwrap();
    for stray in [&favicon, &landing.join("no-such-page").unwrap()] {
        assert_eq!(get(stray).await.status, 404);
    }
    let page = get(&second).await;
    assert!(
        page.body.contains("&lt;hello&gt; &amp; &quot;bye&quot;"),
        "{page:?}"
    );
    assert!(page.body.contains("token of "), "{page:?}");
    running.end().await.unwrap();
    is_closed(&redirect).await;
}

// covers: ceg-29
#[tokio::test]
async fn the_listener_closes_when_the_handlers_time_is_up() {
    let pages = Pages {
        budget: Duration::from_millis(10),
        ..Pages::default()
    };
    let mut running = Running::start(options().with_pages(pages));
    let redirect = running.redirect().await;
    get(&get(&redirect).await.location()).await;
    // The second page is never asked for.
    let begun = std::time::Instant::now();
    running.end().await.unwrap();
    assert!(begun.elapsed() < Duration::from_secs(20));
    is_closed(&redirect).await;
}

// covers: ceg-29, C-38, C-10
#[tokio::test]
async fn what_a_handler_does_wrong_is_a_page_and_the_login_succeeds() {
    for trouble in [Trouble::Error, Trouble::Panic] {
        let pages = Pages {
            trouble,
            ..Pages::default()
        };
        let mut running = Running::start(options().with_pages(pages));
        let redirect = running.redirect().await;
        let page = get(&get(&redirect).await.location()).await;
        assert_eq!(page.status, 500);
        assert!(
            !page.body.contains("canary") && !page.body.contains("own mistake"),
            "{page:?}"
        );
        assert!(running.end().await.unwrap().id_token.is_some());
    }
}

// covers: C-18, planet-58
#[tokio::test]
async fn a_denial_shows_the_handlers_error_page_and_ends_at_once() {
    let landed = Arc::new(AtomicUsize::new(0));
    let pages = Pages {
        landed: Arc::clone(&landed),
        ..Pages::default()
    };
    let mut running = Running::start(options().with_pages(pages));
    let url = running.seat.urls.recv().await.unwrap();
    let begun = std::time::Instant::now();
    let visit = running.sandbox.person().deny(&url).await.unwrap();
    assert_eq!(visit.status, 403);
    assert!(visit.body.contains("login_denied"), "{}", visit.body);
    assert_eq!(running.end().await.unwrap_err().code(), "login_denied");
    assert_eq!(
        landed.load(Ordering::SeqCst),
        0,
        "there was nothing to land on"
    );
    assert!(begun.elapsed() < Duration::from_secs(20));
}

// covers: C-19, P16, C-28, W22
#[tokio::test]
async fn the_port_is_free_again_however_the_login_ended() {
    let faults: [Option<Fault>; 4] = [
        None,
        Some(Fault::oauth_error("invalid_request").at(Endpoint::Token)),
        Some(Fault::status(500).at(Endpoint::Token)),
        Some(FaultKind::WrongNonce.into()),
    ];
    for fault in faults {
        let mut running = Running::start(options());
        let expected = match &fault {
            None => "ok",
            Some(fault) => match fault.kind {
                FaultKind::WrongNonce => "id_token_nonce_mismatch",
                _ => "",
            },
        };
        if let Some(fault) = fault {
            running.sandbox.fault(fault);
        }
        let redirect = running.redirect().await;
        let foreign = redirect.as_str().replace("state=", "state=x");
        assert_eq!(get(&Url::parse(&foreign).unwrap()).await.status, 400);
        let page = get(&get(&redirect).await.location()).await;
        let ended = running.end().await;
        println!(
            "{expected}: {:?}",
            ended.as_ref().map(drop).map_err(Error::code)
        );
        assert_eq!(page.status == 200, ended.is_ok(), "{page:?}");
        if let Err(error) = &ended {
            assert!(page.body.contains(error.code()), "{page:?}");
        }
        is_closed(&redirect).await;
    }
}

// covers: P14, W16
#[tokio::test]
async fn the_same_answer_twice_is_one_login() {
    let mut running = Running::start(options());
    running
        .sandbox
        .fault(Fault::slow(Duration::from_millis(500)).at(Endpoint::Token));
    let redirect = running.redirect().await;
    // A browser that looks ahead asks before the person sees anything.
    let (first, second) = (get(&redirect).await, get(&redirect).await);
    assert_eq!(first.location(), second.location());
    let page = get(&second.location()).await;
    assert!(page.body.contains("You are logged in"), "{page:?}");
    let counters = running.sandbox.counters();
    running.end().await.unwrap();
    assert_eq!(counters.grant("authorization_code").requests, 1);
    assert_eq!(counters.code_reuse_detected, 0);
}

#[tokio::test]
async fn the_page_tells_that_the_login_could_not_be_stored() {
    let sandbox = sandbox();
    let client = client(&sandbox, CODE, &json!({}));
    let folder = tempfile::tempdir().unwrap();
    // Its folder is a file.
    let home = folder.path().join("home");
    std::fs::write(&home, "").unwrap();
    let store = Store::new(keyfob::store::FileStore::new(home));
    let session = Session::new(client.clone(), store, "work".parse().unwrap());
    let (screen, mut seat) = Screen::new();
    let login = Login::begin(&client, options()).unwrap();
    let person = sandbox.person();
    let (ended, visit) = tokio::join!(login.run_into(&screen, &session), async {
        person
            .approve(&seat.urls.recv().await.unwrap())
            .await
            .unwrap()
    });
    let error = ended.unwrap_err();
    assert_eq!(visit.status, 400);
    assert!(visit.body.contains(error.code()), "{error}: {}", visit.body);
}

#[tokio::test]
async fn the_session_has_the_token_before_the_page_says_so() {
    let sandbox = sandbox();
    let client = client(&sandbox, CODE, &json!({}));
    let store = Store::new(MemoryStore::new());
    let session = Session::new(client.clone(), store, "work".parse().unwrap());
    let (screen, mut seat) = Screen::new();
    let login = Login::begin(&client, options()).unwrap();
    let person = sandbox.person();
    let (token, known) = tokio::join!(login.run_into(&screen, &session), async {
        let visit = person
            .approve(&seat.urls.recv().await.unwrap())
            .await
            .unwrap();
        assert!(visit.body.contains("You are logged in"), "{}", visit.body);
        session.current()
    });
    assert!(token.unwrap().is_same(&known.unwrap()));
}

/// A browser that writes down with which address it was started.
#[cfg(unix)]
fn noting(file: &std::path::Path) -> Browser {
    let script = format!(
        "printf '%%s' \"$1\" > {}.new && mv {0}.new {0}",
        file.display()
    );
    Browser::command("sh", ["-c".to_owned(), script, "browser".to_owned()])
}

async fn noted(file: &std::path::Path) -> Url {
    loop {
        match std::fs::read_to_string(file) {
            Ok(text) => break Url::parse(&text).unwrap(),
            Err(_) => tokio::time::sleep(Duration::from_millis(5)).await,
        }
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_browser_starts_at_an_address_of_this_machine_that_leads_on_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("started");
    let mut running = Running::start(options().with_browser(noting(&file)));
    let shown = running.seat.urls.recv().await.unwrap();
    let started = noted(&file).await;
    assert_eq!(started.host_str(), Some("127.0.0.1"));
    assert_eq!(
        started.query(),
        None,
        "nothing of the request is in {started}"
    );
    assert!(started.path().len() > 20);
    // Only a visit uses it up.
    assert_eq!(ask("HEAD", &started).await.status, 404);
    assert_eq!(ask("POST", &started).await.status, 404);
    let leads = get(&started).await;
    assert_eq!(leads.status, 303);
    assert_eq!(leads.header("cache-control").as_deref(), Some("no-store"));
    assert_eq!(leads.location().as_str(), shown);
    let again = get(&started).await;
    assert_eq!(again.status, 410);
    assert!(
        again.body.contains("has been used") && !again.body.contains("state="),
        "{again:?}"
    );
    let other = started.join("/another").unwrap();
    assert_eq!(get(&other).await.status, 404);
    running.sandbox.person().approve(&shown).await.unwrap();
    running.end().await.unwrap();
}

#[cfg(unix)]
#[tokio::test]
async fn the_person_comes_through_the_start_page() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("started");
    let running = Running::start(options().with_browser(noting(&file)));
    let started = noted(&file).await;
    let visit = running
        .sandbox
        .person()
        .approve(started.as_str())
        .await
        .unwrap();
    assert!(visit.body.contains("You are logged in"), "{}", visit.body);
    assert!(!visit.url.contains("code="), "{}", visit.url);
    running.end().await.unwrap();
}

#[cfg(unix)]
#[tokio::test]
async fn a_command_in_browser_that_reaches_out_of_a_session_gets_the_providers_address() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("started");
    for (place, starts_here) in [
        (
            Surroundings {
                ssh: true,
                ..Surroundings::default()
            },
            false,
        ),
        (
            Surroundings {
                container: true,
                ..Surroundings::default()
            },
            false,
        ),
        (
            Surroundings {
                wsl: true,
                ..Surroundings::default()
            },
            false,
        ),
        (
            Surroundings {
                desktop: true,
                ..Surroundings::default()
            },
            true,
        ),
    ] {
        drop(std::fs::remove_file(&file));
        let place = Surroundings {
            terminal: true,
            browser: Some("x".to_owned()),
            ..place
        };
        let options = LoginOptions::new(place.clone()).with_browser(noting(&file));
        let mut running = Running::start(options);
        let shown = running.seat.urls.recv().await.unwrap();
        let started = noted(&file).await;
        assert_eq!(
            started.as_str() != shown,
            starts_here,
            "{started} {shown} {place:?}"
        );
        running.ended.abort();
    }
}

// covers: P11, P31, pal-20, pal-21
#[tokio::test]
async fn takes_the_first_configured_port_that_is_free() {
    let sandbox = sandbox();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let last = port.saturating_add(40);
    let ports = json!({"loopback_ports": [port, format!("{port}-{last}")]});
    let client = client(&sandbox, CODE, &ports);
    let (screen, mut seat) = Screen::new();
    let login = Login::begin(&client, options()).unwrap();
    let person = sandbox.person();
    let (ended, visit) = tokio::join!(login.run(&screen), async {
        person
            .approve(&seat.urls.recv().await.unwrap())
            .await
            .unwrap()
    });
    ended.unwrap();
    let used = Url::parse(&visit.url).unwrap().port().unwrap();
    assert!(used > port && used <= last, "{used}");
}

// covers: pal-22, pal-24
#[tokio::test]
async fn says_that_all_configured_ports_are_taken_and_opens_nothing() {
    let sandbox = sandbox();
    let taken: Vec<_> = (0..2)
        .map(|_| std::net::TcpListener::bind("127.0.0.1:0").unwrap())
        .collect();
    let ports: Vec<u16> = taken
        .iter()
        .map(|taken| taken.local_addr().unwrap().port())
        .collect();
    let client = client(&sandbox, CODE, &json!({ "loopback_ports": ports }));
    let (screen, mut seat) = Screen::new();
    let login = Login::begin(&client, options()).unwrap();
    let error = login.run(&screen).await.unwrap_err();
    assert_eq!(error.code(), "callback_port_busy");
    assert!(error.to_string().contains(&ports[1].to_string()), "{error}");
    assert!(seat.urls.try_recv().is_err(), "nobody was sent anywhere");
}
