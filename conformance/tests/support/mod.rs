//! What every case needs: a provider that misbehaves on command, and a program that uses keyfob in front of it.

mod relying_party;
mod screen;

pub(crate) use keyfob_sandbox::{AuthenticationMethod, Endpoint, Fault, FaultKind};
pub(crate) use relying_party::{RelyingParty, registration};
