//! Binding one port on both loopback addresses (RFC 8252 §7.3).

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpListener;

use super::address::LoopbackHost;
use crate::login::LoginError;

/// Free ports tried before giving up on having the same one in both families.
const TRIES: usize = 8;

/// The listeners, and the one port they share.
pub(super) struct Bound {
    pub(super) listeners: Vec<TcpListener>,
    pub(super) port: u16,
    /// The first listener's, as the beginning of a URL.
    pub(super) address: String,
}

/// Binds the first of `wanted` that is free, or any free port if none is wanted.
///
/// A port is never looked at before it is taken: nobody can come in between.
pub(super) async fn bind_one_of(host: LoopbackHost, wanted: &[u16]) -> Result<Bound, LoginError> {
    let Some((first, others)) = wanted.split_first() else {
        return bind(host, None).await;
    };
    let mut bound = bind(host, Some(*first)).await;
    for port in others {
        if !matches!(bound, Err(LoginError::PortBusy { .. })) {
            return bound;
        }
        bound = bind(host, Some(*port)).await;
    }
    match (bound, others.last()) {
        (Err(LoginError::PortBusy { .. }), Some(last)) => Err(LoginError::PortsBusy {
            first: *first,
            last: *last,
        }),
        (bound, _) => bound,
    }
}

/// Binds `wanted`, or any free port, on the host's own address and where possible on the other.
async fn bind(host: LoopbackHost, wanted: Option<u16>) -> Result<Bound, LoginError> {
    let mut last = bind_once(host, wanted).await;
    for _ in 1..TRIES {
        match &last {
            Err(LoginError::PortBusy { .. }) if wanted.is_none() => {
                last = bind_once(host, wanted).await;
            }
            _ => break,
        }
    }
    last
}

async fn bind_once(host: LoopbackHost, wanted: Option<u16>) -> Result<Bound, LoginError> {
    let (main, other) = host.addresses();
    let first = TcpListener::bind(SocketAddr::new(main, wanted.unwrap_or(0))).await;
    let (first, other) = match first {
        Ok(listener) => (listener, Some(other)),
        // `localhost` on a machine without IPv4 is ::1 alone.
        Err(error) if host == LoopbackHost::Localhost && is_absent(&error) => {
            let only = SocketAddr::new(other, wanted.unwrap_or(0));
            (
                TcpListener::bind(only)
                    .await
                    .map_err(|error| refused(error, wanted))?,
                None,
            )
        }
        Err(error) => return Err(refused(error, wanted)),
    };
    let own = first.local_addr().map_err(|error| refused(error, None))?;
    let port = own.port();
    let mut listeners = vec![first];
    if let Some(other) = other {
        match TcpListener::bind(SocketAddr::new(other, port)).await {
            Ok(listener) => listeners.push(listener),
            // A browser may resolve `localhost` to either: the one we lack must not be another's.
            Err(error) if host == LoopbackHost::Localhost && !is_absent(&error) => {
                return Err(refused(error, Some(port)));
            }
            Err(_) => {}
        }
    }
    let address = format!("http://{own}");
    Ok(Bound {
        listeners,
        port,
        address,
    })
}

fn refused(error: std::io::Error, port: Option<u16>) -> LoginError {
    match (error.kind(), port) {
        (ErrorKind::AddrInUse, Some(port)) => LoginError::PortBusy { port },
        _ => LoginError::Listen(Arc::new(error)),
    }
}

/// Tells whether the machine lacks the address family, as many containers lack IPv6.
fn is_absent(error: &std::io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::AddrNotAvailable | ErrorKind::Unsupported
    ) || matches!(error.raw_os_error(), Some(97 | 47 | 10047))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn binds_one_free_port() {
        let bound = bind(LoopbackHost::Localhost, None).await.unwrap();
        for listener in &bound.listeners {
            let address = listener.local_addr().unwrap();
            assert_eq!(address.port(), bound.port);
            assert!(address.ip().is_loopback());
        }
    }

    // covers: P11
    #[tokio::test]
    async fn says_that_a_port_is_busy() {
        let first = bind(LoopbackHost::V4, None).await.unwrap();
        let second = bind(LoopbackHost::V4, Some(first.port)).await;
        let Err(LoginError::PortBusy { port }) = second else {
            panic!("bound twice")
        };
        assert_eq!(port, first.port);
    }

    #[tokio::test]
    async fn refuses_localhost_when_another_has_one_half() {
        let bound = bind(LoopbackHost::Localhost, None).await.unwrap();
        if bound.listeners.len() < 2 {
            return; // no IPv6 here
        }
        let port = bound.port;
        drop(bound);
        let _other = TcpListener::bind(("::1", port)).await.unwrap();
        let half = bind(LoopbackHost::Localhost, Some(port)).await;
        assert!(matches!(half, Err(LoginError::PortBusy { .. })));
        assert!(
            bind(LoopbackHost::V4, Some(port)).await.is_ok(),
            "127.0.0.1 is not ambiguous"
        );
    }
}
