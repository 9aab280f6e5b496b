//! `keyfob import`: what other clients keep becomes profiles that work, and their files stay as they are.
use std::path::Path;

use serde_json::{Value, json};

use crate::world::{World, now, private_file, private_folder};

impl World {
    /// The client of another program at this world's provider, and a login of alice.
    fn planet_client(&self) -> Value {
        json!({
            "client_type": "oidc_auth_code",
            "auth_server": self.sandbox.issuer(),
            "client_id": "demo-cli",
            "redirect_uri": "http://127.0.0.1/callback",
            "scopes": ["openid", "offline_access"],
        })
    }

    fn refresh_token(&self) -> Value {
        let answer = self.token_request(
            "grant_type=password&username=alice&password=wonderland&client_id=demo-cli\
             &scope=openid%20offline_access",
        );
        answer["refresh_token"].clone()
    }

    fn planet_home(&self) -> Value {
        let home = self.path(".planet");
        private_folder(&home.join("work"));
        private_folder(&home.join("other"));
        private_file(&home.join("work/auth_client.json"), &self.planet_client());
        private_file(
            &home.join("other/auth_client.json"),
            &json!({"client_type": "none"}),
        );
        let login = self.token_request(
            "grant_type=password&username=alice&password=wonderland&client_id=demo-cli&scope=openid%20offline_access",
        );
        let mut login = Value::Object(login);
        (login["_iat"], login["_exp"]) = (json!(now()), json!(now() + 3600));
        private_file(&home.join("work/token.json"), &login);
        let settings = json!({"PL_AUTH_PROFILE": "work", "key": "PLAK-canary", "theirs": 1});
        private_file(&self.path(".planet.json"), &settings);
        login
    }
}

/// Everything below a folder, with its content.
fn all(path: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![path.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push((path.display().to_string(), std::fs::read(&path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

#[test]
fn planet_home_becomes_profiles_with_logins_and_the_default() {
    let world = World::new();
    let login = world.planet_home();
    let before = all(&world.path(".planet"));
    let run = world.run("import planet").ok();
    assert!(!run.out.contains("canary"), "{}", run.out);
    assert_eq!(world.stored("work"), login);
    assert_eq!(world.run("token").ok().out.trim(), login["access_token"]);
    let listed = world.run("list -o json").ok().json();
    let names: Vec<_> = listed["profiles"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["profile"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["other", "planet-api-key", "work"]);
    assert_eq!(world.run("status -o json").ok().json()["profile"], "work");
    assert_eq!(all(&world.path(".planet")), before);
    let again = world.run("import planet -o json").ok().json();
    assert!(
        again["profiles"]
            .as_array()
            .unwrap()
            .iter()
            .all(|one| one["outcome"] == "there_already"),
        "{again}"
    );
}

#[test]
fn dry_run_writes_nothing_and_says_what_would_be_done() {
    let world = World::new();
    world.planet_home();
    let run = world.run("import planet --dry-run").ok();
    assert!(
        run.out.contains("work  would be added, with its login"),
        "{}",
        run.out
    );
    assert!(all(&world.home()).is_empty());
}

#[test]
fn planet_import_leaves_profiles_that_are_there_alone_and_takes_the_others() {
    let world = World::new();
    world.planet_home();
    world.seed_config("work", &json!({"client_id": "mine"}));
    let run = world.run("import planet").exits(2);
    assert!(
        run.err
            .contains("work was not taken: there is another profile work"),
        "{}",
        run.err
    );
    assert!(world.home().join("other").exists());
    let shown = world.run("profile show work -o json").ok().json();
    assert_eq!(shown["config"]["client_id"], "mine");
    assert!(!world.token_file("work").exists());
}

#[test]
fn planet_import_without_logins_takes_the_clients_only() {
    let world = World::new();
    world.planet_home();
    world.run("import planet --no-login").ok();
    assert!(!world.token_file("work").exists());
    assert!(world.home().join("work/auth_client.json").exists());
}

#[test]
fn planet_import_says_that_there_is_nothing_or_that_it_is_worked_on_already() {
    let world = World::new();
    world.run("import planet").exits(10);
    let mut command = world.command(["--preset", "planet", "import", "planet"]);
    let run: crate::world::Run = command.env_remove("KEYFOB_HOME").output().unwrap().into();
    let run = run.exits(2);
    assert!(run.err.contains("worked on already"), "{}", run.err);
}

#[test]
fn oidc_agent_account_brings_a_login_that_is_refreshed() {
    let world = World::new();
    let account = json!({
        "name": "Work", "issuer_url": world.sandbox.issuer(), "client_id": "demo-cli", "client_secret": "",
        "refresh_token": world.refresh_token(), "auth_scope": "openid offline_access", "daeSetByUser": 0,
        "redirect_uris": ["edu.kit.data.oidc-agent:/redirect", "http://localhost:4242"],
    });
    let run = world
        .run_with_input("import oidc-agent -", &account.to_string())
        .ok();
    assert!(
        run.out.contains("work  added, with its login"),
        "{}",
        run.out
    );
    let token = world.run("token work").ok().out;
    assert_eq!(token.trim(), world.stored("work")["access_token"]);
}

#[test]
fn encrypted_oidc_agent_account_names_the_command_that_opens_it() {
    let world = World::new();
    let text = "1234\nc2FsdA==\nbm9uY2U=\nMTY6\nY2lwaGVy\nGenerated using version: 5.3.3\n";
    let run = world.run_with_input("import oidc-agent -", text).exits(2);
    let hint = "\nhint: oidc-gen --print ACCOUNT | keyfob import oidc-agent -\n";
    assert!(run.err.contains(hint), "{}", run.err);
}

#[test]
fn kubeconfig_users_become_clients_and_the_rest_is_named() {
    let world = World::new();
    let file = format!(
        "users:\n- name: ann\n  user:\n    exec:\n      command: kubectl\n      args: [oidc-login, get-token, \
         --oidc-issuer-url={}, --oidc-client-id=demo-cli, --grant-type=device-code]\n- name: cert\n  user: {{token: canary}}\n",
        world.sandbox.issuer()
    );
    std::fs::write(world.path("config"), file).unwrap();
    let run = world.run("import kubeconfig config").ok();
    assert!(run.out.contains("left cert"), "{}", run.out);
    assert!(!run.out.contains("canary"), "{}", run.out);
    let shown = world.run("profile show ann -o json").ok().json();
    assert_eq!(shown["config"]["client_type"], "oidc_device_code");
    let run = world.run("import kubeconfig config --user cert").exits(2);
    assert!(run.err.contains("config: "), "{}", run.err);
    world
        .run("import kubeconfig config --user ann --name second")
        .ok();
}

#[test]
fn foundry_cache_becomes_a_profile_for_each_host() {
    let world = World::new();
    private_folder(&world.path(".foundry"));
    let cache = "[foundry.example.com]\ntoken_uri = https://foundry.example.com/multipass/api/oauth2/token\nclient_id = cli\n\
                 scopes = api:read-data offline_access\nrefresh_token = canary-refresh\n";
    std::fs::write(world.path(".foundry/oauth"), cache).unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(world.path(".foundry/oauth"), mode).unwrap();
    let run = world.run("import foundry").ok();
    assert!(!run.out.contains("canary"), "{}", run.out);
    assert_eq!(
        world.stored("foundry.example.com")["refresh_token"],
        "canary-refresh"
    );
    assert_eq!(
        std::fs::read_to_string(world.path(".foundry/oauth")).unwrap(),
        cache
    );
    world.run("import foundry --from nowhere").exits(10);
}
