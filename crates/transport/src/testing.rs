//! A transport that answers from a script, for tests of whatever sits above.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{Request, Response, StatusCode};
use tokio::sync::{Notify, oneshot};

use crate::clock::Clock;
use crate::error::{TransportError, UnsentStage};
use crate::transport::{HttpTransport, Transport};

/// Answers from a queue, then from a fallback function if there is one, and keeps every request it got.
///
/// Clones share one script. With an empty queue and no fallback it fails as unsent.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// use bytes::Bytes;
/// use http::Request;
/// use keyfob_transport::testing::{ScriptedTransport, json};
///
/// let script = ScriptedTransport::new();
/// script.push(json(200, r#"{"access_token":"at"}"#));
/// let transport = script.transport();
/// let request = Request::get("https://op.example/token").body(Bytes::new()).unwrap();
/// assert_eq!(transport.send(request).await.unwrap().status(), 200);
/// assert_eq!(script.requests()[0].uri().path(), "/token");
/// # });
/// ```
#[derive(Clone, Default)]
pub struct ScriptedTransport(Arc<Shared>);

#[derive(Default)]
struct Shared {
    script: Mutex<Script>,
    called: Notify,
}

#[derive(Default)]
struct Script {
    queue: VecDeque<Answer>,
    fallback: Option<Fallback>,
    requests: Vec<Request<Bytes>>,
}

type Fallback = Arc<dyn Fn(&Request<Bytes>) -> Answer + Send + Sync>;

/// What a scripted transport does with one request.
#[derive(Debug)]
#[non_exhaustive]
pub enum Answer {
    /// Answers at once.
    Response(Response<Bytes>),
    /// Fails at once.
    Failure(TransportError),
    /// Never answers.
    Hang,
    /// Answers when the [`Hold`] is released.
    Held(oneshot::Receiver<()>, Box<Self>),
}

/// Keeps a scripted answer back until [`release`](Self::release); dropping it makes the answer never come.
#[derive(Debug)]
pub struct Hold(oneshot::Sender<()>);

impl ScriptedTransport {
    /// Creates a transport with an empty script.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an answer to the queue: a `Response<Bytes>`, a `TransportError`, or an [`Answer`].
    pub fn push(&self, answer: impl Into<Answer>) {
        self.lock().queue.push_back(answer.into());
    }

    /// Adds an answer that is kept back until the returned [`Hold`] is released.
    pub fn push_held(&self, answer: impl Into<Answer>) -> Hold {
        let (release, held) = oneshot::channel();
        self.push(Answer::Held(held, Box::new(answer.into())));
        Hold(release)
    }

    /// Sets the function that answers whenever the queue is empty.
    pub fn otherwise<A: Into<Answer>>(
        &self,
        answer: impl Fn(&Request<Bytes>) -> A + Send + Sync + 'static,
    ) {
        self.lock().fallback = Some(Arc::new(move |request| answer(request).into()));
    }

    /// Returns copies of the requests received so far, oldest first.
    pub fn requests(&self) -> Vec<Request<Bytes>> {
        self.lock().requests.clone()
    }

    /// Returns how many requests were received.
    pub fn count(&self) -> usize {
        self.lock().requests.len()
    }

    /// Waits until at least `count` requests were received.
    pub async fn count_reaches(&self, count: usize) {
        loop {
            let mut called = std::pin::pin!(self.0.called.notified());
            called.as_mut().enable();
            if self.count() >= count {
                return;
            }
            called.await;
        }
    }

    /// Returns a handle with default retries on the system's clock.
    pub fn transport(&self) -> Transport {
        Transport::new(self.clone())
    }

    /// Returns a handle with default retries on `clock`.
    pub fn transport_on(&self, clock: impl Into<Clock>) -> Transport {
        self.transport().with_clock(clock.into())
    }

    fn next(&self, request: &Request<Bytes>) -> Answer {
        let mut script = self.lock();
        let queued = script.queue.pop_front();
        let fallback = script.fallback.clone();
        script.requests.push(request.clone());
        drop(script);
        self.0.called.notify_waiters();
        queued
            .or_else(|| fallback.map(|fallback| fallback(request)))
            .unwrap_or_else(|| exhausted(request).into())
    }

    fn lock(&self) -> MutexGuard<'_, Script> {
        self.0.script.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl HttpTransport for ScriptedTransport {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let mut answer = self.next(&request);
        loop {
            match answer {
                Answer::Response(response) => return Ok(response),
                Answer::Failure(error) => return Err(error),
                Answer::Hang => return std::future::pending().await,
                Answer::Held(held, then) => {
                    answer = if held.await.is_ok() {
                        *then
                    } else {
                        Answer::Hang
                    };
                }
            }
        }
    }
}

impl Hold {
    /// Lets the answer go.
    pub fn release(self) {
        // An error means that nobody waits for the answer any more.
        let _gone = self.0.send(());
    }
}

/// Makes a JSON answer.
pub fn json(status: u16, body: impl Into<String>) -> Response<Bytes> {
    respond(status, "application/json", body)
}

/// Makes an answer of any content type.
pub fn respond(status: u16, content_type: &str, body: impl Into<String>) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(body.into()));
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if let Ok(value) = content_type.parse() {
        response.headers_mut().insert(CONTENT_TYPE, value);
    }
    response
}

/// Makes the failure of a request that did not leave the machine.
pub fn unsent() -> TransportError {
    TransportError::Unsent {
        host: "scripted.invalid".into(),
        stage: UnsentStage::Connect,
        reason: "connection refused".into(),
    }
}

/// Makes the failure of a request whose answer was lost.
pub fn lost() -> TransportError {
    TransportError::MaybeReceived {
        host: "scripted.invalid".into(),
        reason: "connection reset".into(),
    }
}

fn exhausted(request: &Request<Bytes>) -> TransportError {
    let host = request.uri().host().unwrap_or_default().to_owned();
    TransportError::Unsent {
        host,
        stage: UnsentStage::Connect,
        reason: "the script has no answer left".into(),
    }
}

impl From<Response<Bytes>> for Answer {
    fn from(response: Response<Bytes>) -> Self {
        Self::Response(response)
    }
}

impl From<TransportError> for Answer {
    fn from(error: TransportError) -> Self {
        Self::Failure(error)
    }
}

impl std::fmt::Debug for ScriptedTransport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ScriptedTransport")
            .field("requests", &self.count())
            .finish_non_exhaustive()
    }
}
