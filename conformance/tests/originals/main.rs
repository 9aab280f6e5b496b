//! keyfob and the original clients on the same files, at the real provider, in one home.
//!
//! The originals come from PyPI (`scripts/test.sh`). Cegal's client is not among them: its licence allows no such use.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking; helpers outside of test functions do too"
)]

mod alf;
mod desk;
mod foundry;
mod front;
mod planet_files;
mod planet_logins;
mod planet_turns;
mod plauth;
mod redis;
