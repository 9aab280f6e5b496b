//! The flags that every command takes.
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use crate::ui::duration;
use crate::ui::output::Output;

/// The global flags as typed.
#[derive(Args, Debug, Clone)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Globals {
    /// Profile to work on [env: KEYFOB_PROFILE, or the preset's variable] [default: the current one]
    #[arg(short, long, global = true)]
    pub(crate) profile: Option<String>,
    /// Folder that holds the profiles [env: KEYFOB_HOME] [default: the preset's, else the platform's config folder]
    #[arg(long, global = true, value_name = "FOLDER")]
    pub(crate) home: Option<PathBuf>,
    /// Deployment to work with: keyfob, planet, foundry or keystone [env: KEYFOB_PRESET] [default: keyfob]
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) preset: Option<String>,
    /// How results (and errors) are printed
    #[arg(
        short,
        long,
        global = true,
        value_enum,
        default_value = "text",
        value_name = "FORMAT"
    )]
    pub(crate) output: Output,
    /// Never ask anything; fail with exit code 4 where a login is needed
    #[arg(long, global = true)]
    pub(crate) no_input: bool,
    /// Say nothing but results and errors
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
    /// Log to stderr; more with -vv, -vvv, -vvvv (never secrets)
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
    /// Limit of the whole command, such as 30s or 5m
    #[arg(long, global = true, value_name = "TIME", value_parser = duration::parse)]
    pub(crate) timeout: Option<Duration>,
}
