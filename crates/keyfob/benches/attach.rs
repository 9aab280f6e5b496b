//! What attaching a fresh token costs: `Session::current_header` against the least that could do the job, an atomic
//! load, an expiry check and a clone of the header value.
//!
//! Prints both and their ratio from interleaved rounds. `--check` fails above 1.5x or with any allocation.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a benchmark's output"
)]

use std::alloc::System;
use std::hint::black_box;
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime};

use http::HeaderValue;
use keyfob::client::Granted;
use keyfob::protocol::TokenResponse;
use keyfob::store::{MemoryStore, Store};
use keyfob::transport::Clock;
use keyfob::transport::testing::{ScriptedTransport, json};
use keyfob::{Client, ClientConfig, Session};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const ROUNDS: usize = 300;
const CALLS: u32 = 10_000;
const LIMIT: f64 = 1.5;

/// The least that could do the job: which of two prepared values is current is one atomic load.
struct Bare {
    current: AtomicUsize,
    slots: [(SystemTime, HeaderValue); 2],
}

impl Bare {
    fn header(&self) -> Option<HeaderValue> {
        let (expires, header) = self.slots.get(self.current.load(Ordering::Acquire))?;
        (SystemTime::now() < *expires).then(|| header.clone())
    }
}

fn main() -> ExitCode {
    let check = std::env::args().any(|argument| argument == "--check");
    let Some(session) = session() else {
        eprintln!("no session to measure");
        return ExitCode::FAILURE;
    };
    let Some(header) = session.current_header() else {
        eprintln!("the token is not fresh");
        return ExitCode::FAILURE;
    };
    let expires = SystemTime::now() + Duration::from_hours(1);
    let bare = Bare {
        current: AtomicUsize::new(0),
        slots: [(expires, header.clone()), (expires, header)],
    };

    let allocations = allocations(|| session.current_header());
    let (mut ours, mut least, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let (floor, cost) = (
            nanoseconds(|| bare.header()),
            nanoseconds(|| session.current_header()),
        );
        least.push(floor);
        ours.push(cost);
        ratios.push(cost / floor);
    }
    let (ours, least, ratio) = (median(ours), median(least), median(ratios));
    println!(
        "attach: {ours:.1} ns, bare: {least:.1} ns, ratio {ratio:.2}, {allocations} allocations in {CALLS} calls"
    );
    let good = ratio <= LIMIT && allocations == 0;
    if check && !good {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}

fn session() -> Option<Session> {
    let config = ClientConfig::from_json(
        br#"{"client_type": "oidc_device_code", "auth_server": "https://op.example", "client_id": "demo"}"#,
    );
    let client = Client::from_config(
        config.ok()?,
        ScriptedTransport::new().transport(),
        Clock::system(),
    )
    .ok()?;
    let session = Session::new(
        client,
        Store::new(MemoryStore::new()),
        "bench".parse().ok()?,
    );
    let runtime = tokio::runtime::Builder::new_current_thread().build().ok()?;
    let body = format!(
        r#"{{"access_token": "{}", "expires_in": 3600}}"#,
        "t".repeat(900)
    );
    let granted = Granted::new(
        TokenResponse::read(&json(200, body)).ok()?,
        SystemTime::now(),
    );
    runtime.block_on(session.adopt(granted)).ok()?;
    Some(session)
}

fn allocations(call: impl Fn() -> Option<HeaderValue>) -> usize {
    drop(black_box(call()));
    let region = Region::new(ALLOCATOR);
    for _ in 0..CALLS {
        drop(black_box(call()));
    }
    region.change().allocations
}

fn nanoseconds(call: impl Fn() -> Option<HeaderValue>) -> f64 {
    let began = Instant::now();
    for _ in 0..CALLS {
        drop(black_box(call()));
    }
    began.elapsed().as_secs_f64() * 1e9 / f64::from(CALLS)
}

fn median(mut of: Vec<f64>) -> f64 {
    of.sort_by(f64::total_cmp);
    of.get(of.len() / 2).copied().unwrap_or(f64::NAN)
}
