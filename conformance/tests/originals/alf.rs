//! alf and keyfob in turns on one real Redis.

use keyfob::alf::{AlfStore, UtcOffset};
use keyfob::store::{KeyValueStore, Store, contract};
use keyfob::transport::Clock;
use keyfob::{Client, ClientConfig, Session};
use keyfob_conformance::originals;
use serde_json::{Value, json};

use crate::desk::{Desk, Talk};
use crate::redis::{Answer, Redis};

const CLIENT: &str = "service-basic";
const SECRET: &str = "service-basic-secret-0123456789-abcdefghijklmnop";

/// A provider, a Redis, and programs that share the token of one service there.
struct Shared {
    desk: Desk,
    redis: originals::Redis,
    /// Where these machines are: alf writes local time without saying which.
    zone: &'static str,
    offset: UtcOffset,
}

impl Shared {
    fn new(zone: &'static str, offset: UtcOffset) -> Option<Self> {
        Some(Self {
            redis: originals::Redis::start().unwrap()?,
            desk: Desk::new(&[])?,
            zone,
            offset,
        })
    }

    fn endpoint(&self) -> String {
        format!("{}/token", self.desk.provider.issuer())
    }

    /// A process of alf, which holds no token yet.
    fn alf(&self) -> Talk {
        let port = self.redis.port().to_string();
        let mut command = self.desk.originals.script("alf", &self.desk.home());
        command
            .args([&port, &self.endpoint(), CLIENT, SECRET])
            .env("TZ", self.zone);
        Talk::start(&mut command)
    }

    /// A keyfob session as in a process of its own.
    fn keyfob(&self) -> Session {
        let values = json!({
            "client_type": "oidc_client_credentials_secret",
            "auth_server": self.desk.provider.issuer(),
            "client_id": CLIENT,
            "client_secret": SECRET,
            "client_auth_method": "client_secret_basic",
        });
        let config = ClientConfig::from_json(values.to_string().as_bytes()).unwrap();
        let transport = config.transport().unwrap();
        let client = Client::from_config(config, transport, Clock::system()).unwrap();
        let redis = Redis::connect(self.redis.port());
        let store = AlfStore::new(redis, &self.endpoint(), CLIENT, self.offset);
        Session::new(client, Store::new(store), "service".parse().unwrap())
    }

    async fn keyfobs_token(&self) -> String {
        let token = self.keyfob().access_token().await.unwrap();
        token.secret().expose().to_owned()
    }

    async fn requests(&self) -> Value {
        self.desk.grant("client_credentials").await["requests"].clone()
    }

    /// The value under one of alf's keys.
    fn stored(&self, key: &str) -> Option<String> {
        let key = format!("{}_{CLIENT}_{key}", self.endpoint());
        let redis = Redis::connect(self.redis.port());
        match redis.ask(&[b"GET", key.as_bytes()]).unwrap() {
            Answer::Bytes(bytes) => Some(String::from_utf8(bytes).unwrap()),
            _ => None,
        }
    }
}

// covers: alf-13, alf-23, alf-35, alf-37
#[tokio::test(flavor = "multi_thread")]
async fn alf_and_keyfob_use_one_token_and_renew_it_in_turns() {
    let Some(shared) = Shared::new("UTC", UtcOffset::UTC) else {
        return;
    };
    let mut held = shared.alf().ask("token")["token"].clone();
    assert_eq!(
        shared.stored("access_token").map(Value::from),
        Some(held.clone())
    );
    for turn in 0..10 {
        assert_eq!(json!(shared.keyfobs_token().await), held, "turn {turn}");
        assert_eq!(shared.alf().ask("token")["token"], held, "turn {turn}");
        let renewed = if turn % 2 == 0 {
            let token = shared.keyfob().refresh().await.unwrap();
            json!(token.secret().expose())
        } else {
            // After a 401 alf empties memory and storage; then it asks for a token.
            let mut alf = shared.alf();
            alf.ask("forget");
            assert_eq!(shared.stored("access_token").as_deref(), Some(""));
            alf.ask("token")["token"].clone()
        };
        assert_ne!(renewed, held, "turn {turn}");
        held = renewed;
    }
    assert_eq!(
        shared.requests().await,
        json!(11),
        "one request for each renewal"
    );
    println!("10 renewals in turns by alf and keyfob on one Redis: 11 token requests in all");
}

/// What one of them emptied or renewed, a running process of the other takes over.
// covers: alf-8, alf-11, A5
#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_token_is_renewed_once_for_both() {
    let Some(shared) = Shared::new("UTC", UtcOffset::UTC) else {
        return;
    };
    let whoami = format!("get {}/whoami", shared.desk.provider.api());
    let session = shared.keyfob();
    let first = session.access_token().await.unwrap();
    let mut alf = shared.alf();
    let answer = alf.ask(&whoami);
    assert_eq!(answer["status"], json!(200));
    assert_eq!(
        answer["authorization"],
        json!(format!("Bearer {}", first.secret().expose()))
    );

    let revoked = json!({ "client_id": CLIENT });
    let admin = shared.desk.provider.admin("POST", "/revoke", revoked);
    admin.await.unwrap();
    assert_eq!(
        alf.ask(&whoami)["status"],
        json!(200),
        "alf renews after its 401"
    );
    let renewed = shared.stored("access_token").unwrap();
    session.invalidate(&first);
    let second = session.access_token().await.unwrap();
    assert_eq!(
        second.secret().expose(),
        renewed,
        "keyfob takes what alf got"
    );
    assert_eq!(shared.requests().await, json!(2));
}

/// Half past five east of Greenwich: both read each other's local times rightly.
// covers: A8, alf-36
#[tokio::test(flavor = "multi_thread")]
async fn both_agree_on_the_expiry_in_another_time_zone() {
    let offset = UtcOffset::east(330 * 60);
    let Some(shared) = Shared::new("IST-5:30", offset) else {
        return;
    };
    let token = shared.alf().ask("token")["token"].clone();
    assert_eq!(json!(shared.keyfobs_token().await), token);
    let renewed = shared.keyfob().refresh().await.unwrap();
    assert_eq!(
        shared.alf().ask("token")["token"],
        json!(renewed.secret().expose())
    );
    assert_eq!(shared.requests().await, json!(2));
    let expires = shared.stored("expires_on").unwrap();
    assert_eq!(
        expires.len(),
        "2026-01-31 23:59:59.000000".len(),
        "{expires}"
    );
}

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
