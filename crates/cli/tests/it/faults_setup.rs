//! One fault, one run of the command: what came out, when, and what is still there.
use std::io::Read;
use std::process::{Child, ChildStdout, Command};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use keyfob::store::{FileLease, FileStore, TryLock};
use keyfob_sandbox::{AccessTokenFormat, Fault, SandboxConfig};
use serde_json::{Value, json};

use crate::world::{Run, World, now, private_file, until};

/// What every test here asks for: the error as JSON on stderr, the token with its dates on stdout.
pub(crate) const TOKEN: &str = "token -p work -o json";
/// The same, at once whatever pause the last failure has left.
pub(crate) const FORCED: &str = "token -p work --force -o json";
/// The limit of a command that waits for nothing but a provider on this machine.
pub(crate) const QUICK: Duration = Duration::from_secs(5);
/// How much longer than its own limit a command may take on a busy machine.
const SLACK: Duration = Duration::from_secs(8);

/// A command that met a fault.
#[derive(Debug)]
pub(crate) struct Met {
    pub(crate) run: Run,
    /// How long it ran.
    pub(crate) took: Duration,
    /// When it printed something on stdout.
    pub(crate) printed: Option<Duration>,
}

impl Met {
    /// Demands exit code, error code, a hint, and that nothing is on stdout.
    #[track_caller]
    pub(crate) fn fails(self, exit: i32, code: &str) -> Self {
        assert_eq!(
            (self.run.code, self.code().as_str()),
            (Some(exit), code),
            "{self:?}"
        );
        assert_eq!(self.run.out, "", "a failure prints no token: {self:?}");
        assert!(self.run.error()["hint"].is_string(), "{self:?}");
        self
    }

    /// Demands a token on stdout that has not expired, and that it is the stored one.
    #[track_caller]
    pub(crate) fn serves(self, world: &World) -> Self {
        assert_eq!(self.run.code, Some(0), "{self:?}");
        assert_eq!(self.token(), world.stored("work")["access_token"]);
        self
    }

    /// The token on stdout, which must not have expired.
    #[track_caller]
    pub(crate) fn token(&self) -> Value {
        let answer = self.run.json();
        assert!(
            answer["expires_at"].as_u64().is_some_and(|at| at > now()),
            "an expired token was printed: {self:?}"
        );
        answer["access_token"].clone()
    }

    /// Demands that the error's message or hint has these words.
    #[track_caller]
    pub(crate) fn says(self, words: &str) -> Self {
        assert!(self.run.err.contains(words), "{words}: {}", self.run.err);
        self
    }

    /// The stable code of the error; empty when all went well.
    fn code(&self) -> String {
        if self.run.code == Some(0) {
            return String::new();
        }
        let code = self.run.error()["code"].clone();
        code.as_str().unwrap_or_default().to_owned()
    }
}

/// Runs a command line within a limit and prints one line about it.
#[track_caller]
pub(crate) fn meet(world: &World, fault: &str, line: &str, limit: Duration) -> Met {
    Started::new(&mut world.command(line.split_whitespace())).finish(fault, limit)
}

/// A command under way.
pub(crate) struct Started {
    child: Child,
    began: Instant,
    out: JoinHandle<(String, Option<Instant>)>,
}

impl Started {
    pub(crate) fn new(command: &mut Command) -> Self {
        let mut child = command.spawn().unwrap();
        let stdout = child.stdout.take().unwrap();
        Self {
            child,
            began: Instant::now(),
            out: std::thread::spawn(|| read(stdout)),
        }
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Waits for the end, prints one line about it, and demands that the limit was kept.
    #[track_caller]
    pub(crate) fn finish(mut self, fault: &str, limit: Duration) -> Met {
        // What is said on stderr is far less than a pipe holds, so that nobody has to read meanwhile.
        while self.child.try_wait().unwrap().is_none() {
            if self.began.elapsed() > limit + SLACK {
                self.child.kill().unwrap();
                panic!("{fault}: not done within {limit:?} and {SLACK:?}");
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        let took = self.began.elapsed();
        let mut run = Run::from(self.child.wait_with_output().unwrap());
        let (out, printed) = self.out.join().unwrap();
        run.out = out;
        let met = Met {
            run,
            took,
            printed: printed.map(|at| at.duration_since(self.began)),
        };
        let code = met.code();
        println!(
            "fault: {fault} | exit {} | {} | {:.2} s",
            met.run.code.unwrap_or(-1),
            if code.is_empty() { "-" } else { &code },
            took.as_secs_f64(),
        );
        met
    }
}

fn read(mut stdout: ChildStdout) -> (String, Option<Instant>) {
    let mut first = [0; 1];
    if stdout.read(&mut first).unwrap() == 0 {
        return (String::new(), None);
    }
    let at = Instant::now();
    let mut text = first.to_vec();
    stdout.read_to_end(&mut text).unwrap();
    (String::from_utf8(text).unwrap(), Some(at))
}

impl World {
    /// A world with a profile `work` whose access token has expired a minute ago.
    pub(crate) fn with_expired_token() -> Self {
        let world = Self::new();
        world.seed("work");
        world.age(-60);
        world.sandbox.reset_counters();
        world
    }

    /// A world whose provider's clock is ahead of this machine's by so many seconds.
    pub(crate) fn with_skew(format: AccessTokenFormat, seconds: i64) -> Self {
        Self::with(SandboxConfig::default().with_settings(|settings| {
            settings.access_token_format = format;
            settings.clock_skew = seconds;
        }))
    }

    /// Dates the stored token, and forgets pauses, so that so many seconds of its hour are left.
    pub(crate) fn age(&self, left: i64) {
        let mut stored = self.stored("work");
        let expires = now().checked_add_signed(left).unwrap();
        stored["_keyfob"] = json!({"received_at": expires - 3600, "expires_at": expires});
        (stored["_iat"], stored["_exp"]) = (json!(expires - 3600), json!(expires));
        private_file(&self.token_file("work"), &stored);
    }

    /// Lets the token endpoint do something wrong with refreshes.
    pub(crate) fn refresh_fault(&self, fault: impl Into<Fault>) {
        self.sandbox.fault(fault.into().grant("refresh_token"));
    }

    /// The lock of the profile, if nobody has it.
    pub(crate) fn lock(&self) -> Option<FileLease> {
        let store = FileStore::new(self.home());
        match store.try_lock_now(&"work".parse().unwrap()).unwrap() {
            TryLock::Held(lease) => Some(lease),
            TryLock::Busy { .. } => None,
        }
    }

    /// How many refreshes the provider was asked for.
    pub(crate) fn refreshes(&self) -> u64 {
        self.sandbox.counters().grant("refresh_token").requests
    }

    /// Demands that the tokens are still those.
    #[track_caller]
    pub(crate) fn keeps(&self, before: &Value) {
        let after = self.stored("work");
        for member in ["refresh_token", "access_token", "id_token", "scope"] {
            assert_eq!(after[member], before[member], "{member}");
        }
    }

    /// Demands that the next run, or the first after the pause, brings a new token with what is stored.
    #[track_caller]
    pub(crate) fn recovers(&self) {
        self.sandbox.clear_faults();
        let before = self.stored("work");
        let token = until("the next run recovers", || {
            let run = self.run(TOKEN);
            if run.code == Some(0) {
                return Some(run.json()["access_token"].clone());
            }
            // A failure is not repeated at once; nothing else is allowed in between.
            assert_eq!(run.error()["code"], "paused_after_failure", "{run:?}");
            None
        });
        let after = self.stored("work");
        assert_eq!(token, after["access_token"]);
        assert_ne!(token, before["access_token"]);
        assert_ne!(after["refresh_token"], before["refresh_token"]);
        assert_eq!(self.sandbox.counters().reuse_detected, 0);
    }
}
