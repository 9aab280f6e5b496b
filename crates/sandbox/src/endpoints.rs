//! One file per endpoint.

pub(crate) mod admin;
pub(crate) mod api;
pub(crate) mod authorize;
pub(crate) mod consent;
pub(crate) mod device_authorization;
pub(crate) mod device_page;
pub(crate) mod introspection;
pub(crate) mod jwks;
pub(crate) mod login;
pub(crate) mod metadata;
pub(crate) mod revocation;
pub(crate) mod token;
pub(crate) mod userinfo;
