//! Claims about the person are asked for by scope.

use crate::support::{Endpoint, RelyingParty};

#[tokio::test]
async fn asks_for_the_scopes_and_shows_the_claims() {
    let scopes = ["openid", "profile", "email", "phone", "address"];
    let mut rp = RelyingParty::new();
    rp.options = rp.options.with_scopes(scopes);
    rp.accepts().await;
    let asked = rp.requests(Endpoint::Authorize).remove(0);
    assert_eq!(asked.parameters["scope"], [scopes.join(" ")]);
    let userinfo = rp.userinfo().await.unwrap();
    for claim in ["name", "email", "phone_number", "address"] {
        assert!(userinfo.claims().contains_key(claim), "{claim}");
    }
}
