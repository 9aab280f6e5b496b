//! Settings: one order of precedence for every setting and every command, and why each value is what it is.
//!
//! Flag, then environment variable, then settings file, then what was chosen at the login, then the profile's own
//! configuration, then the preset. See `docs/precedence.md`.
//!
//! | file | idea |
//! |---|---|
//! | `setting.rs`, `source.rs` | what can be set, and where a value can come from |
//! | `given.rs` | what the caller says |
//! | `resolver.rs` | from all sources to one profile |
//! | `gather.rs`, `choose.rs`, `base.rs`, `overlay.rs` | its steps: what is said, who is meant, what that is, what goes on top |
//! | `resolved.rs`, `explained.rs` | the outcome, and why |

mod base;
mod choose;
mod error;
mod explained;
mod gather;
mod given;
mod overlay;
mod resolved;
mod resolver;
mod setting;
mod source;

pub use error::SettingsError;
pub use explained::{Explained, Shadowed};
pub use given::Given;
pub use resolved::{Keeps, Origin, Resolved};
pub use resolver::Resolver;
pub use setting::Setting;
pub use source::Source;
