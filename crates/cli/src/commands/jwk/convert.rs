//! `keyfob jwk convert`: the same key in the other format; what is private stays private.
use clap::Args;
use keyfob::jose::SigningKey;
use serde_json::json;

use super::input::{Key, KeyInput};
use super::outlet::PrivateOutlet;
use super::{Format, kind, named, new, public, refused};
use crate::context::Context;
use crate::failure::Failure;
use crate::ui::table;

/// Write a key in the other format: JWK or PEM
///
/// A private key stays private and goes to a new file that only you can read;
/// a public one is printed.
///
/// Examples:
///   keyfob jwk convert key.pem --to jwk --out key.json
///   keyfob jwk convert key.json --to pem --out key.pem
///   keyfob jwk convert public.pem --to jwk
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub(super) struct ConvertArgs {
    #[command(flatten)]
    input: KeyInput,
    /// The format wanted
    #[arg(long, value_enum)]
    to: Format,
    /// Name of the key, for a JWK [default: its own, else its thumbprint]
    #[arg(long, value_name = "KID")]
    kid: Option<String>,
    #[command(flatten)]
    out: PrivateOutlet,
}

/// Writes the key.
///
/// # Errors
///
/// Names the file and what is wrong with it, or says why the new one cannot be written.
pub(super) async fn run(context: &Context, args: &ConvertArgs) -> Result<(), Failure> {
    if args.kid.is_some() && args.to == Format::Pem {
        return Err(Failure::usage("PEM has no place for a kid").with_hint("leave --kid out"));
    }
    match args.input.key(context).await? {
        Key::Private(key) => private(context, args, key),
        Key::Public(jwk) => {
            let jwk = match &args.kid {
                Some(kid) => jwk.with_kid(kid),
                None => named(jwk),
            };
            let (value, text) = public::written(&jwk, args.to)?;
            args.out.public().deliver(context, &value, &text)
        }
    }
}

fn private(context: &Context, args: &ConvertArgs, key: SigningKey) -> Result<(), Failure> {
    let public = named(key.public_jwk().map_err(|error| refused(&error))?);
    let kid = args
        .kid
        .as_deref()
        .or_else(|| public.kid())
        .unwrap_or_default();
    let key = key.with_kid(kid);
    args.out.path()?;
    let Some(file) = args.out.save(&new::written(&key, args.to)?)? else {
        return Ok(());
    };
    let value =
        json!({ "file": file, "thumbprint": public.thumbprint(), "public": public.to_value() });
    context.print(&value, || {
        table::facts(&[
            ("private key", file.clone()),
            ("kind", kind(&public)),
            ("thumbprint", public.thumbprint()),
        ])
    })?;
    context.say(format!(
        "{} still holds the private key, too.",
        args.input.shell_name()
    ));
    Ok(())
}
