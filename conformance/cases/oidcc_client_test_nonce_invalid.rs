//! The ID token has another `nonce` than the one that was sent.

use crate::support::{FaultKind, RelyingParty};

#[tokio::test]
async fn rejects_an_id_token_of_another_login() {
    let mut rp = RelyingParty::facing(FaultKind::WrongNonce);
    rp.rejects("id_token_nonce").await;
}
