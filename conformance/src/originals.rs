//! The original clients from PyPI, and a Redis of one's own, as child processes.
//!
//! `scripts/test.sh` installs them into `target/tools`. Where they are missing, tests that need them fail in CI
//! and say so plainly elsewhere.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::checklists::root;

/// The virtual environment with the original clients.
#[derive(Debug, Clone)]
pub struct Originals {
    bin: PathBuf,
}

impl Originals {
    /// Finds them; `None` where they are not installed and this is not CI.
    ///
    /// # Errors
    /// In CI (`CI=true`), when they are missing.
    pub fn find() -> Result<Option<Self>, String> {
        let bin = root().join("target/tools/originals/bin");
        if bin.join("plauth").is_file() {
            return Ok(Some(Self { bin }));
        }
        absent("the original clients are not installed")
    }

    /// A command that runs `conformance/originals/<script>.py` with a cleared environment.
    pub fn script(&self, script: &str, home: &Path) -> Command {
        let mut command = self.command("python", home);
        command
            .arg("-B")
            .arg(root().join(format!("conformance/originals/{script}.py")));
        command
    }

    /// The real `plauth` with a cleared environment.
    pub fn plauth(&self, home: &Path) -> Command {
        self.command("plauth", home)
    }

    fn command(&self, program: &str, home: &Path) -> Command {
        let mut command = Command::new(self.bin.join(program));
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", home)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .current_dir(home)
            .stdin(Stdio::null());
        command
    }
}

/// Debian's `redis-server` on a port of its own, empty, without files; it ends with the handle.
#[derive(Debug)]
pub struct Redis {
    child: Child,
    port: u16,
}

impl Redis {
    /// Starts it; `None` where it is not installed and this is not CI.
    ///
    /// # Errors
    /// When it does not start; in CI also when it is missing.
    pub fn start() -> Result<Option<Self>, String> {
        let port = free_port().map_err(|e| e.to_string())?;
        let port_text = port.to_string();
        let started = Command::new("redis-server")
            .args(["--port", &port_text, "--bind", "127.0.0.1"])
            .args(["--save", "", "--appendonly", "no"])
            .current_dir(std::env::temp_dir())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn();
        let Ok(child) = started else {
            return absent("redis-server is not installed");
        };
        let redis = Self { child, port };
        let deadline = Instant::now() + Duration::from_secs(20);
        while !redis.answers() {
            if Instant::now() > deadline {
                return Err("redis-server does not answer".to_owned());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(Some(redis))
    }

    /// Where it listens, at 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    fn answers(&self) -> bool {
        let mut answer = [0; 5];
        TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))
            .and_then(|mut stream| {
                stream.set_read_timeout(Some(Duration::from_secs(2)))?;
                stream.write_all(b"PING\r\n")?;
                stream.read_exact(&mut answer)
            })
            .is_ok_and(|()| &answer == b"+PONG")
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// A port that was free a moment ago.
///
/// # Errors
/// When no port can be bound.
pub fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?
        .local_addr()?
        .port())
}

/// What a missing tool means: an error in CI, a plain word elsewhere.
fn absent<T>(what: &str) -> Result<Option<T>, String> {
    let words = format!("{what}: run scripts/test.sh, which installs it");
    if std::env::var_os("CI").is_some_and(|ci| ci == "true") {
        return Err(words);
    }
    let mut screen = std::io::stderr().lock();
    drop(writeln!(screen, "SKIPPED, nothing was tested: {words}"));
    Ok(None)
}
