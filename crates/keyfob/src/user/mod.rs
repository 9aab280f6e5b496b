//! One call for a program with a person in front of it: a token that can be used, by a login if it must be.
//!
//! | file | idea |
//! |---|---|
//! | `session.rs` | the handle: session, login and person together |
//! | `builder.rs` | what may be set about it |
//! | `cache_mode.rs`, `flow.rs` | whether a stored login counts; which way a person logs in |
//! | `attempt.rs` | one login at a time, whose outcome all that waited for it share |
//! | `stderr.rs` | the words on screen, for programs without their own |
//! | `blocking.rs` | the same without async code |

mod attempt;
pub(crate) mod blocking;
mod builder;
mod cache_mode;
mod flow;
mod session;
mod stderr;

pub use self::builder::UserSessionBuilder;
pub use self::cache_mode::CacheMode;
pub use self::flow::LoginFlow;
pub use self::session::UserSession;
pub use self::stderr::Stderr;
