//! Presets: deployments as data files. Which folder and file names, which variables, which profiles come along, whom to trust.
//!
//! A preset is parsed from JSON, strictly: an application embeds its own with `include_bytes!`, and four ship with keyfob.
//! Nothing is ever loaded from a place that the environment names. See `docs/presets.md` for the format.
//!
//! | file | idea |
//! |---|---|
//! | `preset.rs` | what a preset says |
//! | `parse.rs`, `read.rs` | from JSON, every member accounted for |
//! | `builtin.rs` | the profiles that come along, their aliases and defaults |
//! | `trust.rs` | named sets of servers to trust |
//! | `template.rs`, `parameter.rs`, `host.rs` | from a host or the name of a provider to a configuration |
//! | `data/` | the presets that ship |

mod builtin;
mod error;
mod host;
mod parameter;
mod parse;
#[expect(
    clippy::module_inception,
    reason = "the type is what the module is named after"
)]
mod preset;
mod read;
mod template;
mod trust;

pub use error::PresetError;
pub use parameter::{Kind, Parameter};
pub use preset::{CacheRules, Preset};
pub use template::Template;
