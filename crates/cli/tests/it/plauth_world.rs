//! A machine on which plauth was replaced by a link to keyfob: `~/.planet` with profiles of the sandbox.
use std::process::{Child, Command, Stdio};

use keyfob_sandbox::{Sandbox, SandboxConfig};
use serde_json::{Value, json};

use crate::world::{Run, World, now, private_file, private_folder};

/// A world whose `plauth` is keyfob.
pub(crate) struct PlauthWorld {
    pub(crate) world: World,
}

impl PlauthWorld {
    /// A provider with JWTs as access tokens, and no profile yet.
    pub(crate) fn new() -> Self {
        Self::of(World::with(SandboxConfig::default()))
    }

    /// A provider with opaque access tokens, and no profile yet.
    pub(crate) fn opaque() -> Self {
        Self::of(World::new())
    }

    fn of(world: World) -> Self {
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_keyfob"), world.path("plauth")).unwrap();
        private_folder(&world.path(".planet"));
        Self { world }
    }

    /// With a profile `work` that alice is logged in with, as the default one.
    pub(crate) fn logged_in() -> Self {
        let world = Self::new();
        world.seed("work");
        world.write_settings(&json!({"PL_AUTH_PROFILE": "work"}));
        world
    }

    pub(crate) fn sandbox(&self) -> &Sandbox {
        &self.world.sandbox
    }

    pub(crate) fn api(&self) -> String {
        self.sandbox().url("/api")
    }

    /// The command under the name `plauth`, sealed.
    pub(crate) fn command(&self, line: &str) -> Command {
        let mut command = Command::new(self.world.path("plauth"));
        command
            .args(line.split_whitespace())
            .env_clear()
            .env("HOME", self.world.path(""))
            .env("TMPDIR", self.world.path(""))
            .env("PATH", "/usr/bin:/bin")
            .env("TZ", "UTC")
            // The preset's own servers are out of reach.
            .env("HTTPS_PROXY", "http://127.0.0.1:1")
            // Must not matter to plauth.
            .env("KEYFOB_HOME", self.world.path("home"))
            .current_dir(self.world.path(""))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    pub(crate) fn run(&self, line: &str) -> Run {
        self.command(line).output().unwrap().into()
    }

    /// Runs with variables of the environment.
    pub(crate) fn run_with(&self, variables: &[(&str, &str)], line: &str) -> Run {
        let variables = variables.iter().copied();
        self.command(line).envs(variables).output().unwrap().into()
    }

    /// Logs in with alice at the fake browser.
    #[track_caller]
    pub(crate) fn login(&self, line: &str) -> Run {
        let child = self.start_with_browser(line);
        let url = self.world.wait_for_browser();
        self.sandbox().person().approve_blocking(&url).unwrap();
        std::fs::remove_file(self.world.path("browsed")).unwrap();
        child.wait_with_output().unwrap().into()
    }

    pub(crate) fn start_with_browser(&self, line: &str) -> Child {
        let browser = self.world.path("browser");
        self.command(line).env("BROWSER", browser).spawn().unwrap()
    }

    /// Writes a configuration for the sandbox: the members given, and the server.
    pub(crate) fn configure(&self, profile: &str, members: &Value) {
        let mut config = json!({"auth_server": self.sandbox().issuer()});
        let all = config.as_object_mut().unwrap();
        for (name, value) in members.as_object().unwrap() {
            all.insert(name.clone(), value.clone());
        }
        let folder = self.folder(profile);
        private_folder(&folder);
        private_file(&folder.join("auth_client.json"), &config);
    }

    /// Writes the profile of a person.
    pub(crate) fn configure_person(&self, profile: &str) {
        self.configure(
            profile,
            &json!({
                "client_type": "oidc_auth_code",
                "client_id": "demo-cli",
                "redirect_uri": "http://127.0.0.1/callback",
                "scopes": ["openid", "offline_access", "profile"],
                "audiences": [self.api()],
            }),
        );
    }

    /// Writes the profile of a service.
    pub(crate) fn configure_service(&self, profile: &str) {
        self.configure(
            profile,
            &json!({
                "client_type": "oidc_client_credentials_secret",
                "client_id": "demo-service",
                "client_secret": SERVICE_SECRET,
            }),
        );
    }

    /// Writes a profile with a login of alice.
    pub(crate) fn seed(&self, profile: &str) {
        self.configure_person(profile);
        let mut answer = self.world.token_request(
            "grant_type=password&username=alice&password=wonderland&client_id=demo-cli\
             &scope=openid%20offline_access%20profile",
        );
        answer.insert("_iat".to_owned(), json!(now()));
        answer.insert("_exp".to_owned(), json!(now() + 3600));
        private_file(&self.token_file(profile), &Value::Object(answer));
    }

    /// Changes what is stored of a login.
    pub(crate) fn change_token(&self, profile: &str, change: impl FnOnce(&mut Value)) {
        let mut stored = self.stored(profile);
        change(&mut stored);
        private_file(&self.token_file(profile), &stored);
    }

    pub(crate) fn write_settings(&self, settings: &Value) {
        private_file(&self.settings_file(), settings);
    }

    pub(crate) fn settings_file(&self) -> std::path::PathBuf {
        self.world.path(".planet.json")
    }

    pub(crate) fn settings(&self) -> Value {
        read(&self.settings_file())
    }

    pub(crate) fn folder(&self, profile: &str) -> std::path::PathBuf {
        self.world.path(".planet").join(profile)
    }

    pub(crate) fn token_file(&self, profile: &str) -> std::path::PathBuf {
        self.folder(profile).join("token.json")
    }

    pub(crate) fn config(&self, profile: &str) -> Value {
        read(&self.folder(profile).join("auth_client.json"))
    }

    pub(crate) fn stored(&self, profile: &str) -> Value {
        read(&self.token_file(profile))
    }
}

/// The sandbox's secret of `demo-service`.
pub(crate) const SERVICE_SECRET: &str = "demo-service-secret-0123456789-abcdefghijklmnop";

#[track_caller]
fn read(path: &std::path::Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}
