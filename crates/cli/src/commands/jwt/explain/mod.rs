//! `keyfob jwt explain`: what each part of a token means, and which rules it keeps and breaks.
mod form;
mod lines;
mod members;

use std::time::SystemTime;

use clap::Args;
use keyfob::jose::Secret;
use keyfob::verify::Profile;
use serde_json::{Map, Value, json};

use crate::commands::token_input::{AnyToken, Typed};
use crate::commands::verify::expected::{Expected, Kind};
use crate::commands::verify::finding::{Finding, Verdict};
use crate::commands::verify::keys::KeyFinder;
use crate::commands::verify::{WhoArgs, judge, rule_lines};
use crate::context::Context;
use crate::failure::Failure;
use form::Form;
use lines::Line;

/// Say in plain words what each part of a token means, and which rules it breaks
///
/// Without --issuer, --audience and --jwks, the token is held against what it
/// says itself, and its signature is not checked. Neither the token nor its
/// signature is shown. Nothing is decided here: see `keyfob verify`.
///
/// Examples:
///   keyfob jwt explain                 the current profile's access token
///   pbpaste | keyfob jwt explain -
///   keyfob jwt explain - --issuer https://id.example < token.txt
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub(super) struct ExplainArgs {
    #[command(flatten)]
    token: AnyToken,
    #[command(flatten)]
    who: WhoArgs,
}

/// Prints the explanation; a token that breaks rules is explained like any other.
///
/// # Errors
///
/// Says why there is no token, or what is wrong with the command line.
pub(super) async fn run(context: &Context, args: &ExplainArgs) -> Result<(), Failure> {
    let token = args.token.secret(context, Typed::Taken)?;
    let form = Form::of(token.expose());
    let now = args.who.at(context).unwrap_or_else(|| context.now());
    let verdict = match &form {
        Form::Signed(header, claims, _) => {
            Some(judged(context, args, &token, (header, claims), now).await?)
        }
        _ => None,
    };
    context.print(&to_value(&form, verdict.as_ref(), now), || {
        to_text(&form, verdict.as_ref(), now)
    })
}

/// Holds the token against what was said, and in what was not said against itself.
async fn judged(
    context: &Context,
    args: &ExplainArgs,
    token: &Secret,
    (header, claims): (&Map<String, Value>, &Map<String, Value>),
    now: SystemTime,
) -> Result<Verdict, Failure> {
    let own = |name: &str| match claims.get(name) {
        Some(Value::String(text)) => vec![text.clone()],
        Some(Value::Array(items)) => {
            let texts = items.iter().filter_map(Value::as_str);
            texts.map(str::to_owned).collect()
        }
        _ => Vec::new(),
    };
    let or_own = |given: &[String], name: &str| match given {
        [] => own(name),
        given => given.to_vec(),
    };
    let issuers = or_own(&args.who.issuer, "iss");
    let audiences = or_own(&args.who.audience, "aud");
    let mut expected = Expected::lenient(context, issuers, kind(header, claims), audiences);
    expected.at(now);
    expected.allow_bound = true;
    let jwks = args.who.jwks();
    let finder = if jwks.is_some() || !args.who.issuer.is_empty() {
        KeyFinder::new(context, jwks, None).await?
    } else {
        KeyFinder::nowhere(context)
    };
    let _waiting = finder
        .may_fetch()
        .then(|| context.wait_for("Waiting for the provider's keys"));
    let mut verdict = judge::judge(token, &expected, &finder).await?;
    let said = [
        ("issuer", !args.who.issuer.is_empty()),
        ("audience", !args.who.audience.is_empty()),
    ];
    for (rule, _) in said.iter().filter(|(_, said)| !said) {
        verdict.leave_open(rule, &format!("say what it should be: --{rule}"));
    }
    Ok(verdict)
}

/// Which rules are worth a look.
fn kind(header: &Map<String, Value>, claims: &Map<String, Value>) -> Kind {
    let kind = form::kind(header, claims);
    if kind.contains("ID token") {
        return Kind::IdToken;
    }
    if kind.contains("RFC 9068 §") {
        return Kind::AccessToken(Profile::Rfc9068);
    }
    Kind::AccessToken(Profile::Plain)
}

fn to_value(form: &Form, verdict: Option<&Verdict>, now: SystemTime) -> Value {
    let (header, claims) = explained(form, now);
    let values = |lines: Vec<Line>| lines.iter().map(Line::to_value).collect::<Vec<_>>();
    let rules = verdict.map(|verdict| {
        let findings = verdict.findings.iter();
        findings.map(Finding::to_value).collect::<Vec<_>>()
    });
    json!({
        "form": form.word(),
        "summary": form.sentence(),
        "header": values(header),
        "claims": values(claims),
        "rules": rules.unwrap_or_default(),
    })
}

fn to_text(form: &Form, verdict: Option<&Verdict>, now: SystemTime) -> String {
    let (header, claims) = explained(form, now);
    let mut text = form.sentence() + "\n";
    for (title, lines) in [("header", header), ("claims", claims)] {
        if !lines.is_empty() {
            text.extend(["\n", title, "\n"]);
            text.extend(lines.iter().map(Line::to_text));
        }
    }
    match form {
        Form::Signed(_, _, length) => {
            let length = length.to_string();
            text.extend(["\nsignature\n  ", &length, " bytes, not shown\n"]);
        }
        Form::Opaque => text.push_str("\nTo ask its issuer: keyfob introspect - -p PROFILE\n"),
        _ => {}
    }
    if let Some(verdict) = verdict {
        text.push_str("\nrules\n");
        text.push_str(&rule_lines(verdict, now));
    }
    text
}

fn explained(form: &Form, now: SystemTime) -> (Vec<Line>, Vec<Line>) {
    match form {
        Form::Signed(header, claims, _) => {
            (lines::of_header(header), lines::of_claims(claims, now))
        }
        Form::Encrypted(header) => (lines::of_header(header), Vec::new()),
        Form::Damaged(_) | Form::Opaque => (Vec::new(), Vec::new()),
    }
}
