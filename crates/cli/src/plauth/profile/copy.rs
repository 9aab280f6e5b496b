//! `plauth profile copy`: a configuration under another name.
use clap::Args;
use keyfob::ClientConfig;
use keyfob::settings::{Given, Setting};

use crate::commands::open;
use crate::failure::{Exit, Failure};
use crate::plauth::app::Call;
use crate::plauth::options::Sops;
use crate::plauth::sops;

/// Copy a profile's configuration under another name
///
/// A profile of that name is not overwritten, unless it is the same already. Tokens and key files are not copied.
#[derive(Args, Debug)]
pub(super) struct CopyArgs {
    /// Profile to copy
    #[arg(value_name = "SRC")]
    source: String,
    /// Name of the copy
    #[arg(value_name = "DST")]
    target: String,
    #[command(flatten)]
    sops: Sops,
    /// Overwrite a profile of that name
    #[arg(long)]
    replace: bool,
}

impl CopyArgs {
    /// Copies; prints nothing.
    ///
    /// # Errors
    ///
    /// Says that there is no such profile, or that the name is taken.
    pub(super) fn run(&self, call: &Call<'_>) -> Result<(), Failure> {
        sops::refuse(&self.sops)?;
        let target = open::name(&self.target)?;
        let source = call.resolve(&Given::new().with(Setting::Profile, &self.source))?;
        let preset = call.context.preset();
        if preset.is_builtin(&target) {
            return Err(Failure::new(
                Exit::Usage,
                "profile_exists",
                format!("{target} is the name of a built-in profile, which would be used instead"),
            )
            .with_hint("choose another name"));
        }
        sops::refuse_profile(call.context.home(), target.as_str())?;
        let known = open::existing(call.context, &target)?;
        let is_same = |known: &ClientConfig| known.values() == source.config.values();
        if known.as_ref().is_some_and(is_same) {
            return Ok(());
        }
        open::save(call.context, &target, &source.config, self.replace)
    }
}
