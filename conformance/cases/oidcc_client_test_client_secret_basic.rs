//! The client is registered for `client_secret_basic` and nothing else.

use crate::support::{AuthenticationMethod, Endpoint, RelyingParty, registration};

#[tokio::test]
async fn authenticates_by_client_secret_basic() {
    let client = registration().with_method(AuthenticationMethod::SecretBasic);
    let mut rp = RelyingParty::registered(client, &[]);
    rp.accepts().await;
    let request = rp.requests(Endpoint::Token).remove(0);
    assert_eq!(request.headers["authorization"], "Basic");
    assert_eq!(
        request.client_authentication.as_deref(),
        Some("client_secret_basic")
    );
    assert!(!request.parameters.contains_key("client_secret"));
}
