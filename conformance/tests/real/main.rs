//! keyfob against the real provider: the command as a user types it, the pages as a person sees them.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking; helpers outside of test functions do too"
)]

mod code;
mod device;
mod races;
mod service;

use std::process::{Command, Stdio};

use keyfob_conformance::command::{Run, World};
use keyfob_conformance::provider::Provider;
use serde_json::Value;

/// A provider of its own, and a home of its own.
struct Scene {
    provider: Provider,
    world: World,
}

impl Scene {
    fn new(flags: &[&str]) -> Self {
        Self {
            provider: Provider::start(flags).unwrap(),
            world: World::new().unwrap(),
        }
    }

    fn run(&self, arguments: &[&str]) -> Run {
        self.world.run(arguments).unwrap()
    }

    fn ok(&self, arguments: &[&str]) -> String {
        self.run(arguments)
            .ok()
            .unwrap_or_else(|run| panic!("keyfob {arguments:?}: {run}"))
    }

    fn json(&self, arguments: &[&str]) -> Value {
        let text = self.ok(&[arguments, &["-o", "json"]].concat());
        serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}: {text}"))
    }

    /// `keyfob login` as the person with this browser.
    fn login(&self, browser: &str, arguments: &[&str]) -> Run {
        let fixed = [
            "login",
            "-p",
            "work",
            "--issuer",
            self.provider.issuer(),
            "--browser",
            "--prompt",
            "consent",
            "--scope",
            "openid profile email offline_access",
            "--timeout",
            "60s",
        ];
        self.world
            .command()
            .args(fixed)
            .args(arguments)
            .env("BROWSER", browser)
            .output()
            .map(Run::from)
            .unwrap()
    }

    async fn grant(&self, name: &str) -> Value {
        let counters = self.provider.counters().await.unwrap();
        counters
            .pointer(&format!("/grants/{name}"))
            .cloned()
            .unwrap_or_default()
    }

    fn stored(&self, profile: &str) -> Option<Value> {
        let path = self.world.home().join(profile).join("token.json");
        std::fs::read(path)
            .ok()
            .map(|bytes| serde_json::from_slice(&bytes).unwrap())
    }

    /// A command with standard error piped, for what is shown while it waits.
    fn watched(&self, arguments: &[&str]) -> Command {
        let mut command = self.world.command();
        command
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }
}
