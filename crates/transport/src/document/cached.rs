//! One cached document of any kind: who fetches, who waits, what is handed out meanwhile.

use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use bytes::Bytes;
use tokio::sync::watch;

use super::error::DocumentError;
use super::export::{ImportError, Origin};
use super::freshness::{Freshness, Moment};
use super::policy::DocumentPolicy;
use super::status::DocumentStatus;
use crate::clock::Clock;
use crate::retry::spread;

/// Where a document comes from.
pub(super) trait Source: Send + Sync + 'static {
    type Document: Send + Sync + 'static;

    /// Fetches once. `patient` allows repetitions: nobody has a document to fall back on.
    fn fetch(&self, patient: bool) -> Fetching<'_, Self::Document>;

    /// Reads the body of an answer.
    fn read(&self, body: &Bytes) -> Result<Self::Document, DocumentError>;
}

pub(super) type Fetching<'a, T> =
    Pin<Box<dyn Future<Output = Result<Fetched<T>, DocumentError>> + Send + 'a>>;

/// A document, what it was read from, and how long its server calls it fresh.
pub(super) struct Fetched<T> {
    pub(super) document: T,
    pub(super) body: Bytes,
    pub(super) hint: Option<Duration>,
}

/// A document handed out, and when it was fetched.
pub(super) struct Edition<T> {
    pub(super) document: Arc<T>,
    pub(super) origin: Origin,
    life: Freshness,
}

pub(super) struct Cached<S: Source>(Arc<Shared<S>>);

struct Shared<S: Source> {
    source: S,
    policy: DocumentPolicy,
    clock: Clock,
    current: ArcSwapOption<Edition<S::Document>>,
    state: Mutex<State<S::Document>>,
    /// What the state says about the next fetch, for readers: none begins before this, by the monotonic clock in ns.
    quiet_until: AtomicU64,
}

struct State<T> {
    flight: Option<Flight<T>>,
    /// The number of the next flight.
    next: u64,
    /// No fetch begins before this.
    resume: Duration,
    failure: Option<DocumentError>,
}

type Landed<T> = Result<Arc<Edition<T>>, DocumentError>;

/// A fetch under way.
struct Flight<T> {
    number: u64,
    /// One that has not landed by then is given up: it may be in a runtime that nobody drives.
    ends: Duration,
    report: watch::Receiver<Option<Landed<T>>>,
}

/// What a caller finds who wants a fetch.
enum Boarding<T> {
    /// One is under way, perhaps begun just now.
    Wait(Flight<T>),
    /// It is too soon after the last one, which failed like this or went well.
    TooSoon(Option<DocumentError>),
}

impl<S: Source> Cached<S> {
    pub(super) fn new(source: S, policy: DocumentPolicy, clock: Clock) -> Self {
        let state = State {
            flight: None,
            next: 0,
            resume: Duration::ZERO,
            failure: None,
        };
        Self(Arc::new(Shared {
            source,
            policy,
            clock,
            current: ArcSwapOption::empty(),
            state: Mutex::new(state),
            quiet_until: AtomicU64::new(0),
        }))
    }

    pub(super) fn source(&self) -> &S {
        &self.0.source
    }

    /// Returns the copy at hand unless it is too old, and sees to its replacement in good time. Never waits.
    pub(super) fn current(&self) -> Option<Arc<Edition<S::Document>>> {
        self.with_current(Arc::clone)
    }

    /// Lends that copy without counting who reads it: threads that only read write nothing that others read.
    pub(super) fn with_current<T>(
        &self,
        read: impl FnOnce(&Arc<Edition<S::Document>>) -> T,
    ) -> Option<T> {
        let copy = self.0.current.load();
        let copy = copy.as_ref()?;
        let now = Moment::now(&self.0.clock);
        if copy.life.is_due(now) {
            self.fetch_in_background();
        }
        (!copy.life.is_over(now)).then(|| read(copy))
    }

    /// Tells what is at hand, without fetching anything.
    pub(super) fn status(&self) -> DocumentStatus {
        let copy = self.0.current.load_full();
        let now = Moment::now(&self.0.clock);
        DocumentStatus {
            fetched_at: copy.as_ref().map(|copy| copy.origin.fetched),
            usable: copy.is_some_and(|copy| !copy.life.is_over(now)),
            failure: self.0.lock().failure.clone(),
        }
    }

    /// Begins to fetch the first copy, if there is none. Never waits.
    pub(super) fn prefetch(&self) {
        if self.current().is_none() {
            self.fetch_in_background();
        }
    }

    /// Takes over a copy that another process fetched; false if the one at hand is as new.
    pub(super) fn adopt(&self, origin: Origin) -> Result<bool, ImportError> {
        let Shared {
            source,
            policy,
            clock,
            current,
            ..
        } = &*self.0;
        let now = Moment::now(clock);
        let age = match clock.now().duration_since(origin.fetched) {
            Ok(age) => age,
            Err(ahead) if ahead.duration() <= CLOCK_DIFFERENCE => Duration::ZERO,
            Err(_) => return Err(ImportError::Future),
        };
        let life = Freshness::new(policy, origin.hint, now, spread()).at_age(age);
        if life.is_over(now) {
            return Err(ImportError::TooOld);
        }
        if origin.body.len() > policy.max_body {
            return Err(ImportError::Malformed("its document is too large"));
        }
        let document = source.read(&origin.body).map_err(ImportError::Document)?;
        let _state = self.0.lock();
        let held = current.load();
        if held
            .as_ref()
            .is_some_and(|copy| copy.origin.fetched >= origin.fetched)
        {
            return Ok(false);
        }
        let document = Arc::new(document);
        current.store(Some(Arc::new(Edition {
            document,
            origin,
            life,
        })));
        Ok(true)
    }

    /// Returns the copy at hand, or waits for the first one.
    pub(super) async fn load(&self) -> Landed<S::Document> {
        match self.current() {
            Some(copy) => Ok(copy),
            None => self.fetch(None).await,
        }
    }

    /// Returns a copy fetched after `seen`, if one can be had now; waits for at most one fetch.
    pub(super) async fn newer_than(&self, seen: &Arc<Edition<S::Document>>) -> Landed<S::Document> {
        self.fetch(Some(seen)).await
    }

    /// Returns a copy fetched after `seen`; waits until the next fetch may begin if it is too soon for one.
    pub(super) async fn newer_than_at_last(
        &self,
        seen: &Arc<Edition<S::Document>>,
    ) -> Landed<S::Document> {
        match self.fetch(Some(seen)).await {
            Err(DocumentError::TooSoon) => {
                let resume = self.0.lock().resume;
                let pause = resume.saturating_sub(self.0.clock.monotonic());
                self.0.clock.sleep(pause).await;
                self.fetch(Some(seen)).await
            }
            landed => landed,
        }
    }

    async fn fetch(&self, seen: Option<&Arc<Edition<S::Document>>>) -> Landed<S::Document> {
        // A second round only after a fetch that was broken off from outside, such as by the end of its runtime, or was
        // given up.
        for _ in 0..ROUNDS {
            if let Some(copy) = self.newest(seen) {
                return Ok(copy);
            }
            let mut flight = match self.board() {
                Boarding::Wait(flight) => flight,
                // A fetch may have landed between the two looks.
                Boarding::TooSoon(failure) => {
                    return self
                        .newest(seen)
                        .ok_or_else(|| failure.unwrap_or(DocumentError::TooSoon));
                }
            };
            let clock = &self.0.clock;
            let left = flight.ends.saturating_sub(clock.monotonic());
            let report = flight.report.wait_for(Option::is_some);
            if let Ok(Ok(landed)) = clock.timeout(left, report).await
                && let Some(landed) = landed.clone()
            {
                return landed;
            }
        }
        Err(DocumentError::Interrupted)
    }

    /// Returns the usable copy at hand, provided that it is not the one already seen.
    fn newest(
        &self,
        seen: Option<&Arc<Edition<S::Document>>>,
    ) -> Option<Arc<Edition<S::Document>>> {
        let copy = self.0.current.load_full()?;
        let usable = !copy.life.is_over(Moment::now(&self.0.clock));
        let news = seen.is_none_or(|seen| !Arc::ptr_eq(seen, &copy));
        (usable && news).then_some(copy)
    }

    fn fetch_in_background(&self) {
        // While a fetch hangs or its server is left alone, readers write nothing that other readers read.
        if nanoseconds(self.0.clock.monotonic()) < self.0.quiet_until.load(Ordering::Relaxed) {
            return;
        }
        // Whoever holds the lock is busy with the same question.
        if let Ok(mut state) = self.0.state.try_lock() {
            let departure = self.0.depart(&mut state);
            drop(state);
            if let Departure::New(pilot) = departure {
                pilot.spawn();
            }
        }
    }

    fn board(&self) -> Boarding<S::Document> {
        let mut state = self.0.lock();
        let departure = self.0.depart(&mut state);
        let flight = state.flight.clone();
        let failure = state.failure.clone();
        drop(state);
        if let Departure::New(pilot) = departure {
            pilot.spawn();
        }
        flight.map_or(Boarding::TooSoon(failure), Boarding::Wait)
    }
}

enum Departure<S: Source> {
    /// The caller has to spawn this one, after letting go of the lock.
    New(Pilot<S>),
    None,
}

impl<S: Source> Shared<S> {
    fn depart(self: &Arc<Self>, state: &mut State<S::Document>) -> Departure<S> {
        let now = self.clock.monotonic();
        state.flight.take_if(|flight| flight.ends <= now);
        if state.flight.is_some() || now < state.resume {
            return Departure::None;
        }
        let (sender, report) = watch::channel(None);
        let before = std::mem::replace(&mut state.resume, now.saturating_add(self.policy.floor));
        let limit = self.policy.limit;
        let ends = now.saturating_add(limit).saturating_add(limit / 2);
        let number = state.next;
        state.next += 1;
        state.flight = Some(Flight {
            number,
            ends,
            report,
        });
        self.publish(state);
        Departure::New(Pilot {
            shared: Arc::clone(self),
            number,
            report: sender,
            before,
            landed: false,
        })
    }

    fn publish(&self, state: &State<S::Document>) {
        let flight = state.flight.as_ref();
        let quiet_until = flight.map_or(state.resume, |flight| flight.ends);
        self.quiet_until
            .store(nanoseconds(quiet_until), Ordering::Relaxed);
    }

    fn lock(&self) -> MutexGuard<'_, State<S::Document>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Owns a fetch in a task of its own, so that no caller's cancellation strands the others.
struct Pilot<S: Source> {
    shared: Arc<Shared<S>>,
    number: u64,
    report: watch::Sender<Option<Landed<S::Document>>>,
    before: Duration,
    landed: bool,
}

impl<S: Source> Pilot<S> {
    fn spawn(self) {
        // Without a runtime the pilot is dropped, which reports the fetch as interrupted.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(self.fly());
        }
    }

    async fn fly(mut self) {
        let Shared {
            source,
            policy,
            clock,
            current,
            ..
        } = &*self.shared;
        let now = Moment::now(clock);
        let patient = current
            .load()
            .as_ref()
            .is_none_or(|copy| copy.life.is_over(now));
        let result = clock
            .timeout(policy.limit, source.fetch(patient))
            .await
            .unwrap_or(Err(DocumentError::Slow(policy.limit)));
        let landed = result.map(|fetched| {
            let life = Freshness::new(policy, fetched.hint, Moment::now(clock), spread());
            let origin = Origin {
                body: fetched.body,
                hint: fetched.hint,
                fetched: clock.now(),
            };
            Arc::new(Edition {
                document: Arc::new(fetched.document),
                origin,
                life,
            })
        });
        self.land(landed);
    }

    fn land(&mut self, landed: Landed<S::Document>) {
        self.landed = true;
        let now = self.shared.clock.monotonic();
        let mut state = self.shared.lock();
        // What comes in after a fetch was given up is of unknown age, and may be older than what is at hand.
        if state.leave(self.number).is_none_or(|ends| ends <= now) {
            self.shared.publish(&state);
            return;
        }
        match &landed {
            Ok(copy) => {
                self.shared.current.store(Some(Arc::clone(copy)));
                state.failure = None;
            }
            Err(error) => {
                tracing::warn!(
                    code = error.code(),
                    "a cached document could not be fetched: {error}"
                );
                let asked = error.retry_after().unwrap_or_default().min(MAX_PAUSE);
                state.resume = state.resume.max(now + asked);
                state.failure = Some(error.clone());
            }
        }
        self.shared.publish(&state);
        drop(state);
        self.report.send_replace(Some(landed));
    }
}

impl<S: Source> Drop for Pilot<S> {
    /// A fetch that was broken off (its runtime ended) says nothing about the server: the next caller may try at once.
    fn drop(&mut self) {
        if !self.landed {
            let mut state = self.shared.lock();
            if state.leave(self.number).is_some() {
                state.resume = self.before;
                self.shared.publish(&state);
            }
        }
    }
}

impl<T> State<T> {
    /// Ends a flight, and tells when it would have been given up; one begun after it stays.
    fn leave(&mut self, number: u64) -> Option<Duration> {
        let flight = self.flight.take_if(|flight| flight.number == number)?;
        Some(flight.ends)
    }
}

impl<T> Clone for Flight<T> {
    fn clone(&self) -> Self {
        Self {
            report: self.report.clone(),
            ..*self
        }
    }
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

const ROUNDS: usize = 3;

/// The longest `Retry-After` that is obeyed: keys may rotate meanwhile.
const MAX_PAUSE: Duration = Duration::from_mins(5);

/// How far the clocks of the processes of one pool may differ.
const CLOCK_DIFFERENCE: Duration = Duration::from_secs(30);
