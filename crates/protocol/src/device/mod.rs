//! Device authorization: log in on another device (RFC 8628).

mod authorization;
mod poll;
mod polling;
mod request;

pub use authorization::DeviceAuthorization;
pub use poll::Poll;
pub use polling::DevicePolling;
pub use request::DeviceAuthorizationRequest;
