//! An error comes back by form post.

use crate::support::{Endpoint, Fault, FaultKind, RelyingParty};

#[tokio::test]
async fn reads_the_error_and_shows_it() {
    let (error, description) = ("server_error".to_owned(), Some("out of order".to_owned()));
    let fault = Fault::new(FaultKind::OauthError { error, description });
    let mut rp = RelyingParty::facing(fault.at(Endpoint::Authorize));
    rp.options = rp.options.with_param("response_mode", "form_post");
    let rejection = rp.rejects("callback_refused").await;
    assert_eq!(rejection.error.oauth_error(), Some("server_error"));
    assert!(rejection.error.to_string().contains("out of order"));
    assert_eq!(rejection.counters.requests(Endpoint::Token), 0);
}
