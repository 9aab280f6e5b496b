//! An issuer and its tokens for your own tests: no socket, a clock that moves by hand, every wrong token in one line.
//!
//! Needs the feature `testing`, which belongs into `[dev-dependencies]`. A service whose tests pass with this module
//! refuses every token that [`Wrong::ALL`] names, by the status that [`Wrong::status`] names:
//!
//! ```
//! use keyfob_verify::testing::{TestIssuer, Wrong};
//!
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! let issuer = TestIssuer::new("https://login.example.com").for_audience("https://api.example.com");
//! let verifier = issuer.verifier(); // Or your own: give its builder `issuer.transport()`.
//!
//! let token = issuer.token().subject("alice").scopes(["read", "write"]).sign();
//! let principal = verifier.verify(&token).await.unwrap();
//! assert_eq!(principal.subject(), "alice");
//! assert!(principal.has_scope("write"));
//!
//! for wrong in Wrong::ALL {
//!     let rejection = verifier.verify(&issuer.wrong(*wrong)).await.unwrap_err();
//!     assert_eq!(rejection.code(), wrong.code(), "{wrong:?}");
//! }
//! # });
//! ```
//!
//! The issuer can also hang, be gone, rotate its keys and revoke tokens; it counts and keeps every request. All time
//! is its [`ManualClock`], which starts at the machine's time and then stands still.
//!
//! Everything here panics on misuse, as a test should. [`TestIssuer::listening`] is the same behind a real socket; a
//! provider with logins is `keyfob-sandbox`.

mod endpoints;
mod introspection;
mod issuer;
mod keys;
mod serve;
mod token;
mod traffic;
mod wrong;

pub use endpoints::transport;
pub use issuer::TestIssuer;
pub use keyfob_transport::ManualClock;
pub use token::TokenBuilder;
pub use wrong::Wrong;

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Takes the value that a test cannot go on without.
#[expect(
    clippy::panic,
    reason = "this module runs in tests only, and a test that is set up wrongly must stop"
)]
#[track_caller]
fn sure<T, E: std::fmt::Display>(outcome: Result<T, E>) -> T {
    match outcome {
        Ok(value) => value,
        Err(error) => panic!("the test issuer cannot do that: {error}"),
    }
}

/// Locks, also after another test thread has failed.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The examples of the page are compiled, too.
#[cfg(doctest)]
#[doc = include_str!("../../../../docs/testing-your-service.md")]
struct Page;
