//! Between two logins the provider replaces its keys.

use crate::support::{Endpoint, RelyingParty};

#[tokio::test]
async fn fetches_the_new_keys_for_the_second_login() {
    let mut rp = RelyingParty::new();
    rp.accepts().await;
    rp.provider.rotate_keys_dropping_old().unwrap();
    rp.accepts().await;
    assert_eq!(rp.requests(Endpoint::Jwks).len(), 2);
}
