//! The login is refreshed, twice, with the refresh token rotating.

use crate::support::RelyingParty;

#[tokio::test]
async fn refreshes_and_uses_the_new_token() {
    let mut rp = RelyingParty::new();
    rp.accepts().await;
    for _ in 0..2 {
        let old = rp.session.access_token().await.unwrap();
        let new = rp.session.refresh().await.unwrap();
        assert!(!new.is_same(&old));
        assert_eq!(
            rp.stored().await.unwrap().access_token(),
            Some(new.expose())
        );
        rp.uses_the_token().await;
    }
    let counters = rp.provider.counters();
    assert_eq!(counters.grant("refresh_token").success, 2);
    assert_eq!(counters.reuse_detected, 0);
}
