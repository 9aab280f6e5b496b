//! The sandbox from outside, over HTTP: each flow as it should be, each fault as it is named.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper of a test fails as the test does"
)]

mod support;

mod admin;
mod code;
mod device;
mod faults_answer;
mod faults_token;
mod grants;
mod pages;
mod resources;
