//! `keyfob jwk public`: the half of a key that may be shown.
use clap::Args;
use keyfob::jose::Jwk;
use serde_json::{Value, json};

use super::input::KeyInput;
use super::outlet::Outlet;
use super::{Format, named, refused};
use crate::context::Context;
use crate::failure::Failure;
use crate::ui::output;

/// Show the public half of a key
///
/// Examples:
///   keyfob jwk public key.json
///   keyfob jwk public key.pem --kid 2026-01
///   keyfob jwk public - --format pem < key.json
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub(super) struct PublicArgs {
    #[command(flatten)]
    input: KeyInput,
    /// Name of the key [default: its own, else its thumbprint]
    #[arg(long, value_name = "KID")]
    kid: Option<String>,
    /// How it is written
    #[arg(long, value_enum, default_value = "jwk")]
    format: Format,
    #[command(flatten)]
    out: Outlet,
}

/// Prints the public half.
///
/// # Errors
///
/// Names the file and what is wrong with it.
pub(super) async fn run(context: &Context, args: &PublicArgs) -> Result<(), Failure> {
    let jwk = args.input.key(context).await?.public()?;
    let jwk = match &args.kid {
        Some(kid) => jwk.with_kid(kid),
        None => jwk,
    };
    let (value, text) = written(&named(jwk), args.format)?;
    args.out.deliver(context, &value, &text)
}

/// A public key as JSON and as text.
///
/// # Errors
///
/// Says why the cryptographic library refused.
pub(super) fn written(jwk: &Jwk, format: Format) -> Result<(Value, String), Failure> {
    let value = jwk.to_value();
    if format == Format::Jwk {
        let text = output::json(&value);
        return Ok((value, text));
    }
    let pem = jwk.to_pem().map_err(|error| refused(&error))?;
    Ok((json!({ "pem": pem }), pem))
}
