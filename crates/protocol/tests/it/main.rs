//! Every exchange from the outside: the request that is built, the answers that are read.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::too_many_lines,
    reason = "tests fail by panicking, and a table is as long as its rule needs"
)]

mod authorize;
mod client_auth;
mod device;
mod dpop;
mod errors;
mod fixtures;
mod fuzz;
mod grants;
mod id_token;
mod introspection;
mod metadata;
mod redaction;
mod refreshed;
mod revocation;
mod signed_introspection;
mod token_response;
mod userinfo;
