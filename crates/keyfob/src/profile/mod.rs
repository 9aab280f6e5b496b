//! Profiles: named pairs of client configuration and credential, `<home>/<profile>/`.

mod fast;
mod profiles;
mod rename;

pub use fast::{CachedToken, cached_token};
pub use profiles::Profiles;
