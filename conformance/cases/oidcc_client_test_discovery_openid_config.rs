//! The endpoints are those that the metadata name, here with a mark in their query.

use serde_json::json;

use crate::support::{Endpoint, FaultKind, RelyingParty};

#[tokio::test]
async fn uses_the_endpoints_of_the_metadata() {
    let mut rp = RelyingParty::new();
    for (name, path) in [
        ("authorization", "authorize"),
        ("token", "token"),
        ("userinfo", "userinfo"),
    ] {
        let value = json!(rp.provider.url(&format!("/{path}?marked=yes")));
        let name = format!("{name}_endpoint");
        rp.provider.fault(FaultKind::MetadataMember { name, value });
    }
    rp.accepts().await;
    assert_eq!(rp.requests(Endpoint::Metadata).len(), 1);
    for endpoint in [Endpoint::Authorize, Endpoint::Token, Endpoint::Userinfo] {
        let request = rp.requests(endpoint).remove(0);
        assert_eq!(request.parameters["marked"], ["yes"], "{endpoint:?}");
    }
}
