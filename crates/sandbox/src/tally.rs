//! Keeps the counters and the request log.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Mutex,
};

use crate::{Counters, Endpoint, RequestRecord, lock};

const LOG_LENGTH: usize = 1000;

/// The counters and the request log.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    counters: Mutex<Counters>,
    in_work: Mutex<BTreeMap<Endpoint, u64>>,
    log: Mutex<VecDeque<RequestRecord>>,
}

/// A request in work; it ends when this is dropped.
pub(crate) struct InWork<'a> {
    tally: &'a Tally,
    endpoint: Endpoint,
}

impl Tally {
    pub(crate) fn counters(&self) -> Counters {
        lock(&self.counters).clone()
    }

    pub(crate) fn log(&self) -> Vec<RequestRecord> {
        lock(&self.log).iter().cloned().collect()
    }

    pub(crate) fn reset(&self) {
        *lock(&self.counters) = Counters::default();
        lock(&self.log).clear();
    }

    pub(crate) fn count(&self, change: impl FnOnce(&mut Counters)) {
        change(&mut lock(&self.counters));
    }

    /// Counts a request as received and in work.
    pub(crate) fn begin(&self, endpoint: Endpoint, grant_type: Option<&str>) -> InWork<'_> {
        let now = {
            let mut in_work = lock(&self.in_work);
            let now = in_work.entry(endpoint).or_default();
            *now += 1;
            *now
        };
        self.count(|counters| {
            *counters.endpoints.entry(endpoint).or_default() += 1;
            let peak = counters.peak_concurrency.entry(endpoint).or_default();
            *peak = now.max(*peak);
            if let Some(grant_type) = grant_type {
                counters
                    .grants
                    .entry(grant_type.to_owned())
                    .or_default()
                    .requests += 1;
            }
        });
        InWork {
            tally: self,
            endpoint,
        }
    }

    /// Counts an answer of the token endpoint as the provider meant it.
    pub(crate) fn token_outcome(&self, grant_type: &str, error: Option<&str>) {
        self.count(|counters| {
            let grant = counters.grants.entry(grant_type.to_owned()).or_default();
            if let Some(error) = error {
                *grant.errors.entry(error.to_owned()).or_default() += 1;
            } else {
                grant.success += 1;
                counters.token_success += 1;
            }
        });
    }

    pub(crate) fn record(&self, record: RequestRecord) {
        let mut log = lock(&self.log);
        if log.len() >= LOG_LENGTH {
            log.pop_front();
        }
        log.push_back(record);
    }
}

impl Drop for InWork<'_> {
    fn drop(&mut self) {
        if let Some(now) = lock(&self.tally.in_work).get_mut(&self.endpoint) {
            *now = now.saturating_sub(1);
        }
    }
}
