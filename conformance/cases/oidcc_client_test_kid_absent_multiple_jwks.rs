//! The ID token names no `kid`, and several keys of the set fit its algorithm.

use crate::support::{FaultKind, RelyingParty};

#[tokio::test]
async fn tries_the_keys_that_fit() {
    let mut rp = RelyingParty::facing(FaultKind::KidAbsent);
    rp.provider.fault(FaultKind::JwksSeveralKeys);
    rp.accepts().await;
}
