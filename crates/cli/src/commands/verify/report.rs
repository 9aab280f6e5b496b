//! The verdict in words, or as JSON.
use std::borrow::Cow;
use std::time::SystemTime;

use serde_json::{Map, Value, json};

use super::finding::{Finding, Outcome, Verdict};
use crate::commands::jwt::claims_text;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::ui::{duration, words};

/// Prints the verdict; a bad one is also the command's failure.
///
/// # Errors
///
/// Says which rules the token breaks, or why it could not be checked.
pub(super) fn report(context: &Context, verdict: Verdict, now: SystemTime) -> Result<(), Failure> {
    context.print(&to_value(&verdict), || {
        if verdict.is_good() {
            good(&verdict, now)
        } else {
            bad(&verdict, now)
        }
    })?;
    match failure(&verdict) {
        Some(failure) => Err(failure),
        None => verdict.doubt.map_or(Ok(()), Err),
    }
}

fn to_value(verdict: &Verdict) -> Value {
    let rules: Vec<Value> = verdict.findings.iter().map(Finding::to_value).collect();
    let mut value = Map::from_iter([
        ("verified".to_owned(), json!(verdict.is_good())),
        ("rules".to_owned(), json!(rules)),
    ]);
    // Claims of a token that is not good are nobody's word.
    if verdict.is_good() {
        value.insert("claims".to_owned(), json!(verdict.claims));
    }
    Value::Object(value)
}

fn good(verdict: &Verdict, now: SystemTime) -> String {
    let claims = Value::Object(verdict.claims.clone().unwrap_or_default());
    let asked = verdict
        .findings
        .iter()
        .any(|finding| finding.rule == "introspection");
    let signed = verdict
        .findings
        .iter()
        .any(|finding| finding.rule == "signature");
    let how = match (signed, asked) {
        (true, true) => {
            "signature, issuer, audience and dates, and its issuer says that it is active"
        }
        (true, false) => "signature, issuer, audience and dates",
        _ => "its issuer says that it is active",
    };
    let is_bound = claims.get("cnf").is_some_and(|cnf| !cnf.is_null());
    let caveat = if is_bound {
        "It is bound to a key or certificate (cnf); nobody proved to hold that.\n"
    } else {
        ""
    };
    let text = claims_text(&claims, now);
    format!("The token is good: {how}.\n{caveat}\n{text}")
}

fn bad(verdict: &Verdict, now: SystemTime) -> String {
    let count = verdict.broken().count();
    let mut text = match count {
        0 => "The token could not be checked in full.\n".to_owned(),
        1 => "The token must not be trusted. It breaks a rule:\n".to_owned(),
        _ => format!("The token must not be trusted. It breaks {count} rules:\n"),
    };
    text.push_str(&lines(verdict, now));
    text
}

/// Broken rules first, each on a line, then those that nobody could check; the kept ones together.
pub(crate) fn lines(verdict: &Verdict, now: SystemTime) -> String {
    let mut text = String::new();
    for (rule, failure) in verdict.broken() {
        let message = in_words(verdict, failure, now);
        text.push_str(&format_line(
            rule,
            &format!("{message} ({})", failure.code()),
        ));
    }
    for finding in &verdict.findings {
        if let Outcome::Open(why) = &finding.outcome {
            text.push_str(&format_line(
                finding.rule,
                &format!("not checked: {}", words::plain(why)),
            ));
        }
    }
    let kept = verdict.findings.iter().filter(|finding| finding.is_kept());
    let mut kept: Vec<&str> = kept.map(|finding| finding.rule).collect();
    kept.dedup();
    if !kept.is_empty() {
        text.push_str(&format_line("kept", &kept.join(", ").replace('_', " ")));
    }
    text
}

fn format_line(rule: &str, text: &str) -> String {
    format!("  {}: {text}\n", rule.replace('_', " "))
}

/// The reason, with what the token says where that has to be compared, and times as people say them.
fn in_words(verdict: &Verdict, failure: &Failure, now: SystemTime) -> String {
    let message = words::plain(failure.message());
    let claimed = match failure.code() {
        "wrong_issuer" | "unknown_issuer" => verdict.claim("iss").map(|iss| format!(", by {iss}")),
        "wrong_audience" | "untrusted_audience" | "id_token_audience" => {
            verdict.claim("aud").map(|aud| format!(", for {aud}"))
        }
        "id_token_azp" | "wrong_azp" => verdict.claim("azp").map(|azp| format!(": {azp}")),
        "insufficient_scope" => {
            let scopes = verdict.claim("scope").or_else(|| verdict.claim("scp"));
            Some(scopes.map_or_else(
                || ": it has none".to_owned(),
                |scopes| format!(": it has {scopes}"),
            ))
        }
        "expired" => {
            let time = verdict.time("exp");
            let ago = time.and_then(|time| now.duration_since(time).ok());
            return ago.map_or(message, |ago| {
                format!("the token expired {} ago", duration::say(ago))
            });
        }
        "not_yet_valid" => verdict
            .time("nbf")
            .map(|time| format!(": only {}", words::relative(time, now))),
        "issued_in_future" => verdict
            .time("iat")
            .map(|time| format!(": {}", words::relative(time, now))),
        _ => None,
    };
    format!("{message}{}", claimed.unwrap_or_default())
}

/// One failure for all broken rules, under the code of the first.
fn failure(verdict: &Verdict) -> Option<Failure> {
    let codes: Vec<&str> = verdict
        .broken()
        .map(|(_, failure)| failure.code())
        .collect();
    let (_, first) = verdict.broken().next()?;
    let message = if codes.len() == 1 {
        format!("the token must not be trusted: {}", first.message())
    } else {
        format!(
            "the token must not be trusted: it breaks {} rules ({})",
            codes.len(),
            codes.join(", ")
        )
    };
    let hint = hint(first.code(), verdict);
    Some(Failure::new(Exit::Security, first.code().to_owned(), message).with_hint(hint))
}

fn hint(code: &str, verdict: &Verdict) -> Cow<'static, str> {
    if let ("unknown_key" | "id_token_unknown_key", Some(issuer)) = (code, &verdict.issuer) {
        let published = format!("keyfob jwk set --issuer {}", words::shell_word(issuer));
        return published.into();
    }
    let hint = match code {
        "wrong_type" => {
            "for an issuer that predates RFC 9068: --type plain; for an ID token: --type id"
        }
        "id_token_presented" | "id_token_type" => {
            "say which kind it is: --type id for ID tokens, at+jwt or plain for access tokens"
        }
        "malformed_token" | "encrypted_token" if verdict.is_opaque => {
            "only its issuer can read it: --introspect -p PROFILE"
        }
        "binding_required" => "if another party checks the proof: --allow-bound",
        "expired" | "id_token_expired" => "get a new token; --at TIME checks as of another time",
        _ => "do not trust this token; keyfob jwt explain shows what it claims",
    };
    hint.into()
}
