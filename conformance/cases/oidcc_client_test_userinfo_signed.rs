//! Userinfo is an RS256 JWT.

use crate::support::{Fault, FaultKind, RelyingParty};

#[tokio::test]
async fn verifies_and_accepts_it() {
    let mut rp = RelyingParty::new();
    rp.provider
        .settings(|settings| settings.userinfo_signed = true);
    rp.accepts().await;
    rp.provider.rotate_keys_dropping_old().unwrap();
    rp.uses_the_token().await;
    rp.provider
        .fault(Fault::new(FaultKind::BadSignature).in_userinfo());
    assert_eq!(rp.userinfo().await.unwrap_err().code(), "bad_signature");
}
