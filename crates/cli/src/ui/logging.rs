//! `-v`: the libraries' events on stderr. They never contain secrets; tests plant canaries to keep it so.
use tracing_subscriber::EnvFilter;

/// Starts logging; nothing is installed without `-v`.
pub(crate) fn start(verbosity: u8) {
    let directives = match verbosity {
        0 => return,
        1 => "keyfob=info,warn",
        2 => "keyfob=debug,keyfob_transport=debug,keyfob_store=debug,info",
        3 => "debug",
        _ => "trace",
    };
    let started = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(directives))
        .with_writer(std::io::stderr)
        .with_ansi(super::terminal::stderr_is_colourful())
        .with_target(verbosity > 1)
        .without_time()
        .try_init();
    // Only a second call can fail, and then the first one's logging is in place.
    drop(started);
}
