//! Sending with repetition, as the request's own [`Repeat`] allows.

use bytes::Bytes;
use http::{Request, Response};
use keyfob_protocol::{Repeat, RequestPolicy};

use crate::clock::Clock;
use crate::error::TransportError;
use crate::retry::{Outcome, RetryPolicy, spread};
use crate::retry_after::retry_after;
use crate::transport::Transport;

impl Transport {
    /// Sends `request`, again where its `RequestPolicy` allows it, by this handle's retry policy and clock.
    ///
    /// An answer is returned whatever its status; when attempts run out, the last answer or failure is.
    ///
    /// # Errors
    /// The last attempt's failure.
    pub async fn exchange(
        &self,
        request: Request<Bytes>,
    ) -> Result<Response<Bytes>, TransportError> {
        self.send_with_retry(request, self.retry(), self.clock())
            .await
    }

    /// Does the same with a request that is made anew for each attempt.
    ///
    /// For requests that carry something for one use, such as a signed client assertion with its `jti`: a provider
    /// that saw the first copy would refuse the second (RFC 7523 §3).
    ///
    /// # Errors
    /// What `make` returns, and the last attempt's failure.
    pub async fn exchange_each<E, F>(&self, make: F) -> Result<Response<Bytes>, E>
    where
        E: From<TransportError>,
        F: FnMut() -> Result<Request<Bytes>, E>,
    {
        self.repeat(make, self.retry(), self.clock()).await
    }

    /// Sends `request` as [`exchange`](Self::exchange) does, by another policy and clock.
    ///
    /// # Errors
    /// The last attempt's failure.
    pub async fn send_with_retry(
        &self,
        request: Request<Bytes>,
        policy: &RetryPolicy,
        clock: &Clock,
    ) -> Result<Response<Bytes>, TransportError> {
        self.repeat(|| Ok(request.clone()), policy, clock).await
    }

    async fn repeat<E, F>(
        &self,
        mut make: F,
        policy: &RetryPolicy,
        clock: &Clock,
    ) -> Result<Response<Bytes>, E>
    where
        E: From<TransportError>,
        F: FnMut() -> Result<Request<Bytes>, E>,
    {
        let began = clock.monotonic();
        let mut attempt = 1;
        loop {
            let request = make()?;
            let repeat =
                RequestPolicy::of(&request).map_or(Repeat::OnlyIfUnsent, |policy| policy.repeat);
            let result = self.send(request).await;
            let outcome = match &result {
                Ok(response) => Outcome::Answer(
                    response.status(),
                    retry_after(response.headers(), clock.now()),
                ),
                Err(error) => Outcome::Failure(error),
            };
            let spent = clock.monotonic().saturating_sub(began);
            let wait = policy
                .wait(repeat, attempt, outcome, spread())
                .filter(|wait| spent.saturating_add(*wait) <= policy.budget);
            let Some(wait) = wait else {
                return result.map_err(E::from);
            };
            tracing::debug!(attempt, ?wait, outcome = %brief(&result), "repeating the request");
            clock.sleep(wait).await;
            attempt += 1;
        }
    }
}

fn brief(result: &Result<Response<Bytes>, TransportError>) -> String {
    match result {
        Ok(response) => format!("status {}", response.status().as_u16()),
        Err(error) => error.code().to_owned(),
    }
}
