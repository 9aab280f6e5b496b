//! Key files as they come: JWK, key set, PEM, encrypted PEM; from a file or stdin.
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use clap::Args;
use keyfob::jose::json::{self, Limits};
use keyfob::jose::{Algorithm, JoseError, Jwk, JwkSet, Secret, SigningKey};
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::secret_source::PassphraseArgs;
use crate::ui::{ask, words};

/// One key, by file.
#[derive(Args, Debug)]
pub(super) struct KeyInput {
    /// Key file, JWK or PEM; `-` for stdin
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Algorithm that the key is for [default: the JWK's `alg`; the curve's; RS256 for a private RSA key]
    #[arg(long, value_name = "ALG", value_parser = super::asymmetric)]
    algorithm: Option<Algorithm>,
    #[command(flatten)]
    passphrase: PassphraseArgs,
}

/// A key that was read.
pub(crate) enum Key {
    /// With its private half.
    Private(SigningKey),
    /// Its public half only.
    Public(Jwk),
}

/// What a file holds.
pub(crate) enum Contents {
    /// One key.
    Key(Key),
    /// The public keys of a set (RFC 7517 §5).
    Set(JwkSet),
}

impl KeyInput {
    /// Reads the key.
    ///
    /// # Errors
    ///
    /// Names the file and what is wrong with it.
    pub(super) async fn key(&self, context: &Context) -> Result<Key, Failure> {
        match self.contents(context).await? {
            Contents::Key(key) => Ok(key),
            Contents::Set(_) => Err(Failure::new(
                Exit::Usage,
                "key_set",
                format!("{} is a key set, not a key", name(&self.file)),
            )
            .with_hint(format!("keyfob jwk set {}", shell_name(&self.file)))),
        }
    }

    /// Reads what is there.
    ///
    /// # Errors
    ///
    /// As [`KeyInput::key`].
    pub(super) async fn contents(&self, context: &Context) -> Result<Contents, Failure> {
        read(context, &self.file, self.algorithm, &self.passphrase).await
    }

    /// The file as a hint repeats it.
    pub(super) fn shell_name(&self) -> String {
        shell_name(&self.file)
    }
}

impl Key {
    /// The public half.
    ///
    /// # Errors
    ///
    /// Says why there is none.
    pub(crate) fn public(&self) -> Result<Jwk, Failure> {
        match self {
            Self::Private(key) => key.public_jwk().map_err(|error| super::refused(&error)),
            Self::Public(jwk) => Ok(jwk.clone()),
        }
    }
}

/// Reads a key file; asks for the passphrase of an encrypted one if nothing else gives it.
///
/// # Errors
///
/// Names the file and what is wrong with it.
pub(super) async fn read(
    context: &Context,
    file: &Path,
    algorithm: Option<Algorithm>,
    passphrase: &PassphraseArgs,
) -> Result<Contents, Failure> {
    let bytes = bytes(file)?;
    let refuse = |error| refusal(file, &error);
    if bytes.trim_ascii_start().starts_with(b"{") {
        return from_json(&bytes, algorithm).map_err(refuse);
    }
    let text = String::from_utf8_lossy(&bytes);
    if !text.contains("PRIVATE KEY-----") {
        let jwk = Jwk::from_pem(&bytes, algorithm).map_err(refuse)?;
        return Ok(Contents::Key(Key::Public(jwk)));
    }
    let key = match SigningKey::from_pem(&bytes, None, algorithm) {
        Err(JoseError::PasswordNeeded) => {
            let passphrase = ask_for(context, file, passphrase).await?;
            SigningKey::from_pem(&bytes, Some(&passphrase), algorithm)
        }
        read => read,
    };
    Ok(Contents::Key(Key::Private(key.map_err(refuse)?)))
}

fn from_json(bytes: &[u8], algorithm: Option<Algorithm>) -> Result<Contents, JoseError> {
    let members = json::object(bytes, Limits::DOCUMENT)?;
    if members.contains_key("keys") {
        return JwkSet::parse(bytes).map(Contents::Set);
    }
    if members.get("kty").is_some_and(|kty| kty == "oct") {
        return Err(JoseError::UnsupportedKey(
            "a shared secret has no public half",
        ));
    }
    let is_private = members.contains_key("d");
    let jwk = with_algorithm(members, algorithm)?;
    let key = if is_private {
        Key::Private(SigningKey::from_jwk(&jwk, None)?)
    } else {
        Key::Public(Jwk::from_value(&jwk)?)
    };
    Ok(Contents::Key(key))
}

/// The algorithm that was asked for must be the key's own, if it has one.
fn with_algorithm(
    mut jwk: Map<String, Value>,
    algorithm: Option<Algorithm>,
) -> Result<Value, JoseError> {
    if let Some(asked) = algorithm {
        let own = jwk.insert("alg".to_owned(), asked.as_str().into());
        if own.is_some_and(|own| own != asked.as_str()) {
            return Err(JoseError::KeyMismatch {
                algorithm: asked.as_str(),
                why: "its `alg` is another",
            });
        }
    }
    Ok(Value::Object(jwk))
}

async fn ask_for(
    context: &Context,
    file: &Path,
    passphrase: &PassphraseArgs,
) -> Result<Secret, Failure> {
    if file == Path::new("-") && passphrase.reads_stdin() {
        return Err(
            Failure::usage("stdin cannot be both the key and its passphrase")
                .with_hint("give one of them by file"),
        );
    }
    if let Some(given) = passphrase.read()? {
        return Ok(Secret::new(given.as_str()));
    }
    if !context.may_ask() {
        return Err(refusal(file, &JoseError::PasswordNeeded));
    }
    let typed = ask::secret(&format!("Passphrase of {}: ", name(file))).await?;
    Ok(Secret::new(typed.as_str()))
}

/// Reads a file as it is, up to the size that any key document may have.
fn bytes(file: &Path) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let limit = Limits::DOCUMENT.max_bytes as u64;
    // Growing would leave copies of a private key behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(128 * 1024));
    let mut take = |source: &mut dyn Read| source.take(limit + 1).read_to_end(&mut bytes);
    let taken = if file == Path::new("-") {
        take(&mut std::io::stdin().lock())
    } else {
        File::open(file).and_then(|mut file| take(&mut file))
    };
    taken.map_err(|error| {
        Failure::usage(format!("{}: {error}", name(file)))
            .with_hint("the argument is a key file, JWK or PEM, or - for stdin")
    })?;
    if bytes.len() as u64 > limit {
        let what = "the file";
        let limit = Limits::DOCUMENT.max_bytes;
        return Err(refusal(file, &JoseError::TooLarge { what, limit }));
    }
    Ok(bytes)
}

/// Names the file, and what can be done.
pub(super) fn refusal(file: &Path, error: &JoseError) -> Failure {
    let shown = shell_name(file);
    let hint = match error {
        JoseError::PasswordNeeded | JoseError::PasswordWrong => {
            "give the passphrase with --passphrase-file FILE, --passphrase-env NAME or --passphrase-cmd COMMAND"
                .to_owned()
        }
        JoseError::MalformedKey(_) if holds_certificate(file) => {
            format!("a certificate holds one: openssl x509 -in {shown} -noout -pubkey | keyfob jwk public -")
        }
        JoseError::UnsupportedKey(why) if why.contains("encryption") => {
            format!("openssl pkcs8 -topk8 -in {shown} -out new.pem   (asks for both passphrases)")
        }
        JoseError::UnsupportedKey(_) => {
            "keyfob uses signing keys: RSA, EC on P-256, P-384 or P-521, and Ed25519".to_owned()
        }
        JoseError::WeakKey(_) => "make a new one: keyfob jwk new --out key.json".to_owned(),
        JoseError::KeyMismatch { .. } => "leave --algorithm out, or name one that fits the key".to_owned(),
        _ => "a key file is a JWK, a key set, or PEM".to_owned(),
    };
    Failure::new(
        Exit::Usage,
        error.code(),
        format!("{}: {error}", name(file)),
    )
    .with_hint(hint)
}

fn holds_certificate(file: &Path) -> bool {
    file != Path::new("-")
        && bytes(file).is_ok_and(|bytes| {
            String::from_utf8_lossy(&bytes).contains("-----BEGIN CERTIFICATE-----")
        })
}

/// The file as an error names it.
pub(crate) fn name(file: &Path) -> String {
    if file == Path::new("-") {
        "stdin".to_owned()
    } else {
        words::plain(&file.display().to_string())
    }
}

fn shell_name(file: &Path) -> String {
    words::shell_word(&words::plain(&file.display().to_string()))
}
