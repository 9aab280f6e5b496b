//! `plauth profile copy`: a configuration under another name.
use clap::Args;
use serde_json::Value;

use crate::commands::{open, stock};
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
        let context = call.context;
        let (source, target) = (open::name(&self.source)?, open::name(&self.target)?);
        stock::refuse_builtin(context, &target)?;
        let mut config = stock::by_name(context, &source)?.config;
        config.set("_hidden", Value::Null);
        let profiles = open::profiles(context);
        match open::existing(context, &target)? {
            // The same again loses nothing.
            Some(known) if known.completed().values() == config.completed().values() => Ok(()),
            Some(_) if !self.replace => Err(Failure::new(
                Exit::Usage,
                "profile_exists",
                format!("there is another profile {target} already"),
            )
            .with_hint("add --replace to replace it")),
            _ => Ok(profiles.put(&target, &config)?),
        }
    }
}
