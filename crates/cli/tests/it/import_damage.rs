//! Bad input to each import: a typed error that names the file, no panic, no secret, and nothing written.
use serde_json::{Value, json};

use crate::world::World;

const EXEC: &str = "users:\n- name: ann\n  user:\n    exec:\n      command: kubectl\n      args:\n      - oidc-login\n      \
    - get-token\n      - --oidc-issuer-url=https://id.example\n      - --oidc-client-id=kube\n      - --oidc-client-secret=canary\n";

fn account() -> Value {
    json!({
        "name": "work", "issuer_url": "https://id.example", "client_id": "c", "client_secret": "canary",
        "refresh_token": "canary", "auth_scope": "openid", "audience": "api", "daeSetByUser": 0,
        "redirect_uris": ["http://localhost:4242"], "cert_path": "/ca.pem", "username": "", "password": "",
        "device_authorization_endpoint": "https://id.example/device", "config_endpoint": "",
    })
}

fn export() -> Value {
    json!({
        "keyfob_profile": 1, "name": "work", "left_out": [],
        "config": {"client_type": "oidc_auth_code_secret", "auth_server": "https://id.example", "client_id": "c",
                   "client_secret": "canary", "redirect_uri": "http://127.0.0.1/", "scopes": ["openid"]},
    })
}

/// Texts that are wrong in ways that do not depend on the format.
fn broken(text: &str) -> Vec<Vec<u8>> {
    let bytes = text.as_bytes();
    let mut all: Vec<Vec<u8>> = (0..20)
        .map(|at| bytes[..bytes.len() * at / 20].to_vec())
        .collect();
    let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let latin: Vec<u8> = [
        &bytes[..bytes.len() / 2],
        b"\xe9",
        &bytes[bytes.len() / 2..],
    ]
    .concat();
    all.extend([
        utf16,
        latin,
        [bytes, bytes].concat(),
        vec![0; 100],
        vec![b' '; 2_000_000],
        vec![0xff; 1000],
    ]);
    all.extend(
        [
            "null",
            "1",
            "\"canary\"",
            "[]",
            "[{}]",
            "{}",
            "\u{feff}",
            "---",
            "&a [*a]",
        ]
        .map(|text| text.as_bytes().to_vec()),
    );
    all.push(
        ["[".repeat(100_000), "]".repeat(100_000)]
            .concat()
            .into_bytes(),
    );
    all.push(
        ["{\"a\":".repeat(500), "1".to_owned(), "}".repeat(500)]
            .concat()
            .into_bytes(),
    );
    all
}

/// A document in which one member after the other is of another kind, or gone.
fn wrong_members(document: &Value, of: &str) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    let members: Vec<String> = document
        .pointer(of)
        .unwrap()
        .as_object()
        .unwrap()
        .keys()
        .cloned()
        .collect();
    for member in members {
        for value in [json!(1), json!({"canary": 1}), json!([1]), json!(true)] {
            let mut changed = document.clone();
            changed.pointer_mut(of).unwrap()[&member] = value;
            all.push(changed.to_string().into_bytes());
        }
        let mut gone = document.clone();
        gone.pointer_mut(of)
            .unwrap()
            .as_object_mut()
            .unwrap()
            .remove(&member);
        all.push(gone.to_string().into_bytes());
        let twice = document.to_string().replacen(
            &format!("\"{member}\":"),
            &format!("\"{member}\":0,\"{member}\":"),
            1,
        );
        all.push(twice.into_bytes());
    }
    all
}

/// Feeds each text in; a refusal names the source and leaves the home empty. Tells how many were refused.
fn refused(line: &str, texts: Vec<Vec<u8>>) -> usize {
    let world = World::new();
    let mut refused = 0;
    for (number, text) in texts.into_iter().enumerate() {
        std::fs::write(world.path("input"), &text).unwrap();
        let run = world.run(&format!("{line} input --name n{number}"));
        let shown = String::from_utf8_lossy(&text[..text.len().min(200)]).into_owned();
        let code = run.code.unwrap_or(-1);
        assert!((0..=10).contains(&code), "{shown}: {run:?}");
        assert!(
            !run.err.contains("panicked")
                && !run.err.contains("canary")
                && !run.out.contains("canary"),
            "{shown}: {run:?}"
        );
        assert_eq!(std::fs::read(world.path("input")).unwrap(), text);
        if code == 0 {
            world.run(&format!("profile remove n{number} --force")).ok();
        } else {
            refused += 1;
            assert!(
                run.err.contains("hint: ")
                    && run.err.contains(if code == 2 { "" } else { "input" }),
                "{shown}: {run:?}"
            );
        }
        assert!(!world.home().join(format!("n{number}")).exists(), "{shown}");
    }
    refused
}

#[test]
fn damaged_oidc_agent_accounts_are_refused_whole() {
    let text = account().to_string();
    let mut texts = broken(&text);
    texts.extend(wrong_members(&account(), ""));
    let count = texts.len();
    let refused = refused("import oidc-agent", texts);
    println!("mutations: oidc-agent {count}, refused {refused}");
    assert!(count >= 50 && refused >= 50, "{refused} of {count}");
}

#[test]
fn damaged_exports_are_refused_whole() {
    let text = export().to_string();
    let mut texts = broken(&text);
    texts.extend(wrong_members(&export(), ""));
    texts.extend(wrong_members(&export(), "/config"));
    let count = texts.len();
    let refused = refused("profile import", texts);
    println!("mutations: exported profile {count}, refused {refused}");
    assert!(count >= 50 && refused >= 50, "{refused} of {count}");
}

#[test]
fn damaged_kubeconfigs_are_refused_whole() {
    let mut texts = broken(EXEC);
    for (from, to) in [
        ("users:", "users: 1\nx:"),
        ("- name: ann", "- nome: ann"),
        ("name: ann", "name: [canary]"),
        ("  user:\n", "  user: canary\n  x:\n"),
        ("exec:", "exec: canary\n    x:"),
        ("exec:", "exe:"),
        ("command: kubectl", "command: [kubectl]"),
        ("command: kubectl", "command: another-tool"),
        ("args:", "args: canary\n      x:"),
        ("- get-token", "- [get-token]"),
        ("- get-token", "- canary"),
        ("- oidc-login", "- login"),
        ("--oidc-issuer-url=", "--oidc-issuer="),
        ("=https://id.example", "=http://id.example"),
        ("=https://id.example", "=canary"),
        ("=https://id.example", "="),
        ("--oidc-client-id=kube", "--oidc-client-id"),
        ("--oidc-client-id=kube", "canary"),
        ("--oidc-client-id=kube", "--grant-type=canary"),
        ("--oidc-client-id=kube", "-x"),
        ("users:", "users:\nusers:"),
        (
            "command: kubectl",
            "command: kubectl\n      command: kubectl",
        ),
        ("name: ann", "name: &a ann\n  x: *a"),
        ("name: ann", "name: \"ann"),
        ("name: ann", "\tname: ann"),
    ] {
        assert!(EXEC.contains(from), "{from}");
        texts.push(EXEC.replacen(from, to, 1).into_bytes());
    }
    let count = texts.len();
    let refused = refused("import kubeconfig", texts);
    println!("mutations: kubeconfig {count}, refused {refused}");
    assert!(count >= 50 && refused >= 50, "{refused} of {count}");
}

#[test]
fn what_is_no_file_is_refused_by_name() {
    let world = World::new();
    std::fs::create_dir(world.path("folder")).unwrap();
    for line in ["import oidc-agent", "import kubeconfig", "profile import"] {
        let run = world.run(&format!("{line} folder")).exits(2);
        assert!(run.err.contains("folder: "), "{}", run.err);
        let run = world.run(&format!("{line} nowhere")).exits(10);
        assert!(run.err.contains("nowhere: "), "{}", run.err);
        world.run(&format!("{line} /dev/zero")).exits(2);
    }
}
