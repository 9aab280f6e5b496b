//! An authorization code that belongs to a login of ours (RFC 6749 §4.1.2).

use keyfob_jose::Secret;

/// A code, good for one redemption. Only [`Pending`](crate::Pending) hands it out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorizationCode(Secret);

impl AuthorizationCode {
    pub(super) const fn new(code: Secret) -> Self {
        Self(code)
    }

    /// The code itself, for comparing `c_hash`.
    pub const fn secret(&self) -> &Secret {
        &self.0
    }

    pub(crate) fn into_secret(self) -> Secret {
        self.0
    }
}
