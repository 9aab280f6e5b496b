//! The ID token has no `aud`.

use crate::support::{FaultKind, RelyingParty};

#[tokio::test]
async fn rejects_an_id_token_without_aud() {
    let mut rp = RelyingParty::facing(FaultKind::MissingAud);
    let rejection = rp.rejects("id_token_missing_claim").await;
    assert!(rejection.error.to_string().contains("aud"));
}
