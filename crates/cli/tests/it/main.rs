//! Whole-command tests: the built `keyfob` in a sealed world, against a sandbox in this process.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code, of which clippy only recognises the functions marked as tests"
)]

mod canaries;
mod daily;
mod damage;
mod discipline;
mod fast_path;
mod inspect;
mod interrupt;
mod kill;
mod login;
mod profiles;
mod races;
mod world;
