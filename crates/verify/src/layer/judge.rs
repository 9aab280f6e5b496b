//! What happens to a token between the header and the inner service.

use super::credentials::{Credentials, Fault};
use super::refusal::Refusal;
use super::verify::Shared;
use crate::principal::Principal;

/// What is taken from a request before it waits.
#[derive(Debug)]
pub(super) struct Asked {
    credentials: Credentials,
}

impl Asked {
    /// Reads the credentials of a request; `None` if it has none.
    pub(super) fn read<B>(
        shared: &Shared,
        request: &http::Request<B>,
    ) -> Result<Option<Self>, Fault> {
        let cap = shared.max_header;
        let header = Credentials::from_headers(request.headers(), cap)?;
        Ok(header.map(|credentials| Self { credentials }))
    }
}

/// Checks the token, then that its presenter may, then that it is enough.
pub(super) async fn judge(shared: &Shared, asked: &Asked) -> Result<Principal, Refusal> {
    Ok(shared.checker.verify(asked.credentials.token()).await?)
}
