//! Where profiles live: `--home`, else the preset's own folder, else `KEYFOB_HOME`, else the platform's config folder.
//!
//! Used by the fast path too, so it must stay free of clap.
use std::env;
use std::path::PathBuf;

use etcetera::BaseStrategy;
use keyfob::{Environment, Preset};

/// The environment variable that names the home folder.
pub(crate) const HOME_VARIABLE: &str = "KEYFOB_HOME";
/// The environment variable that names the profile.
pub(crate) const PROFILE_VARIABLE: &str = "KEYFOB_PROFILE";

/// The environment variable that names the preset.
pub(crate) const PRESET_VARIABLE: &str = "KEYFOB_PRESET";

/// Finds the preset: by flag, else by variable, else keyfob's own.
///
/// # Errors
/// Says that there is none of this name.
pub(crate) fn preset(flag: Option<&str>) -> Result<Preset, keyfob::Error> {
    let variable = || set(PRESET_VARIABLE).map(|name| name.to_string_lossy().into_owned());
    let name = flag.map(str::to_owned).or_else(variable);
    Ok(Preset::builtin(name.as_deref().unwrap_or("keyfob"))?)
}

/// Finds the home folder; `None` when the platform does not say where settings go.
pub(crate) fn home(flag: Option<PathBuf>) -> Option<PathBuf> {
    flag.or_else(|| set(HOME_VARIABLE).map(PathBuf::from))
        .or_else(platform_home)
}

/// Finds the home folder where a preset may have one of its own; the variable names keyfob's own only.
pub(crate) fn home_of(preset: &Preset, flag: Option<PathBuf>) -> Option<PathBuf> {
    let own = || preset.home(&etcetera::home_dir().ok()?);
    flag.or_else(own).or_else(|| home(None))
}

/// Reads an environment variable; an empty one counts as unset.
pub(crate) fn set(name: &str) -> Option<std::ffi::OsString> {
    env::var_os(name).filter(|value| !value.is_empty())
}

fn platform_home() -> Option<PathBuf> {
    let base = etcetera::choose_base_strategy().ok()?;
    Some(base.config_dir().join("keyfob"))
}

/// The variables of this process; a client configuration may refer to them, and to commands.
pub(crate) fn environment() -> Environment {
    // A value that is no text must not pass for unset.
    let variables = env::vars_os().filter_map(|(name, value)| {
        let value = value.to_string_lossy().into_owned();
        Some((name.into_string().ok()?, value))
    });
    Environment::from_vars(variables).with_commands()
}
