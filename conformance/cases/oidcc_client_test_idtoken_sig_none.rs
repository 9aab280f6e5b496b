//! The ID token is not signed: `alg` is `none`. Allowed at the token endpoint, and refused by keyfob everywhere.

use crate::support::{FaultKind, RelyingParty};

#[tokio::test]
async fn rejects_an_unsigned_id_token() {
    let mut rp = RelyingParty::facing(FaultKind::AlgNone);
    rp.rejects("id_token_algorithm").await;
}
