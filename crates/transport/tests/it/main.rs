//! The way out, tried against real sockets and simulated time.

mod documents;
mod exchange;
mod outage;
mod server;
mod sockets;
mod tls;
