//! The ID token has no `sub`.

use crate::support::{FaultKind, RelyingParty};

#[tokio::test]
async fn rejects_an_id_token_without_sub() {
    let mut rp = RelyingParty::facing(FaultKind::MissingSub);
    let rejection = rp.rejects("id_token_missing_claim").await;
    assert!(rejection.error.to_string().contains("sub"));
}
