//! `keyfob status --explain`: which source each setting comes from, and what else was said in vain.
use keyfob::settings::{Explained, Keeps, Origin, Resolved, Shadowed, Source};
use serde_json::{Value, json};

use crate::context::Context;
use crate::failure::Failure;
use crate::ui::{table, words};

/// Prints the explanation; nothing is asked of the provider, and no secret is shown.
///
/// # Errors
///
/// Says why stdout could not be written.
pub(super) fn print(context: &Context, resolved: &Resolved) -> Result<(), Failure> {
    let value = json!({
        "preset": context.preset().name(),
        "profile": resolved.name,
        "origin": origin(resolved.origin),
        "credential": place(resolved),
        "foundry_cache": resolved.config.text("foundry_cache"),
        "settings_file": context.profiles().settings_path(),
        "settings": resolved.explained.iter().map(setting).collect::<Vec<_>>(),
        "warnings": resolved.warnings,
    });
    context.print(&value, || text(context, resolved))
}

fn setting(explained: &Explained) -> Value {
    json!({
        "setting": explained.setting.as_str(),
        "value": explained.shown,
        "source": source(&explained.source),
        "shadowed": explained.shadowed.iter().map(shadowed).collect::<Vec<_>>(),
    })
}

fn shadowed(shadowed: &Shadowed) -> Value {
    json!({
        "setting": shadowed.setting.as_str(),
        "value": shadowed.shown,
        "source": source(&shadowed.source),
        "why": shadowed.why,
    })
}

fn source(source: &Source) -> Value {
    match source {
        Source::Flag => json!({ "kind": "flag" }),
        Source::Environment { variable } => json!({ "kind": "environment", "variable": variable }),
        Source::SettingsFile { path, key } => {
            json!({ "kind": "settings_file", "path": path, "key": key })
        }
        Source::Login => json!({ "kind": "login" }),
        Source::Profile => json!({ "kind": "profile" }),
        Source::Preset { name } => json!({ "kind": "preset", "preset": name }),
        Source::OnlyOne => json!({ "kind": "only_one" }),
        other => json!({ "kind": other.to_string() }),
    }
}

fn origin(origin: Origin) -> &'static str {
    match origin {
        Origin::OnDisk => "on_disk",
        Origin::BuiltIn => "built_in",
        Origin::AdHoc => "ad_hoc",
        _ => "other",
    }
}

/// Where the credential lives, or would live.
fn place(resolved: &Resolved) -> Value {
    match &resolved.keeps {
        Keeps::Folder(home) => json!(home.join(resolved.key.as_str()).join("token.json")),
        Keeps::File(path) => json!(path),
        _ => Value::Null,
    }
}

/// The cache of another program that keeps the refresh token too.
fn shared(resolved: &Resolved) -> &str {
    resolved.config.text("foundry_cache").unwrap_or_default()
}

fn text(context: &Context, resolved: &Resolved) -> String {
    let credential = match place(resolved) {
        Value::String(path) => path,
        _ => "in memory, for this command only".to_owned(),
    };
    let origin = origin(resolved.origin).replace('_', " ");
    let facts = table::facts(&[
        ("preset", context.preset().name().to_owned()),
        (
            "profile",
            format!("{} ({origin})", words::plain(&resolved.name)),
        ),
        ("credential", words::plain(&credential)),
        ("shared in", words::plain(shared(resolved))),
    ]);
    let rows: Vec<[String; 3]> = resolved.explained.iter().flat_map(rows).collect();
    format!(
        "{facts}\n{}",
        table::columns(["SETTING", "VALUE", "FROM"], &rows)
    )
}

/// The setting, and below it what was not used.
fn rows(explained: &Explained) -> Vec<[String; 3]> {
    let used = (!explained.shown.is_empty()).then(|| {
        [
            explained.setting.as_str().to_owned(),
            words::plain(&explained.shown),
            words::plain(&explained.source.to_string()),
        ]
    });
    let shadowed = explained.shadowed.iter().map(|shadowed| {
        let source = shadowed.source.to_string();
        // A path twice in one line is hard to read.
        let from = if shadowed.why.contains(&source) {
            shadowed.why.clone()
        } else {
            format!("{source}: {}", shadowed.why)
        };
        [
            format!("  not {}", shadowed.setting),
            words::plain(&shadowed.shown),
            words::plain(&from),
        ]
    });
    used.into_iter().chain(shadowed).collect()
}
