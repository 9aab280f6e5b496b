//! `keyfob jwk set`: a key set out of files, or an issuer's, looked at key by key (RFC 7517 §5).
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use keyfob::Client;
use keyfob::jose::{Jwk, JwkSet, Skipped};
use keyfob::transport::{KeySetDocument, KeySetSource};
use serde_json::{Map, Value, json};
use url::Url;

use super::input::{self, Contents};
use super::outlet::Outlet;
use super::{kind, named};
use crate::commands::{discover, open};
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::secret_source::PassphraseArgs;
use crate::ui::{output, table, words};

/// Make a key set out of files, or show the one that an issuer publishes
///
/// Of private keys, only the public half goes in. Keys without a name get
/// their thumbprint.
///
/// Examples:
///   keyfob jwk set 2025.pem 2026.json > jwks.json
///   keyfob jwk set --issuer https://id.example
///   keyfob jwk set --issuer https://id.example -o json > jwks.json
///   keyfob jwk set --url https://id.example/keys --out jwks.json
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub(super) struct SetArgs {
    /// Key files: JWK, key set or PEM; `-` for stdin
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Fetch the key set at this address
    #[arg(long, value_name = "URL", conflicts_with_all = ["files", "issuer"])]
    url: Option<String>,
    /// Fetch the key set that this issuer's metadata names [default: the profile's issuer]
    #[arg(long, value_name = "URL", conflicts_with = "files")]
    issuer: Option<String>,
    #[command(flatten)]
    out: Outlet,
    #[command(flatten)]
    passphrase: PassphraseArgs,
}

/// Prints the key set.
///
/// # Errors
///
/// Names the file and what is wrong with it, or says why the set cannot be had.
pub(super) async fn run(context: &Context, args: &SetArgs) -> Result<(), Failure> {
    if args.files.is_empty() {
        let set = fetch(context, args).await?;
        let value = with_skipped(&set);
        let text = if args.out.is_given() {
            output::json(&set.to_value())
        } else {
            overview(&set)
        };
        return args.out.deliver(context, &value, &text);
    }
    let mut keys = Vec::new();
    for file in &args.files {
        match input::read(context, file, None, &args.passphrase).await? {
            Contents::Key(key) => keys.push(named(key.public()?)),
            Contents::Set(set) => {
                for skipped in set.skipped() {
                    let (name, why) = (input::name(file), describe(skipped));
                    context.say(format!("warning: {name}: {why}"));
                }
                keys.extend(set.keys().iter().cloned().map(named));
            }
        }
    }
    refuse_twins(&keys)?;
    let value = JwkSet::from_keys(keys).to_value();
    args.out.deliver(context, &value, &output::json(&value))
}

/// A verifier that finds two keys of one name cannot tell which is meant.
fn refuse_twins(keys: &[Jwk]) -> Result<(), Failure> {
    let mut seen = std::collections::BTreeSet::new();
    let twin = keys
        .iter()
        .filter_map(Jwk::kid)
        .find(|kid| !seen.insert(*kid));
    match twin {
        None => Ok(()),
        Some(kid) => Err(Failure::new(
            Exit::Usage,
            "duplicate_kid",
            format!("two of these keys are called {}", words::plain(kid)),
        )
        .with_hint("leave one out, or name one anew: keyfob jwk public FILE --kid KID")),
    }
}

async fn fetch(context: &Context, args: &SetArgs) -> Result<Arc<JwkSet>, Failure> {
    let typed = args.url.is_some() || args.issuer.is_some();
    let published = || {
        let config = match &args.issuer {
            Some(issuer) => discover::bare_config(issuer),
            None => open::resolve(context, None).map_err(of_nobody)?.config,
        };
        let client = open::client(context, config)?;
        let keys = client.keys().map_err(keyfob::Error::from)?;
        Ok(keys.clone())
    };
    let keys = match &args.url {
        Some(url) => key_set_at(context, None, url)?,
        None => published().map_err(|failure| discover::without_profile(failure, typed))?,
    };
    let _waiting = context.wait_for("Waiting for the provider's keys");
    let set = keys.load().await;
    set.map_err(|error| discover::without_profile(keyfob::Error::from(error).into(), typed))
}

/// Without a profile, something has to be named.
fn of_nobody(failure: Failure) -> Failure {
    if failure.code() == "no_profile" {
        failure.with_hint("name key files, --issuer URL, --url URL, or a profile with -p")
    } else {
        failure
    }
}

/// The key set at an address, under the rules that any provider's is fetched by; by the client's proxy, if it has one.
///
/// # Errors
///
/// Says what is wrong with the address.
pub(crate) fn key_set_at(
    context: &Context,
    client: Option<&Client>,
    url: &str,
) -> Result<KeySetDocument, Failure> {
    let url: Url = url.parse().map_err(|error| {
        Failure::usage(format!("the address of the key set: {error}"))
            .with_hint("an address such as https://id.example/jwks is expected")
    })?;
    let transport = match client {
        Some(client) => client.transport().clone(),
        None => open::transport(context, &discover::bare_config("https://issuer.invalid"))?,
    };
    let source = KeySetSource::Url(url);
    Ok(KeySetDocument::new(
        source,
        transport,
        context.clock().clone(),
    ))
}

/// The set with what was left out, for programs; as a key set, `skipped` is an unknown member, which readers ignore.
fn with_skipped(set: &JwkSet) -> Value {
    let mut members = match set.to_value() {
        Value::Object(members) => members,
        _ => Map::new(),
    };
    if !set.skipped().is_empty() {
        let skipped = set.skipped().iter().map(|skipped| {
            json!({
                "index": skipped.index,
                "kid": skipped.kid,
                "code": skipped.reason.code(),
                "reason": skipped.reason.to_string(),
            })
        });
        members.insert("skipped".to_owned(), skipped.collect());
    }
    Value::Object(members)
}

fn overview(set: &JwkSet) -> String {
    let mut blocks: Vec<String> = set.keys().iter().map(block).collect();
    for skipped in set.skipped() {
        blocks.push(words::plain(&describe(skipped)) + "\n");
    }
    if blocks.is_empty() {
        return "The key set is empty.\n".to_owned();
    }
    blocks.join("\n")
}

fn block(jwk: &Jwk) -> String {
    let algorithm = jwk.algorithm();
    table::facts(&[
        (
            "kid",
            jwk.kid().map_or_else(|| "(none)".to_owned(), words::plain),
        ),
        ("kind", kind(jwk)),
        (
            "alg",
            algorithm.map_or_else(
                || "(not named)".to_owned(),
                |algorithm| algorithm.to_string(),
            ),
        ),
        ("use", "sig".to_owned()),
        ("thumbprint", jwk.thumbprint()),
    ])
}

/// Says which key cannot be used, and why.
pub(crate) fn describe(skipped: &Skipped) -> String {
    let kid = skipped.kid.as_deref();
    let name = kid.map_or(String::new(), |kid| format!(" (kid {})", words::plain(kid)));
    format!(
        "key {}{name} is not used: {}",
        skipped.index + 1,
        skipped.reason
    )
}
