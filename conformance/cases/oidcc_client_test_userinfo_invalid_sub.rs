//! Userinfo is about another `sub` than the ID token.

use crate::support::{FaultKind, RelyingParty};

#[tokio::test]
async fn rejects_the_userinfo() {
    let mut rp = RelyingParty::facing(FaultKind::UserinfoWrongSub);
    rp.log_in().await.unwrap();
    assert_eq!(rp.userinfo().await.unwrap_err().code(), "subject_mismatch");
    rp.provider.clear_faults();
    rp.uses_the_token().await;
}
