//! The ID token of a login is always verified (OpenID Connect Core §3.1.3.7).

use keyfob_protocol::{IdToken, IdTokenRules, ProtocolError};

use crate::Error;
use crate::client::{Client, Granted};

/// Verifies the ID token by the login's own rules; demands one if `openid` was granted.
pub(super) async fn id_token(
    client: &Client,
    granted: &Granted,
    rules: IdTokenRules,
    openid: bool,
) -> Result<Option<IdToken>, Error> {
    let response = &granted.response;
    let Some(id_token) = &response.id_token else {
        let declined = response
            .scope
            .as_ref()
            .is_some_and(|scope| !scope.contains("openid"));
        if openid && !declined {
            let missing = ProtocolError::Missing {
                what: "the token response",
                field: "id_token",
            };
            return Err(missing.into());
        }
        return Ok(None);
    };
    let rules = rules.with_access_token(response.access_token.clone());
    client
        .verify_id_token(id_token, &rules, granted.provider_time())
        .await
        .map(Some)
}
