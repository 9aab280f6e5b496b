//! The way out, tried against real sockets and simulated time.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers outside test functions may panic as well"
)]

mod canary;
mod documents;
mod exchange;
mod export;
mod outage;
mod server;
mod sockets;
mod tls;
