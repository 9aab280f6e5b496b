//! Sessions: a client plus its credential plus its store, handing out tokens that stay alive.
//!
//! | file | idea |
//! |---|---|
//! | `session.rs` | the handle |
//! | `obtain.rs` | from what a caller needs to a token |
//! | `window.rs`, `need.rs`, `life.rs` | when a token is good, and for whom: pure functions of time |
//! | `flight.rs`, `lock.rs` | one attempt per process, one per credential over all processes |
//! | `refresh.rs`, `redeem.rs`, `source.rs` | the attempt: read again, redeem or log in |
//! | `key.rs` | credentials that are keys: found, not refreshed |
//! | `answer.rs`, `pause.rs`, `rejection.rs` | what failures and 401s mean, and how long nobody tries again |
//! | `save.rs`, `adopt.rs`, `notes.rs` | what is written, and what is noted beside it |
//! | `claims.rs` | what a token must claim before it is handed out |
//! | `ready.rs`, `status.rs`, `logout.rs`, `forget.rs` | getting ready, looking, and leaving |

mod access_token;
mod adopt;
mod answer;
mod claims;
mod core;
mod current;
mod event;
pub(crate) mod fingerprint;
mod flight;
mod forget;
mod key;
pub(crate) mod life;
mod lock;
mod logout;
mod need;
pub(crate) mod notes;
mod obtain;
mod pause;
mod policy;
mod ready;
mod redeem;
mod refresh;
mod rejection;
mod save;
#[expect(
    clippy::module_inception,
    reason = "the handle is what the module is named after"
)]
mod session;
mod source;
mod status;
mod unsaved;
mod window;

pub use crate::error::LoginNeeded;
pub use access_token::AccessToken;
pub use event::Event;
pub use forget::Forget;
pub(crate) use forget::rest;
pub use logout::{LogoutReport, LogoutStep};
pub use pause::PausePolicy;
pub use policy::{RenewalBufferError, SessionPolicy};
pub use ready::Readiness;
pub use rejection::Invalidation;
pub use session::Session;
pub use status::Status;
pub use window::{State, WindowPolicy, Windows};
