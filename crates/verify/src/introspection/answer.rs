//! An answer, read once for everybody who waited for it.

use std::sync::Arc;

use keyfob_protocol::Introspection;

use super::error::IntrospectionError;
use super::rules::AnswerRules;
use crate::principal::Principal;
use crate::rejection::Rejection;

pub(super) struct Answer {
    pub(super) introspection: Introspection,
    /// What it comes to by all rules but those about time.
    pub(super) read: Result<Principal, Rejection>,
}

/// What a question ends with.
pub(super) type Landed = Result<Arc<Answer>, IntrospectionError>;

impl Answer {
    pub(super) fn new(introspection: Introspection, rules: &AnswerRules) -> Arc<Self> {
        let read = rules.read(&introspection);
        Arc::new(Self {
            introspection,
            read,
        })
    }
}
