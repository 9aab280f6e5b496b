//! The `keyfob` command. Thin: parsing, words on screen, exit codes.
mod app;
mod commands;
mod context;
mod failure;
mod fast;
mod globals;
mod home;
mod plauth;
mod secret_source;
mod ui;

use std::process::ExitCode;

fn main() -> ExitCode {
    match plauth::arguments() {
        Some(arguments) => plauth::run(&arguments),
        None => fast::run().unwrap_or_else(app::run),
    }
}
