//! Single flight: whoever comes while an attempt is under way waits for that one and gets its result.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

/// One attempt at a time; its result goes to everybody who waited.
#[derive(Debug)]
pub(crate) struct Flight<T> {
    slot: Mutex<Option<Ticket<T>>>,
}

/// The right to one attempt's result.
#[derive(Debug)]
pub(crate) struct Ticket<T> {
    began: Duration,
    result: watch::Receiver<Option<T>>,
}

/// Where an attempt reports; dropping it without a report tells the waiters that none will come.
#[derive(Debug)]
pub(crate) struct Landing<T> {
    result: watch::Sender<Option<T>>,
}

impl<T: Clone> Flight<T> {
    /// Returns the ticket of the attempt under way, or starts one.
    ///
    /// `now` is the monotonic clock's. `start` must not block: it hands the landing to a task of its own, so that no waiter's
    /// cancellation ends the attempt for the others.
    pub(crate) fn board(&self, now: Duration, start: impl FnOnce(Landing<T>)) -> Ticket<T> {
        let mut slot = self.slot.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(ticket) = slot.as_ref().filter(|ticket| ticket.is_under_way()) {
            return ticket.clone();
        }
        let (sender, result) = watch::channel(None);
        let ticket = Ticket { began: now, result };
        *slot = Some(ticket.clone());
        drop(slot);
        start(Landing { result: sender });
        ticket
    }

    /// Returns the ticket of the attempt under way.
    pub(crate) fn current(&self) -> Option<Ticket<T>> {
        let slot = self.slot.lock().unwrap_or_else(PoisonError::into_inner);
        slot.as_ref()
            .filter(|ticket| ticket.is_under_way())
            .cloned()
    }
}

impl<T: Clone> Ticket<T> {
    /// Waits for the result; `None` if the attempt ended without one.
    pub(crate) async fn landed(mut self) -> Option<T> {
        self.result.wait_for(Option::is_some).await.ok()?.clone()
    }

    /// Returns when the attempt began, on the monotonic clock.
    pub(crate) fn began(&self) -> Duration {
        self.began
    }

    fn is_under_way(&self) -> bool {
        self.result.has_changed().is_ok() && self.result.borrow().is_none()
    }
}

impl<T> Landing<T> {
    /// Hands the result to everybody who waits.
    pub(crate) fn land(self, result: T) {
        self.result.send_replace(Some(result));
    }
}

impl<T> Default for Flight<T> {
    fn default() -> Self {
        Self {
            slot: Mutex::new(None),
        }
    }
}

impl<T> Clone for Ticket<T> {
    fn clone(&self) -> Self {
        Self {
            began: self.began,
            result: self.result.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};

    #[tokio::test]
    async fn all_who_come_meanwhile_get_the_one_result() {
        let (flight, starts) = (Flight::<u32>::default(), AtomicU32::new(0));
        let mut landing = None;
        let tickets: Vec<_> = (0..100)
            .map(|_| {
                flight.board(Duration::ZERO, |pad| {
                    starts.fetch_add(1, Ordering::Relaxed);
                    landing = Some(pad);
                })
            })
            .collect();
        landing.unwrap().land(7);
        for ticket in tickets {
            assert_eq!(ticket.landed().await, Some(7));
        }
        assert_eq!(starts.load(Ordering::Relaxed), 1);
    }

    #[tokio::test]
    async fn a_lost_attempt_strands_nobody_and_the_next_one_starts_anew() {
        let flight = Flight::<u32>::default();
        let ticket = flight.board(Duration::ZERO, drop);
        assert_eq!(ticket.landed().await, None);
        assert!(flight.current().is_none());
        let ticket = flight.board(Duration::ZERO, |landing| landing.land(2));
        assert_eq!(ticket.landed().await, Some(2));
    }

    #[tokio::test]
    async fn a_cancelled_waiter_does_not_end_the_attempt() {
        let flight = Flight::<u32>::default();
        let mut landing = None;
        let first = flight.board(Duration::ZERO, |pad| landing = Some(pad));
        let second = flight.board(Duration::ZERO, |_| unreachable!());
        drop(first);
        landing.unwrap().land(1);
        assert_eq!(second.landed().await, Some(1));
    }
}
