//! A refresh brings an ID token with another `sub` than the login's.

use crate::support::{Fault, FaultKind, RelyingParty};

#[tokio::test]
async fn rejects_the_refresh() {
    let fault = Fault::new(FaultKind::WrongSubject).grant("refresh_token");
    let mut rp = RelyingParty::facing(fault);
    rp.rejects_refresh("id_token_changed").await;
}
