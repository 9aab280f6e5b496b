//! `keyfob jwt decode`: header and claims in the clear, nothing checked.
use std::time::{Duration, SystemTime};

use clap::Args;
use serde_json::{Value, json};

use crate::commands::token_input::TokenInput;
use crate::context::Context;
use crate::failure::Failure;
use crate::ui::words;

/// Show a JWT's header and claims; checks nothing
///
/// Examples:
///   keyfob jwt decode                  the current profile's access token
///   keyfob jwt decode --id-token -p work
///   pbpaste | keyfob jwt decode -
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub(crate) struct DecodeArgs {
    #[command(flatten)]
    input: TokenInput,
}

/// Prints header and claims; the signature is never repeated.
///
/// # Errors
///
/// Says that the token is no JWT.
pub(crate) fn run(context: &Context, args: &DecodeArgs) -> Result<(), Failure> {
    let token = args.input.secret(context)?;
    let (header, claims) = parts(token.expose())?;
    let value = json!({ "header": header, "claims": claims, "verified": false });
    context.print(&value, || {
        format!(
            "header\n{}\n{}",
            shown(&header),
            claims_text(&claims, context.now())
        )
    })
}

/// Header and claims of a compact JWS.
fn parts(token: &str) -> Result<(Value, Value), Failure> {
    let decoded = keyfob::jose::jwt::decode_unverified(token).map_err(|error| {
        Failure::usage(format!("not a readable JWT: {error}"))
            .with_hint("an opaque token can only be introspected: keyfob introspect{at}")
    })?;
    Ok((Value::Object(decoded.header), Value::Object(decoded.claims)))
}

/// The claims for a person, with dates where they hold numbers.
pub(crate) fn claims_text(claims: &Value, now: SystemTime) -> String {
    let mut text = format!("claims\n{}", shown(claims));
    let dates: Vec<String> = ["iat", "nbf", "exp", "auth_time"]
        .iter()
        .filter_map(|name| {
            let time = time(claims.get(name)?)?;
            let relative = words::relative(time, now);
            Some(format!("  {name:9}  {}  ({relative})\n", words::utc(time)))
        })
        .collect();
    if !dates.is_empty() {
        text.push_str("\ndates\n");
        text.extend(dates);
    }
    text
}

fn shown(value: &Value) -> String {
    words::plain_lines(&format!("{value:#}")) + "\n"
}

/// A date claim as a point in time; fractions are dropped.
pub(crate) fn time(value: &Value) -> Option<SystemTime> {
    let fraction = || {
        value
            .as_f64()
            .filter(|seconds| (0.0..1e15).contains(seconds))
    };
    let whole = || Some(Duration::try_from_secs_f64(fraction()?).ok()?.as_secs());
    value.as_u64().or_else(whole).map(words::from_unix)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_dates_in_words() {
        let text = claims_text(&json!({"exp": 100.5}), words::from_unix(40));
        assert!(
            text.contains("1970-01-01 00:01:40 UTC  (in 60 s)"),
            "{text}"
        );
    }
}
