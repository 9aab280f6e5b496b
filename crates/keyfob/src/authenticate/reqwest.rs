//! A reqwest client whose requests carry a session's token (RFC 6750 §2.1).

use std::time::Duration;

use http::StatusCode;
use http::header::AUTHORIZATION;
use reqwest::{Body, IntoUrl, Request, Response};

use super::policy::Verdict;
use super::recorded::{Recorded, Replayable};
use super::renew::renew;
use super::{AttachPolicy, AuthenticateError};
use crate::session::{AccessToken, Session};

/// A [`reqwest::Client`] that puts a session's token on its requests; cheap to clone.
///
/// A request answered with 401 makes the session give up that token and get another one, and is
/// repeated once with its whole body: one that streams is kept while it is sent, up to
/// [a cap](AuthorizedClient::with_replay_cap). After a redirect to another origin the token is not sent.
/// The answer is always the resource's: if there is no token to be had, that is an error.
///
/// ```no_run
/// use keyfob::authenticate::{AttachPolicy, AuthorizedClient};
///
/// # async fn run(session: keyfob::Session) -> Result<(), Box<dyn std::error::Error>> {
/// let policy = AttachPolicy::for_origins(["https://api.example.com"])?;
/// let client = AuthorizedClient::new(session, policy);
/// let answer = client.get("https://api.example.com/me").await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct AuthorizedClient {
    client: reqwest::Client,
    session: Session,
    policy: AttachPolicy,
    replay_cap: usize,
}

impl AuthorizedClient {
    /// Wraps a new reqwest client, with a limit of 10 seconds for a connection and of 60 seconds for each silence in an
    /// answer; reqwest by itself has none.
    pub fn new(session: Session, policy: AttachPolicy) -> Self {
        Self::with_client(limited(CONNECTING, SILENCE), session, policy)
    }

    /// Wraps a reqwest client of the caller's.
    ///
    /// Its default headers must not contain `Authorization`, which this client could not see.
    pub fn with_client(client: reqwest::Client, session: Session, policy: AttachPolicy) -> Self {
        Self {
            client,
            session,
            policy,
            replay_cap: REPLAY_CAP,
        }
    }

    /// Sets how many bytes of a streaming body are kept for a repetition; default 1 MiB. The request of a longer one is not
    /// repeated after a 401, though the token is renewed.
    pub fn with_replay_cap(self, replay_cap: usize) -> Self {
        Self { replay_cap, ..self }
    }

    /// The wrapped client, to build requests with. Requests it sends itself carry no token.
    pub fn client(&self) -> &reqwest::Client {
        &self.client
    }

    /// Sends a GET with the token.
    ///
    /// # Errors
    /// As [`AuthorizedClient::execute`].
    pub async fn get(&self, url: impl IntoUrl) -> Result<Response, AuthenticateError> {
        self.execute(
            self.client
                .get(url)
                .build()
                .map_err(AuthenticateError::Request)?,
        )
        .await
    }

    /// Sends a request with the token.
    ///
    /// An answer of 401 that a new token does not cure, or whose request has a streaming body beyond the cap, is returned as
    /// it is.
    ///
    /// # Errors
    /// [`AuthenticateError`] if the policy forbids it, there is no token, or the request fails.
    pub async fn execute(&self, mut request: Request) -> Result<Response, AuthenticateError> {
        let url = request.url();
        let has_own = request.headers().contains_key(AUTHORIZATION);
        let host = url.host_str().unwrap_or_default();
        let verdict = self.policy.judge(url.scheme(), host, url.port(), has_own)?;
        if verdict == Verdict::PassThrough || self.session.goes_plain() {
            return self.send(request).await;
        }
        let token = self.session.access_token().await?;
        attach(&mut request, &token);
        let origin = request.url().origin();
        let again = Again::of(&mut request, self.replay_cap);
        let response = self.send(request).await?;
        // A 401 from elsewhere, after a redirect, says nothing about a token that was not sent there.
        let is_refused = |response: &Response| {
            response.status() == StatusCode::UNAUTHORIZED && response.url().origin() == origin
        };
        if !is_refused(&response) {
            return Ok(response);
        }
        let Some(mut again) = again.and_then(Again::request) else {
            if let Err(error) = renew(&self.session, &token).await {
                tracing::debug!(code = error.code(), "the refused token was not renewed");
            }
            return Ok(response);
        };
        let Some(new) = renew(&self.session, &token).await? else {
            return Ok(response);
        };
        drain(response).await;
        attach(&mut again, &new);
        let second = self.send(again).await?;
        if is_refused(&second) {
            self.session.invalidate(&new);
        }
        Ok(second)
    }

    async fn send(&self, request: Request) -> Result<Response, AuthenticateError> {
        let sent = self.client.execute(request).await;
        sent.map_err(AuthenticateError::Request)
    }
}

/// A request as it was, to be sent once more.
struct Again {
    request: Request,
    streamed: Option<Replayable>,
}

impl Again {
    /// Prepares for a repetition; a body that streams is recorded from now on.
    fn of(request: &mut Request, cap: usize) -> Option<Self> {
        let streams = |body: &Body| body.as_bytes().is_none();
        let body = request.body_mut().take_if(|body| streams(body));
        // Without a streaming body every request can be copied.
        let copy = request.try_clone();
        let recorded = body.map(|body| Recorded::new(body, cap));
        let streamed = recorded.as_ref().map(Recorded::handle);
        if let Some(recorded) = recorded {
            *request.body_mut() = Some(Body::wrap(recorded));
        }
        copy.map(|request| Self { request, streamed })
    }

    /// The request with its whole body, if that was kept.
    fn request(mut self) -> Option<Request> {
        if let Some(streamed) = self.streamed {
            *self.request.body_mut() = Some(Body::wrap(streamed.again()?));
        }
        Some(self.request)
    }
}

/// Reads what is left of a refusal, so that its connection can be used again; a long or slow one is dropped instead.
async fn drain(mut response: Response) {
    let reading = async {
        let mut left = DRAINED;
        while let Ok(Some(chunk)) = response.chunk().await {
            match left.checked_sub(chunk.len()) {
                Some(rest) => left = rest,
                None => break,
            }
        }
    };
    // An answer that trickles is not worth waiting for.
    drop(tokio::time::timeout(DRAINING, reading).await);
}

/// A request body of a usual API call fits in; an upload of a film does not.
const REPLAY_CAP: usize = 1024 * 1024;
/// What is read of a refusal at most.
const DRAINED: usize = 64 * 1024;
const DRAINING: Duration = Duration::from_secs(1);
const CONNECTING: Duration = Duration::from_secs(10);
/// Long enough for an API that thinks; a download may take as long as it likes while something arrives.
const SILENCE: Duration = Duration::from_mins(1);

fn limited(connecting: Duration, silence: Duration) -> reqwest::Client {
    let builder = reqwest::Client::builder()
        .connect_timeout(connecting)
        .read_timeout(silence);
    builder.build().unwrap_or_default()
}

fn attach(request: &mut Request, token: &AccessToken) {
    request
        .headers_mut()
        .insert(AUTHORIZATION, token.header_value());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_hung_api_is_given_up() {
        let hung = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", hung.local_addr().unwrap());
        let client = limited(CONNECTING, Duration::from_millis(200));
        let answer = tokio::time::timeout(SILENCE, client.get(url).send()).await;
        assert!(answer.expect("an end").unwrap_err().is_timeout());
    }
}
