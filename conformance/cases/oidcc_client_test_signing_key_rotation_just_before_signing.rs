//! The provider replaces its keys while a login is under way, after keyfob has fetched them.

use crate::support::{Endpoint, Fault, FaultKind, RelyingParty};

#[tokio::test]
async fn fetches_the_new_keys_for_the_same_login() {
    let mut rp = RelyingParty::facing(Fault::new(FaultKind::RotatedKey).once());
    rp.session.client().keys().unwrap().load().await.unwrap();
    rp.accepts().await;
    assert_eq!(rp.requests(Endpoint::Jwks).len(), 2);
}

#[tokio::test]
async fn fetches_the_new_keys_for_a_refresh() {
    let mut rp = RelyingParty::facing(Fault::new(FaultKind::RotatedKey).grant("refresh_token"));
    rp.accepts().await;
    rp.session.refresh().await.unwrap();
    rp.uses_the_token().await;
    assert_eq!(rp.requests(Endpoint::Jwks).len(), 2);
}
