//! The handle of a running sandbox.

use serde_json::Value;

use crate::{
    Client, Counters, Fault, Person, RequestRecord, SandboxConfig, SandboxError, Settings,
};

/// A running provider on 127.0.0.1; it stops when the handle is dropped.
#[derive(Debug)]
pub struct Sandbox {
    issuer: String,
}

impl Sandbox {
    /// Starts a provider on a thread of its own.
    ///
    /// # Errors
    /// Fails if the port is taken or no thread can be started.
    pub fn start(_config: SandboxConfig) -> Result<Self, SandboxError> {
        unimplemented!()
    }

    /// Returns the issuer identifier: `http://127.0.0.1:<port>`.
    pub fn issuer(&self) -> String {
        self.issuer.clone()
    }

    /// Returns the URL of a path, `"/api/whoami"` for example.
    pub fn url(&self, _path: &str) -> String {
        unimplemented!()
    }

    /// Returns what `keyfob sandbox` prints when it is ready: issuer, admin URL, clients, users.
    pub fn ready_line(&self) -> Value {
        unimplemented!()
    }

    /// Adds a fault.
    pub fn fault(&self, _fault: impl Into<Fault>) {
        unimplemented!()
    }

    /// Removes all faults; requests that hang are let go.
    pub fn clear_faults(&self) {
        unimplemented!()
    }

    /// Returns the counts so far.
    pub fn counters(&self) -> Counters {
        unimplemented!()
    }

    /// Sets all counts to zero and forgets the request log.
    pub fn reset_counters(&self) {
        unimplemented!()
    }

    /// Returns the last requests (1,000 at most), oldest first, the administration's left out.
    pub fn requests(&self) -> Vec<RequestRecord> {
        unimplemented!()
    }

    /// Changes the settings.
    pub fn settings(&self, _change: impl FnOnce(&mut Settings)) {
        unimplemented!()
    }

    /// Makes new signing keys; the old ones stay in the key set.
    pub fn rotate_keys(&self) {
        unimplemented!()
    }

    /// Makes new signing keys and takes the old ones out of the key set.
    pub fn rotate_keys_dropping_old(&self) {
        unimplemented!()
    }

    /// Registers a client, or replaces the one of the same id.
    pub fn register(&self, _client: Client) {
        unimplemented!()
    }

    /// Returns a registered client.
    pub fn client(&self, _id: &str) -> Option<Client> {
        unimplemented!()
    }

    /// Makes every access token that was issued so far invalid (the API answers 401).
    pub fn revoke_access_tokens(&self) {
        unimplemented!()
    }

    /// Makes every refresh token that was issued so far invalid.
    pub fn revoke_refresh_tokens(&self) {
        unimplemented!()
    }

    /// Returns a scripted person: `alice`.
    pub fn person(&self) -> Person {
        unimplemented!()
    }

    /// Waits until the sandbox stops, which it does only if its thread fails.
    pub fn wait(self) {
        unimplemented!()
    }
}
