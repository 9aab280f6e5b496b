//! Tasks that verify tokens without pause, and what each token's answer has to be meanwhile.

use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, RwLock};

use keyfob_verify::Verifier;
use tokio::task::JoinHandle;

/// Its key is in the set: it must verify.
const GOOD: u8 = 0;
/// Its key has been taken out of the set, or soon will be: either answer is right.
const LEAVING: u8 = 1;
/// Its key was taken out and the verifier has fetched since: it must not verify.
const DEAD: u8 = 2;

pub(crate) struct Load {
    verifier: Verifier,
    shared: Arc<Shared>,
    tasks: Vec<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    tokens: RwLock<Vec<Arc<Token>>>,
    wrong: RwLock<Vec<String>>,
    checked: AtomicU64,
    stopped: AtomicBool,
}

struct Token {
    text: Arc<str>,
    state: AtomicU8,
}

/// One token of the load.
#[derive(Clone)]
pub(crate) struct Handle(Arc<Token>);

impl Handle {
    /// Says that the token's key is about to leave the set.
    pub(crate) fn leaves(&self) {
        self.0.state.store(LEAVING, Ordering::SeqCst);
    }
}

impl Load {
    pub(crate) fn start(verifier: &Verifier, tasks: usize) -> Self {
        let shared = Arc::new(Shared::default());
        let task = |turn| tokio::spawn(verify_on(verifier.clone(), Arc::clone(&shared), turn));
        Self {
            verifier: verifier.clone(),
            tasks: (0..tasks).map(task).collect(),
            shared: Arc::clone(&shared),
        }
    }

    pub(crate) fn verifier(&self) -> &Verifier {
        &self.verifier
    }

    /// Adds a token that must verify from now on.
    pub(crate) fn add(&self, text: Arc<str>) -> Handle {
        let state = AtomicU8::new(GOOD);
        let token = Arc::new(Token { text, state });
        let mut tokens = self.shared.tokens.write().unwrap();
        // The newest few are enough to see an old key come back to life.
        let excess = tokens.len().saturating_sub(8);
        tokens.drain(..excess);
        tokens.push(Arc::clone(&token));
        Handle(token)
    }

    /// Says that the verifier has fetched since those keys left.
    pub(crate) fn dead_all_leaving(&self) {
        for token in self.shared.tokens.read().unwrap().iter() {
            let _was =
                token
                    .state
                    .compare_exchange(LEAVING, DEAD, Ordering::SeqCst, Ordering::SeqCst);
        }
    }

    /// Waits until this many more tokens were verified.
    pub(crate) async fn progress(&self, more: u64) {
        let enough = self.shared.checked.load(Ordering::SeqCst) + more;
        while self.shared.checked.load(Ordering::SeqCst) < enough {
            tokio::task::yield_now().await;
        }
    }

    /// Returns how many tokens were verified, and every wrong answer.
    pub(crate) async fn stop(self) -> (u64, Vec<String>) {
        self.shared.stopped.store(true, Ordering::SeqCst);
        for task in self.tasks {
            task.await.unwrap();
        }
        let wrong = self.shared.wrong.read().unwrap().clone();
        (self.shared.checked.load(Ordering::SeqCst), wrong)
    }
}

async fn verify_on(verifier: Verifier, shared: Arc<Shared>, mut turn: usize) {
    while !shared.stopped.load(Ordering::SeqCst) {
        turn += 1;
        let token = {
            let tokens = shared.tokens.read().unwrap();
            tokens.get(turn % tokens.len().max(1)).cloned()
        };
        let Some(token) = token else {
            tokio::task::yield_now().await;
            continue;
        };
        // Only a state that held all the while says what the answer must be.
        let before = token.state.load(Ordering::SeqCst);
        let outcome = verifier.verify(&token.text).await;
        let after = token.state.load(Ordering::SeqCst);
        let wrong = match (before, after, &outcome) {
            (GOOD, GOOD, Err(rejection)) => Some(format!("a good token: {}", rejection.code())),
            (DEAD, DEAD, Ok(_)) => Some("a token of a removed key was accepted".to_owned()),
            _ => None,
        };
        if let Some(wrong) = wrong {
            shared.wrong.write().unwrap().push(wrong);
        }
        shared.checked.fetch_add(1, Ordering::SeqCst);
        tokio::task::yield_now().await;
    }
}
