//! Writes the seeds that are not written by hand: `cargo run --manifest-path fuzz/Cargo.toml --example seeds`.

use std::fs;
use std::path::{Path, PathBuf};

use keyfob_fuzz::TEST_ISSUER;
use keyfob_jose::{Algorithm, SigningKey, base64url};
use keyfob_verify::testing::Wrong;
use serde_json::json;

fn main() -> std::io::Result<()> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    tokens(&corpus)?;
    key_sets(&corpus)
}

/// The good token and every wrong one, as header and payload for `token`, and apart for `header` and `claims`.
fn tokens(corpus: &Path) -> std::io::Result<()> {
    let good = TEST_ISSUER.token().claim("jti", "1");
    let id_token = TEST_ISSUER.id_token().sign();
    let mut tokens = vec![
        ("good".to_owned(), good.sign()),
        ("id-token".to_owned(), id_token),
    ];
    for wrong in Wrong::ALL {
        tokens.push((
            format!("{wrong:?}").to_lowercase(),
            good.clone().wrong(*wrong),
        ));
    }
    for (name, token) in tokens.iter().filter(|(_, token)| token.len() < 4096) {
        let mut parts = token.split('.').map(|part| base64url::decode(part).ok());
        let (Some(Some(header)), Some(Some(payload))) = (parts.next(), parts.next()) else {
            continue;
        };
        let signed = [&header[..], b"\n", &payload].concat();
        write(corpus.join("token").join(name), &signed)?;
        write(corpus.join("header").join(name), &header)?;
        write(corpus.join("claims").join(name), &payload)?;
    }
    write(corpus.join("token").join("raw-two-parts"), b"e30.e30")?;
    write(
        corpus.join("token").join("raw-five-parts"),
        b"e30.e30.e30.e30.e30",
    )?;
    write(
        corpus.join("token").join("raw-none"),
        b"eyJhbGciOiJub25lIn0.e30.",
    )
}

/// One public key of each kind, and one that cannot be used.
fn key_sets(corpus: &Path) -> std::io::Result<()> {
    let mut keys = vec![json!({"kty": "new"})];
    for algorithm in [
        Algorithm::RS256,
        Algorithm::ES256,
        Algorithm::ES384,
        Algorithm::ES512,
        Algorithm::EdDSA,
    ] {
        let key = SigningKey::generate(algorithm).expect("a key can be made");
        let public = key
            .with_kid("k")
            .public_jwk()
            .expect("it has a public half");
        let name = algorithm.as_str().to_lowercase();
        let one = json!({"keys": [public.to_value()]}).to_string();
        write(corpus.join("key_set").join(name), one.as_bytes())?;
        keys.push(public.to_value());
    }
    let all = json!({ "keys": keys }).to_string();
    write(corpus.join("key_set").join("all"), all.as_bytes())
}

fn write(path: PathBuf, bytes: &[u8]) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, bytes)
}
