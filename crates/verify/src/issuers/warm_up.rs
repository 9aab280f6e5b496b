//! Fetching the keys of all issuers before the first token comes.

use futures_util::future::join_all;

use super::Issuers;
use crate::rejection::Rejection;

/// What became of one issuer's keys.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct WarmedUp {
    /// Whose keys.
    pub issuer: String,
    /// Why they are not at hand. The issuer is asked again when a token of it comes.
    pub failure: Option<Rejection>,
}

impl Issuers {
    /// Fetches the keys of all issuers that were named one by one, at the same time, and tells what became of each.
    ///
    /// None of them fails the others, and a service may start without any. Tenants of a template are met when they come.
    pub async fn warm_up(&self) -> Vec<WarmedUp> {
        let fetches = self.0.known.iter().map(async |(issuer, known)| WarmedUp {
            issuer: issuer.to_string(),
            failure: known.verifier.warm_up().await.err(),
        });
        let mut all = join_all(fetches).await;
        all.sort_by(|one, other| one.issuer.cmp(&other.issuer));
        all
    }
}
