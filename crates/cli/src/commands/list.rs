//! `keyfob list`: all profiles at a glance.
use clap::Args;
use keyfob::ProfileName;
use serde_json::{Map, Value, json};

use super::facts::Facts;
use super::open;
use crate::context::Context;
use crate::failure::Failure;
use crate::ui::table;

/// List the profiles: the current one, who is logged in, until when
#[derive(Args, Debug)]
pub(crate) struct ListArgs {}

/// Lists.
///
/// # Errors
///
/// Says that the home folder cannot be used.
pub(crate) async fn run(context: &Context) -> Result<(), Failure> {
    let profiles = context.profiles();
    let current = current(context);
    let mut rows = Vec::new();
    for name in profiles.builtin() {
        let is_current = current.as_ref() == Some(&name);
        rows.push(row(context, &name, is_current, true).await);
    }
    for name in profiles.list()? {
        // What the preset brings under this name is used, not this.
        if !profiles.is_builtin(&name) {
            let is_current = current.as_ref() == Some(&name);
            rows.push(row(context, &name, is_current, false).await);
        }
    }
    let value = json!({ "profiles": rows.iter().map(|row| row.json.clone()).collect::<Vec<_>>() });
    context.print(&value, || text(&rows))?;
    if rows.is_empty() {
        context.say("No profiles yet. Make one: keyfob login --issuer URL --client-id ID");
    }
    Ok(())
}

/// The profile that is used when none is named; a settings file that cannot be read must not hide the list.
fn current(context: &Context) -> Option<ProfileName> {
    match context.profiles().current() {
        Ok(current) => current.or_else(|| context.preset().default_profile()),
        Err(error) => {
            context.say(format!("warning: {error}"));
            None
        }
    }
}

struct Row {
    json: Value,
    cells: [String; 4],
}

/// A profile that cannot be read is listed all the same, with the reason.
async fn row(context: &Context, name: &ProfileName, current: bool, builtin: bool) -> Row {
    let mark = if current { "* " } else { "  " };
    let marked = format!("{mark}{name}{}", if builtin { " (built in)" } else { "" });
    match describe(context, name).await {
        Ok((mut json, [state, account, expiry])) => {
            json.insert("current".to_owned(), json!(current));
            json.insert("builtin".to_owned(), json!(builtin));
            Row {
                json: Value::Object(json),
                cells: [marked, state, account, expiry],
            }
        }
        Err(failure) => {
            // A skeleton is not broken: it waits for an id and a secret.
            let state = if builtin { "incomplete" } else { "unusable" };
            Row {
                json: json!({
                    "profile": name.as_str(),
                    "current": current,
                    "builtin": builtin,
                    "state": state,
                    "error": failure.code(),
                }),
                cells: [
                    marked,
                    state.to_owned(),
                    String::new(),
                    failure.code().to_owned(),
                ],
            }
        }
    }
}

async fn describe(
    context: &Context,
    name: &ProfileName,
) -> Result<(Map<String, Value>, [String; 3]), Failure> {
    let session = open::named_session(context, name)?;
    let status = session.status().await?;
    let facts = Facts::new(context, &session, &status);
    let cells = [
        facts.state().replace('_', " "),
        facts.account(),
        facts.expiry(),
    ];
    Ok((
        facts.to_json(),
        cells.map(|cell| crate::ui::words::plain(&cell)),
    ))
}

fn text(rows: &[Row]) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let cells: Vec<[String; 4]> = rows.iter().map(|row| row.cells.clone()).collect();
    table::columns(["  PROFILE", "STATE", "ACCOUNT", "EXPIRES"], &cells)
}
