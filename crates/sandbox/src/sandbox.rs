//! The handle of a running sandbox.

use std::{
    fmt,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    thread::JoinHandle,
};

use serde_json::Value;
use tokio::{
    net::{TcpListener, TcpSocket},
    runtime::{Builder, Handle, Runtime},
    sync::oneshot,
};

use crate::{
    Client, Counters, Fault, Person, RequestRecord, SandboxConfig, SandboxError, Settings, lock,
    provider::Provider, serve,
};

/// A running provider on 127.0.0.1; it stops when the handle is dropped.
///
/// ```
/// use keyfob_sandbox::{Endpoint, Fault, Sandbox, SandboxConfig};
///
/// # fn main() -> Result<(), keyfob_sandbox::SandboxError> {
/// let sandbox = Sandbox::start(SandboxConfig::default())?;
/// sandbox.fault(Fault::status(503).once());
/// assert!(sandbox.issuer().starts_with("http://127.0.0.1:"));
/// assert_eq!(sandbox.counters().requests(Endpoint::Token), 0);
/// # Ok(())
/// # }
/// ```
pub struct Sandbox {
    provider: Arc<Provider>,
    handle: Handle,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Sandbox {
    /// Starts a provider on a thread of its own.
    ///
    /// It listens when this returns. Its keys are still being made then (about 0.1 s for the first
    /// sandbox of a process, nothing for the others); the first request that needs one waits.
    ///
    /// # Errors
    /// Fails if the port is taken or no thread can be started.
    pub fn start(config: SandboxConfig) -> Result<Self, SandboxError> {
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(SandboxError::Start)?;
        let wanted = config.port;
        let refused = |source| SandboxError::Listen {
            port: wanted,
            source,
        };
        let begun = listen(&runtime, wanted)
            .map_err(refused)
            .and_then(|(listener, port)| Ok((listener, Arc::new(Provider::new(config, port)?))));
        let (listener, provider) = match begun {
            Ok(begun) => begun,
            Err(error) => {
                // Dropping a runtime panics where the caller is inside another one.
                runtime.shutdown_background();
                return Err(error);
            }
        };
        let keys = provider.clone();
        std::thread::Builder::new()
            .name("sandbox-keys".to_owned())
            .spawn(move || keys.keys.prepare())
            .map_err(SandboxError::Start)?;
        let (stop, stopped) = oneshot::channel();
        let handle = runtime.handle().clone();
        let served = provider.clone();
        let thread = std::thread::Builder::new()
            .name("sandbox".to_owned())
            .spawn(move || runtime.block_on(serve::run(listener, served, stopped)))
            .map_err(SandboxError::Start)?;
        Ok(Self {
            provider,
            handle,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// Returns the issuer identifier: `http://127.0.0.1:<port>`.
    pub fn issuer(&self) -> String {
        self.provider.issuer.clone()
    }

    /// Returns the URL of a path, `"/api/whoami"` for example.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.provider.issuer)
    }

    /// Returns what `keyfob sandbox` prints when it is ready: issuer, admin URL, clients, users.
    ///
    /// The secrets in it are test secrets.
    pub fn ready_line(&self) -> Value {
        self.provider.ready_line()
    }

    /// Adds a fault.
    pub fn fault(&self, fault: impl Into<Fault>) {
        self.provider.faults.add(fault.into());
    }

    /// Removes all faults; connections that hang are closed.
    pub fn clear_faults(&self) {
        self.provider.faults.clear();
    }

    /// Returns the counts so far.
    pub fn counters(&self) -> Counters {
        self.provider.tally.counters()
    }

    /// Sets all counts to zero and forgets the request log.
    pub fn reset_counters(&self) {
        self.provider.tally.reset();
    }

    /// Returns the last requests (1,000 at most), oldest first, the administration's left out.
    ///
    /// A request is recorded when its answer is ready.
    pub fn requests(&self) -> Vec<RequestRecord> {
        self.provider.tally.log()
    }

    /// Changes the settings.
    pub fn settings(&self, change: impl FnOnce(&mut Settings)) {
        self.provider.change_settings(change);
    }

    /// Makes new signing keys; the old ones stay in the key set.
    ///
    /// # Errors
    /// Fails if no key can be made; the old ones then stay.
    pub fn rotate_keys(&self) -> Result<(), SandboxError> {
        self.provider
            .keys
            .rotate(true)
            .map_err(|why| SandboxError::Key(why.to_string()))
    }

    /// Makes new signing keys and takes the old ones out of the key set.
    ///
    /// # Errors
    /// As for [`Self::rotate_keys`].
    pub fn rotate_keys_dropping_old(&self) -> Result<(), SandboxError> {
        self.provider
            .keys
            .rotate(false)
            .map_err(|why| SandboxError::Key(why.to_string()))
    }

    /// Registers a client, or replaces the one of the same id.
    ///
    /// # Errors
    /// Fails if the client needs a key of its own and none can be made.
    pub fn register(&self, client: Client) -> Result<(), SandboxError> {
        self.provider.register(client)
    }

    /// Returns a registered client.
    pub fn client(&self, id: &str) -> Option<Client> {
        self.provider.client(id).map(|client| (*client).clone())
    }

    /// Makes every access token that was issued so far invalid (the API answers 401).
    pub fn revoke_access_tokens(&self) {
        lock(&self.provider.grants).forget_access(None);
    }

    /// Makes every refresh token that was issued so far invalid.
    pub fn revoke_refresh_tokens(&self) {
        lock(&self.provider.grants).forget_refresh(None);
    }

    /// Returns a scripted person: the first user, `alice` unless configured otherwise.
    pub fn person(&self) -> Person {
        let first = self.provider.users.first();
        let (login, password) = first.map_or(("", ""), |user| (&user.login, &user.password));
        Person::new(self.issuer(), self.handle.clone(), login, password)
    }

    /// Waits until the sandbox stops, which it does only if its thread fails.
    pub fn wait(mut self) {
        if let Some(thread) = self.thread.take() {
            // A panic of the server's thread was already reported by that thread.
            thread.join().ok();
        }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            stop.send(()).ok();
        }
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandbox")
            .field("issuer", &self.provider.issuer)
            .finish_non_exhaustive()
    }
}

fn listen(runtime: &Runtime, port: u16) -> std::io::Result<(TcpListener, u16)> {
    let _within = runtime.enter();
    let socket = TcpSocket::new_v4()?;
    // Lets a fixed port be used again at once after a restart.
    socket.set_reuseaddr(cfg!(unix))?;
    socket.bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))?;
    // A hundred processes may come at the same moment.
    let listener = socket.listen(1024)?;
    let port = listener.local_addr()?.port();
    Ok((listener, port))
}
