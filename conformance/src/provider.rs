//! The real provider as a child process: it lives as long as the handle.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};

use serde_json::{Value, json};

/// A running `oidc-provider` with its test-only admin interface.
#[derive(Debug)]
pub struct Provider {
    child: Child,
    lifeline: Option<ChildStdin>,
    issuer: String,
    admin: String,
    http: reqwest::Client,
}

impl Provider {
    /// Starts a provider of its own for one test; `flags` are those of `server.mjs --help`.
    ///
    /// # Errors
    /// When Node is missing, or the provider's packages were not installed by `scripts/test.sh`.
    pub fn start(flags: &[&str]) -> Result<Self, String> {
        let folder = folder("provider");
        if !folder.join("node_modules").is_dir() {
            return Err(format!(
                "the provider's packages are missing: run `npm ci` in {} or scripts/test.sh",
                folder.display()
            ));
        }
        let mut child = Command::new("node")
            .arg("server.mjs")
            .arg("--lifeline")
            .args(flags)
            .current_dir(&folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|e| format!("cannot start node: {e}"))?;
        let lifeline = child.stdin.take();
        let stdout = child.stdout.take().ok_or("no stdout")?;
        let mut line = String::new();
        BufReader::new(stdout)
            .read_line(&mut line)
            .map_err(|e| format!("no ready line: {e}"))?;
        let ready: Value =
            serde_json::from_str(&line).map_err(|e| format!("odd ready line {line:?}: {e}"))?;
        let text = |name: &str| ready.get(name).and_then(Value::as_str).unwrap_or_default();
        Ok(Self {
            issuer: text("issuer").to_owned(),
            admin: text("admin").to_owned(),
            child,
            lifeline,
            http: reqwest::Client::new(),
        })
    }

    /// The issuer as it stands in the metadata.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The resource that the provider hosts itself.
    pub fn api(&self) -> String {
        format!("{}/api", self.issuer)
    }

    /// Calls the admin interface and returns its answer.
    ///
    /// # Errors
    /// The admin interface's own words.
    pub async fn admin(&self, method: &str, path: &str, body: Value) -> Result<Value, String> {
        let method = method
            .parse::<reqwest::Method>()
            .map_err(|e| e.to_string())?;
        let mut request = self.http.request(method, format!("{}{path}", self.admin));
        if !body.is_null() {
            request = request.json(&body);
        }
        let answer = request.send().await.map_err(|e| e.to_string())?;
        let good = answer.status().is_success();
        let value = answer.json::<Value>().await.map_err(|e| e.to_string())?;
        if good {
            Ok(value)
        } else {
            Err(value.to_string())
        }
    }

    /// Changes run-time settings such as `access_token_ttl`.
    ///
    /// # Errors
    /// As [`Provider::admin`].
    pub async fn set(&self, settings: Value) -> Result<(), String> {
        self.admin("PATCH", "/settings", settings).await.map(drop)
    }

    /// Injects one fault.
    ///
    /// # Errors
    /// As [`Provider::admin`].
    pub async fn fault(&self, fault: Value) -> Result<(), String> {
        self.admin("POST", "/faults", fault).await.map(drop)
    }

    /// Counts requests: per endpoint and per grant.
    ///
    /// # Errors
    /// As [`Provider::admin`].
    pub async fn counters(&self) -> Result<Value, String> {
        self.admin("GET", "/counters", Value::Null).await
    }

    /// Registered metadata and private keys of one client.
    ///
    /// # Errors
    /// As [`Provider::admin`]; also when the client is unknown.
    pub async fn client(&self, client_id: &str) -> Result<Value, String> {
        let clients = self.admin("GET", "/clients", Value::Null).await?;
        clients
            .get(client_id)
            .cloned()
            .ok_or_else(|| format!("no client {client_id}"))
    }

    /// Approves a device code as `alice` without a browser.
    ///
    /// # Errors
    /// As [`Provider::admin`].
    pub async fn approve_device(&self, user_code: &str) -> Result<(), String> {
        let path = format!("/device/{user_code}/approve");
        self.admin("POST", &path, json!({ "login": "alice" }))
            .await
            .map(drop)
    }

    /// A `BROWSER` command that signs in through the real pages, without a browser engine.
    pub fn scripted_browser() -> String {
        format!("{} --deliver", Self::scripted_person())
    }

    /// The same without the last step: it prints the redirect address (`{"url": …}`) and leaves it at that.
    pub fn scripted_person() -> String {
        format!("node {}", folder("provider").join("drive.mjs").display())
    }

    /// A `BROWSER` command that signs in through the real pages with headless Chromium.
    pub fn chromium() -> String {
        folder("browser").join("browser.sh").display().to_string()
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        drop(self.lifeline.take());
        drop(self.child.wait());
    }
}

fn folder(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(name)
}
