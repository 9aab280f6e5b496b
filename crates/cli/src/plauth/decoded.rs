//! A token taken apart without any check, block by block.
use std::time::SystemTime;

use keyfob::jose::jwt::Unverified;
use keyfob::jose::{base64url, jwt};
use serde_json::{Map, Value};

use super::json;
use crate::failure::Failure;
use crate::ui::{output, words};

/// Bytes of a signature on one line.
const PER_LINE: usize = 16;

/// Prints the banner, then the token's parts; without a token, the banner alone.
///
/// # Errors
///
/// Says that the token is no JWT, after the banner.
pub(super) fn print(token: Option<&str>, human: Option<SystemTime>) -> Result<(), Failure> {
    output::stdout("UNTRUSTED JWT Decoding\n\n")?;
    match token {
        Some(token) => output::stdout(&blocks(token, human)?),
        None => Ok(()),
    }
}

/// The blocks RAW, HEADER, BODY and SIGNATURE; dates are said in local time if it is said what time it is.
///
/// # Errors
///
/// Says that the token is no JWT.
pub(super) fn blocks(token: &str, human: Option<SystemTime>) -> Result<String, Failure> {
    let token = token.trim();
    let parts = parts(token)?;
    let signature = token.rsplit('.').next().unwrap_or_default();
    let signature = base64url::decode(signature).map_err(keyfob::Error::from)?;
    let body = Value::Object(parts.claims);
    let body = human.map_or_else(
        || body.clone(),
        |now| json::with_local_dates(body.clone(), now),
    );
    Ok([
        block("RAW", &words::plain(token)),
        block("HEADER", &json::text(&Value::Object(parts.header))),
        block("BODY", &json::text(&body)),
        block("SIGNATURE", &hex(&signature)),
    ]
    .concat())
}

/// The claims, unchecked.
///
/// # Errors
///
/// Says that the token is no JWT.
pub(super) fn claims(token: &str) -> Result<Map<String, Value>, Failure> {
    Ok(parts(token)?.claims)
}

fn parts(token: &str) -> Result<Unverified, Failure> {
    jwt::decode_unverified(token).map_err(|error| {
        Failure::other("not_a_jwt", format!("this token is not a readable JWT: {error}")).with_hint(
            "an opaque token cannot be decoded; plauth oauth validate-access-token asks the provider about it",
        )
    })
}

fn block(title: &str, text: &str) -> String {
    let lines = text.lines().map(|line| format!("    {line}\n"));
    format!("{title}:\n{}\n", lines.collect::<String>())
}

fn hex(bytes: &[u8]) -> String {
    let line = |bytes: &[u8]| {
        let pairs: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        pairs.join(":")
    };
    bytes
        .chunks(PER_LINE)
        .map(line)
        .collect::<Vec<_>>()
        .join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_each_part_indented_and_the_signature_in_lines_of_sixteen_bytes() {
        let signature = base64url::encode((0..18).collect::<Vec<u8>>());
        let header = base64url::encode(br#"{"alg":"HS256"}"#);
        let body = base64url::encode(br#"{"sub":"a","aud":["x"]}"#);
        let token = format!("{header}.{body}.{signature}");
        let expected = format!(
            "RAW:\n    {token}\n\n\
             HEADER:\n    {{\n      \"alg\": \"HS256\"\n    }}\n\n\
             BODY:\n    {{\n      \"aud\": [\n        \"x\"\n      ],\n      \"sub\": \"a\"\n    }}\n\n\
             SIGNATURE:\n    00:01:02:03:04:05:06:07:08:09:0a:0b:0c:0d:0e:0f\n    10:11\n\n"
        );
        assert_eq!(blocks(&format!("{token}\n"), None).unwrap(), expected);
    }

    #[test]
    fn what_is_no_jwt_is_refused_without_being_repeated() {
        let failure = blocks("opaque-canary", None).unwrap_err();
        assert!(!format!("{failure:?}").contains("canary"));
    }
}
