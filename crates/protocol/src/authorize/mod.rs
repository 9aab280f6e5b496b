//! Logging in with a browser: the authorization request and its answer (RFC 6749 §4.1).

mod callback;
mod callback_error;
mod code;
mod pending;
mod pkce;
mod request;

pub use callback::Callback;
pub use callback_error::CallbackError;
pub use code::AuthorizationCode;
pub use pending::Pending;
pub use request::AuthorizationRequest;
