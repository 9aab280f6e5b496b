//! Questions that a command waits for: Ctrl-C, `--timeout` and SIGTERM end the wait, and the terminal is left as it was found.
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::oneshot;
use zeroize::Zeroizing;

use crate::failure::Failure;

use super::{output, prompt};

/// Asks for a line.
///
/// # Errors
///
/// Says that it was cancelled when the input ends.
pub(crate) async fn line(question: &str) -> Result<String, Failure> {
    let question = question.to_owned();
    asked(move || prompt::line(&question)).await
}

/// Asks for a secret, which is not shown while it is typed.
///
/// # Errors
///
/// Says that it was cancelled on Ctrl-C or Ctrl-D.
pub(crate) async fn secret(question: &str) -> Result<Zeroizing<String>, Failure> {
    let question = question.to_owned();
    asked(move || prompt::hidden(&question)).await
}

/// Asks until the answer is yes or no; nothing typed is `default`.
///
/// # Errors
///
/// As [`line`].
pub(crate) async fn whether(question: &str, default: bool) -> Result<bool, Failure> {
    let choice = if default { "[Y/n]" } else { "[y/N]" };
    loop {
        match line(&format!("{question} {choice} "))
            .await?
            .to_ascii_lowercase()
            .as_str()
        {
            "" => return Ok(default),
            "y" | "yes" => return Ok(true),
            "n" | "no" => return Ok(false),
            _ => output::stderr("Please answer y or n.\n"),
        }
    }
}

/// Runs something that waits for input. Its thread simply stays behind when nobody waits for it any more.
///
/// # Errors
///
/// What the work says.
pub(crate) async fn in_a_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    let (answer, answered) = oneshot::channel();
    let work = move || drop(answer.send(work()));
    let thread = std::thread::Builder::new()
        .name("ask".to_owned())
        .spawn(work);
    thread.map_err(|error| Failure::other("terminal", format!("cannot ask: {error}")))?;
    let lost = |_| Err(Failure::other("terminal", "the question was lost"));
    answered.await.unwrap_or_else(lost)
}

async fn asked<T: Send + 'static>(
    ask: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    let asking = Asking(Arc::new(AtomicBool::new(true)));
    let is_open = Arc::clone(&asking.0);
    let answer = in_a_thread(move || {
        let answer = ask();
        is_open.store(false, Ordering::Release);
        answer
    });
    answer.await
}

/// A question whose line on the screen may not have ended.
struct Asking(Arc<AtomicBool>);

impl Drop for Asking {
    fn drop(&mut self) {
        if self.0.load(Ordering::Acquire) {
            prompt::restore();
            output::stderr("\n");
        }
    }
}
