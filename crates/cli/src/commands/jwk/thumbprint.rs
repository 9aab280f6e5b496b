//! `keyfob jwk thumbprint`: the name that a key has by itself (RFC 7638, RFC 9278).
use clap::Args;
use keyfob::jose::Jwk;
use serde_json::json;

use super::input::{Contents, KeyInput};
use crate::context::Context;
use crate::failure::Failure;
use crate::ui::words;

/// Show the thumbprint of a key (SHA-256, RFC 7638)
///
/// It is the same for the private and the public half, as JWK and as PEM. Of a
/// key set, each key is shown.
///
/// Examples:
///   keyfob jwk thumbprint key.pem
///   keyfob jwk thumbprint --uri - < key.json      as a URI (RFC 9278)
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub(super) struct ThumbprintArgs {
    #[command(flatten)]
    input: KeyInput,
    /// As a URI (RFC 9278)
    #[arg(long)]
    uri: bool,
}

/// Prints the thumbprint.
///
/// # Errors
///
/// Names the file and what is wrong with it.
pub(super) async fn run(context: &Context, args: &ThumbprintArgs) -> Result<(), Failure> {
    let thumbprint = |jwk: &Jwk| {
        if args.uri {
            jwk.thumbprint_uri()
        } else {
            jwk.thumbprint()
        }
    };
    let value = |jwk: &Jwk| json!({ "kid": jwk.kid(), "thumbprint": jwk.thumbprint(), "uri": jwk.thumbprint_uri() });
    match args.input.contents(context).await? {
        Contents::Key(key) => {
            let jwk = key.public()?;
            context.print(&value(&jwk), || thumbprint(&jwk) + "\n")
        }
        Contents::Set(set) => {
            let all: Vec<_> = set.keys().iter().map(value).collect();
            context.print(&json!({ "keys": all }), || {
                let line = |jwk: &Jwk| {
                    format!(
                        "{}  {}\n",
                        thumbprint(jwk),
                        words::plain(jwk.kid().unwrap_or("-"))
                    )
                };
                set.keys().iter().map(line).collect()
            })
        }
    }
}
