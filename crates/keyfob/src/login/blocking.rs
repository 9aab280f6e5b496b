//! The logins in two steps for programs without async code; each call runs in a thread of its own.

use super::{
    BeginOptions, Begun, DevicePoll, LoggedIn, PendingDevice, PendingLogin, RedirectAnswer,
};
use crate::Error;
use crate::client::Client;

/// Does what [`login::begin`](super::begin()) does.
///
/// # Errors
/// As there, and when the system has no thread to spare.
pub fn begin(client: &Client, options: &BeginOptions) -> Result<Begun, Error> {
    wait(super::begin(client, options))
}

/// Does what [`login::finish`](super::finish) does.
///
/// # Errors
/// As there, and when the system has no thread to spare.
pub fn finish(
    client: &Client,
    pending: &PendingLogin,
    answer: impl Into<RedirectAnswer>,
) -> Result<LoggedIn, Error> {
    let answer: RedirectAnswer = answer.into();
    wait(super::finish(client, pending, answer))
}

/// Does what [`login::begin_device`](super::begin_device()) does.
///
/// # Errors
/// As there, and when the system has no thread to spare.
pub fn begin_device(client: &Client, options: &BeginOptions) -> Result<PendingDevice, Error> {
    wait(super::begin_device(client, options))
}

/// Does what [`login::poll_device`](super::poll_device) does.
///
/// # Errors
/// As there, and when the system has no thread to spare.
pub fn poll_device(client: &Client, pending: &mut PendingDevice) -> Result<DevicePoll, Error> {
    wait(super::poll_device(client, pending))
}

/// Does what [`login::finish_device`](super::finish_device) does.
///
/// # Errors
/// As there, and when the system has no thread to spare.
pub fn finish_device(client: &Client, pending: &mut PendingDevice) -> Result<LoggedIn, Error> {
    wait(super::finish_device(client, pending))
}

/// Runs a future to its end, also inside of another runtime, whose thread it blocks.
fn wait<T: Send>(future: impl Future<Output = Result<T, Error>> + Send) -> Result<T, Error> {
    let no_runtime = |error: std::io::Error| Error::NoRuntime(error.to_string());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(no_runtime)?;
    std::thread::scope(|scope| {
        let run = move || runtime.block_on(future);
        let thread = std::thread::Builder::new().name("keyfob-login".to_owned());
        let thread = thread.spawn_scoped(scope, run).map_err(no_runtime)?;
        thread.join().unwrap_or(Err(Error::Cancelled))
    })
}
