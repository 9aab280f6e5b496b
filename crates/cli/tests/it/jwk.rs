//! `keyfob jwk`: keys made, converted and looked at; private ones only ever in files for their owner.
use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use keyfob_sandbox::{Endpoint, Fault, FaultKind};
use serde_json::{Value, json};

use crate::screen::Screen;
use crate::world::{Run, World};

/// Key files of every format, as other programs wrote them.
fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../jose/tests/data")
        .join(name)
}

#[track_caller]
fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

/// The private number of a JWK file.
#[track_caller]
fn private_number(path: &Path) -> String {
    let jwk: Value = serde_json::from_str(&text(path)).unwrap();
    jwk["d"].as_str().unwrap().to_owned()
}

fn mode(path: &Path) -> u32 {
    path.metadata().unwrap().permissions().mode() & 0o777
}

/// Answers every request with this text.
fn serve(body: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/keys", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut buffer = [0; 4096];
            drop(stream.read(&mut buffer));
            let head =
                "HTTP/1.1 200 OK\r\nContent-Type: application/jwk-set+json\r\nConnection: close";
            drop(write!(
                stream,
                "{head}\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            ));
        }
    });
    url
}

#[test]
fn a_new_key_is_in_a_new_file_for_its_owner_and_nowhere_else() {
    let world = World::new();
    let run = world.run("jwk new --out key.json -vvvv").ok();
    let file = world.path("key.json");
    assert_eq!(mode(&file), 0o600);
    let before = text(&file);
    let secret = private_number(&file);
    assert!(!run.out.contains(&secret) && !run.err.contains(&secret));
    let jwk: Value = serde_json::from_str(&before).unwrap();
    let thumbprint = world.run("jwk thumbprint key.json").ok().out;
    assert_eq!(jwk["kid"], thumbprint.trim());
    assert_eq!((&jwk["alg"], &jwk["use"]), (&json!("ES256"), &json!("sig")));
    let error = world.run("jwk new --out key.json -o json").exits(2).error();
    assert_eq!(error["code"], "file_exists");
    assert_eq!(text(&file), before);
}

#[test]
fn a_private_key_is_on_stdout_only_if_that_was_said_loudly() {
    let world = World::new();
    for line in ["jwk new", "jwk new -o json", "jwk new --format pem"] {
        let run = world.run(line).exits(2);
        assert_eq!(run.out, "", "{line}");
        assert!(run.err.contains("--out FILE"), "{}", run.err);
    }
    world.run("jwk new --out key.json --kid mine").ok();
    let secret = private_number(&world.path("key.json"));
    for line in [
        "jwk convert key.json --to pem",
        "jwk convert key.json --to jwk",
        "jwk public key.json",
        "jwk thumbprint key.json",
        "jwk set key.json",
        "jwk convert key.json --to pem --out key.pem",
        "jwk convert key.json --to jwk --out other.json -o json",
    ] {
        let run = world.run(&format!("{line} -vvvv"));
        assert!(
            !run.out.contains(&secret) && !run.out.contains("PRIVATE"),
            "{line}"
        );
        assert!(!run.err.contains(&secret), "{line}");
    }
    assert_eq!(mode(&world.path("key.pem")), 0o600);
    let loud = world
        .run("jwk convert key.pem --to jwk --kid mine --print-private-key")
        .ok();
    assert_eq!(loud.json()["d"], secret);
}

#[test]
fn every_kind_of_key_goes_from_pem_to_jwk_and_back() {
    let world = World::new();
    for name in ["rsa", "p256", "p384", "p521", "ed25519"] {
        let pem = data(&format!("{name}.pkcs8.pem"));
        let pem = pem.display();
        world
            .run(&format!("jwk convert {pem} --to jwk --out {name}.json"))
            .ok();
        world
            .run(&format!(
                "jwk convert {name}.json --to pem --out {name}.pem"
            ))
            .ok();
        world
            .run(&format!(
                "jwk convert {name}.pem --to jwk --out {name}.again.json"
            ))
            .ok();
        let thumbprint = |file: &str| world.run(&format!("jwk thumbprint {file}")).ok().out;
        let expected = thumbprint(&data(&format!("{name}.spki.pem")).display().to_string());
        for file in [format!("{name}.json"), format!("{name}.pem")] {
            assert_eq!(thumbprint(&file), expected, "{file}");
            assert_eq!(mode(&world.path(&file)), 0o600, "{file}");
        }
        assert_eq!(
            text(&world.path(&format!("{name}.json"))),
            text(&world.path(&format!("{name}.again.json")))
        );
        let public = world
            .run(&format!("jwk public {name}.json --format pem"))
            .ok()
            .out;
        assert_eq!(public, text(&data(&format!("{name}.spki.pem"))), "{name}");
    }
}

#[test]
fn thumbprints_are_those_of_the_rfcs() {
    let world = World::new();
    let jwk = r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
    let run = |line: &str| world.run_with_input(line, jwk).ok();
    let expected = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k";
    assert_eq!(run("jwk thumbprint -").out, format!("{expected}\n"));
    let uri = format!("urn:ietf:params:oauth:jwk-thumbprint:sha-256:{expected}");
    assert_eq!(run("jwk thumbprint --uri -").out, format!("{uri}\n"));
    assert_eq!(run("jwk thumbprint - -o json").json()["uri"], uri);
}

#[test]
fn the_passphrase_of_an_encrypted_key_is_taken_from_a_source_or_asked_for() {
    let world = World::new();
    let key = data("ed25519.encrypted.pem");
    let line = format!("jwk public {}", key.display());
    let error = world.run(&format!("{line} -o json")).exits(2).error();
    assert_eq!(error["code"], "key_password_needed");
    assert!(
        error["hint"]
            .as_str()
            .unwrap()
            .contains("--passphrase-file"),
        "{error}"
    );
    std::fs::write(world.path("passphrase"), "tr0ub4dor\n").unwrap();
    let by_file = world
        .run(&format!("{line} --passphrase-file passphrase"))
        .ok();
    std::fs::write(world.path("wrong"), "wrong\n").unwrap();
    let error = world
        .run(&format!("{line} --passphrase-file wrong -o json"))
        .exits(2)
        .error();
    assert_eq!(error["code"], "key_password_wrong");
    let mut screen = Screen::start(&world, &line);
    screen.answer_hidden(&format!("Passphrase of {}: ", key.display()), "tr0ub4dor");
    let asked = screen.finish().ok();
    assert_eq!(asked.out, by_file.out);
    assert!(!asked.err.contains("tr0ub4dor"));
}

/// Contents of key files, what each is refused as, and a part of what is said.
fn broken_files(good: &Value) -> Vec<(String, &'static str, &'static str)> {
    let changed = |member: &str, value: Value| {
        let mut jwk = good.clone();
        jwk[member] = value;
        jwk.to_string()
    };
    vec![
        (String::new(), "malformed_key", "bad.json"),
        ("{".to_owned(), "malformed_json", "bad.json"),
        (
            r#"{"kty":"EC","kty":"EC"}"#.to_owned(),
            "duplicate_member",
            "bad.json",
        ),
        (changed("x", json!(7)), "malformed_key", "`x` is not a text"),
        (
            changed("d", json!("a=")),
            "malformed_key",
            "`d` is not base64url",
        ),
        (
            changed("crv", json!("secp256k1")),
            "unsupported_key",
            "curve",
        ),
        (changed("use", json!("enc")), "unsupported_key", "`use`"),
        (
            changed("alg", json!("none")),
            "unsupported_algorithm",
            "`none`",
        ),
        (changed("alg", json!("ES384")), "key_mismatch", "ES384"),
        (
            r#"{"kty":"oct","k":"AAAA"}"#.to_owned(),
            "unsupported_key",
            "shared secret",
        ),
        (
            "-----BEGIN PRIVATE KEY-----\nAAAA".to_owned(),
            "malformed_key",
            "end line",
        ),
        (" ".repeat(1024 * 1024 + 1), "too_large", "1048576"),
        (r#"{"keys":[]}"#.to_owned(), "key_set", "key set"),
    ]
}

#[test]
fn each_broken_key_file_has_its_own_error_that_names_file_and_member() {
    let world = World::new();
    world.run("jwk new --out good.json").ok();
    let good: Value = serde_json::from_str(&text(&world.path("good.json"))).unwrap();
    for (content, code, part) in broken_files(&good) {
        std::fs::write(world.path("bad.json"), &content).unwrap();
        let error = world.run("jwk public bad.json -o json").exits(2).error();
        assert_eq!(error["code"], code, "{error}");
        let message = error["message"].as_str().unwrap();
        assert!(
            message.starts_with("bad.json") && message.contains(part),
            "{message}"
        );
        assert!(error["hint"].is_string(), "{error}");
    }
    let error = world
        .run("jwk public nothing.json -o json")
        .exits(2)
        .error();
    assert!(
        error["message"]
            .as_str()
            .unwrap()
            .starts_with("nothing.json: "),
        "{error}"
    );
    world.run("jwk public good.json --algorithm ES384").exits(2);
    world.run("jwk new --algorithm HS256 --out x").exits(2);
    world.run("jwk new --type OKP --size 2048 --out x").exits(2);
    assert!(!world.path("x").exists());
}

#[test]
fn a_set_holds_the_public_halves_of_all_files_under_their_names() {
    let world = World::new();
    world.run("jwk new --out a.json --kid a").ok();
    world
        .run("jwk new --type OKP --format pem --out b.pem")
        .ok();
    let strange = json!({"keys": [{"kty": "new", "kid": "c"}]}).to_string();
    std::fs::write(world.path("c.json"), strange).unwrap();
    let run = world.run("jwk set a.json b.pem c.json").ok();
    let set = run.json();
    assert_eq!(set["keys"].as_array().unwrap().len(), 2);
    assert_eq!(set["keys"][0]["kid"], "a");
    assert_eq!(
        set["keys"][1]["kid"],
        world.run("jwk thumbprint b.pem").ok().out.trim()
    );
    assert!(!run.out.contains("\"d\""), "{}", run.out);
    assert!(
        run.err.contains("c.json: key 1 (kid c) is not used"),
        "{}",
        run.err
    );
    world.run("jwk set a.json --out set.json").ok();
    let error = world
        .run("jwk set a.json set.json -o json")
        .exits(2)
        .error();
    assert_eq!(error["code"], "duplicate_kid");
}

#[test]
fn an_issuers_set_is_shown_key_by_key_and_can_be_kept() {
    let world = World::new();
    let issuer = world.sandbox.issuer();
    let run = world.run(&format!("jwk set --issuer {issuer}")).ok();
    for part in ["kid", "kind", "alg", "thumbprint", "RSA, 2048 bits"] {
        assert!(run.out.contains(part), "{part}: {}", run.out);
    }
    world
        .run(&format!("jwk set --issuer {issuer} --out kept.json"))
        .ok();
    let kept: Value = serde_json::from_str(&text(&world.path("kept.json"))).unwrap();
    let shown = world
        .run(&format!("jwk set --issuer {issuer} -o json"))
        .ok()
        .json();
    assert_eq!(kept["keys"], shown["keys"]);
}

#[test]
fn keys_that_cannot_be_used_are_shown_with_the_reason() {
    let world = World::new();
    world.run("jwk new --out a.json --kid good").ok();
    let mut set = world.run("jwk set a.json").ok().json();
    let keys = set["keys"].as_array_mut().unwrap();
    keys.push(json!({"kty": "RSA", "n": "AQAB", "e": "AQAB", "kid": "weak"}));
    keys.push(json!({"kty": "EC", "crv": "P-256", "use": "enc", "kid": "\u{1b}[2Jenc"}));
    let url = serve(set.to_string());
    let run = world.run(&format!("jwk set --url {url}")).ok();
    assert!(
        run.out.contains("key 2 (kid weak) is not used: weak key"),
        "{}",
        run.out
    );
    assert!(
        run.out.contains("`use`") && !run.out.contains('\u{1b}'),
        "{}",
        run.out
    );
    let shown = world
        .run(&format!("jwk set --url {url} -o json"))
        .ok()
        .json();
    assert_eq!(shown["keys"].as_array().unwrap().len(), 1);
    assert_eq!(shown["skipped"][0]["code"], "weak_key");
}

#[test]
fn a_set_that_cannot_be_had_says_why() {
    let world = World::new();
    let code = |run: Run, exit| run.exits(exit).error()["code"].as_str().unwrap().to_owned();
    let line = |url: &str| format!("jwk set --url {url} -o json");
    assert_eq!(
        code(world.run(&line("http://id.example/keys")), 2),
        "insecure_url"
    );
    assert_eq!(
        code(world.run(&line(&serve("<html>".to_owned()))), 1),
        "malformed_json"
    );
    assert_eq!(
        code(world.run(&line("http://127.0.0.1:1/keys")), 6),
        "connect_failed"
    );
    world.run("jwk set --url nonsense").exits(2);
    world.sandbox.fault(
        Fault::new(FaultKind::Status {
            status: 404,
            retry_after: None,
        })
        .at(Endpoint::Jwks),
    );
    let issuer = world.sandbox.issuer();
    world.run(&format!("jwk set --issuer {issuer}")).exits(5);
}
