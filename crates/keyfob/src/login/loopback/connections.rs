//! Connections to the callback port: capped in number, size and time.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{sleep, timeout};

use super::gate::{Gate, HOLD};

/// Open connections; the oldest idle one makes room for a newer one.
const CONNECTIONS: usize = 64;
/// A browser that connects ahead of time may stay silent this long.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// Nothing that a browser sends to a callback is larger.
const HEAD_SIZE: usize = 32 * 1024;
const HEADERS: usize = 100;
/// The longest life of a connection: head, body, and the answer held until the exchange is done.
const WHOLE: Duration = Duration::from_secs(25);
/// The time that answers have to leave once the login is over.
const FAREWELL: Duration = Duration::from_secs(1);

/// Accepts connections until told to stop, then lets busy ones finish.
pub(super) async fn serve(
    listeners: Vec<TcpListener>,
    gate: Arc<Gate>,
    mut stop: watch::Receiver<bool>,
) {
    let mut open = Open::default();
    let told = stop.clone();
    loop {
        tokio::select! {
            () = stopped(&mut stop) => break,
            stream = accept(&listeners) => match stream {
                Ok(stream) => open.add(stream, &gate, &told),
                // Too many open files, say: that passes, and must not spin until it does.
                Err(_) => sleep(Duration::from_millis(50)).await,
            },
        }
    }
    drop(listeners);
    open.finish().await;
}

/// Resolves when the login is over, which a sender that is gone means too.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await.is_ok();
}

async fn accept(listeners: &[TcpListener]) -> std::io::Result<TcpStream> {
    let each = listeners.iter().map(|listener| Box::pin(listener.accept()));
    let (accepted, _, _) = futures_util::future::select_all(each).await;
    accepted.map(|(stream, _)| stream)
}

/// The open connections, oldest first.
#[derive(Default)]
struct Open {
    tasks: JoinSet<()>,
    order: VecDeque<(AbortHandle, Arc<AtomicBool>)>,
}

impl Open {
    fn add(&mut self, stream: TcpStream, gate: &Arc<Gate>, stop: &watch::Receiver<bool>) {
        while self.tasks.try_join_next().is_some() {}
        self.order.retain(|(task, _)| !task.is_finished());
        if self.order.len() >= CONNECTIONS && !self.evict() {
            return;
        }
        let busy = Arc::new(AtomicBool::new(false));
        let task = connection(stream, Arc::clone(gate), Arc::clone(&busy), stop.clone());
        self.order.push_back((self.tasks.spawn(task), busy));
    }

    /// Closes the oldest connection that has not yet sent a request.
    fn evict(&mut self) -> bool {
        let idle = self
            .order
            .iter()
            .position(|(_, busy)| !busy.load(Ordering::Acquire));
        let evicted = idle.and_then(|at| self.order.remove(at));
        evicted.is_some_and(|(task, _)| {
            task.abort();
            true
        })
    }

    async fn finish(mut self) {
        let all = async { while self.tasks.join_next().await.is_some() {} };
        if timeout(FAREWELL, all).await.is_err() {
            self.tasks.shutdown().await;
        }
    }
}

async fn connection(
    stream: TcpStream,
    gate: Arc<Gate>,
    busy: Arc<AtomicBool>,
    mut stop: watch::Receiver<bool>,
) {
    let service = service_fn(|request| {
        busy.store(true, Ordering::Release);
        let gate = Arc::clone(&gate);
        async move { Ok::<_, Infallible>(gate.answer(request).await) }
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .keep_alive(false)
        .max_buf_size(HEAD_SIZE)
        .max_headers(HEADERS)
        .serve_connection(TokioIo::new(stream), service);
    tokio::pin!(served);
    // A connection that breaks its limits or the protocol is closed; the login goes on.
    tokio::select! {
        _ = timeout(WHOLE, &mut served) => {}
        () = stopped(&mut stop) => {
            if busy.load(Ordering::Acquire) {
                drop(timeout(HOLD, served).await);
            }
        }
    }
}
