//! The ID token is signed with RS256.

use keyfob::jose::{Algorithm, CompactJws};

use crate::support::RelyingParty;

#[tokio::test]
async fn accepts_rs256() {
    let mut rp = RelyingParty::new();
    rp.accepts().await;
    let signed = CompactJws::parse(rp.id_token().raw().expose()).unwrap();
    assert_eq!(signed.header().alg, Algorithm::RS256);
}
