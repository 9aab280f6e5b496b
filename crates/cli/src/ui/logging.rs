//! `-v`: the libraries' events on stderr. They never contain secrets; tests plant canaries to keep it so.
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// Starts logging; nothing is installed without `-v`.
pub(crate) fn start(verbosity: u8) {
    let (ours, others) = match verbosity {
        0 => return,
        1 => (LevelFilter::DEBUG, LevelFilter::WARN),
        2 => (LevelFilter::TRACE, LevelFilter::INFO),
        3 => (LevelFilter::TRACE, LevelFilter::DEBUG),
        _ => (LevelFilter::TRACE, LevelFilter::TRACE),
    };
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(super::terminal::stderr_is_colourful())
        .with_target(verbosity > 1)
        .without_time();
    let wanted = Targets::new()
        .with_target("keyfob", ours)
        .with_default(others);
    // Only a second call can fail, and then the first one's logging is in place.
    drop(
        tracing_subscriber::registry()
            .with(lines)
            .with(wanted)
            .try_init(),
    );
}
