//! What all clones of a session share, and the steps that read or publish it.

use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use arc_swap::ArcSwapOption;
use keyfob_protocol::Issuer;
use keyfob_store::{Credential, CredentialKind, ProfileName, Store, Stored};
use keyfob_transport::Clock;
use tokio::sync::watch;

use crate::Error;
use crate::client::Client;
use crate::session::LoginNeeded;
use crate::session::access_token::AccessToken;
use crate::session::claims;
use crate::session::current::{Current, read};
use crate::session::event::{Event, Observer};
use crate::session::flight::Flight;
use crate::session::key;
use crate::session::lock::Releases;
use crate::session::need::Need;
use crate::session::notes::{Notes, time};
use crate::session::pause::{Pause, Paused};
use crate::session::policy::SessionPolicy;
use crate::session::rejection::{Invalidation, Rejections};
use crate::session::unsaved::Unsaved;
use crate::session::window::State;

/// The result of one attempt.
pub(crate) type Outcome = Result<Arc<Current>, Error>;

#[derive(Debug)]
pub(crate) struct Core {
    pub(crate) client: Client,
    clock: Clock,
    pub(crate) store: Store,
    pub(crate) key: ProfileName,
    pub(crate) policy: SessionPolicy,
    pub(crate) observer: Observer,
    pub(crate) current: ArcSwapOption<Current>,
    pub(crate) flight: Flight<Outcome>,
    pub(crate) closed: watch::Sender<bool>,
    pub(crate) releases: Releases,
    pause: Mutex<Pause>,
    rejections: Mutex<Rejections>,
    unsaved: Mutex<Option<Unsaved>>,
    roll: u8,
}

impl Core {
    pub(crate) fn new(
        client: Client,
        store: Store,
        key: ProfileName,
        policy: SessionPolicy,
        observer: Observer,
    ) -> Self {
        Self {
            clock: client.clock().clone(),
            client,
            store,
            key,
            policy,
            observer,
            current: ArcSwapOption::empty(),
            flight: Flight::default(),
            closed: watch::Sender::new(false),
            releases: Releases::default(),
            pause: Mutex::default(),
            rejections: Mutex::default(),
            unsaved: Mutex::default(),
            roll: roll(),
        }
    }

    #[inline]
    pub(crate) fn now(&self) -> SystemTime {
        self.clock.now()
    }

    /// A number that spreads what many sessions do at the same time.
    pub(crate) fn roll(&self) -> u8 {
        self.roll
    }

    /// Ends what was done with the lock: it is given back when this returns.
    pub(crate) async fn unlocked<T>(&self, outcome: T) -> T {
        self.releases.done(&self.clock).await;
        outcome
    }

    pub(crate) fn tell(&self, event: &Event) {
        self.observer.tell(event);
    }

    /// Judges a credential for a caller, with the memory of 401s.
    pub(crate) fn judge(&self, current: &Current, need: &Need) -> State {
        let state = need.judge(&current.token, &current.windows, self.now());
        if self.rejections().is_rejected(&current.token) {
            state.max(State::MustRefresh)
        } else {
            state
        }
    }

    /// Notes whose tokens these are.
    pub(crate) fn sign(&self, notes: &mut Notes) {
        notes.identity = Some(self.client.identity().to_owned());
        notes.issuer = self.issuer().map(str::to_owned);
    }

    /// Tells whether these are noted to be the tokens of another server than the configured one, which must not see them.
    pub(crate) fn are_of_another_server(&self, notes: &Notes) -> bool {
        let plain = |issuer: &str| issuer.trim_end_matches('/').to_owned();
        let theirs = notes.issuer.as_deref().map(plain);
        theirs.is_some() && theirs != self.issuer().map(plain)
    }

    fn issuer(&self) -> Option<&str> {
        self.client.issuer().ok().map(Issuer::as_str)
    }

    /// Prepares what was read from the store, whatever its state.
    pub(crate) fn prepare(&self, stored: &Stored) -> Result<Prepared, Error> {
        let (credential, notes) = read(self.kind(), stored, self.now())?;
        if notes
            .identity
            .as_deref()
            .is_some_and(|stored| stored != self.client.identity())
        {
            return Err(LoginNeeded::AnotherIdentity.into());
        }
        let current = self.usable(credential.clone(), notes.clone())?;
        Ok(Prepared {
            credential,
            notes,
            current: current.map(Arc::new),
        })
    }

    /// What the client keeps.
    pub(crate) fn kind(&self) -> CredentialKind {
        self.client.client_type().credential().unwrap_or_default()
    }

    /// Prepares a credential for use; `None` if there is nothing in it that can be sent.
    pub(crate) fn usable(
        &self,
        credential: Credential,
        notes: Notes,
    ) -> Result<Option<Current>, Error> {
        if self.client.keeps_key() {
            return Current::of_key(credential, notes, self.key_windows());
        }
        let windows = &self.policy.windows;
        let renewable = self.can_renew(&credential);
        Current::of(credential, notes, self.now(), windows, self.roll, renewable)
    }

    /// Whether another token can be had without a person.
    pub(crate) fn can_renew(&self, credential: &Credential) -> bool {
        credential.refresh_token().is_some() || self.client.can_login_unattended()
    }

    /// Reads the store without a lock, takes over what is alive there, and returns it if it will do.
    pub(crate) async fn look(&self, need: &Need) -> Result<Option<Arc<Current>>, Error> {
        if self.client.keeps_key() {
            return self.look_for_key(need).await;
        }
        let Some(stored) = self.store.load(&self.key).await? else {
            return Ok(None);
        };
        let prepared = self.prepare(&stored)?;
        if let Some(current) = prepared.current {
            let state = self.judge(&current, need);
            if need.is_met_by(state) {
                self.adopt(&current);
                return Ok(Some(current));
            }
            if current.windows.at(self.now()) != State::Expired {
                self.adopt(&current);
            }
        }
        let can_wait = self.last_resort(need).is_some();
        match self.paused_elsewhere(&prepared.notes, can_wait) {
            Some(paused) if !need.insists => Err(paused),
            _ => Ok(None),
        }
    }

    /// Publishes a credential that somebody else stored, unless tokens in memory are still to be written.
    pub(crate) fn adopt(&self, current: &Arc<Current>) {
        let known = self
            .current
            .load()
            .as_ref()
            .is_some_and(|known| known.token.is_same(&current.token));
        if !known && self.unsaved().is_none() {
            self.publish(current);
            self.tell(&Event::Adopted {
                expires_at: current.token.expires_at(),
            });
        }
    }

    /// Makes a credential the one that is handed out.
    pub(crate) fn publish(&self, current: &Arc<Current>) {
        self.rejections()
            .replaced(&current.token, self.client.clock().monotonic());
        if claims::check(self, &current.token).is_err() {
            // Not fresh, so that the quick way does not hand it out without looking.
            let mut lacking = (**current).clone();
            lacking.windows = lacking.windows.hurried();
            self.current.store(Some(Arc::new(lacking)));
        } else {
            self.current.store(Some(Arc::clone(current)));
        }
    }

    /// Believes or disbelieves that a token is of no use although it is good by its dates.
    pub(crate) fn reject(&self, token: &AccessToken) -> Invalidation {
        let Some(current) = self.current.load_full() else {
            return Invalidation::AlreadyReplaced;
        };
        if !current.token.is_same(token) {
            return Invalidation::AlreadyReplaced;
        }
        if self.client.keeps_key() {
            return key::invalidate(self, &current);
        }
        let now = self.client.clock().monotonic();
        let pause = self.policy.rejection_pause;
        let verdict = self.rejections().report(token, now, pause);
        if verdict == Invalidation::Invalidated {
            // From here on the token is not fresh any more; whoever asks comes by the memory of refusals.
            let mut refused = (*current).clone();
            refused.windows = refused.windows.hurried();
            self.current
                .compare_and_swap(&current, Some(Arc::new(refused)));
        }
        verdict
    }

    /// Returns the token in memory if it may still be sent, though not everything that was asked for is met.
    pub(crate) fn last_resort(&self, need: &Need) -> Option<Arc<Current>> {
        let current = self.current.load_full()?;
        let alive =
            current.windows.remaining(self.now()) > need.min_life.min(current.windows.guaranteed());
        let barred = self.rejections().is_rejected(&current.token) || need.bars(&current.token);
        (alive && !barred).then_some(current)
    }

    /// The pause that this process has put on itself.
    pub(crate) fn paused(&self) -> Option<Paused> {
        self.pause().at(self.client.clock().monotonic())
    }

    /// The pause that another process has left in the store.
    ///
    /// Whoever `can_wait`, because the token at hand can still be sent, leaves the provider alone for a minute more: each of
    /// many short processes would else find out anew that it hangs.
    pub(crate) fn paused_elsewhere(&self, notes: &Notes, can_wait: bool) -> Option<Error> {
        let policy = &self.policy.pause;
        let more = if can_wait && !self.pause().has_failed() {
            policy.cap
        } else {
            Duration::ZERO
        };
        let pause = notes.pause.as_ref()?;
        let left = time(pause.until)
            .checked_add(more)?
            .duration_since(self.now())
            .ok()
            .filter(|left| !left.is_zero())?;
        // A clock that was set back must not turn a short pause into a long one.
        (left <= policy.retry_after_cap + more).then(|| Error::Paused {
            code: pause.code.clone(),
            left,
        })
    }

    pub(crate) fn pause(&self) -> MutexGuard<'_, Pause> {
        self.pause.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn rejections(&self) -> MutexGuard<'_, Rejections> {
        self.rejections
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn unsaved(&self) -> MutexGuard<'_, Option<Unsaved>> {
        self.unsaved.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A stored credential, taken apart.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(crate) credential: Credential,
    pub(crate) notes: Notes,
    pub(crate) current: Option<Arc<Current>>,
}

/// Spread needs no secrecy: the first byte of a cryptographic generator may cost a process 40 ms of gathering entropy.
fn roll() -> u8 {
    let [byte, ..] = RandomState::new().hash_one(()).to_ne_bytes();
    byte
}
