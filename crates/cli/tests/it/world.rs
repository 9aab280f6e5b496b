//! A sealed world: own home, cleared environment, own fake browser, own provider.
use std::ffi::OsStr;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use keyfob_sandbox::{AccessTokenFormat, Sandbox, SandboxConfig};
use serde_json::{Map, Value, json};
use tempfile::TempDir;

/// A machine with nothing on it but keyfob and a provider.
pub(crate) struct World {
    folder: TempDir,
    pub(crate) sandbox: Sandbox,
}

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Run {
    #[track_caller]
    pub(crate) fn ok(self) -> Self {
        assert_eq!(
            self.code,
            Some(0),
            "stdout: {}\nstderr: {}",
            self.out,
            self.err
        );
        self
    }

    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(
            self.code,
            Some(code),
            "stdout: {}\nstderr: {}",
            self.out,
            self.err
        );
        self
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|why| panic!("{why}: {}", self.out))
    }

    /// The error object that `-o json` leaves on stderr, on its last line.
    #[track_caller]
    pub(crate) fn error(&self) -> Value {
        let line = self.err.lines().last().unwrap_or_default();
        let value: Value = serde_json::from_str(line)
            .unwrap_or_else(|why| panic!("{why}: stdout {} stderr {}", self.out, self.err));
        value["error"].clone()
    }
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

impl World {
    /// A provider with opaque tokens, so that a test can age a stored token by its dates alone.
    pub(crate) fn new() -> Self {
        Self::with(SandboxConfig::default().with_settings(|settings| {
            settings.access_token_format = AccessTokenFormat::Opaque;
        }))
    }

    pub(crate) fn with(config: SandboxConfig) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let sandbox = Sandbox::start(config).unwrap();
        let world = Self { folder, sandbox };
        private_folder(&world.home());
        world.write_browser();
        world
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.path("home")
    }

    pub(crate) fn token_file(&self, profile: &str) -> PathBuf {
        self.home().join(profile).join("token.json")
    }

    /// The stored credential.
    #[track_caller]
    pub(crate) fn stored(&self, profile: &str) -> Value {
        serde_json::from_slice(&std::fs::read(self.token_file(profile)).unwrap()).unwrap()
    }

    /// The command, sealed: no environment but what keyfob may use, no terminal.
    pub(crate) fn command<S: AsRef<OsStr>>(
        &self,
        arguments: impl IntoIterator<Item = S>,
    ) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_keyfob"));
        command
            .args(arguments)
            .env_clear()
            .env("HOME", self.folder.path())
            .env("TMPDIR", self.folder.path())
            .env("PATH", "/usr/bin:/bin")
            .env("KEYFOB_HOME", self.home())
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Runs a command line, split at spaces.
    pub(crate) fn run(&self, line: &str) -> Run {
        self.command(line.split_whitespace())
            .output()
            .unwrap()
            .into()
    }

    /// Runs a command line with something on stdin.
    pub(crate) fn run_with_input(&self, line: &str, input: &str) -> Run {
        let mut command = self.command(line.split_whitespace());
        let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(input.as_bytes())
            .unwrap();
        child.wait_with_output().unwrap().into()
    }

    /// Starts a command whose `BROWSER` notes the address that it is given.
    pub(crate) fn start_with_browser(&self, line: &str) -> Child {
        self.command(line.split_whitespace())
            .env("BROWSER", self.path("browser"))
            .spawn()
            .unwrap()
    }

    /// The addresses that the fake browser was opened with.
    pub(crate) fn browsed(&self) -> Vec<String> {
        let text = std::fs::read_to_string(self.path("browsed")).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    /// Waits until the fake browser was opened.
    #[track_caller]
    pub(crate) fn wait_for_browser(&self) -> String {
        until("the browser is opened", || self.browsed().pop())
    }

    /// Logs a profile in through the real pages: the scripted person sits at the fake browser.
    #[track_caller]
    pub(crate) fn login(&self, line: &str) -> Run {
        let child = self.start_with_browser(line);
        let url = self.wait_for_browser();
        self.sandbox.person().approve_blocking(&url).unwrap();
        std::fs::remove_file(self.path("browsed")).unwrap();
        Run::from(child.wait_with_output().unwrap()).ok()
    }

    /// Writes a profile as a login leaves it, with a real credential of alice.
    pub(crate) fn seed(&self, profile: &str) {
        self.seed_config(profile, &json!({}));
        let answer = self.token_request(
            "grant_type=password&username=alice&password=wonderland&client_id=demo-cli\
             &scope=openid%20offline_access%20profile",
        );
        self.store(profile, answer, now() + 3600);
    }

    /// Writes the profile of `demo-cli`, with further members.
    pub(crate) fn seed_config(&self, profile: &str, more: &Value) {
        let mut config = json!({
            "client_type": "oidc_auth_code",
            "auth_server": self.sandbox.issuer(),
            "client_id": "demo-cli",
            "redirect_uri": "http://127.0.0.1/callback",
            "local_redirect_uri": "http://127.0.0.1/callback",
            "scopes": ["openid", "offline_access", "profile"],
        });
        let members = config.as_object_mut().unwrap();
        for (name, value) in more.as_object().unwrap() {
            members.insert(name.clone(), value.clone());
        }
        private_folder(&self.home().join(profile));
        private_file(&self.home().join(profile).join("auth_client.json"), &config);
    }

    /// Dates the stored access token back, so that it has expired.
    pub(crate) fn expire(&self, profile: &str) {
        self.date(profile, now() - 60);
    }

    /// Dates the stored access token back, so that an early refresh is due.
    pub(crate) fn make_due(&self, profile: &str) {
        self.date(profile, now() + 600);
    }

    /// Lets the stored access token, which lives an hour, expire at this time.
    fn date(&self, profile: &str, expires: u64) {
        let mut stored = self.stored(profile).as_object().unwrap().clone();
        stored.remove("_keyfob");
        self.store(profile, stored, expires);
    }

    fn store(&self, profile: &str, mut answer: Map<String, Value>, expires: u64) {
        answer.insert("_iat".to_owned(), json!(expires - 3600));
        answer.insert("_exp".to_owned(), json!(expires));
        private_file(&self.token_file(profile), &Value::Object(answer));
    }

    /// A token request made by hand.
    #[track_caller]
    pub(crate) fn token_request(&self, form: &str) -> Map<String, Value> {
        let issuer = self.sandbox.issuer();
        let host = issuer.strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(host).unwrap();
        write!(
            stream,
            "POST /token HTTP/1.0\r\nHost: {host}\r\nContent-Length: {}\r\n\
             Content-Type: application/x-www-form-urlencoded\r\n\r\n{form}",
            form.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let body = answer.split_once("\r\n\r\n").unwrap().1;
        serde_json::from_str(body).unwrap_or_else(|why| panic!("{why}: {answer}"))
    }

    fn write_browser(&self) {
        let browsed = self.path("browsed");
        let script = format!("#!/bin/sh\necho \"$1\" >> '{}'\n", browsed.display());
        std::fs::write(self.path("browser"), script).unwrap();
        std::fs::set_permissions(self.path("browser"), std::fs::Permissions::from_mode(0o755))
            .unwrap();
    }
}

/// Asks until there is an answer, thirty seconds at most.
#[track_caller]
pub(crate) fn until<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(Instant::now() < deadline, "not in time: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

pub(crate) fn now() -> u64 {
    std::time::SystemTime::UNIX_EPOCH
        .elapsed()
        .unwrap()
        .as_secs()
}

pub(crate) fn private_folder(path: &Path) {
    std::fs::create_dir_all(path).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o700)).unwrap();
}

pub(crate) fn private_file(path: &Path, value: &Value) {
    std::fs::write(path, format!("{value:#}")).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
}
