//! Userinfo takes the token in the `Authorization` header.

use crate::support::{Endpoint, RelyingParty};

#[tokio::test]
async fn sends_the_token_in_the_header_and_nowhere_else() {
    let mut rp = RelyingParty::new();
    rp.log_in().await.unwrap();
    rp.userinfo().await.unwrap();
    let request = rp.requests(Endpoint::Userinfo).remove(0);
    assert_eq!(request.headers["authorization"], "Bearer");
    assert!(request.parameters.is_empty());
}
