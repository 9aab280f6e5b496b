//! A clock that only moves when told to.

use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use futures_util::future::{Either, select};
use tokio::sync::{Notify, oneshot};

use super::Elapsed;

/// Moves only by [`advance`](Self::advance): for tests of anything that waits.
///
/// Clones share one time. `advance` wakes sleepers in the order of their deadlines, those with equal deadlines in
/// the order they fell asleep. To know that a task has gone to sleep before time moves, await
/// [`sleepers_reach`](Self::sleepers_reach).
#[derive(Clone)]
pub struct ManualClock(Arc<Shared>);

struct Shared {
    state: Mutex<State>,
    slept: Notify,
}

struct State {
    wall: SystemTime,
    elapsed: Duration,
    sleepers: Vec<Sleeper>,
    naps: Vec<Duration>,
    restless: bool,
}

struct Sleeper {
    deadline: Duration,
    wake: oneshot::Sender<()>,
}

impl ManualClock {
    /// Creates a clock that shows `start` and stands still.
    pub fn new(start: SystemTime) -> Self {
        Self::with_mode(start, false)
    }

    /// Creates a clock on which every `sleep` moves time on by itself and returns at once; time limits still only
    /// pass when time moves. For code that sleeps in one place at a time.
    pub fn restless(start: SystemTime) -> Self {
        Self::with_mode(start, true)
    }

    /// Moves time on and wakes everyone whose time has come.
    pub fn advance(&self, by: Duration) {
        let mut state = self.lock();
        state.wall += by;
        state.elapsed += by;
        state.wake_due();
    }

    /// Sets the time of day without any time passing, as when an administrator mends the machine's clock.
    pub fn set_now(&self, now: SystemTime) {
        self.lock().wall = now;
    }

    /// Returns the time of day.
    pub fn now(&self) -> SystemTime {
        self.lock().wall
    }

    /// Returns how much time has passed since the clock was made.
    pub fn monotonic(&self) -> Duration {
        self.lock().elapsed
    }

    /// Returns how many sleeps and time limits wait for time to move.
    pub fn sleepers(&self) -> usize {
        let mut state = self.lock();
        state.sleepers.retain(|sleeper| !sleeper.wake.is_closed());
        state.sleepers.len()
    }

    /// Waits until at least `count` sleeps and time limits wait for time to move.
    pub async fn sleepers_reach(&self, count: usize) {
        loop {
            let mut changed = pin!(self.0.slept.notified());
            changed.as_mut().enable();
            if self.sleepers() >= count {
                return;
            }
            changed.await;
        }
    }

    /// Returns the length of every sleep asked for so far, time limits not among them.
    pub fn naps(&self) -> Vec<Duration> {
        self.lock().naps.clone()
    }

    pub(super) async fn sleep(&self, duration: Duration) {
        let woken = {
            let mut state = self.lock();
            state.naps.push(duration);
            if state.restless {
                state.wall += duration;
                state.elapsed += duration;
                state.wake_due();
                None
            } else {
                Some(state.register(duration))
            }
        };
        match woken {
            Some(woken) => self.wait(woken).await,
            None => tokio::task::yield_now().await,
        }
    }

    pub(super) async fn timeout<F: Future>(
        &self,
        limit: Duration,
        future: F,
    ) -> Result<F::Output, Elapsed> {
        let expiry = self.lock().register(limit);
        let future = pin!(future);
        let expiry = pin!(self.wait(expiry));
        match select(future, expiry).await {
            Either::Left((output, _)) => Ok(output),
            Either::Right(((), _)) => Err(Elapsed),
        }
    }

    async fn wait(&self, woken: oneshot::Receiver<()>) {
        self.0.slept.notify_waiters();
        // A closed channel means that the clock is gone, and with it the only way for time to move.
        if woken.await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    fn with_mode(start: SystemTime, restless: bool) -> Self {
        let state = State {
            wall: start,
            elapsed: Duration::ZERO,
            sleepers: Vec::new(),
            naps: Vec::new(),
            restless,
        };
        Self(Arc::new(Shared {
            state: Mutex::new(state),
            slept: Notify::new(),
        }))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn register(&mut self, duration: Duration) -> oneshot::Receiver<()> {
        let (wake, woken) = oneshot::channel();
        self.sleepers.push(Sleeper {
            deadline: self.elapsed + duration,
            wake,
        });
        self.wake_due();
        woken
    }

    fn wake_due(&mut self) {
        let elapsed = self.elapsed;
        // A time limit that was not needed is never woken, and would stay for as long as time stands still.
        let over = |sleeper: &mut Sleeper| sleeper.deadline <= elapsed || sleeper.wake.is_closed();
        let mut due: Vec<Sleeper> = self.sleepers.extract_if(.., over).collect();
        due.sort_by_key(|sleeper| sleeper.deadline);
        for sleeper in due {
            // An error means that the sleeper was cancelled.
            let _gone = sleeper.wake.send(());
        }
    }
}

impl std::fmt::Debug for ManualClock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ManualClock")
            .field("now", &self.now())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn clock() -> ManualClock {
        ManualClock::new(SystemTime::UNIX_EPOCH)
    }

    #[tokio::test]
    async fn wakes_a_sleeper_only_when_its_time_has_come() {
        let clock = clock();
        let sleeper = tokio::spawn({
            let clock = clock.clone();
            async move { clock.sleep(10 * SECOND).await }
        });
        clock.sleepers_reach(1).await;
        clock.advance(9 * SECOND);
        assert_eq!(clock.sleepers(), 1);
        clock.advance(SECOND);
        sleeper.await.unwrap();
        assert_eq!(clock.sleepers(), 0);
        assert_eq!(clock.naps(), [10 * SECOND]);
    }

    #[tokio::test]
    async fn wakes_sleepers_in_order_of_deadline() {
        let clock = clock();
        let order = Arc::new(Mutex::new(Vec::new()));
        let tasks: Vec<_> = [3, 1, 2]
            .into_iter()
            .map(|n| {
                let (clock, order) = (clock.clone(), Arc::clone(&order));
                tokio::spawn(async move {
                    clock.sleep(n * SECOND).await;
                    order.lock().unwrap().push(n);
                })
            })
            .collect();
        clock.sleepers_reach(3).await;
        clock.advance(5 * SECOND);
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(*order.lock().unwrap(), [1, 2, 3]);
    }

    #[tokio::test]
    async fn a_cancelled_sleeper_is_forgotten() {
        let clock = clock();
        let mut sleep = Box::pin(clock.sleep(SECOND));
        tokio::select! {
            biased;
            () = &mut sleep => panic!("woke up"),
            () = std::future::ready(()) => {}
        }
        assert_eq!(clock.sleepers(), 1);
        drop(sleep);
        assert_eq!(clock.sleepers(), 0);
    }

    #[tokio::test]
    async fn time_limits_that_were_not_needed_do_not_pile_up() {
        let clock = clock();
        for _ in 0..100 {
            clock.timeout(SECOND, async {}).await.unwrap();
        }
        assert!(clock.lock().sleepers.len() <= 1);
    }

    #[tokio::test]
    async fn restless_sleep_moves_time_but_not_past_a_time_limit() {
        let clock = ManualClock::restless(SystemTime::UNIX_EPOCH);
        assert_eq!(
            clock.timeout(5 * SECOND, clock.sleep(4 * SECOND)).await,
            Ok(())
        );
        assert_eq!(clock.monotonic(), 4 * SECOND);
        let two_naps = async {
            clock.sleep(3 * SECOND).await;
            clock.sleep(3 * SECOND).await;
            std::future::pending::<()>().await;
        };
        assert_eq!(clock.timeout(5 * SECOND, two_naps).await, Err(Elapsed));
    }

    #[test]
    fn setting_the_time_of_day_moves_no_time() {
        let clock = clock();
        clock.set_now(SystemTime::UNIX_EPOCH + 600 * SECOND);
        assert_eq!(clock.monotonic(), Duration::ZERO);
    }
}
