//! One login at a time in this process; who waits for it shares its outcome, who comes later starts afresh.

use tokio::sync::Mutex;

use crate::Error;
use crate::session::AccessToken;

/// The outcome of a login.
type Outcome = Result<AccessToken, Error>;

/// The logins of a session, one after the other.
#[derive(Debug, Default)]
pub(super) struct Attempts {
    begun: std::sync::atomic::AtomicU64,
    last: Mutex<Option<(u64, Outcome)>>,
}

impl Attempts {
    /// Runs `log_in`, or waits for the login that is under way and shares its outcome.
    ///
    /// A login whose caller has gone has no outcome: the next one in the queue starts its own.
    pub(super) async fn share<F>(&self, log_in: impl FnOnce() -> F) -> Outcome
    where
        F: Future<Output = Outcome>,
    {
        use std::sync::atomic::Ordering::SeqCst;
        let seen = self.begun.load(SeqCst);
        let mut last = self.last.lock().await;
        if let Some((number, outcome)) = &*last
            && *number > seen
        {
            return outcome.clone();
        }
        let outcome = log_in().await;
        let number = self.begun.fetch_add(1, SeqCst) + 1;
        *last = Some((number, outcome.clone()));
        outcome
    }
}
