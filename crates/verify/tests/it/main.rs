//! Access tokens, good and wrong, through the rules and through the verifier.
#![expect(
    clippy::unwrap_used,
    reason = "helpers outside test functions may panic as well"
)]

mod attacks;
mod binding;
mod challenge;
mod events;
mod examine;
mod example;
mod id_tokens;
mod introspection;
mod issuers;
mod issuers_events;
mod issuers_revocation;
mod issuers_templates;
mod kit;
mod layer;
mod load;
mod memory;
mod planet;
mod requirement;
mod resource;
mod rotation;
mod rules;
mod rules_settings;
mod service;
mod storms;
mod tokens;
mod traps;
#[cfg(test)]
#[path = "../../../jose/tests/shared/vectors.rs"]
mod vectors;
mod verifier;
#[cfg(test)]
mod wycheproof;
