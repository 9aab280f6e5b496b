//! Sessions, logins and authenticators against scripted providers and the sandbox.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers outside test functions may panic as well"
)]

mod alf_store;
mod authenticate_blocking;
mod authenticate_reqwest;
mod authenticate_server;
mod authenticate_setup;
#[cfg(feature = "tower")]
mod authenticate_tower;
#[cfg(unix)]
mod bad_input;
mod canaries;
mod clocks;
mod configuration;
mod custom_types;
mod examples;
mod failures;
mod faults;
mod foreign_writes;
#[cfg(unix)]
mod foundry_cache;
#[cfg(unix)]
mod foundry_store;
mod identity;
mod issuers;
mod keys;
mod leaving;
mod login_begin;
mod login_begin_device;
mod login_code;
mod login_device;
mod login_http;
mod login_pages;
mod login_password;
mod login_screen;
mod login_setup;
mod precedence;
mod precedence_rule;
mod presets;
mod races;
mod readiness;
mod refreshing;
mod rejections;
mod retiring;
mod saving;
mod support;
mod surface;
mod token_source;
mod unattended;
mod user_logins;
mod user_session;
