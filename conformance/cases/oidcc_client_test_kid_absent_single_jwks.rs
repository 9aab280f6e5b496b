//! The ID token names no `kid`, and one key of the set fits its algorithm.

use crate::support::{FaultKind, RelyingParty};

#[tokio::test]
async fn accepts_the_only_key_that_fits() {
    let mut rp = RelyingParty::facing(FaultKind::KidAbsent);
    rp.accepts().await;
}
