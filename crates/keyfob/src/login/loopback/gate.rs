//! What a request to the callback port gets: in, or a short answer (RFC 8252 §8.3, §8.9).

use std::sync::Arc;
use std::time::Duration;

use http::header::{ALLOW, CONTENT_TYPE, HOST};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Body, Bytes};
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use super::address::LoopbackHost;
use super::stage::Stage;
use super::{Arrival, Delivered};
use crate::login::pages::Page;

/// How long a callback's answer is held back so that its page can tell how the login ended.
pub(super) const HOLD: Duration = Duration::from_secs(10);
/// The largest form of a `form_post` answer, in bytes.
const FORM_SIZE: usize = 64 * 1024;
const FORM_TIMEOUT: Duration = Duration::from_secs(5);

/// The rules of the callback port, and the way in.
pub(super) struct Gate {
    path: String,
    form_post: bool,
    arrivals: mpsc::Sender<Arrival>,
    stage: Arc<Stage>,
}

impl Gate {
    pub(super) fn new(
        path: &str,
        form_post: bool,
        arrivals: mpsc::Sender<Arrival>,
        stage: Arc<Stage>,
    ) -> Self {
        Self {
            path: path.to_owned(),
            form_post,
            arrivals,
            stage,
        }
    }

    /// Answers one request; one for the callback that passes becomes an [`Arrival`] and waits for its page.
    pub(super) async fn answer<B>(&self, request: Request<B>) -> Response<Full<Bytes>>
    where
        B: Body<Data = Bytes> + Send,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        if !is_for_this_machine(&request) {
            return self.short(StatusCode::MISDIRECTED_REQUEST);
        }
        if request.uri().path() != self.path {
            return self.page(&request).await;
        }
        if let Err(status) = self.admits(&request) {
            return self.short(status);
        }
        let delivered = if request.method() == Method::POST {
            match form(request.into_body()).await {
                Some(form) => Delivered::Form(form),
                None => return self.short(StatusCode::BAD_REQUEST),
            }
        } else {
            Delivered::Query(request.uri().query().unwrap_or_default().to_owned())
        };
        self.deliver(delivered).await
    }

    /// A page of this login's own, if one is there: a stranger learns nothing about our paths.
    async fn page<B>(&self, request: &Request<B>) -> Response<Full<Bytes>> {
        if request.method() != Method::GET {
            return self.short(StatusCode::NOT_FOUND);
        }
        let (path, query) = (request.uri().path(), request.uri().query());
        match self.stage.answer(path, query).await {
            Some(page) => page.respond(),
            None => self.short(StatusCode::NOT_FOUND),
        }
    }

    fn admits<B>(&self, request: &Request<B>) -> Result<(), StatusCode> {
        match *request.method() {
            Method::GET => match request.uri().query() {
                None | Some("") => Err(StatusCode::BAD_REQUEST),
                Some(_) => Ok(()),
            },
            Method::POST if self.form_post && is_form(request) => Ok(()),
            Method::POST if self.form_post => Err(StatusCode::UNSUPPORTED_MEDIA_TYPE),
            _ => Err(StatusCode::METHOD_NOT_ALLOWED),
        }
    }

    async fn deliver(&self, delivered: Delivered) -> Response<Full<Bytes>> {
        let (answer, page) = oneshot::channel();
        if self
            .arrivals
            .try_send(Arrival { delivered, answer })
            .is_err()
        {
            return self.short(StatusCode::SERVICE_UNAVAILABLE);
        }
        match timeout(HOLD, page).await {
            Ok(Ok(page)) => page.respond(),
            Ok(Err(_)) => Page::over().respond(),
            Err(_) => Page::received().respond(),
        }
    }

    fn short(&self, status: StatusCode) -> Response<Full<Bytes>> {
        let mut response = Page::stray(status).respond();
        if status == StatusCode::METHOD_NOT_ALLOWED {
            let allowed = if self.form_post { "GET, POST" } else { "GET" };
            response
                .headers_mut()
                .insert(ALLOW, HeaderValue::from_static(allowed));
        }
        response
    }
}

/// A foreign name in `Host` is DNS rebinding.
fn is_for_this_machine<B>(request: &Request<B>) -> bool {
    let mut hosts = request.headers().get_all(HOST).iter();
    let (host, another) = (hosts.next(), hosts.next());
    let ours = host
        .and_then(|host| host.to_str().ok())
        .is_some_and(LoopbackHost::is_loopback_header);
    let target_is_ours = request
        .uri()
        .authority()
        .is_none_or(|authority| LoopbackHost::is_loopback_header(authority.as_str()));
    ours && target_is_ours && another.is_none()
}

fn is_form<B>(request: &Request<B>) -> bool {
    let media = request
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    media
        .and_then(|media| media.split(';').next())
        .is_some_and(|media| {
            media
                .trim()
                .eq_ignore_ascii_case("application/x-www-form-urlencoded")
        })
}

async fn form<B>(body: B) -> Option<String>
where
    B: Body<Data = Bytes> + Send,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let collected = timeout(
        FORM_TIMEOUT,
        Box::pin(Limited::new(body, FORM_SIZE).collect()),
    );
    let bytes = collected.await.ok()?.ok()?.to_bytes();
    String::from_utf8(bytes.into()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::login::pages::DefaultPages;

    fn gate(form_post: bool) -> (Gate, mpsc::Receiver<Arrival>) {
        let (sender, receiver) = mpsc::channel(1);
        let stage = Stage::new(Arc::new(DefaultPages::new())).unwrap();
        (Gate::new("/callback", form_post, sender, stage), receiver)
    }

    fn request(method: &str, target: &str, host: &str) -> Request<Full<Bytes>> {
        let builder = Request::builder()
            .method(method)
            .uri(target)
            .header(HOST, host);
        builder.body(Full::default()).unwrap()
    }

    // covers: P7, C-11, W16
    #[tokio::test]
    async fn refuses_everything_but_our_callback() {
        let (gate, mut arrivals) = gate(false);
        for (method, target, host, status) in [
            ("GET", "/favicon.ico", "127.0.0.1:1", 404),
            ("GET", "/callback/?code=a", "127.0.0.1", 404),
            ("GET", "/CALLBACK?code=a", "127.0.0.1", 404),
            ("GET", "/callback", "127.0.0.1", 400),
            ("GET", "/callback?", "127.0.0.1", 400),
            ("HEAD", "/callback?code=a&state=b", "localhost", 405),
            ("POST", "/callback?code=a&state=b", "localhost", 405),
            ("OPTIONS", "/callback?code=a", "localhost", 405),
            ("GET", "/callback?code=a&state=b", "evil.example", 421),
            (
                "GET",
                "http://evil.example/callback?code=a",
                "127.0.0.1",
                421,
            ),
            ("GET", "/favicon.ico", "evil.example", 421),
        ] {
            let answer = gate.answer(request(method, target, host)).await;
            assert_eq!(answer.status().as_u16(), status, "{method} {target} {host}");
        }
        let twice = request("GET", "/callback?code=a", "localhost");
        let (mut parts, body) = twice.into_parts();
        parts
            .headers
            .append(HOST, HeaderValue::from_static("evil.example"));
        assert_eq!(
            gate.answer(Request::from_parts(parts, body)).await.status(),
            421
        );
        assert!(arrivals.try_recv().is_err(), "nothing may get in");
    }

    #[tokio::test]
    async fn lets_a_callback_in_and_shows_the_page_it_is_given() {
        let (gate, mut arrivals) = gate(false);
        let (answer, ()) = tokio::join!(
            gate.answer(request("GET", "/callback?code=a&state=b", "localhost:8080")),
            async {
                let arrival = arrivals.recv().await.unwrap();
                assert!(matches!(&arrival.delivered, Delivered::Query(q) if q == "code=a&state=b"));
                arrival.answer(Page::logged_in(None));
            }
        );
        assert_eq!(answer.status(), 200);
    }

    #[tokio::test]
    async fn takes_a_form_only_when_asked() {
        let post = |media: &str, body: &str| {
            let builder = Request::builder().method("POST").uri("/callback");
            let builder = builder
                .header(HOST, "localhost")
                .header(CONTENT_TYPE, media);
            builder
                .body(Full::new(Bytes::from(body.to_owned())))
                .unwrap()
        };
        let (gate, mut arrivals) = gate(true);
        let form = "application/x-www-form-urlencoded; charset=UTF-8";
        assert_eq!(
            gate.answer(post("application/json", "{}")).await.status(),
            415
        );
        let huge = "x".repeat(FORM_SIZE + 1);
        assert_eq!(gate.answer(post(form, &huge)).await.status(), 400);
        let (answer, ()) = tokio::join!(gate.answer(post(form, "code=a&state=b")), async {
            let arrival = arrivals.recv().await.unwrap();
            assert!(matches!(&arrival.delivered, Delivered::Form(f) if f == "code=a&state=b"));
            drop(arrival);
        });
        assert_eq!(
            answer.status(),
            410,
            "an arrival nobody judged belongs to a login that is over"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_is_not_held_for_ever() {
        let (gate, arrivals) = gate(false);
        let target = "/callback?code=a&state=b";
        let start = tokio::time::Instant::now();
        let answer = gate.answer(request("GET", target, "localhost")).await;
        assert_eq!(start.elapsed(), HOLD);
        assert_eq!(answer.status(), 200);
        let page = answer.into_body().collect().await.unwrap().to_bytes();
        assert!(String::from_utf8_lossy(&page).contains("Return to the terminal"));
        drop(arrivals);
    }

    #[tokio::test]
    async fn turns_away_what_it_cannot_queue() {
        let (gate, _arrivals) = gate(false);
        let target = "/callback?code=a&state=b";
        let second = tokio::select! {
            biased;
            _ = gate.answer(request("GET", target, "localhost")) => panic!("nobody answered"),
            second = gate.answer(request("GET", target, "localhost")) => second,
        };
        assert_eq!(second.status(), StatusCode::SERVICE_UNAVAILABLE);
    }
}
