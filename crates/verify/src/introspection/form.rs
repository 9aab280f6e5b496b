//! Telling JWTs (RFC 7519 §3) from opaque tokens by their first part.

use keyfob_jose::json::Limits;
use keyfob_jose::jws::MAX_TOKEN_BYTES;
use keyfob_jose::{base64url, json};

/// Longer first parts are not decoded, in characters; the headers of real tokens have a tenth of that.
const MAX_HEADER: usize = 16 * 1024;
/// How the headers of nearly all JWTs begin: `{"`, encoded.
const BEGINNING: &str = "eyJ";

/// Tells whether a token has to be checked as a JWT, and must not be shown to an issuer in place of that.
///
/// The first part decides: a JSON object with `alg` and without `enc`, which only encrypted tokens have. How many parts
/// follow does not matter, nor does padding, since issuers exist that read a JWT with a dot too many as the one without. A
/// token that is longer than any that is read counts as one, too, and so does a first part that begins like a header and
/// cannot be read.
///
/// ```
/// use keyfob_verify::looks_like_a_jwt;
///
/// assert!(looks_like_a_jwt("eyJhbGciOiJFUzI1NiJ9.e30.c2ln"));
/// assert!(looks_like_a_jwt("eyJhbGciOiJFUzI1NiJ9.e30.c2ln."));
/// assert!(!looks_like_a_jwt("2YotnFZFEjr1zCsicMWpAA"));
/// ```
pub fn looks_like_a_jwt(token: &str) -> bool {
    if token.len() > MAX_TOKEN_BYTES {
        return true;
    }
    let (first, rest) = match token.split_once('.') {
        Some((first, rest)) => (first, Some(rest)),
        None => (token, None),
    };
    let encoded: String = first.chars().filter_map(leniently).collect();
    match header(&encoded) {
        Some(header) => header.contains_key("alg") && !header.contains_key("enc"),
        // Where nothing follows, no issuer finds claims either; it is a random text.
        None => rest.is_some() && encoded.starts_with(BEGINNING),
    }
}

fn header(encoded: &str) -> Option<serde_json::Map<String, serde_json::Value>> {
    if encoded.len() > MAX_HEADER {
        return None;
    }
    let decoded = base64url::decode(encoded).ok()?;
    json::object(&decoded, Limits::TOKEN).ok()
}

/// Lenient decoders take both alphabets of base64, and pass over what is in neither.
fn leniently(character: char) -> Option<char> {
    match character {
        '+' => Some('-'),
        '/' => Some('_'),
        '-' | '_' => Some(character),
        _ => character.is_ascii_alphanumeric().then_some(character),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(header: &str, rest: &str) -> String {
        base64url::encode(header) + rest
    }

    #[test]
    fn a_jws_header_makes_a_jwt_whatever_follows() {
        for header in [
            r#"{"alg":"none"}"#,
            r#"{ "typ":"at+jwt", "alg":"RS256"}"#,
            r#"{"\u0061lg":1}"#,
        ] {
            for rest in [
                "",
                ".",
                "..",
                ".e30.c2ln",
                ".e30.c2ln.",
                ".a.b.c.d",
                "=.",
                "!==.e30.c2ln",
            ] {
                assert!(looks_like_a_jwt(&token(header, rest)), "{header} {rest}");
            }
        }
    }

    #[test]
    fn what_begins_like_a_header_and_cannot_be_read_is_a_jwt() {
        for first in [
            token(r#"{"alg":"RS256","alg":"none"}"#, ""),
            token(r#"{"alg":"RS256""#, ""),
            "eyJhbGciOiJub25lIn1".to_owned(),
            "eyJhbGciOiJub25lIn1B".repeat(MAX_HEADER / 16),
            "!eyJ".to_owned(),
        ] {
            assert!(looks_like_a_jwt(&format!("{first}.e30.c2ln")), "{first}");
            assert!(looks_like_a_jwt(&format!("{first}.")), "{first}");
        }
        let long = "a".repeat(MAX_TOKEN_BYTES);
        assert!(!looks_like_a_jwt(&long) && looks_like_a_jwt(&(long + "a")));
    }

    #[test]
    fn the_rest_is_opaque_and_so_is_what_is_encrypted() {
        let encrypted = token(r#"{"alg":"dir","enc":"A128GCM"}"#, "..a.b.c");
        let without_alg = token(r#"{"iv":"a/b"}"#, "==");
        let texts = [
            "",
            ".",
            "a.b",
            "..",
            "e30.e30.e30",
            "W10.e30.e30",
            "eyJhb",
            "2Yotn",
        ];
        for opaque in texts.into_iter().chain([&*encrypted, &*without_alg]) {
            assert!(!looks_like_a_jwt(opaque), "{opaque}");
        }
    }
}
