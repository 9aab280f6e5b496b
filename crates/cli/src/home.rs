//! Where profiles live: `--home`, else `KEYFOB_HOME`, else the platform's config folder.
//!
//! Used by the fast path too, so it must stay free of clap.
use std::env;
use std::path::PathBuf;

use etcetera::BaseStrategy;
use keyfob::Preset;

/// The environment variable that names the home folder.
pub(crate) const HOME_VARIABLE: &str = "KEYFOB_HOME";
/// The environment variable that names the profile.
pub(crate) const PROFILE_VARIABLE: &str = "KEYFOB_PROFILE";

/// The environment variable that names the preset.
pub(crate) const PRESET_VARIABLE: &str = "KEYFOB_PRESET";

/// Finds the home folder; `None` when the platform does not say where settings go.
pub(crate) fn home(flag: Option<PathBuf>) -> Option<PathBuf> {
    named_home(flag).or_else(platform_home)
}

/// Finds the home folder where a preset may have one of its own.
pub(crate) fn home_of(preset: &Preset, flag: Option<PathBuf>) -> Option<PathBuf> {
    named_home(flag)
        .or_else(|| preset.home(&etcetera::home_dir().ok()?))
        .or_else(platform_home)
}

fn named_home(flag: Option<PathBuf>) -> Option<PathBuf> {
    flag.or_else(|| set(HOME_VARIABLE).map(PathBuf::from))
}

/// Reads an environment variable; an empty one counts as unset.
pub(crate) fn set(name: &str) -> Option<std::ffi::OsString> {
    env::var_os(name).filter(|value| !value.is_empty())
}

/// Whether a profile name was typed, not taken from the environment.
pub(crate) fn set_by_flag(profile: &str) -> bool {
    set(PROFILE_VARIABLE).is_none_or(|value| value != profile)
}

fn platform_home() -> Option<PathBuf> {
    let base = etcetera::choose_base_strategy().ok()?;
    Some(base.config_dir().join("keyfob"))
}
