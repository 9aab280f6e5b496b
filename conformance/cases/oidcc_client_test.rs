//! The correct flow, to the end.

use crate::support::{Endpoint, RelyingParty};

#[tokio::test]
async fn finishes_and_asks_for_userinfo_with_the_token() {
    let mut rp = RelyingParty::new();
    rp.accepts().await;
    let counters = rp.provider.counters();
    assert_eq!(counters.grant("authorization_code").success, 1);
    assert_eq!(counters.token_success, 1);
    assert_eq!(counters.requests(Endpoint::Userinfo), 1);
}
