//! planet-auth's files, for all of its fifteen client types: what one program writes the other reads.

use keyfob::transport::Clock;
use keyfob::{ClientConfig, Profiles};
use serde_json::{Value, json};

use crate::desk::Desk;

/// A configuration of each type with every key that is its own, as planet-auth writes it.
fn configurations(server: &str) -> Vec<(&'static str, Value)> {
    let oidc = json!({
        "auth_server": server, "client_id": "client", "scopes": ["openid", "offline_access"],
        "audiences": ["https://api.example.test/"], "organization": "org", "project_id": "project",
        "issuer": server, "token_endpoint": format!("{server}/token"),
        "authorization_callback_acknowledgement": "<p>done</p>", "_comment": "mine", "_hidden": true,
    });
    let code = json!({ "redirect_uri": "https://app.example.test/cb", "local_redirect_uri": "http://localhost:8080/" });
    let secret = json!({ "client_secret": "s e%c:ret" });
    let key = json!({ "client_privkey_file": "/nowhere/key.pem", "client_privkey_password": "pw" });
    // Both spellings of the first release; this one is how planet-auth itself saves them.
    let owner = json!({ "user_name": "ann", "user_password": "p w" });
    let all = |parts: &[&Value]| {
        let mut whole = json!({});
        for part in parts {
            for (name, value) in part.as_object().unwrap() {
                whole[name] = value.clone();
            }
        }
        whole
    };
    let mut list = vec![
        ("oidc_auth_code", all(&[&oidc, &code])),
        ("oidc_auth_code_secret", all(&[&oidc, &code, &secret])),
        ("oidc_auth_code_pubkey", all(&[&oidc, &code, &key])),
        ("oidc_client_credentials_secret", all(&[&oidc, &secret])),
        ("oidc_client_credentials_pubkey", all(&[&oidc, &key])),
        ("oidc_device_code", oidc.clone()),
        ("oidc_device_code_secret", all(&[&oidc, &secret])),
        ("oidc_device_code_pubkey", all(&[&oidc, &key])),
        ("oidc_resource_owner", all(&[&oidc, &owner])),
        ("oidc_resource_owner_secret", all(&[&oidc, &owner, &secret])),
        ("oidc_resource_owner_pubkey", all(&[&oidc, &owner, &key])),
        ("oidc_client_validator", oidc.clone()),
        (
            "planet_legacy",
            json!({ "legacy_auth_endpoint": server, "api_key": "k" }),
        ),
        (
            "static_apikey",
            json!({ "api_key": "k", "bearer_token_prefix": "Custom" }),
        ),
        ("none", json!({})),
    ];
    for (name, config) in &mut list {
        config["client_type"] = json!(name);
    }
    list
}

fn profiles(desk: &Desk) -> Profiles {
    Profiles::open(desk.home().join(".planet"))
}

// covers: planet-27, planet-36, planet-10
#[test]
fn configurations_of_all_fifteen_types_are_the_same_to_both() {
    let Some(desk) = Desk::new(&[]) else { return };
    let profiles = profiles(&desk);
    for (client_type, config) in configurations(desk.provider.issuer()) {
        let name = client_type.replace('_', "-");
        let profile = name.parse().unwrap();
        let input = json!({ "config": config }).clone();
        let written = desk.planet_with(&["write", &name], &input);
        let read = profiles.show(&profile).unwrap();
        assert_eq!(read.client_type().unwrap().as_str(), client_type);
        assert_eq!(
            json!(read.values()),
            written["config"],
            "{client_type}: keyfob reads"
        );
        read.check().unwrap();
        if config.get("user_name").is_some() {
            assert_eq!(read.username(), Some("ann"));
        }

        let own = ClientConfig::from_json(config.to_string().as_bytes()).unwrap();
        profiles.put(&profile, &own).unwrap();
        let back = desk.planet("read", &[&name]);
        assert_eq!(back["config_class"], written["config_class"]);
        for (key, value) in config.as_object().unwrap() {
            assert_eq!(
                &back["config"][key], value,
                "{client_type}: planet-auth reads {key}"
            );
        }
    }
    println!("15 client types, written and read both ways");
}

/// The header that planet-auth sends and the one that keyfob prints, each with the other's token file.
// covers: planet-24, planet-25, planet-60, planet-72
#[test]
fn keys_that_are_no_tokens_give_the_same_header_with_both() {
    let Some(desk) = Desk::new(&[]) else { return };
    let target = format!(
        "{}/.well-known/openid-configuration",
        desk.provider.issuer()
    );
    let endpoint = desk.provider.issuer();
    let cases = [
        (
            json!({ "client_type": "static_apikey" }),
            json!({ "api_key": "k1", "bearer_token_prefix": "Custom" }),
            "Custom k1",
        ),
        (
            json!({ "client_type": "planet_legacy", "legacy_auth_endpoint": endpoint }),
            json!({ "key": "k2", "jwt": "j" }),
            "api-key k2",
        ),
        (
            json!({ "client_type": "static_apikey", "api_key": "k3", "bearer_token_prefix": "Bearer" }),
            Value::Null,
            "Bearer k3",
        ),
        (
            json!({ "client_type": "planet_legacy", "legacy_auth_endpoint": endpoint, "api_key": "k4" }),
            Value::Null,
            "api-key k4",
        ),
    ];
    for (n, (config, credential, header)) in cases.into_iter().enumerate() {
        let name = format!("key{n}");
        let input = json!({ "config": config, "credential": credential });
        desk.planet_with(&["write", &name], &input);
        assert_eq!(
            desk.ok(&["header", "-p", &name]),
            format!("Authorization: {header}")
        );
        assert_eq!(
            desk.planet("call", &[&name, &target])["authorization"],
            json!(header)
        );
    }
}

#[test]
fn the_user_default_is_one_for_both() {
    let Some(desk) = Desk::new(&[]) else { return };
    for name in ["one", "two"] {
        let config = json!({ "client_type": "static_apikey", "api_key": name, "bearer_token_prefix": "Key" });
        desk.planet_with(&["write", name], &json!({ "config": config }));
    }
    desk.plauth(&["profile", "set", "two"]);
    assert_eq!(desk.ok(&["header"]), "Authorization: Key two");
    let settings = desk.home().join(".planet.json");
    let mut kept: Value = serde_json::from_slice(&std::fs::read(&settings).unwrap()).unwrap();
    kept["other"] = json!({ "program": 1 });
    std::fs::write(&settings, kept.to_string()).unwrap();

    desk.ok(&["switch", "one"]);
    assert_eq!(desk.planet("default", &[])["profile"], json!("one"));
    assert!(desk.plauth(&["profile", "show"]).contains("one"));
    let kept: Value = serde_json::from_slice(&std::fs::read(&settings).unwrap()).unwrap();
    assert_eq!(
        kept,
        json!({ "PL_AUTH_PROFILE": "one", "other": { "program": 1 } })
    );
}

/// planet-auth's own table, asked of planet-auth: with and without a stored credential, for every type.
// covers: planet-97
#[tokio::test(flavor = "multi_thread")]
async fn whether_a_profile_is_ready_is_the_same_to_both() {
    let Some(desk) = Desk::new(&[]) else { return };
    let profiles = profiles(&desk);
    for (client_type, mut config) in configurations(desk.provider.issuer()) {
        let name = client_type.replace('_', "-");
        if let Some(config) = config.as_object_mut() {
            config.remove("api_key");
            config.remove("bearer_token_prefix");
        }
        let bare = json!({ "config": config });
        let held = match client_type {
            "static_apikey" => json!({ "api_key": "k", "bearer_token_prefix": "Bearer" }),
            "planet_legacy" => json!({ "key": "k" }),
            _ => json!({ "access_token": "t", "expires_in": 3600 }),
        };
        let takes_none = matches!(client_type, "none" | "oidc_client_validator");
        let full = json!({ "config": config, "credential": held });
        for input in [Some(bare), (!takes_none).then_some(full)]
            .into_iter()
            .flatten()
        {
            desk.planet_with(&["write", &name], &input);
            let theirs = desk.planet("ready", &[&name])["ready"].clone();
            let profile = name.parse().unwrap();
            let transport = profiles.show(&profile).unwrap().transport().unwrap();
            let session = profiles
                .open_session(&profile, transport, Clock::system())
                .unwrap();
            let ours = json!(session.is_ready().await.unwrap());
            println!("{client_type}: {theirs} {ours}");
            // planet-auth calls a key client ready that has no key, and then sends its request without one.
            let expected = if client_type == "static_apikey" && input.get("credential").is_none() {
                json!(false)
            } else {
                theirs
            };
            assert_eq!(ours, expected, "{client_type}: {input}");
        }
    }
}
