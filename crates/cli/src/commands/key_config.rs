//! The config of a client that has no client: an API key, planet-auth's legacy login, none at all, a validator.
use serde_json::{Map, Value, json};

use super::client_args::{ClientArgs, Grant, Proof, absolute, client_type};
use super::preset_args::required;
use crate::failure::Failure;
use crate::secret_source;

/// Makes the config that the flags describe; references stay references, only stdin is stored.
///
/// # Errors
///
/// Says what is missing, what does not belong there, or that stdin could not be read.
pub(super) fn make(args: &ClientArgs, grant: Grant) -> Result<Map<String, Value>, Failure> {
    refuse_strangers(args, grant)?;
    let mut config = Map::new();
    let mut put = |name: &str, value: Value| drop(config.insert(name.to_owned(), value));
    put("client_type", json!(client_type(grant, Proof::None)));
    let text = |value: &Option<String>| value.as_ref().map(|value| json!(value));
    let pairs = match grant {
        Grant::Validator => {
            let issuer = required(
                args.issuer.as_ref(),
                "--issuer URL",
                "--issuer https://id.example",
            )?;
            put("auth_server", json!(issuer));
            if !args.audience.is_empty() {
                put("audiences", json!(args.audience));
            }
            vec![("client_id", text(&args.client_id))]
        }
        Grant::PlanetLegacy => {
            let endpoint = required(
                args.legacy_endpoint.as_ref(),
                "--legacy-endpoint URL",
                "--type planet-legacy --legacy-endpoint https://api.example/login",
            )?;
            put("legacy_auth_endpoint", json!(endpoint));
            vec![("username", text(&args.username))]
        }
        Grant::StaticApikey => vec![("bearer_token_prefix", text(&args.key_scheme))],
        _ => Vec::new(),
    };
    let key = &args.api_key;
    let file = key.file.as_deref().filter(|_| !key.reads_stdin());
    let more = [
        ("api_key_file", file.map(|path| json!(absolute(path)))),
        ("api_key_env", text(&key.variable)),
        ("api_key_cmd", text(&key.command)),
        ("proxy", text(&args.proxy)),
        (
            "ca_file",
            args.ca_file.as_deref().map(|path| json!(absolute(path))),
        ),
    ];
    for (name, value) in pairs.into_iter().chain(more) {
        if let Some(value) = value {
            put(name, value);
        }
    }
    if key.reads_stdin() {
        put("api_key", json!(*secret_source::stdin()?));
    }
    Ok(config)
}

/// A flag that would be ignored is a mistake.
fn refuse_strangers(args: &ClientArgs, grant: Grant) -> Result<(), Failure> {
    let is_key = matches!(grant, Grant::StaticApikey | Grant::PlanetLegacy);
    let is_validator = grant == Grant::Validator;
    let has_key = args.api_key != secret_source::ApiKeyArgs::default();
    let strangers = [
        ("--issuer", args.issuer.is_some() && !is_validator),
        ("--client-id", args.client_id.is_some() && !is_validator),
        ("--audience", !args.audience.is_empty() && !is_validator),
        ("--scope", !args.scopes.is_empty()),
        ("--resource", !args.resource.is_empty()),
        ("--auth-method", args.auth_method.is_some()),
        ("--key-file", args.key_file.is_some()),
        ("--redirect-uri", args.redirect_uri.is_some()),
        ("--client-secret-…", args.secret.is_given()),
        (
            "--username",
            args.username.is_some() && grant != Grant::PlanetLegacy,
        ),
        (
            "--legacy-endpoint",
            args.legacy_endpoint.is_some() && grant != Grant::PlanetLegacy,
        ),
        (
            "--key-scheme",
            args.key_scheme.is_some() && grant != Grant::StaticApikey,
        ),
        ("--api-key-…", has_key && !is_key),
    ];
    match strangers.iter().find(|(_, given)| *given) {
        None => Ok(()),
        Some((flag, _)) => Err(Failure::usage(format!(
            "{flag} means nothing to a client of type {}",
            client_type(grant, Proof::None)
        ))
        .with_hint(format!("leave {flag} out"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_type_gets_its_own_keys_and_refuses_those_of_others() {
        let args = ClientArgs {
            key_scheme: Some("api-key".into()),
            api_key: secret_source::ApiKeyArgs {
                variable: Some("KEY".into()),
                ..Default::default()
            },
            ..Default::default()
        };
        let made = make(&args, Grant::StaticApikey).unwrap();
        let expected = json!({"client_type": "static_apikey", "bearer_token_prefix": "api-key", "api_key_env": "KEY"});
        assert_eq!(Value::Object(made), expected);
        assert!(make(&args, Grant::None).is_err());
        assert!(make(&args, Grant::PlanetLegacy).is_err());
        let bare = make(&ClientArgs::default(), Grant::None).unwrap();
        assert_eq!(Value::Object(bare), json!({"client_type": "none"}));
        assert!(make(&ClientArgs::default(), Grant::Validator).is_err());
        let legacy = ClientArgs {
            legacy_endpoint: Some("https://api.example/login".into()),
            username: Some("ann".into()),
            ..Default::default()
        };
        let made = make(&legacy, Grant::PlanetLegacy).unwrap();
        assert_eq!(made["legacy_auth_endpoint"], "https://api.example/login");
        assert_eq!(made["username"], "ann");
    }
}
