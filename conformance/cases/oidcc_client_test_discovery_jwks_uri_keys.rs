//! The keys are those at the `jwks_uri` of the metadata, here with a mark in its query.

use serde_json::json;

use crate::support::{Endpoint, FaultKind, RelyingParty};

#[tokio::test]
async fn verifies_with_the_keys_at_the_jwks_uri() {
    let mut rp = RelyingParty::new();
    let value = json!(rp.provider.url("/jwks?marked=yes"));
    rp.provider.fault(FaultKind::MetadataMember {
        name: "jwks_uri".to_owned(),
        value,
    });
    rp.accepts().await;
    let requests = rp.requests(Endpoint::Jwks);
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].parameters["marked"], ["yes"]);
}
