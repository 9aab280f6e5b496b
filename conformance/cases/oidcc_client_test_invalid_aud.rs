//! The ID token has an `aud` in which the client does not appear.

use crate::support::{FaultKind, RelyingParty};

#[tokio::test]
async fn rejects_an_id_token_for_somebody_else() {
    let mut rp = RelyingParty::facing(FaultKind::WrongAudience);
    rp.rejects("id_token_audience").await;
}
