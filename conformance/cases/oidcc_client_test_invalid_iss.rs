//! The ID token has a foreign `iss`.

use crate::support::{FaultKind, RelyingParty};

#[tokio::test]
async fn rejects_an_id_token_of_another_issuer() {
    let mut rp = RelyingParty::facing(FaultKind::WrongIssuer);
    rp.rejects("id_token_issuer").await;
}
