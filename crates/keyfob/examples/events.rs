//! Prints what keyfob tells about sessions and tokens as one JSON object per line (`docs/events.md` lists the events).
//!
//! Runs against a sandbox that it starts itself: `cargo run -p keyfob --example events`.
#![expect(clippy::print_stdout, reason = "an example talks to the terminal")]

mod support;

use std::fmt;

use keyfob::session::SessionPolicy;
use keyfob::store::{MemoryStore, Store};
use keyfob::transport::Clock;
use keyfob::verify::{Algorithm, Profile, Verifier};
use keyfob::{Client, Session};
use keyfob_sandbox::{Fault, FaultKind, Sandbox, SandboxConfig};
use serde_json::{Map, Value, json};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

/// One JSON object per event. `tracing-subscriber` has such a format too, behind its feature `json`.
struct JsonLines;

impl<S, N> FormatEvent<S, N> for JsonLines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _: &FmtContext<'_, S, N>,
        mut to: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut fields = Fields(Map::new());
        event.record(&mut fields);
        let level = event.metadata().level().as_str();
        writeln!(to, "{}", json!({"level": level, "fields": fields.0}))
    }
}

struct Fields(Map<String, Value>);

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().to_owned(), value.into());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0
            .insert(field.name().to_owned(), format!("{value:?}").into());
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // The application chooses what is printed, and where; keyfob installs nothing.
    tracing_subscriber::fmt()
        .with_max_level(Level::INFO)
        .event_format(JsonLines)
        .with_writer(std::io::stdout)
        .init();

    let sandbox = Sandbox::start(SandboxConfig::default())?;
    let config = support::service(&sandbox)?;
    let transport = config.transport()?;
    let client = Client::from_config(config, transport, Clock::system())?;
    let store = Store::new(MemoryStore::new());
    // A program may listen itself as well, whatever is logged.
    let session = Session::observed(
        client,
        store,
        "service".parse()?,
        SessionPolicy::default(),
        |event| {
            println!("told the program: {}", event.code());
        },
    );
    let verifier = |audience: &str| {
        Verifier::builder(sandbox.issuer())
            .audience(audience)
            .algorithms([Algorithm::RS256])
            .profile(Profile::Rfc9068)
            .build()
    };
    let ours = verifier(&sandbox.url("/api"))?;
    let other = verifier("https://api.example.com")?;

    let token = session.access_token().await?;
    ours.verify(token.expose()).await?;
    drop(other.verify(token.expose()).await);
    drop(ours.verify("not a token").await);

    sandbox.fault(Fault::new(FaultKind::Expired).in_access_token());
    drop(session.refresh().await);
    Ok(())
}
