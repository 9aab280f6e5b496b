//! Every client type that the provider supports: one program logs in, the other goes on with the login.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use keyfob_conformance::originals::free_port;
use keyfob_conformance::provider::Provider;
use serde_json::{Map, Value, json};

use crate::desk::{Desk, output};

/// How a login of this type goes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Browser,
    Device,
    Service,
}

/// One of planet-auth's client types at the provider's client for it.
struct Kind {
    client_type: &'static str,
    client_id: &'static str,
    grant: &'static str,
    way: Way,
    proof: Proof,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Proof {
    Nothing,
    Secret,
    Key,
}

const fn kind(
    client_type: &'static str,
    client_id: &'static str,
    grant: &'static str,
    way: Way,
    proof: Proof,
) -> Kind {
    Kind {
        client_type,
        client_id,
        grant,
        way,
        proof,
    }
}

/// planet-auth sends a service's secret in the form and every other secret as Basic.
const KINDS: [Kind; 8] = [
    kind(
        "oidc_auth_code",
        "native-public",
        "code",
        Way::Browser,
        Proof::Nothing,
    ),
    kind(
        "oidc_auth_code_secret",
        "confidential-basic",
        "code",
        Way::Browser,
        Proof::Secret,
    ),
    kind(
        "oidc_auth_code_pubkey",
        "pkjwt-rs256",
        "code",
        Way::Browser,
        Proof::Key,
    ),
    kind(
        "oidc_device_code",
        "device-public",
        "device",
        Way::Device,
        Proof::Nothing,
    ),
    kind(
        "oidc_device_code_secret",
        "confidential-basic",
        "device",
        Way::Device,
        Proof::Secret,
    ),
    kind(
        "oidc_device_code_pubkey",
        "pkjwt-rs256",
        "device",
        Way::Device,
        Proof::Key,
    ),
    kind(
        "oidc_client_credentials_secret",
        "service-post",
        "client-credentials",
        Way::Service,
        Proof::Secret,
    ),
    kind(
        "oidc_client_credentials_pubkey",
        "pkjwt-rs256",
        "client-credentials",
        Way::Service,
        Proof::Key,
    ),
];

const SCOPES: &str = "openid profile offline_access";

/// keyfob makes the profile and logs in; planet-auth reads both and goes on.
// covers: W1, planet-22
#[tokio::test(flavor = "multi_thread")]
async fn planet_auth_goes_on_with_what_keyfob_wrote_for_every_client_type() {
    let Some(desk) = Desk::new(&[]) else { return };
    let key = key_file(&desk).await;
    for kind in &KINDS {
        let name = profile_name(kind, "keyfob");
        add_with_keyfob(&desk, kind, &name, &key);
        log_in_with_keyfob(&desk, kind, &name).await;
        let stored = desk.stored(&name, "token.json");

        let read = desk.planet("read", &[&name]);
        assert_eq!(read["config"]["client_type"], json!(kind.client_type));
        assert_eq!(read["config"]["client_id"], json!(kind.client_id));
        for member in [
            "access_token",
            "refresh_token",
            "id_token",
            "_iat",
            "_exp",
            "scope",
        ] {
            assert_eq!(
                read["credential"][member], stored[member],
                "{name}: {member}"
            );
        }
        let printed = desk.plauth(&[
            "--auth-profile",
            &name,
            "oauth",
            "print-access-token",
            "--no-refresh",
        ]);
        assert_eq!(json!(printed), stored["access_token"], "{name}");

        if kind.way != Way::Service {
            desk.plauth(&["--auth-profile", &name, "oauth", "refresh"]);
            assert_works(&desk, &name, &stored);
        }
        desk.ok(&["refresh", "-p", &name]);
        let last = desk.stored(&name, "token.json");
        assert_eq!(
            desk.planet("read", &[&name])["credential"]["access_token"],
            last["access_token"]
        );
        println!(
            "{}: keyfob logged in, planet-auth and plauth went on",
            kind.client_type
        );
    }
}

/// planet-auth makes the profile and logs in; keyfob reads both and goes on.
#[tokio::test(flavor = "multi_thread")]
async fn keyfob_goes_on_with_what_planet_auth_wrote_for_every_client_type() {
    let Some(desk) = Desk::new(&[]) else { return };
    let key = key_file(&desk).await;
    for kind in &KINDS {
        let name = profile_name(kind, "planet");
        let config = config_for_planet(&desk, kind, &key);
        desk.planet_with(&["write", &name], &json!({ "config": config }));
        log_in_with_planet(&desk, kind, &name).await;
        let stored = desk.stored(&name, "token.json");

        assert_eq!(
            json!(desk.ok(&["token", "-p", &name])),
            stored["access_token"],
            "{name}"
        );
        desk.ok(&["refresh", "-p", &name]);
        assert_works(&desk, &name, &stored);
        let read = desk.planet("read", &[&name]);
        for (member, value) in &config {
            assert_eq!(&read["config"][member], value, "{name}: {member} is kept");
        }
        let now = desk.stored(&name, "token.json");
        assert_eq!(read["credential"]["refresh_token"], now["refresh_token"]);
        println!(
            "{}: planet-auth logged in, keyfob went on",
            kind.client_type
        );
    }
}

/// The token changed, keyfob hands out the new one, and nothing of a person's login is gone.
fn assert_works(desk: &Desk, name: &str, before: &Value) {
    let now = desk.stored(name, "token.json");
    assert_ne!(now["access_token"], before["access_token"], "{name}");
    assert_eq!(
        now["refresh_token"].is_string(),
        before["refresh_token"].is_string(),
        "{name}"
    );
    assert_eq!(
        json!(desk.ok(&["token", "-p", name])),
        now["access_token"],
        "{name}"
    );
}

fn profile_name(kind: &Kind, by: &str) -> String {
    format!("{}-{by}", kind.client_type.replace('_', "-"))
}

fn secret_of(client: &str) -> String {
    format!("{client}-secret-0123456789-abcdefghijklmnop")
}

/// The private key of the provider's RS256 client as a PEM file.
async fn key_file(desk: &Desk) -> String {
    let client = desk.provider.client("pkjwt-rs256").await.unwrap();
    let path = desk.home().join("key.pem");
    std::fs::write(&path, client["keys"][0]["private_pem"].as_str().unwrap()).unwrap();
    path.to_str().unwrap().to_owned()
}

fn redirect() -> String {
    format!("http://localhost:{}/callback", free_port().unwrap())
}

fn add_with_keyfob(desk: &Desk, kind: &Kind, name: &str, key: &str) {
    let redirect = redirect();
    let mut flags = vec!["profile", "add", name, "--issuer", desk.provider.issuer()];
    flags.extend(["--client-id", kind.client_id, "--type", kind.grant]);
    if kind.way != Way::Service {
        flags.extend(["--scope", SCOPES]);
    }
    if kind.way == Way::Browser {
        flags.extend(["--redirect-uri", &redirect]);
    }
    let mut input = String::new();
    match kind.proof {
        Proof::Nothing => {}
        Proof::Secret => {
            flags.push("--client-secret-stdin");
            input = secret_of(kind.client_id);
        }
        Proof::Key => flags.extend(["--key-file", key]),
    }
    desk.ok_with(&flags, &input);
}

async fn log_in_with_keyfob(desk: &Desk, kind: &Kind, name: &str) {
    let mut command = desk.keyfob();
    command.args(["login", name, "--timeout", "60s"]);
    match kind.way {
        Way::Service => {}
        Way::Browser => {
            command
                .args(["--browser", "--prompt", "consent"])
                .env("BROWSER", Provider::scripted_browser());
        }
        Way::Device => {
            command.args(["--device", "--prompt", "consent"]);
            let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
            let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
            let code = lines
                .by_ref()
                .map_while(Result::ok)
                .find_map(|line| Some(line.split_once("type the code")?.1.trim().to_owned()))
                .unwrap_or_else(|| panic!("{name}: no code was shown"));
            desk.provider.approve_device(&code).await.unwrap();
            let rest: Vec<String> = lines.map_while(Result::ok).collect();
            assert!(child.wait().unwrap().success(), "{name}: {rest:#?}");
            return;
        }
    }
    let run = output(&mut command);
    assert_eq!(run.code, 0, "{name}: {run:#?}");
}

fn config_for_planet(desk: &Desk, kind: &Kind, key: &str) -> Map<String, Value> {
    let mut config = Map::new();
    let mut set = |name: &str, value: Value| config.insert(name.to_owned(), value);
    set("client_type", json!(kind.client_type));
    set("auth_server", json!(desk.provider.issuer()));
    set("client_id", json!(kind.client_id));
    set("_comment", json!("kept by whoever writes this file"));
    if kind.way != Way::Service {
        set("scopes", json!(SCOPES.split(' ').collect::<Vec<_>>()));
    }
    if kind.way == Way::Browser {
        set("local_redirect_uri", json!(redirect()));
    }
    match kind.proof {
        Proof::Nothing => None,
        Proof::Secret => set("client_secret", json!(secret_of(kind.client_id))),
        Proof::Key => set("client_privkey_file", json!(key)),
    };
    config
}

async fn log_in_with_planet(desk: &Desk, kind: &Kind, name: &str) {
    if kind.way == Way::Device {
        let begun = desk.planet("begin_device", &[name]);
        let code = begun["user_code"].as_str().unwrap();
        desk.provider.approve_device(code).await.unwrap();
        let ended = desk.planet_with(&["end_device", name], &begun);
        assert!(ended["access_token"].is_string(), "{name}");
    } else {
        assert!(
            desk.planet("login", &[name])["access_token"].is_string(),
            "{name}"
        );
    }
}
