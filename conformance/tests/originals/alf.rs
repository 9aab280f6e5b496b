//! alf and keyfob in turns on one real Redis.

use keyfob::store::{KeyValueStore, contract};
use keyfob_conformance::originals;

use crate::redis::{Answer, Redis};

/// keyfob's own contract for stores, kept by a store that is not keyfob's, in a real Redis.
#[tokio::test]
async fn a_store_in_a_real_redis_keeps_the_contract() {
    let Some(server) = originals::Redis::start().unwrap() else {
        return;
    };
    let port = server.port();
    contract::run(|| {
        let redis = Redis::connect(port);
        assert_eq!(
            redis.ask(&[b"FLUSHALL"]).unwrap(),
            Answer::Word("OK".to_owned())
        );
        KeyValueStore::new(redis)
    })
    .await;
}
