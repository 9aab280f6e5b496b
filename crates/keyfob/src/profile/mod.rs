//! Profiles: named pairs of client configuration and credential, `<home>/<profile>/`.

mod builtin;
mod clients;
mod fast;
mod forget_settings;
mod profiles;
mod rename;
mod settings_file;
mod sign;

pub use clients::{Forgotten, RegisteredClient};
pub use fast::{CachedToken, cached_token, cached_token_of};
pub use profiles::Profiles;
