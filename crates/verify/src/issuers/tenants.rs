//! The tenants of a template that are at hand: bounded, however many names are made up.
//!
//! A tenant is *settled* once a token of it was good; settled ones are found without a lock. Until then it is a
//! *newcomer*: of these few are kept, and only so many may cause a fetch, so that made-up names cost the provider little
//! and push no settled tenant out.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use keyfob_transport::Clock;

use super::entry::Known;
use crate::rejection::Rejection;
use crate::verifier::BuildError;

/// How many newcomers may fetch at once.
const BURST: u32 = 32;
/// How many are kept until they settle.
const WAITING: usize = 64;
/// After that one more may fetch each time this has passed; one that settles gives its turn back at once.
const FLOOR: Duration = Duration::from_secs(2);

type Settled = HashMap<Box<str>, Arc<Tenant>>;

pub(super) struct Tenants {
    settled: ArcSwap<Settled>,
    newcomers: Mutex<Newcomers>,
    live: usize,
    rations: bool,
    clock: Clock,
}

/// One tenant at hand.
pub(super) struct Tenant {
    name: Box<str>,
    known: Known,
    /// Took a turn, which it gives back when it settles.
    rationed: bool,
    /// Seconds on the monotonic clock.
    used: AtomicU64,
}

struct Newcomers {
    waiting: VecDeque<Arc<Tenant>>,
    turns: u32,
    /// Since when turns have been growing back.
    since: Duration,
}

impl Tenants {
    /// For tenants that are listed: there are no more of them.
    pub(super) fn of_known(count: usize, clock: Clock) -> Self {
        Self::new(count, false, clock)
    }

    /// For tenants whose names anybody may make up.
    pub(super) fn of_anyone(live: usize, clock: Clock) -> Self {
        Self::new(live, true, clock)
    }

    fn new(live: usize, rations: bool, clock: Clock) -> Self {
        let newcomers = Newcomers {
            waiting: VecDeque::new(),
            turns: BURST,
            since: clock.monotonic(),
        };
        Self {
            settled: ArcSwap::default(),
            newcomers: Mutex::new(newcomers),
            live,
            rations,
            clock,
        }
    }

    /// Returns a settled tenant.
    pub(super) fn find(&self, name: &str) -> Option<Arc<Tenant>> {
        let settled = self.settled.load();
        let tenant = settled.get(name)?;
        let now = self.clock.monotonic().as_secs();
        if tenant.used.load(Ordering::Relaxed) != now {
            tenant.used.store(now, Ordering::Relaxed);
        }
        Some(Arc::clone(tenant))
    }

    /// Returns a tenant that is not settled yet: one of those waiting, or a new one.
    ///
    /// # Errors
    /// [`Rejection::TooManyNewIssuers`] if too many fetched for the first time just now.
    pub(super) fn admit(
        &self,
        name: &str,
        fetches: bool,
        make: impl FnOnce() -> Result<Known, BuildError>,
    ) -> Result<Arc<Tenant>, Rejection> {
        let rationed = self.rations && fetches;
        let mut newcomers = self.newcomers();
        // It may have settled since it was looked for.
        if let Some(settled) = self.settled.load().get(name) {
            return Ok(Arc::clone(settled));
        }
        let known = newcomers.waiting.iter().find(|one| *one.name == *name);
        if let Some(known) = known {
            return Ok(Arc::clone(known));
        }
        if rationed && !newcomers.take_turn(self.clock.monotonic()) {
            return Err(Rejection::TooManyNewIssuers);
        }
        let tenant = Arc::new(Tenant {
            name: name.into(),
            // The rules were tried with another name when they were given.
            known: make().map_err(|_| Rejection::UnknownIssuer)?,
            rationed,
            used: AtomicU64::new(0),
        });
        // Without a fetch there is nothing to keep that a made-up name could share.
        if fetches {
            let most = if self.rations { WAITING } else { self.live };
            while newcomers.waiting.len() >= most.max(1) {
                newcomers.waiting.pop_front();
            }
            newcomers.waiting.push_back(Arc::clone(&tenant));
        }
        Ok(tenant)
    }

    /// Keeps a tenant of which a token was good, in place of the one that was unused for longest.
    pub(super) fn settle(&self, tenant: Arc<Tenant>) {
        let mut newcomers = self.newcomers();
        let before = self.settled.load_full();
        if before.contains_key(&tenant.name) {
            return;
        }
        let mut settled = Settled::clone(&before);
        let waiting = newcomers.waiting.len();
        newcomers.waiting.retain(|one| one.name != tenant.name);
        if tenant.rationed && newcomers.waiting.len() < waiting {
            newcomers.turns = newcomers.turns.saturating_add(1).min(BURST);
        }
        while settled.len() >= self.live {
            let oldest = settled
                .values()
                .min_by_key(|one| one.used.load(Ordering::Relaxed));
            let Some(oldest) = oldest.map(|one| one.name.clone()) else {
                break;
            };
            settled.remove(&oldest);
        }
        let now = self.clock.monotonic().as_secs();
        tenant.used.store(now, Ordering::Relaxed);
        settled.insert(tenant.name.clone(), tenant);
        self.settled.store(Arc::new(settled));
    }

    /// Returns how many are settled, and how many wait for that.
    pub(super) fn counts(&self) -> (usize, usize) {
        (self.settled.load().len(), self.newcomers().waiting.len())
    }

    /// Those that wait have accepted no token yet.
    pub(super) fn for_each(&self, act: impl Fn(&Known)) {
        let settled = self.settled.load();
        settled.values().for_each(|tenant| act(&tenant.known));
    }

    fn newcomers(&self) -> MutexGuard<'_, Newcomers> {
        self.newcomers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tenant {
    pub(super) fn known(&self) -> &Known {
        &self.known
    }
}

impl Newcomers {
    fn take_turn(&mut self, now: Duration) -> bool {
        while self.turns < BURST && now.saturating_sub(self.since) >= FLOOR {
            self.turns += 1;
            self.since += FLOOR;
        }
        if self.turns == BURST {
            self.since = now;
        }
        let free = self.turns > 0;
        self.turns = self.turns.saturating_sub(1);
        free
    }
}
