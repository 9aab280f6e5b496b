//! What a configuration makes of the requests of a client: endpoints, issuer, proof of identity, what is asked for.

use keyfob::ClientConfig;
use keyfob::client::Granted;
use keyfob::jose::{Algorithm, Secret, SigningKey};
use keyfob::protocol::{Endpoint, TokenHint};
use keyfob::transport::testing::{ScriptedTransport, json};
use keyfob::transport::{Clock, ManualClock};
use keyfob::{Client, Error};
use serde_json::{Value, json as value};

use crate::support::{form, granted, of, start};

const SERVER: &str = "https://op.example";

/// A client, and the script that its requests run into: the provider publishes all endpoints.
fn client(extra: &Value) -> (Client, ScriptedTransport) {
    let mut config = of(&value!({
        "client_type": "oidc_device_code", "auth_server": SERVER, "client_id": "demo"
    }));
    for (key, value) in extra.as_object().unwrap() {
        config.set(key, value.clone());
    }
    let script = ScriptedTransport::new();
    let clock = Clock::from(ManualClock::new(start()));
    let client = Client::from_config(config, script.transport(), clock).unwrap();
    (client, script)
}

fn published(issuer: &str, without: &str) -> http::Response<bytes::Bytes> {
    let mut document = value!({"issuer": issuer, "scopes_supported": ["openid", "read"]});
    for name in [
        "authorization_endpoint",
        "device_authorization_endpoint",
        "introspection_endpoint",
        "jwks_uri",
        "revocation_endpoint",
        "token_endpoint",
        "userinfo_endpoint",
    ] {
        if name != without {
            document[name] = format!("{SERVER}/published/{name}").into();
        }
    }
    json(200, document.to_string())
}

fn paths(script: &ScriptedTransport) -> Vec<String> {
    let requests = script.requests();
    requests
        .iter()
        .map(|sent| sent.uri().path().to_owned())
        .collect()
}

// covers: planet-38
#[tokio::test]
async fn a_configured_endpoint_needs_no_discovery_and_a_later_one_does_not_replace_it() {
    for (endpoint, key) in [
        (
            Endpoint::DeviceAuthorization,
            "device_authorization_endpoint",
        ),
        (Endpoint::Introspection, "introspection_endpoint"),
        (Endpoint::Revocation, "revocation_endpoint"),
        (Endpoint::Token, "token_endpoint"),
        (Endpoint::Userinfo, "userinfo_endpoint"),
        (Endpoint::Jwks, "jwks_endpoint"),
    ] {
        let own = format!("{SERVER}/configured");
        let (client, script) = client(&value!({key: own}));
        let metadata = client.metadata_for(endpoint).await.unwrap();
        assert_eq!(script.count(), 0, "{key}");
        let of = |metadata: &keyfob::protocol::ServerMetadata| {
            let url = match endpoint {
                Endpoint::DeviceAuthorization => &metadata.device_authorization_endpoint,
                Endpoint::Introspection => &metadata.introspection_endpoint,
                Endpoint::Revocation => &metadata.revocation_endpoint,
                Endpoint::Token => &metadata.token_endpoint,
                Endpoint::Userinfo => &metadata.userinfo_endpoint,
                _ => &metadata.jwks_uri,
            };
            url.as_ref().unwrap().as_str().to_owned()
        };
        assert_eq!(of(&metadata), own, "{key}");
        script.push(published(SERVER, ""));
        assert_eq!(of(&client.metadata().await.unwrap()), own, "{key}");
    }
}

// covers: planet-38, W28
#[tokio::test]
async fn a_configured_issuer_is_the_one_that_is_expected_and_metadata_lie_at_the_server() {
    let issuer = "https://tokens.example/realm";
    let (client, script) = client(&value!({"issuer": issuer}));
    script.push(published(issuer, ""));
    client.metadata().await.unwrap();
    assert_eq!(client.named_issuer().unwrap().as_str(), issuer);
    let sent = script.requests();
    assert_eq!(
        sent[0].uri(),
        "https://op.example/.well-known/openid-configuration"
    );
    let (client, script) = self::client(&value!({"issuer": issuer}));
    script.otherwise(|_| published(SERVER, ""));
    let error = client.metadata().await.unwrap_err();
    assert_eq!(error.code(), "issuer_mismatch");
}

// covers: planet-39, planet-52, planet-43
#[tokio::test]
async fn metadata_are_fetched_once_and_tell_issuer_and_scopes() {
    for server in [SERVER, "https://op.example/"] {
        let (client, script) = client(&value!({"auth_server": server}));
        script.push(published(server, ""));
        for _ in 0..2 {
            let metadata = client.metadata().await.unwrap();
            assert_eq!(metadata.issuer.as_str(), server);
            assert_eq!(
                metadata.scopes_supported.as_deref().unwrap(),
                ["openid", "read"]
            );
        }
        assert_eq!(paths(&script), ["/.well-known/openid-configuration"]);
    }
}

// covers: W28
#[tokio::test]
async fn a_final_slash_in_the_configured_server_is_forgiven_and_nothing_else_is() {
    for (configured, named, good) in [
        ("https://op.example/", "https://op.example", true),
        ("https://op.example", "https://op.example/", true),
        ("https://op.example", "https://op.example//", false),
        ("https://op.example", "https://evil.example", false),
        ("https://op.example", "https://op.example/x", false),
        ("https://op.example/a", "https://op.example/a/", true),
    ] {
        let (client, script) = client(&value!({"auth_server": configured}));
        script.otherwise(move |_| published(named, ""));
        let metadata = client.metadata().await;
        assert_eq!(metadata.is_ok(), good, "{configured} {named}");
        if good {
            assert_eq!(client.named_issuer().unwrap().as_str(), named);
        }
    }
}

// covers: planet-40, W14
#[tokio::test]
async fn an_endpoint_that_nobody_names_is_an_error_that_says_which() {
    let (client, script) = client(&value!({}));
    script.push(published(SERVER, "introspection_endpoint"));
    let error = client
        .introspect(&Secret::new("t"), None)
        .await
        .unwrap_err();
    assert!(error.to_string().contains("introspection"), "{error}");
    let (client, script) = self::client(
        &value!({"client_type": "oidc_resource_owner", "username": "u", "password": "p"}),
    );
    script.push(published(SERVER, "token_endpoint"));
    let error = login(&client).await.unwrap_err();
    assert!(error.to_string().contains("token"), "{error}");
}

async fn login(client: &Client) -> Result<Granted, Error> {
    client
        .login_unattended(std::time::Duration::from_secs(30))
        .await
}

// covers: planet-44
#[tokio::test]
async fn each_client_proves_itself_as_its_type_says() {
    let key = SigningKey::generate(Algorithm::ES256).unwrap();
    let pem = key.to_pkcs8_pem().unwrap();
    for (kind, extra, shown) in [
        ("oidc_device_code", value!({}), vec!["client_id"]),
        (
            "oidc_device_code_secret",
            value!({"client_secret": "s"}),
            vec!["authorization"],
        ),
        (
            "oidc_client_credentials_secret",
            value!({"client_secret": "s"}),
            vec!["authorization"],
        ),
        (
            "oidc_device_code_pubkey",
            value!({"client_privkey": pem.expose()}),
            vec!["client_assertion", "client_assertion_type"],
        ),
        ("oidc_client_validator", value!({"client_id": null}), vec![]),
    ] {
        let mut all = extra.clone();
        all["client_type"] = kind.into();
        let (client, script) = client(&all);
        script.push(published(SERVER, ""));
        script.push(json(200, r#"{"active":true}"#));
        client
            .introspect(&Secret::new("t"), Some(TokenHint::AccessToken))
            .await
            .unwrap();
        let sent = &script.requests()[1];
        let mut found: Vec<_> = form(sent.body()).into_keys().collect();
        found.retain(|name| name.starts_with("client"));
        found.extend(
            sent.headers()
                .get("authorization")
                .map(|_| "authorization".to_owned()),
        );
        found.retain(|name| kind != "oidc_device_code_pubkey" || name != "client_id");
        assert_eq!(found, shown, "{kind}");
    }
}

// covers: planet-44, W48
#[tokio::test]
async fn a_service_sends_its_secret_in_the_form_at_login_and_asks_for_all_audiences() {
    let (client, script) = client(&value!({
        "client_type": "oidc_client_credentials_secret", "client_secret": "s", "scopes": ["a", "b"],
        "audiences": ["one", "two"], "audience": "three", "resource": ["https://api.example"],
        "organization": "org", "project_id": "p", "extra_params": {"x": "y", "project_id": "other"}
    }));
    script.push(published(SERVER, ""));
    script.push(granted("t", None));
    login(&client).await.unwrap();
    let sent = script.requests()[1].clone();
    assert!(sent.headers().get("authorization").is_none());
    let body: Vec<_> = url::form_urlencoded::parse(sent.body())
        .into_owned()
        .collect();
    let values = |name: &str| -> Vec<_> {
        let own = body.iter().filter(|(key, _)| key == name);
        own.map(|(_, value)| value.as_str()).collect()
    };
    assert_eq!(
        (values("client_id"), values("client_secret")),
        (vec!["demo"], vec!["s"])
    );
    assert_eq!(values("scope"), ["a b"]);
    assert_eq!(values("audience").join(" "), "one two three");
    assert_eq!(values("resource"), ["https://api.example"]);
    assert_eq!(
        (values("organization"), values("project_id")),
        (vec!["org"], vec!["p"])
    );
    assert_eq!(values("x"), ["y"]);
}

// covers: W47
#[tokio::test]
async fn a_secret_goes_form_encoded_by_http_basic_and_assertions_name_key_and_algorithm() {
    let secret = value!({"client_type": "oidc_device_code_secret", "client_id": "a:b", "client_secret": "ä /"});
    let (client, script) = client(&secret);
    script.push(published(SERVER, ""));
    script.push(json(200, r#"{"active":false}"#));
    client.introspect(&Secret::new("t"), None).await.unwrap();
    // base64 of `a%3Ab:%C3%A4+%2F`.
    assert_eq!(
        script.requests()[1].headers()["authorization"],
        "Basic YSUzQWI6JUMzJUE0KyUyRg=="
    );
    let key = SigningKey::generate(Algorithm::ES384).unwrap();
    let pem = key.to_pkcs8_pem().unwrap();
    let (client, script) = self::client(&value!({
        "client_type": "oidc_client_credentials_pubkey", "client_privkey": pem.expose(), "client_privkey_kid": "k1"
    }));
    script.push(published(SERVER, ""));
    script.push(granted("t", None));
    login(&client).await.unwrap();
    let assertion = form(script.requests()[1].body())["client_assertion"].clone();
    let decoded = keyfob::jose::jwt::decode_unverified(&assertion).unwrap();
    assert_eq!(
        (&decoded.header["alg"], &decoded.header["kid"]),
        (&value!("ES384"), &value!("k1"))
    );
    let claims = &decoded.claims;
    assert_eq!(
        claims["aud"],
        value!(format!("{SERVER}/published/token_endpoint"))
    );
    assert_eq!(
        (&claims["iss"], &claims["sub"]),
        (&value!("demo"), &value!("demo"))
    );
}

// covers: planet-31
#[tokio::test]
async fn a_private_key_comes_from_text_or_file_with_or_without_password_and_a_bad_one_is_named() {
    let data = concat!(env!("CARGO_MANIFEST_DIR"), "/../jose/tests/data");
    let plain = SigningKey::generate(Algorithm::ES256)
        .unwrap()
        .to_pkcs8_pem()
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key.pem");
    std::fs::write(&path, plain.expose()).unwrap();
    let encrypted = format!("{data}/rsa.encrypted.pem");
    let literal = std::fs::read_to_string(&encrypted).unwrap();
    let kind = |extra: &Value| {
        let mut all = extra.clone();
        all["client_type"] = "oidc_client_credentials_pubkey".into();
        client(&all)
    };
    for good in [
        value!({"client_privkey": plain.expose()}),
        value!({"client_privkey_file": path}),
        value!({"client_privkey": plain.expose(), "client_privkey_file": "/nonexistent"}),
        value!({"client_privkey_file": encrypted, "client_privkey_password": PASSWORD}),
        value!({"client_privkey": literal, "client_privkey_password": PASSWORD}),
    ] {
        let (client, script) = kind(&good);
        script.push(published(SERVER, ""));
        script.push(granted("t", None));
        login(&client).await.unwrap();
    }
    for (bad, key) in [
        (value!({"client_privkey": "canary"}), "client_privkey"),
        (
            value!({"client_privkey_file": "/nonexistent/key"}),
            "client_privkey_file",
        ),
        (
            value!({"client_privkey_file": encrypted}),
            "client_privkey_file",
        ),
        (
            value!({"client_privkey": literal, "client_privkey_password": "canary"}),
            "client_privkey",
        ),
    ] {
        let (client, script) = kind(&bad);
        script.push(published(SERVER, ""));
        let error = login(&client).await.unwrap_err().to_string();
        assert!(error.contains(key) && !error.contains("canary"), "{error}");
        assert_eq!(script.count(), 1, "nothing was sent");
    }
}

// covers: planet-41, W13
#[tokio::test]
async fn keys_are_fetched_once_for_all_tokens_of_a_client() {
    let key = SigningKey::generate(Algorithm::ES256)
        .unwrap()
        .with_kid("k");
    let (client, script) = client(&value!({}));
    script.push(published(SERVER, ""));
    let set = value!({"keys": [key.public_jwk().unwrap().to_value()]});
    script.push(json(200, set.to_string()));
    for subject in ["a", "b"] {
        let now = crate::support::seconds(start());
        let claims =
            value!({"iss": SERVER, "aud": "demo", "sub": subject, "iat": now, "exp": now + 60});
        let token = keyfob::jose::jws::sign(
            &key,
            &keyfob::jose::HeaderFields::typ("JWT"),
            claims.to_string().as_bytes(),
        );
        let rules = client.id_token_rules().unwrap();
        let token = Secret::new(token.unwrap());
        let verified = client.verify_id_token(&token, &rules, start());
        assert_eq!(verified.await.unwrap().subject(), subject);
    }
    assert_eq!(script.count(), 2);
}

const PASSWORD: &str = "tr0ub4dor";

#[test]
fn an_error_in_a_stored_configuration_names_file_and_key() {
    let home = tempfile::tempdir().unwrap();
    let profiles = keyfob::Profiles::open(home.path().join("home"));
    let name = "work".parse().unwrap();
    profiles
        .add(&name, &of(&value!({"client_type": "none"})))
        .unwrap();
    let path = profiles.files().config_path(&name);
    std::fs::write(&path, r#"{"client_type": "static_apikey", "api_key": 5}"#).unwrap();
    let script = ScriptedTransport::new();
    let opened = profiles.open_session(&name, script.transport(), Clock::system());
    let error = opened.unwrap_err();
    assert_eq!(error.code(), "config_invalid");
    let text = error.to_string();
    assert!(
        text.contains(path.to_str().unwrap()) && text.contains("api_key"),
        "{text}"
    );
    assert_eq!(
        profiles.show(&name).unwrap().values()["api_key"],
        5,
        "left alone"
    );
}

// covers: planet-32
#[test]
fn a_stored_configuration_has_both_redirect_uris_as_planet_auth_writes_them() {
    let home = tempfile::tempdir().unwrap();
    let profiles = keyfob::Profiles::open(home.path().join("home"));
    let name = "work".parse().unwrap();
    let config: ClientConfig = of(&value!({
        "client_type": "oidc_auth_code", "auth_server": SERVER, "client_id": "c",
        "local_redirect_uri": "http://localhost:8080", "_comment": "kept"
    }));
    profiles.add(&name, &config).unwrap();
    let stored = profiles.show(&name).unwrap();
    assert_eq!(stored.values()["redirect_uri"], "http://localhost:8080");
    assert_eq!(stored.values()["_comment"], "kept");
}
