//! A reqwest client whose requests carry a session's token (RFC 6750 §2.1).

use std::time::Duration;

use http::StatusCode;
use http::header::AUTHORIZATION;
use reqwest::{IntoUrl, Request, Response};

use super::policy::Verdict;
use super::renew::renew;
use super::{AttachPolicy, AuthenticateError};
use crate::session::{AccessToken, Session};

/// A [`reqwest::Client`] that puts a session's token on its requests; cheap to clone.
///
/// A request answered with 401 makes the session give up that token and get another one, and is
/// repeated once if its body can be. After a redirect to another origin the token is not sent.
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
        }
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
        let request = self
            .client
            .get(url)
            .build()
            .map_err(AuthenticateError::Request)?;
        self.execute(request).await
    }

    /// Sends a request with the token.
    ///
    /// An answer of 401 that a new token does not cure, or whose request has a body that streams,
    /// is returned as it is.
    ///
    /// # Errors
    /// [`AuthenticateError`] if the policy forbids it, there is no token, or the request fails.
    pub async fn execute(&self, mut request: Request) -> Result<Response, AuthenticateError> {
        let url = request.url();
        let has_own = request.headers().contains_key(AUTHORIZATION);
        let host = url.host_str().unwrap_or_default();
        let verdict = self.policy.judge(url.scheme(), host, url.port(), has_own)?;
        if verdict == Verdict::PassThrough || self.session.goes_plain() {
            return self
                .client
                .execute(request)
                .await
                .map_err(AuthenticateError::Request);
        }
        let token = self.session.access_token().await?;
        attach(&mut request, &token);
        let origin = request.url().origin();
        let again = request.try_clone();
        let response = self
            .client
            .execute(request)
            .await
            .map_err(AuthenticateError::Request)?;
        // A 401 from elsewhere, after a redirect, says nothing about a token that was not sent there.
        if response.status() != StatusCode::UNAUTHORIZED || response.url().origin() != origin {
            return Ok(response);
        }
        let Some(mut again) = again else {
            self.session.invalidate(&token);
            return Ok(response);
        };
        let Some(new) = renew(&self.session, &token).await? else {
            return Ok(response);
        };
        attach(&mut again, &new);
        let second = self
            .client
            .execute(again)
            .await
            .map_err(AuthenticateError::Request)?;
        if second.status() == StatusCode::UNAUTHORIZED && second.url().origin() == origin {
            self.session.invalidate(&new);
        }
        Ok(second)
    }
}

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
