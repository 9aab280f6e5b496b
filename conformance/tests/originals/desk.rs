//! One home with `.planet` in it, keyfob and the originals that work there, and a provider.

use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use keyfob_conformance::command::{Run, World};
use keyfob_conformance::originals::Originals;
use keyfob_conformance::provider::Provider;
use serde_json::{Value, json};

/// Everything that one test needs.
pub(crate) struct Desk {
    pub(crate) provider: Provider,
    pub(crate) originals: Originals,
    world: World,
    library: Mutex<Option<Talk>>,
}

impl Desk {
    /// Sets the desk up; `None` where the originals are not installed.
    pub(crate) fn new(flags: &[&str]) -> Option<Self> {
        let originals = Originals::find().unwrap()?;
        Some(Self {
            provider: Provider::start(flags).unwrap(),
            world: World::new().unwrap(),
            originals,
            library: Mutex::new(None),
        })
    }

    /// `HOME` of everybody at this desk.
    pub(crate) fn home(&self) -> PathBuf {
        self.world.home().to_owned()
    }

    /// keyfob with planet-auth's folder as its home.
    pub(crate) fn keyfob(&self) -> Command {
        let mut command = self.world.command();
        command
            .env_remove("KEYFOB_HOME")
            .env("KEYFOB_PRESET", "planet");
        command
    }

    /// Runs keyfob and demands success.
    pub(crate) fn ok(&self, arguments: &[&str]) -> String {
        output(self.keyfob().args(arguments))
            .ok()
            .unwrap_or_else(|run| panic!("keyfob {arguments:?}: {run}"))
            .trim_end()
            .to_owned()
    }

    /// Runs keyfob and hands it this text on standard input.
    pub(crate) fn ok_with(&self, arguments: &[&str], input: &str) -> String {
        fed(self.keyfob().args(arguments), input)
            .ok()
            .unwrap_or_else(|run| panic!("keyfob {arguments:?}: {run}"))
    }

    /// The real `plauth`; it is expected to succeed.
    pub(crate) fn plauth(&self, arguments: &[&str]) -> String {
        output(
            self.originals
                .plauth(self.world.home())
                .env("BROWSER", python_browser())
                .args(arguments),
        )
        .ok()
        .unwrap_or_else(|run| panic!("plauth {arguments:?}: {run}"))
        .trim_end()
        .to_owned()
    }

    /// planet-auth's library, one verb.
    pub(crate) fn planet(&self, verb: &str, arguments: &[&str]) -> Value {
        self.planet_with(&[&[verb], arguments].concat(), &Value::Null)
    }

    /// planet-auth's library, one verb whose last argument is no text.
    pub(crate) fn planet_with(&self, words: &[&str], last: &Value) -> Value {
        let mut line: Vec<Value> = words.iter().map(|word| json!(word)).collect();
        if !last.is_null() {
            line.push(last.clone());
        }
        let mut library = self.library.lock().unwrap();
        let talk = library.get_or_insert_with(|| {
            let mut command = self.originals.script("planet", self.world.home());
            Talk::start(command.env("BROWSER", python_browser()))
        });
        talk.ask(&json!(line).to_string())
    }

    /// A file of a profile, as it lies there.
    pub(crate) fn stored(&self, profile: &str, file: &str) -> Value {
        let path = self.world.home().join(".planet").join(profile).join(file);
        let text = std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        serde_json::from_slice(&text).unwrap()
    }

    /// Counts the token requests of one grant.
    pub(crate) async fn grant(&self, name: &str) -> Value {
        let counters = self.provider.counters().await.unwrap();
        counters
            .pointer(&format!("/grants/{name}"))
            .cloned()
            .unwrap_or_default()
    }
}

/// A process that answers every line with a line.
pub(crate) struct Talk {
    child: Child,
    answers: std::io::Lines<BufReader<std::process::ChildStdout>>,
}

impl Talk {
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let answers = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, answers }
    }

    /// Sends a line, and waits for the answer.
    pub(crate) fn ask(&mut self, line: &str) -> Value {
        let input = self.child.stdin.as_mut().unwrap();
        writeln!(input, "{line}").unwrap();
        let answer = self.answers.next().expect(line).unwrap();
        serde_json::from_str(&answer).unwrap_or_else(|e| panic!("{e}: {answer}"))
    }
}

impl Drop for Talk {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Runs a command to its end.
pub(crate) fn output(command: &mut Command) -> Run {
    fed(command, "")
}

/// Runs a command to its end with this on standard input; the originals may wait for ever, this does not.
pub(crate) fn fed(command: &mut Command, input: &str) -> Run {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut pipe = child.stdin.take().unwrap();
    pipe.write_all(input.as_bytes()).unwrap();
    drop(pipe);
    let out = collect(child.stdout.take().unwrap());
    let err = collect(child.stderr.take().unwrap());
    let deadline = Instant::now() + Duration::from_secs(20);
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if Instant::now() > deadline {
            child.kill().unwrap();
            child.wait().unwrap();
            panic!("{command:?} does not end");
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    Run {
        code: status.code().unwrap_or(-1),
        stdout: out.recv().unwrap(),
        stderr: err.recv().unwrap(),
    }
}

fn collect(mut pipe: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        drop(pipe.read_to_end(&mut bytes));
        drop(sender.send(String::from_utf8_lossy(&bytes).into_owned()));
    });
    receiver
}

/// Python's `webbrowser` wants the address' place named, and must not wait for the browser.
fn python_browser() -> String {
    format!("{} %s &", Provider::scripted_browser())
}
