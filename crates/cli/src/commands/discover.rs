//! `keyfob discover`: what a server says about itself (OpenID Connect Discovery 1.0, RFC 8414).
use clap::Args;
use keyfob::ClientConfig;
use keyfob::protocol::ServerMetadata;
use serde_json::{Map, Value, json};

use super::open;
use crate::context::Context;
use crate::failure::Failure;
use crate::ui::{table, words};

/// Show what an authorization server says about itself
///
/// Examples:
///   keyfob discover https://id.example
///   keyfob discover -p work -o json
///   keyfob discover --scopes            only the scopes that it offers
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub(crate) struct DiscoverArgs {
    /// The issuer [default: the profile's]
    #[arg(value_name = "ISSUER")]
    issuer: Option<String>,
    /// Print the scopes that it offers, and nothing else
    #[arg(long)]
    scopes: bool,
}

/// Prints the metadata; the text form leaves out what does not help to use the server.
///
/// # Errors
///
/// Says why there is none, or that it is of another issuer.
pub(crate) async fn run(context: &Context, args: &DiscoverArgs) -> Result<(), Failure> {
    let config = match &args.issuer {
        Some(issuer) => bare_config(issuer),
        None => open::resolve(context, None)?.config,
    };
    let is_typed = args.issuer.is_some();
    let mended = |failure| without_profile(failure, is_typed);
    let client = open::client(context, config).map_err(mended)?;
    let metadata = {
        let _waiting = context.wait_for("Waiting for the provider");
        let metadata = client.metadata().await;
        metadata.map_err(|error| mended(error.into()))?
    };
    if args.scopes {
        let scopes = scopes(&metadata)?;
        return context.print(&json!({ "scopes": scopes }), || {
            let lines = scopes.iter().map(|scope| words::plain(scope) + "\n");
            lines.collect()
        });
    }
    let value = Value::Object(document(&metadata));
    context.print(&value, || text(&value))
}

/// The scopes that the server offers, sorted.
///
/// # Errors
///
/// Says that it does not tell.
pub(crate) fn scopes(metadata: &ServerMetadata) -> Result<Vec<String>, Failure> {
    let mut scopes = metadata.scopes_supported.clone().ok_or_else(|| {
        Failure::other(
            "scopes_unknown",
            "this server does not say which scopes it offers",
        )
        .with_hint("its documentation does; it is the server that decides what a login gets")
    })?;
    scopes.sort_unstable();
    scopes.dedup();
    Ok(scopes)
}

/// An issuer that was typed is mended at the prompt, not in a profile.
pub(crate) fn without_profile(failure: Failure, is_typed: bool) -> Failure {
    if is_typed && matches!(failure.exit_code(), 2 | 5) {
        failure
            .with_hint("an issuer is an address such as https://id.example, as its tokens name it")
    } else {
        failure
    }
}

/// A configuration that is good for nothing but asking a server about itself, and checking its tokens.
pub(crate) fn bare_config(issuer: &str) -> ClientConfig {
    let config = json!({
        "client_type": "oidc_client_validator",
        "auth_server": issuer,
        "client_id": "discover",
    });
    match config {
        Value::Object(members) => ClientConfig::new(members),
        _ => ClientConfig::new(Map::new()),
    }
}

/// The published document again: what keyfob understands, and the rest as it came.
pub(crate) fn document(metadata: &ServerMetadata) -> Map<String, Value> {
    let mut members = metadata.extra.clone();
    let urls = [
        ("authorization_endpoint", &metadata.authorization_endpoint),
        ("token_endpoint", &metadata.token_endpoint),
        ("jwks_uri", &metadata.jwks_uri),
        ("userinfo_endpoint", &metadata.userinfo_endpoint),
        (
            "device_authorization_endpoint",
            &metadata.device_authorization_endpoint,
        ),
        ("introspection_endpoint", &metadata.introspection_endpoint),
        ("revocation_endpoint", &metadata.revocation_endpoint),
        ("end_session_endpoint", &metadata.end_session_endpoint),
        ("registration_endpoint", &metadata.registration_endpoint),
        (
            "pushed_authorization_request_endpoint",
            &metadata.pushed_authorization_request_endpoint,
        ),
    ];
    let lists = [
        ("scopes_supported", &metadata.scopes_supported),
        ("grant_types_supported", &metadata.grant_types_supported),
        (
            "code_challenge_methods_supported",
            &metadata.code_challenge_methods_supported,
        ),
        (
            "token_endpoint_auth_methods_supported",
            &metadata.token_endpoint_auth_methods_supported,
        ),
        (
            "id_token_signing_alg_values_supported",
            &metadata.id_token_signing_alg_values_supported,
        ),
    ];
    let urls = urls
        .into_iter()
        .filter_map(|(name, url)| Some((name, json!(url.as_ref()?.as_str()))));
    let lists = lists
        .into_iter()
        .filter_map(|(name, list)| Some((name, json!(list.as_ref()?))));
    members.extend(
        urls.chain(lists)
            .map(|(name, value)| (name.to_owned(), value)),
    );
    members.insert("issuer".to_owned(), json!(metadata.issuer.as_str()));
    if !metadata.mtls_endpoint_aliases.is_empty() {
        let aliases = metadata.mtls_endpoint_aliases.iter();
        let aliases = aliases
            .map(|(name, url)| (name.clone(), json!(url.as_str())))
            .collect();
        members.insert("mtls_endpoint_aliases".to_owned(), Value::Object(aliases));
    }
    if metadata.authorization_response_iss_parameter_supported {
        members.insert(
            "authorization_response_iss_parameter_supported".to_owned(),
            json!(true),
        );
    }
    members
}

fn text(metadata: &Value) -> String {
    let members = metadata.as_object().into_iter().flatten();
    let rows: Vec<(String, String)> = members
        .map(|(name, value)| (words::plain(name), words::plain(&one_line(value))))
        .collect();
    let rows: Vec<(&str, String)> = rows
        .iter()
        .map(|(name, value)| (name.as_str(), value.clone()))
        .collect();
    table::facts(&rows)
}

fn one_line(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(one_line).collect::<Vec<_>>().join(" "),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_names_nor_values_of_a_server_reach_the_terminal_raw() {
        let shown = text(&json!({"a\u{1b}[2J": "b\u{9b}31m", "c": ["d\u{202e}"]}));
        assert!(
            !shown.contains(['\u{1b}', '\u{9b}', '\u{202e}']),
            "{shown:?}"
        );
    }
}
