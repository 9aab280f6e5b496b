//! Where the demo plays: a provider, a home that goes away again, and the words on screen.
use std::path::{Path, PathBuf};
use std::time::Duration;

use keyfob::store::{FileStore, Store};
use keyfob::{ClientConfig, Session};
use keyfob_sandbox::{Sandbox, SandboxConfig};
use serde_json::{Value, json};

use crate::commands::open;
use crate::context::Context;
use crate::failure::Failure;
use crate::ui::output;

/// Short enough to see a token expire, long enough for a slow machine to use it before.
const TOKEN_LIFE: Duration = Duration::from_secs(4);

const NEXT: &str = "\
That was everything. Now with your own provider:

  keyfob login --issuer https://id.example --client-id my-client
  curl -H \"$(keyfob header)\" https://api.example/
  keyfob status

Or play with this one, in two terminals:

  keyfob sandbox --port 9000 --ttl 30s
  keyfob login --issuer http://127.0.0.1:9000 --client-id demo-cli
        (log in as alice, password wonderland)
";

/// The stage of the demo.
pub(super) struct Stage<'a> {
    /// The provider.
    pub(super) sandbox: Sandbox,
    /// The command's context.
    pub(super) context: &'a Context,
    home: TemporaryHome,
    steps: Vec<Step>,
}

struct Step {
    title: &'static str,
    standards: &'static str,
    lines: Vec<String>,
}

impl<'a> Stage<'a> {
    /// Starts the provider.
    ///
    /// # Errors
    ///
    /// Says why it cannot run here.
    pub(super) fn start(context: &'a Context) -> Result<Self, Failure> {
        let config = SandboxConfig::default().with_settings(|settings| {
            settings.access_token_ttl = TOKEN_LIFE;
            settings.device_interval = Duration::from_secs(1);
        });
        let sandbox = Sandbox::start(config)
            .map_err(|error| Failure::other(error.code(), error.to_string()))?;
        let mut stage = Self {
            sandbox,
            context,
            home: TemporaryHome::make()?,
            steps: Vec::new(),
        };
        stage.begin("A provider", "OpenID Connect Discovery 1.0")?;
        let line = format!(
            "A small OpenID provider runs at {}, inside this process. Nothing else is called.",
            stage.sandbox.issuer()
        );
        stage.tell(line)?;
        stage.tell(format!(
            "Its access tokens live {} seconds only.",
            TOKEN_LIFE.as_secs()
        ))?;
        Ok(stage)
    }

    /// Announces a step.
    ///
    /// # Errors
    ///
    /// Says why stdout could not be written.
    pub(super) fn begin(
        &mut self,
        title: &'static str,
        standards: &'static str,
    ) -> Result<(), Failure> {
        self.steps.push(Step {
            title,
            standards,
            lines: Vec::new(),
        });
        let number = self.steps.len();
        self.print(&format!("\n{number}. {title}  [{standards}]\n"))
    }

    /// Tells what happened in the step.
    ///
    /// # Errors
    ///
    /// Says why stdout could not be written.
    pub(super) fn tell(&mut self, line: impl Into<String>) -> Result<(), Failure> {
        let line = line.into();
        self.print(&format!("   {line}\n"))?;
        if let Some(step) = self.steps.last_mut() {
            step.lines.push(line);
        }
        Ok(())
    }

    /// Ends the demo with what to type next.
    ///
    /// # Errors
    ///
    /// Says why stdout could not be written.
    pub(super) fn finish(self) -> Result<(), Failure> {
        let steps: Vec<Value> = self
            .steps
            .iter()
            .map(|step| {
                json!({ "title": step.title, "standards": step.standards, "lines": step.lines })
            })
            .collect();
        self.context
            .print(&json!({ "steps": steps, "ok": true }), || {
                format!("\n{NEXT}")
            })
    }

    /// The session of a new profile, kept in the demo's own home.
    ///
    /// # Errors
    ///
    /// Says what is wrong with the configuration.
    pub(super) fn session(&self, profile: &str, mut config: Value) -> Result<Session, Failure> {
        let members = config
            .as_object_mut()
            .map(std::mem::take)
            .unwrap_or_default();
        let config = ClientConfig::new(members).with("auth_server", self.sandbox.issuer());
        let client = open::client(self.context, config)?;
        let store = Store::new(FileStore::new(self.home.path()));
        Ok(Session::new(client, store, open::name(profile)?))
    }

    /// Where a profile's tokens lie during the demo.
    pub(super) fn token_file(&self, profile: &str) -> PathBuf {
        self.home.path().join(profile).join("token.json")
    }

    fn print(&self, text: &str) -> Result<(), Failure> {
        if self.context.is_json() {
            return Ok(());
        }
        output::stdout(text)
    }
}

/// A folder that nobody else can look into and that goes away with the demo.
struct TemporaryHome(PathBuf);

impl TemporaryHome {
    fn make() -> Result<Self, Failure> {
        let path = std::env::temp_dir().join(format!("keyfob-demo-{}", std::process::id()));
        let mut builder = std::fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&path).map_err(|error| {
            Failure::other("temporary_folder", format!("{}: {error}", path.display()))
                .with_hint("set TMPDIR to a folder that can be written")
        })?;
        Ok(Self(path))
    }

    fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for TemporaryHome {
    fn drop(&mut self) {
        // What cannot be removed holds tokens of a provider that has just gone away.
        drop(std::fs::remove_dir_all(&self.0));
    }
}
