//! keyfob against real providers and by the official test names.
//!
//! `provider` starts the certified `oidc-provider` of `conformance/provider` as a child process,
//! `command` runs the `keyfob` binary in a sealed world, and `cases/` re-enacts the official
//! conformance modules, one file each, at the embedded sandbox. `checklists` says which test covers which line of
//! the original clients' checklists.

pub mod checklists;
pub mod command;
pub mod originals;
pub mod provider;
