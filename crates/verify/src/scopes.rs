//! Which scopes are needed: one of some, and all of others (RFC 6750 §3 `scope`).

use crate::principal::PrincipalRef;
use crate::rejection::Rejection;

#[derive(Clone, Debug, Default)]
pub(crate) struct NeededScopes {
    pub(crate) any: Vec<String>,
    pub(crate) all: Vec<String>,
}

impl NeededScopes {
    /// Tells whether none is asked for.
    pub(crate) fn is_empty(&self) -> bool {
        self.any.is_empty() && self.all.is_empty()
    }

    /// Checks what the token grants in `scope` or `scp`; an empty list asks for nothing.
    pub(crate) fn check(&self, principal: PrincipalRef<'_>) -> Result<(), Rejection> {
        let granted = |scope: &String| principal.has_scope(scope);
        let any = self.any.is_empty() || self.any.iter().any(granted);
        if any && self.all.iter().all(granted) {
            return Ok(());
        }
        // Asking for all of them would make a client ask for more than it needs.
        let first = self.any.first().filter(|_| !any);
        Err(Rejection::Scope {
            needed: self.text(first),
        })
    }

    /// Returns those that are all needed, and one more, as a value of `scope`.
    pub(crate) fn text(&self, more: Option<&String>) -> String {
        let needed = self.all.iter().chain(more);
        needed.map(String::as_str).collect::<Vec<_>>().join(" ")
    }
}
