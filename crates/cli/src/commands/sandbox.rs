//! `keyfob sandbox`: an OpenID provider on this machine, for anybody's tests.
use std::time::Duration;

use clap::{Args, ValueEnum};
use keyfob_sandbox::{AccessTokenFormat, Fault, Rotation, Sandbox, SandboxConfig, SandboxError};

use crate::context::Context;
use crate::failure::Failure;
use crate::ui::{duration, output};

/// Run a small OpenID provider on 127.0.0.1, which can misbehave on demand
///
/// Prints one JSON line when it is ready: issuer, clients, users. Ends with Ctrl-C.
///
/// Examples:
///   keyfob sandbox --port 9000 --ttl 30s
///   keyfob sandbox --auto-approve --latency 200ms
///   keyfob sandbox --fault '{"kind": "status", "status": 503, "retry_after": 2, "count": 1}'
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub(crate) struct SandboxArgs {
    /// Port to listen on [default: any free one]
    #[arg(long, default_value_t = 0, hide_default_value = true)]
    port: u16,
    /// Lifetime of access tokens
    #[arg(long, value_name = "TIME", value_parser = duration::parse)]
    ttl: Option<Duration>,
    /// Time that each token request waits before it is processed
    #[arg(long, value_name = "TIME", value_parser = duration::parse)]
    latency: Option<Duration>,
    /// Approve every login as this user, without pages
    #[arg(long, value_name = "USER", num_args = 0..=1, default_missing_value = "alice")]
    auto_approve: Option<String>,
    /// What a refresh does with the refresh token
    #[arg(long, value_enum, default_value = "always")]
    rotation: RotationArg,
    /// Issue opaque access tokens instead of JWTs
    #[arg(long)]
    opaque: bool,
    /// Seconds by which the provider's clock is off
    #[arg(
        long,
        value_name = "SECONDS",
        allow_hyphen_values = true,
        default_value_t = 0
    )]
    clock_skew: i64,
    /// Something to do wrong, as JSON or by its bare name; repeat for more
    #[arg(long = "fault", value_name = "FAULT", value_parser = fault)]
    faults: Vec<Fault>,
    /// End when stdin closes: for a test that starts this and may crash
    #[arg(long)]
    lifeline: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum RotationArg {
    /// A new one each time; using the old one again kills the family.
    Always,
    /// The same one again.
    Same,
    /// The same one still works and is not mentioned.
    Silent,
}

/// Runs the provider until Ctrl-C, or until stdin closes.
///
/// # Errors
///
/// Says why it could not start.
pub(crate) async fn run(context: &Context, args: SandboxArgs) -> Result<(), Failure> {
    let sandbox = Sandbox::start(config(&args)).map_err(|error| refuse(&error))?;
    for fault in args.faults {
        sandbox.fault(fault);
    }
    output::stdout(&format!("{}\n", sandbox.ready_line()))?;
    context.say(format!(
        "The sandbox runs at {}. Ctrl-C ends it.",
        sandbox.issuer()
    ));
    if args.lifeline {
        stdin_closed().await;
    } else {
        // A failing handler is like no handler: Ctrl-C then ends the process the hard way.
        drop(tokio::signal::ctrl_c().await);
    }
    context.say(format!(
        "{} tokens were issued.",
        sandbox.counters().token_success
    ));
    Ok(())
}

fn config(args: &SandboxArgs) -> SandboxConfig {
    SandboxConfig::default()
        .with_port(args.port)
        .with_settings(|settings| {
            if let Some(ttl) = args.ttl {
                settings.access_token_ttl = ttl;
            }
            if let Some(latency) = args.latency {
                settings.token_latency = latency;
            }
            settings.auto_approve.clone_from(&args.auto_approve);
            settings.rotation = match args.rotation {
                RotationArg::Always => Rotation::Always,
                RotationArg::Same => Rotation::Same,
                RotationArg::Silent => Rotation::Silent,
            };
            if args.opaque {
                settings.access_token_format = AccessTokenFormat::Opaque;
            }
            settings.clock_skew = args.clock_skew;
        })
}

/// A fault as the administration interface takes it, or just its kind.
fn fault(text: &str) -> Result<Fault, String> {
    let json = if text.trim_start().starts_with('{') {
        text.to_owned()
    } else {
        serde_json::json!({ "kind": text }).to_string()
    };
    serde_json::from_str(&json).map_err(|error| error.to_string())
}

async fn stdin_closed() {
    let drain = || std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink());
    // Whatever ends the reading ends the sandbox.
    drop(tokio::task::spawn_blocking(drain).await);
}

fn refuse(error: &SandboxError) -> Failure {
    let failure = Failure::other(error.code(), error.to_string());
    match error {
        SandboxError::Listen { .. } => failure.with_hint("keyfob sandbox --port 0"),
        SandboxError::NoSuchUser(_) => {
            failure.with_hint("keyfob sandbox --auto-approve alice   # or bob")
        }
        _ => failure,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_to_approve_as_a_user_it_does_not_have() {
        let config = SandboxConfig::default().with_auto_approve("nobody");
        let failure = refuse(&Sandbox::start(config).unwrap_err());
        assert_eq!(failure.code(), "sandbox_no_such_user");
    }

    #[test]
    fn takes_faults_by_name_and_as_json() {
        assert!(fault("hang").is_ok());
        assert!(fault(r#"{"kind": "slow", "delay_ms": 5, "count": 1}"#).is_ok());
        assert!(fault("nonsense").is_err());
    }
}
