//! The metadata name another issuer than the one that was asked for.

use crate::support::{Endpoint, FaultKind, RelyingParty};

#[tokio::test]
async fn rejects_the_metadata_before_anybody_is_sent_anywhere() {
    let mut rp = RelyingParty::facing(FaultKind::MetadataWrongIssuer);
    let rejection = rp.rejects("issuer_mismatch").await;
    for endpoint in [Endpoint::Authorize, Endpoint::Token, Endpoint::Jwks] {
        assert_eq!(rejection.counters.requests(endpoint), 0, "{endpoint:?}");
    }
}
