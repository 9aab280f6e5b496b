//! Any other grant, by its URI (RFC 6749 §4.5).

use keyfob_jose::Secret;

use super::TokenRequest;
use crate::exchange::Repeat;

impl TokenRequest {
    /// Uses a grant that has no constructor here, with the parameters that it defines.
    ///
    /// What it uses up is unknown, so it is not repeated once it may have arrived.
    pub fn extension<N: Into<String>, V: Into<Secret>>(
        grant_type: impl Into<String>,
        parameters: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        let start = Self::new(grant_type, Repeat::OnlyIfUnsent);
        parameters
            .into_iter()
            .fold(start, |request, (name, value)| request.with(name, value))
    }
}
