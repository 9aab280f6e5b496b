//! The ES256 signature of the ID token is broken.

use crate::support::{FaultKind, RelyingParty};

#[tokio::test]
async fn rejects_a_broken_signature() {
    let mut rp = RelyingParty::with_id_token_algorithm("ES256");
    rp.provider.fault(FaultKind::BadSignature);
    rp.rejects("id_token_bad_signature").await;
}
