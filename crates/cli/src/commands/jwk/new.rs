//! `keyfob jwk new`: a new private key in a new file.
use clap::{Args, ValueEnum};
use keyfob::jose::{Algorithm, KeyType, Secret, SigningKey};
use serde_json::json;

use super::outlet::PrivateOutlet;
use super::{Format, asymmetric, kind, refused};
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::ui::{table, words};

/// Make a new private key
///
/// Its name (kid) is its thumbprint (RFC 7638) unless --kid says otherwise.
///
/// Examples:
///   keyfob jwk new --out key.json                       ES256 (EC, P-256)
///   keyfob jwk new --algorithm EdDSA --out key.json
///   keyfob jwk new --type RSA --size 3072 --format pem --out key.pem
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub(super) struct NewArgs {
    /// Kind of key: RSA stands for RS256, EC for ES256, OKP for EdDSA [default: EC]
    #[arg(
        long = "type",
        alias = "kty",
        value_name = "KTY",
        value_enum,
        ignore_case = true
    )]
    kind: Option<Kind>,
    /// Algorithm that it signs with, which also says the curve, such as ES384 or PS256
    #[arg(long, alias = "alg", value_name = "ALG", value_parser = asymmetric, conflicts_with = "kind")]
    algorithm: Option<Algorithm>,
    /// Bits of an RSA key: 2048, 3072 or 4096 [default: 2048]
    #[arg(long, value_name = "BITS")]
    size: Option<u16>,
    /// Name of the key [default: its thumbprint]
    #[arg(long, value_name = "KID")]
    kid: Option<String>,
    /// How it is written
    #[arg(long, value_enum, default_value = "jwk")]
    format: Format,
    #[command(flatten)]
    out: PrivateOutlet,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Kind {
    #[value(name = "RSA")]
    Rsa,
    #[value(name = "EC")]
    Ec,
    #[value(name = "OKP")]
    Okp,
}

/// Makes the key and says its name.
///
/// # Errors
///
/// Says what does not fit together, or why the file cannot be written.
pub(super) fn run(context: &Context, args: &NewArgs) -> Result<(), Failure> {
    args.out.path()?;
    if args.kid.is_some() && args.format == Format::Pem {
        return Err(Failure::usage("PEM has no place for a kid")
            .with_hint("leave --kid out, or write a JWK: --format jwk"));
    }
    let key = make(args)?;
    let public = key.public_jwk().map_err(|error| refused(&error))?;
    let file = args.out.save(&written(&key, args.format)?)?;
    let Some(file) = file else {
        return Ok(());
    };
    let value =
        json!({ "file": file, "thumbprint": public.thumbprint(), "public": public.to_value() });
    context.print(&value, || {
        table::facts(&[
            ("private key", file.clone()),
            ("kind", kind(&public)),
            ("algorithm", key.algorithm().to_string()),
            ("kid", words::plain(public.kid().unwrap_or_default())),
            ("thumbprint", public.thumbprint()),
        ])
    })?;
    let file = words::shell_word(&file);
    context.say(format!(
        "To publish its public half: keyfob jwk set {file} > jwks.json"
    ));
    Ok(())
}

fn make(args: &NewArgs) -> Result<SigningKey, Failure> {
    let algorithm = args.algorithm.unwrap_or(match args.kind {
        Some(Kind::Rsa) => Algorithm::RS256,
        Some(Kind::Okp) => Algorithm::EdDSA,
        Some(Kind::Ec) | None => Algorithm::ES256,
    });
    let made = match args.size {
        Some(bits) if algorithm.key_type() == KeyType::Rsa => {
            SigningKey::generate_rsa(algorithm, bits)
        }
        Some(_) => {
            return Err(
                Failure::usage("--size is for RSA keys; a curve has one size")
                    .with_hint("leave --size out, or add --type RSA"),
            );
        }
        None => SigningKey::generate(algorithm),
    };
    let key = made.map_err(|error| {
        Failure::new(Exit::Usage, error.code(), error.to_string())
            .with_hint("leave --size out, or take 3072")
    })?;
    let public = key.public_jwk().map_err(|error| refused(&error))?;
    let kid = args.kid.clone().unwrap_or_else(|| public.thumbprint());
    Ok(key.with_kid(kid))
}

/// The private key as text.
///
/// # Errors
///
/// Says why the cryptographic library refused.
pub(super) fn written(key: &SigningKey, format: Format) -> Result<Secret, Failure> {
    let text = match format {
        Format::Jwk => key.to_jwk(),
        Format::Pem => key.to_pkcs8_pem(),
    };
    text.map_err(|error| refused(&error))
}
