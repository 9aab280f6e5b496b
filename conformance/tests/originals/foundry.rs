//! palantir-oauth-client and keyfob on one `~/.foundry/oauth`.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

use keyfob::foundry::{FoundryCache, FoundryCredential, FoundryLogin, FoundryStore, Host};
use keyfob::jose::Secret;
use keyfob::login::{BeginOptions, begin, finish};
use keyfob::store::{FileStore, Store};
use keyfob::transport::Clock;
use keyfob::{Client, Preset, Session};
use keyfob_conformance::provider::Provider;
use serde_json::{Value, json};

use crate::desk::{Desk, fed};
use crate::front::Front;

const CLIENT: &str = "native-public";
const SCOPES: [&str; 2] = ["openid", "profile"];

/// A Foundry before the provider, and the authority that both programs trust.
struct Foundry {
    desk: Desk,
    front: Front,
    ca: PathBuf,
}

impl Foundry {
    async fn new() -> Option<Self> {
        let desk = Desk::new(&["--refresh-issue", "always"])?;
        let ca = desk.home().join("ca.pem");
        let front = Front::start(desk.provider.issuer(), &ca).await;
        Some(Self { desk, front, ca })
    }

    fn host(&self) -> Host {
        self.front.host.parse().unwrap()
    }

    /// palantir-oauth-client, one verb.
    fn original(&self, verb: &str, arguments: &[&str]) -> Value {
        let mut command = self.desk.originals.script("palantir", &self.desk.home());
        command
            .args([verb, &self.front.host])
            .args(arguments)
            .env("REQUESTS_CA_BUNDLE", &self.ca)
            .env("NODE_EXTRA_CA_CERTS", &self.ca)
            .env("BROWSER", format!("{} %s &", Provider::scripted_browser()));
        let text = fed(&mut command, "")
            .ok()
            .unwrap_or_else(|run| panic!("palantir.py {verb} {arguments:?}: {run}"));
        serde_json::from_str(text.lines().last().unwrap_or_default())
            .unwrap_or_else(|e| panic!("{e}: {text}"))
    }

    /// The client that the preset `foundry` makes out of a host and a client id.
    fn client(&self) -> Client {
        let given = |text: &str| vec![text.to_owned()];
        let parameters = BTreeMap::from([
            ("host".to_owned(), given(&self.front.host)),
            ("client_id".to_owned(), given(CLIENT)),
            ("scopes".to_owned(), SCOPES.map(str::to_owned).to_vec()),
        ]);
        let preset = Preset::builtin("foundry").unwrap();
        let mut config = preset.template().unwrap().config(&parameters).unwrap();
        // What stands behind the front calls itself by another name in its answers than Foundry would.
        config.set("issuer", self.desk.provider.issuer());
        config.set("ca_file", self.ca.to_str().unwrap());
        let transport = config.transport().unwrap();
        Client::from_config(config, transport, Clock::system()).unwrap()
    }

    fn cache(&self) -> FoundryCache {
        FoundryCache::open(FoundryCache::path_in(&self.desk.home())).unwrap()
    }

    /// A session as in a process of its own.
    fn session(&self) -> Session {
        let client = self.client();
        let login = FoundryLogin::of(client.config()).unwrap();
        let own = Store::new(FileStore::new(self.desk.home().join("keyfob")));
        let store = FoundryStore::new(self.cache(), login, own);
        Session::new(client, Store::new(store), "foundry".parse().unwrap())
    }

    /// The address at which a person ends after login and consent.
    fn person(&self, url: &str) -> String {
        let person = Provider::scripted_person();
        let (program, script) = person.split_once(' ').unwrap();
        let mut command = Command::new(program);
        command
            .args([script, url])
            .env("NODE_EXTRA_CA_CERTS", &self.ca);
        let text = fed(&mut command, "").ok().unwrap();
        let ended: Value = serde_json::from_str(text.trim()).unwrap();
        ended["url"].as_str().unwrap().to_owned()
    }

    fn refresh_token(&self) -> String {
        let login = self.cache().read(&self.host()).unwrap();
        let login = login.expect("the login is lost");
        login.refresh_token().unwrap().expose().to_owned()
    }

    /// Both in turns, ten refreshes in all, each with the refresh token that the other one got.
    async fn ten_turns(&self) {
        let mut seen = vec![self.refresh_token()];
        let before = self.desk.grant("refresh_token").await["success"]
            .as_u64()
            .unwrap_or(0);
        for turn in 0..10 {
            if turn % 2 == 0 {
                let got = self.original("get", &[CLIENT, SCOPES[0], SCOPES[1]]);
                assert_eq!(got["valid"], json!(true), "turn {turn}");
            } else {
                self.session().refresh().await.unwrap();
            }
            let token = self.refresh_token();
            assert!(!seen.contains(&token), "turn {turn}");
            seen.push(token);
        }
        let grant = self.desk.grant("refresh_token").await;
        assert_eq!(grant["success"], json!(before + 10), "{grant}");
        assert_eq!(grant["errors"], json!({}), "no reuse of a rotated token");
    }
}

// covers: pal-6, pal-7, pal-8
#[tokio::test(flavor = "multi_thread")]
async fn palantirs_client_goes_on_with_the_login_that_keyfob_wrote() {
    let Some(foundry) = Foundry::new().await else {
        return;
    };
    let session = foundry.session();
    let options = BeginOptions::new().with_redirect_uri("http://127.0.0.1/");
    let begun = begin(session.client(), &options).await.unwrap();
    let ended = foundry.person(begun.url.as_str());
    let logged_in = finish(session.client(), &begun.pending, ended.as_str())
        .await
        .unwrap();
    session.adopt(logged_in.granted).await.unwrap();
    drop(session);

    let read = foundry.original("stored", &[]);
    assert_eq!(read["client_id"], json!(CLIENT));
    assert_eq!(read["scopes"], json!(SCOPES));
    assert_eq!(read["token_uri"], json!(foundry.host().token_endpoint()));
    assert_eq!(read["refresh_token"], json!(foundry.refresh_token()));
    foundry.ten_turns().await;
    println!(
        "keyfob logged in; 10 refreshes in turns by palantir-oauth-client and keyfob, 0 logins lost"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn keyfob_goes_on_with_the_login_that_palantirs_client_wrote() {
    let Some(foundry) = Foundry::new().await else {
        return;
    };
    let got = foundry.original("login", &[CLIENT, SCOPES[0], SCOPES[1]]);
    let read = foundry
        .cache()
        .read_for(&foundry.host(), CLIENT, &SCOPES.map(str::to_owned))
        .unwrap()
        .unwrap();
    assert_eq!(
        json!(read.refresh_token().unwrap().expose()),
        got["refresh_token"]
    );
    assert_eq!(read.scopes(), SCOPES);
    let token = foundry.session().access_token().await.unwrap();
    assert_ne!(json!(token.secret().expose()), got["token"]);
    foundry.ten_turns().await;
    println!("palantir-oauth-client logged in; 10 refreshes in turns, 0 logins lost");
}

/// Confidential, with what the format makes difficult: `%`, `=`, `#`, `;`, blanks, and a host of its own each.
// covers: P20
#[tokio::test(flavor = "multi_thread")]
async fn both_read_each_others_difficult_values() {
    let Some(foundry) = Foundry::new().await else {
        return;
    };
    let secret = "p@ss:word/with +%20&=?#[]~;\"<>\\ %(home)s";
    let host = foundry.host();
    let written = FoundryCredential::new(&host, "special:client")
        .with_client_secret(Secret::new(secret))
        .with_scopes(["api:read-data", "offline_access"])
        .with_refresh_token(Secret::new("re%fresh=token;1"));
    foundry.cache().write(&host, &written).unwrap();
    let read = foundry.original("stored", &[]);
    assert_eq!(read["client_secret"], json!(secret));
    assert_eq!(read["refresh_token"], json!("re%fresh=token;1"));
    assert_eq!(read["scopes"], json!(["api:read-data", "offline_access"]));

    // The original cannot save a `%` (P20); everything else that it saves keyfob reads.
    let secret = secret.replace('%', "");
    foundry.original("save", &["other", &secret, "re=fresh;#2", "a", "b"]);
    let read = foundry.cache().read(&host).unwrap().unwrap();
    assert_eq!(read.client_id(), Some("other"));
    assert_eq!(read.client_secret().unwrap().expose(), secret);
    assert_eq!(read.refresh_token().unwrap().expose(), "re=fresh;#2");
    assert_eq!(read.scopes(), ["a", "b"]);
}
