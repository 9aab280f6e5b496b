//! Who asks and who waits: one question for each token at a time, none while the issuer is left alone.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::{Shared, WeakShared};
use keyfob_jose::Secret;

use super::answer::{Answer, Landed};
use super::ask::Asker;
use super::cache::{Cache, Edition};
use super::error::IntrospectionError;
use super::pause::Pause;
use super::rules::AnswerRules;
use crate::memory::{Fingerprint, Fingerprinter, PolicyId};
use crate::principal::Principal;
use crate::rejection::Rejection;

/// More questions at a time than this are too much for any issuer, and for this machine's ports.
const MAX_FLIGHTS: usize = 1024;

pub(super) struct Flights {
    pub(super) asker: Asker,
    pub(super) rules: AnswerRules,
    pub(super) cache: Option<Cache>,
    names: Fingerprinter,
    policy: PolicyId,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    flights: HashMap<Fingerprint, Flight>,
    pause: Pause,
    /// The number of the next flight.
    next: u64,
}

struct Flight {
    number: u64,
    /// Those who wait hold it; with the last of them it ends.
    question: WeakShared<Question>,
}

type Question = Pin<Box<dyn Future<Output = Landed> + Send>>;

impl Flights {
    pub(super) fn new(asker: Asker, rules: AnswerRules, cache: Option<Cache>) -> Self {
        Self {
            asker,
            rules,
            cache,
            names: Fingerprinter::new(),
            policy: PolicyId::unique(),
            state: Mutex::default(),
        }
    }

    /// Judges a token by the answer at hand, or by a new one.
    pub(super) async fn judge(self: &Arc<Self>, token: &str) -> Result<Principal, Rejection> {
        let clock = &self.asker.clock;
        let known = match (&self.cache, self.name(token)) {
            (Some(cache), Some(name)) => cache.find(&name, clock),
            _ => None,
        };
        let read = match known {
            Some(read) => read,
            None => match self.ask(token).await {
                Ok(answer) => answer.read.clone(),
                Err(error) => Err(Rejection::IntrospectionUnavailable(error)),
            },
        };
        let principal = read?;
        self.rules.check_times(&principal, clock.now())?;
        Ok(principal)
    }

    /// Asks about a token, or waits for the answer to the same question.
    pub(super) async fn ask(self: &Arc<Self>, token: &str) -> Landed {
        if let Some(name) = self.name(token) {
            return self.board(name, token)?.await;
        }
        // Without randomness tokens have no names, and nobody can be found who asks the same.
        let said = self.asker.ask(&Secret::from(token), true).await?;
        Ok(Answer::new(said, &self.rules))
    }

    pub(super) fn forget(&self, token: &str) {
        if let Some(name) = self.name(token) {
            // Who asks from now on does not wait for an answer to an older question.
            self.lock().flights.remove(&name);
            if let Some(cache) = &self.cache {
                cache.forget(&name);
            }
        }
    }

    pub(super) fn flush(&self) {
        self.lock().flights.clear();
        if let Some(cache) = &self.cache {
            cache.flush();
        }
    }

    fn name(&self, token: &str) -> Option<Fingerprint> {
        self.names.of(self.policy, token)
    }

    fn board(
        self: &Arc<Self>,
        name: Fingerprint,
        token: &str,
    ) -> Result<Shared<Question>, IntrospectionError> {
        let now = self.asker.clock.monotonic();
        let mut state = self.lock();
        let waiting = state.flights.get(&name);
        if let Some(question) = waiting.and_then(|flight| flight.question.upgrade()) {
            return Ok(question);
        }
        if state.flights.len() >= MAX_FLIGHTS {
            return Err(IntrospectionError::Busy(MAX_FLIGHTS));
        }
        let patient = state.pause.begin(now, self.asker.limit)?;
        let number = state.next;
        state.next += 1;
        let pilot = Pilot {
            flights: Arc::clone(self),
            name,
            number,
            patient,
            began: now,
            edition: self.cache.as_ref().map(Cache::edition),
            landed: false,
        };
        let question: Question = Box::pin(pilot.fly(Secret::from(token)));
        let question = question.shared();
        // It has not been polled, so there is something to hold on to.
        if let Some(weak) = question.downgrade() {
            let question = weak;
            state.flights.insert(name, Flight { number, question });
        }
        Ok(question)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Conducts one question. Dropped with the last of those who wait, it leaves nothing behind.
struct Pilot {
    flights: Arc<Flights>,
    name: Fingerprint,
    number: u64,
    /// Whether the issuer was well when it was asked; if not, this is the one question after a pause.
    patient: bool,
    began: Duration,
    edition: Option<Edition>,
    landed: bool,
}

impl Pilot {
    async fn fly(mut self, token: Secret) -> Landed {
        let flights = Arc::clone(&self.flights);
        let said = flights.asker.ask(&token, self.patient).await;
        let landed = said.map(|said| Answer::new(said, &flights.rules));
        if let (Ok(answer), Some(cache), Some(edition)) = (&landed, &flights.cache, self.edition) {
            cache.keep(self.name, &answer.read, edition, &flights.asker.clock);
        }
        self.land(&landed);
        landed
    }

    fn land(&mut self, landed: &Landed) {
        let now = self.flights.asker.clock.monotonic();
        let mut state = self.flights.lock();
        match landed {
            Ok(_) => state.pause.succeeded(),
            Err(error) => {
                tracing::warn!(
                    code = error.code(),
                    "an issuer gave no answer about a token: {error}"
                );
                state.pause.failed(error, &self.name, self.began, now);
            }
        }
        state.leave(self.name, self.number);
        self.landed = true;
    }
}

impl Drop for Pilot {
    fn drop(&mut self) {
        if !self.landed {
            let now = self.flights.asker.clock.monotonic();
            let mut state = self.flights.lock();
            if !self.patient {
                state.pause.abandoned(now);
            }
            state.leave(self.name, self.number);
        }
    }
}

impl State {
    /// A newer question about the same token stays.
    fn leave(&mut self, name: Fingerprint, number: u64) {
        if let Entry::Occupied(flight) = self.flights.entry(name)
            && flight.get().number == number
        {
            flight.remove();
        }
    }
}

impl std::fmt::Debug for Flights {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Flights")
            .field("issuer", &self.rules.issuer)
            .field("client", &self.asker.client.client_id)
            .field("memory", &self.cache)
            .finish_non_exhaustive()
    }
}
