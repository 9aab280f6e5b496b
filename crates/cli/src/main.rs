//! The `keyfob` command. Thin: parsing, words on screen, exit codes.
#![allow(
    rustdoc::bare_urls,
    reason = "doc comments of arguments are help texts"
)]

mod app;
mod commands;
mod context;
mod failure;
mod fast;
mod globals;
mod home;
mod secret_source;
mod ui;

use std::process::ExitCode;

fn main() -> ExitCode {
    fast::run().unwrap_or_else(app::run)
}
