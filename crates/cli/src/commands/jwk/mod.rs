//! `keyfob jwk`: keys and key sets (RFC 7517), made, looked at and converted.
mod convert;
mod input;
mod new;
mod outlet;
mod public;
mod set;
mod thumbprint;

use std::path::Path;

use clap::{Args, Subcommand, ValueEnum};
use keyfob::jose::{Algorithm, JoseError, Jwk};
use serde_json::Value;

use crate::context::Context;
use crate::failure::Failure;
use crate::secret_source::PassphraseArgs;

/// Make, convert and look at keys and key sets
///
/// Private keys are written to new files that only you can read, and never to
/// stdout unless --print-private-key says so.
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub(crate) struct JwkArgs {
    #[command(subcommand)]
    command: JwkCommand,
}

#[derive(Subcommand, Debug)]
enum JwkCommand {
    New(new::NewArgs),
    Public(public::PublicArgs),
    Thumbprint(thumbprint::ThumbprintArgs),
    Convert(convert::ConvertArgs),
    Set(set::SetArgs),
}

/// Runs the subcommand.
///
/// # Errors
///
/// What the subcommand says.
pub(crate) async fn run(context: &Context, args: JwkArgs) -> Result<(), Failure> {
    match args.command {
        JwkCommand::New(args) => new::run(context, &args),
        JwkCommand::Public(args) => public::run(context, &args).await,
        JwkCommand::Thumbprint(args) => thumbprint::run(context, &args).await,
        JwkCommand::Convert(args) => convert::run(context, &args).await,
        JwkCommand::Set(args) => set::run(context, &args).await,
    }
}

pub(crate) use input::{Contents, name};
pub(crate) use set::{describe, key_set_at};

/// Reads keys to verify with: a key set, a JWK or PEM.
///
/// # Errors
///
/// Names the file and what is wrong with it.
pub(crate) async fn read_public(context: &Context, file: &Path) -> Result<Contents, Failure> {
    input::read(context, file, None, &PassphraseArgs::default()).await
}

/// How a key is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// JSON Web Key (RFC 7517).
    Jwk,
    /// PEM: PKCS#8 for private keys, SPKI for public ones (RFC 7468).
    Pem,
}

/// What a key is, in words: `RSA, 2048 bits`, `EC, P-256`, `OKP, Ed25519`.
fn kind(jwk: &Jwk) -> String {
    let value = jwk.to_value();
    let text = |name: &str| value.get(name).and_then(Value::as_str);
    let kty = text("kty").unwrap_or_default();
    match (text("crv"), text("n")) {
        (Some(curve), _) => format!("{kty}, {curve}"),
        // Four characters hold three bytes; sizes of keys are multiples of 64 bits.
        (_, Some(modulus)) => format!("{kty}, {} bits", modulus.len() * 6 / 64 * 64),
        _ => kty.to_owned(),
    }
}

/// The public members, with `kid`: the key's own name, else its thumbprint.
fn named(jwk: Jwk) -> Jwk {
    if jwk.kid().is_some() {
        return jwk;
    }
    let thumbprint = jwk.thumbprint();
    jwk.with_kid(thumbprint)
}

/// What the cryptographic library refused is nobody's fault who types.
fn refused(error: &JoseError) -> Failure {
    Failure::other(error.code(), error.to_string())
}

/// Reads the name of an algorithm whose keys have two halves.
///
/// # Errors
///
/// Says which there are.
pub(crate) fn asymmetric(text: &str) -> Result<Algorithm, String> {
    let algorithm: Option<Algorithm> = text.parse().ok();
    algorithm
        .filter(|algorithm| !algorithm.is_symmetric())
        .ok_or_else(|| {
            "one of RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA is expected"
                .to_owned()
        })
}

#[cfg(test)]
mod tests {
    use keyfob::jose::SigningKey;

    use super::*;

    #[test]
    fn says_kind_and_size() {
        let kind = |key: SigningKey| kind(&key.public_jwk().unwrap());
        let of = |algorithm| kind(SigningKey::generate(algorithm).unwrap());
        assert_eq!(of(Algorithm::RS256), "RSA, 2048 bits");
        assert_eq!(of(Algorithm::ES512), "EC, P-521");
        assert_eq!(of(Algorithm::EdDSA), "OKP, Ed25519");
        let large = SigningKey::generate_rsa(Algorithm::PS256, 3072).unwrap();
        assert_eq!(kind(large), "RSA, 3072 bits");
    }

    #[test]
    fn shared_secrets_are_no_keys_of_this_command() {
        assert_eq!(asymmetric("ES384"), Ok(Algorithm::ES384));
        assert!(asymmetric("HS256").is_err());
        assert!(asymmetric("none").is_err());
    }
}
