//! The callback port: receives the authorization response on this machine (RFC 8252 §7.3, §8.3).
//!
//! Only a request for the exact path, with a loopback `Host`, can become an [`Arrival`]; everything
//! else gets a short answer and changes nothing. Whether an arrival is the answer to *our* request
//! is judged by whoever takes it from [`Loopback::next`], by its `state`.

mod address;
mod bind;
mod connections;
mod gate;
pub(crate) mod ports;
mod stage;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use url::Url;

pub(crate) use self::address::LoopbackUri;
use self::gate::Gate;
pub(crate) use self::stage::Stage;
use super::LoginError;
use super::pages::Page;

/// Arrivals that may wait to be judged; more are told to come back.
const WAITING: usize = 16;

/// A bound callback port.
#[derive(Debug)]
pub(crate) struct Loopback {
    redirect_uri: String,
    arrivals: mpsc::Receiver<Arrival>,
    stop: watch::Sender<bool>,
    server: Option<JoinHandle<()>>,
    own_address: String,
    stage: Arc<Stage>,
}

/// An authorization response that reached the callback port, not yet judged.
#[derive(Debug)]
pub(crate) struct Arrival {
    /// The query or the form, percent-encoded as it came.
    pub(crate) delivered: Delivered,
    answer: oneshot::Sender<Page>,
}

/// How an authorization response came.
pub(crate) enum Delivered {
    /// In the query of a GET (RFC 6749 §4.1.2).
    Query(String),
    /// In the body of a POST (OAuth 2.0 Form Post Response Mode).
    Form(String),
}

impl std::fmt::Debug for Delivered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Query(_) => "Query(..)",
            Self::Form(_) => "Form(..)",
        })
    }
}

impl Loopback {
    /// Binds one of `ports` (any free one, if there are none) on 127.0.0.1 and ::1, and listens.
    ///
    /// `form_post` accepts the answer as a POST too.
    ///
    /// # Errors
    /// [`LoginError::PortBusy`] if other programs have them, [`LoginError::Listen`] if the system refuses otherwise.
    pub(crate) async fn bind(
        uri: &LoopbackUri,
        ports: &[u16],
        form_post: bool,
        stage: Arc<Stage>,
    ) -> Result<Self, LoginError> {
        let bound = bind::bind_one_of(uri.host(), ports).await?;
        let (sender, arrivals) = mpsc::channel(WAITING);
        let (stop, stopped) = watch::channel(false);
        let gate = Arc::new(Gate::new(uri.path(), form_post, sender, Arc::clone(&stage)));
        let server = tokio::spawn(connections::serve(bound.listeners, gate, stopped));
        Ok(Self {
            redirect_uri: uri.with_port(bound.port),
            own_address: bound.address,
            arrivals,
            stop,
            server: Some(server),
            stage,
        })
    }

    /// The address at which a browser starts: it leads to `url` once.
    pub(crate) fn start_at(&self, url: &Url) -> Url {
        let start = format!("{}{}", self.own_address, self.stage.lead_to(url.clone()));
        // An address with a port and a path of letters is always a URL; the long way stands in.
        Url::parse(&start).unwrap_or_else(|_| url.clone())
    }

    /// The pages besides the callback.
    pub(crate) fn stage(&self) -> &Arc<Stage> {
        &self.stage
    }

    /// The redirect URI to send: as configured, with the bound port.
    pub(crate) fn redirect_uri(&self) -> &str {
        &self.redirect_uri
    }

    /// Waits for the next arrival. Cancel safe.
    pub(crate) async fn next(&mut self) -> Option<Arrival> {
        self.arrivals.recv().await
    }

    /// Stops listening, and waits a moment for answers that are still on their way.
    pub(crate) async fn close(mut self) {
        self.stop.send_replace(true);
        self.arrivals.close();
        while self.arrivals.try_recv().is_ok() {}
        if let Some(server) = self.server.take() {
            // The task ends by itself within its own limit; a panic there is nobody's concern here.
            drop(server.await);
        }
    }
}

impl Drop for Loopback {
    fn drop(&mut self) {
        if let Some(server) = &self.server {
            server.abort();
        }
    }
}

impl Arrival {
    /// Shows `page` to whoever sent this.
    pub(crate) fn answer(self, page: Page) {
        // The browser may have gone away meanwhile.
        drop(self.answer.send(page));
    }
}
