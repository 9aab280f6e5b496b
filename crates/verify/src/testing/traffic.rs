//! What the issuer was asked, and how it answers when it does not answer as usual.

use std::sync::Mutex;

use bytes::Bytes;
use http::{Request, Response};
use keyfob_protocol::Endpoint;
use keyfob_transport::TransportError;
use keyfob_transport::testing::{json, unsent};
use tokio::sync::Notify;

use super::lock;

#[derive(Default)]
pub(super) struct Traffic {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Default)]
struct State {
    fault: Fault,
    answers: Vec<(Endpoint, u16, String)>,
    requests: Vec<(Endpoint, Request<Bytes>)>,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Fault {
    #[default]
    None,
    Hang,
    Gone,
}

impl Traffic {
    /// Notes a request, waits while the issuer hangs, and returns the answer it was told to give, if any.
    pub(super) async fn arrive(
        &self,
        endpoint: Endpoint,
        request: Request<Bytes>,
    ) -> Result<Option<Response<Bytes>>, TransportError> {
        lock(&self.state).requests.push((endpoint, request));
        self.changed.notify_waiters();
        self.until(|state| state.fault != Fault::Hang).await;
        let state = lock(&self.state);
        if state.fault == Fault::Gone {
            return Err(unsent());
        }
        let told = state.answers.iter().rev().find(|(at, ..)| *at == endpoint);
        Ok(told.map(|(_, status, body)| json(*status, body.clone())))
    }

    pub(super) fn set_fault(&self, fault: Fault) {
        lock(&self.state).fault = fault;
        self.changed.notify_waiters();
    }

    pub(super) fn set_answer(&self, endpoint: Endpoint, status: u16, body: String) {
        lock(&self.state).answers.push((endpoint, status, body));
    }

    pub(super) fn recover(&self) {
        lock(&self.state).answers.clear();
        self.set_fault(Fault::None);
    }

    pub(super) fn total(&self) -> usize {
        lock(&self.state).requests.len()
    }

    pub(super) fn requests(&self, endpoint: Endpoint) -> impl Iterator<Item = Request<Bytes>> {
        let requests = lock(&self.state).requests.clone();
        requests
            .into_iter()
            .filter_map(move |(at, request)| (at == endpoint).then_some(request))
    }

    pub(super) fn count(&self, endpoint: Endpoint) -> usize {
        lock(&self.state).count(endpoint)
    }

    pub(super) async fn count_reaches(&self, endpoint: Endpoint, count: usize) {
        self.until(|state| state.count(endpoint) >= count).await;
    }

    async fn until(&self, condition: impl Fn(&State) -> bool) {
        loop {
            let mut changed = std::pin::pin!(self.changed.notified());
            changed.as_mut().enable();
            if condition(&lock(&self.state)) {
                return;
            }
            changed.await;
        }
    }
}

impl State {
    fn count(&self, endpoint: Endpoint) -> usize {
        let at = self.requests.iter().filter(|(at, _)| *at == endpoint);
        at.count()
    }
}
