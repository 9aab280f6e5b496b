//! A session whose refresh token lives in palantir-oauth-client's cache, and its access token in keyfob's own home.

use std::fs;
use std::path::PathBuf;

use keyfob::foundry::{FoundryCache, FoundryLogin, FoundryStore, Host};
use keyfob::session::Forget;
use keyfob::store::{FileStore, Store};
use keyfob::transport::testing::{ScriptedTransport, json};
use keyfob::transport::{Clock, ManualClock};
use keyfob::{Client, ClientConfig, Error, Profiles, Session};
use serde_json::json;
use tempfile::TempDir;

use crate::support::{HOUR, granted, oauth_error, of, profile, sent};

const HOST: &str = "foundry.example";
const URI: &str = "https://foundry.example/multipass/api/oauth2/token";

struct Both {
    folder: TempDir,
    script: ScriptedTransport,
    clock: ManualClock,
    config: ClientConfig,
}

impl Both {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            script: ScriptedTransport::new(),
            // Files bear the machine's time, so the session's clock has to agree with it.
            clock: ManualClock::new(std::time::SystemTime::now()),
            config: of(
                &json!({"client_type": "oidc_auth_code", "auth_server": "https://foundry.example/multipass/api",
                "client_id": "c", "token_endpoint": URI, "authorization_endpoint": "https://foundry.example/a",
                "redirect_uri": "http://127.0.0.1/cb", "scopes": ["api:read-data", "offline_access"]}),
            ),
        }
    }

    /// With a login as palantir-oauth-client leaves it.
    fn logged_in() -> Self {
        let both = Self::new();
        both.put("refresh_token = theirs\n");
        both
    }

    fn put(&self, lines: &str) {
        let section = format!(
            "[{HOST}]\ntoken_uri = {URI}\nclient_id = c\nscopes = api:read-data,offline_access\n"
        );
        self.put_all(&format!(
            "{section}{lines}\n[other.example]\nclient_id = o\nrefresh_token = others\n"
        ));
    }

    fn put_all(&self, content: &str) {
        fs::create_dir_all(self.cache().parent().unwrap()).unwrap();
        fs::write(self.cache(), content).unwrap();
    }

    fn cache(&self) -> PathBuf {
        FoundryCache::path_in(self.folder.path())
    }

    fn text(&self) -> String {
        fs::read_to_string(self.cache()).unwrap()
    }

    fn own(&self) -> String {
        fs::read_to_string(self.folder.path().join("home/work/token.json")).unwrap()
    }

    fn store(&self) -> Store {
        let own = Store::new(FileStore::new(self.folder.path().join("home")));
        let cache = FoundryCache::open(self.cache()).unwrap();
        let login = FoundryLogin::of(&self.config).unwrap();
        Store::new(FoundryStore::new(cache, login, own))
    }

    /// A new process.
    fn session(&self) -> Session {
        let clock = Clock::from(self.clock.clone());
        let client =
            Client::from_config(self.config.clone(), self.script.transport(), clock).unwrap();
        Session::new(client, self.store(), profile())
    }

    async fn token(&self) -> Result<String, Error> {
        let token = self.session().access_token().await?;
        Ok(token.expose().to_owned())
    }
}

// covers: P28, P25
#[tokio::test]
async fn their_login_is_gone_on_with_and_costs_one_refresh_for_many_processes() {
    let both = Both::logged_in();
    both.script.push(granted("access", Some("rotated")));
    for _ in 0..5 {
        assert_eq!(both.token().await.unwrap(), "access");
    }
    assert_eq!(sent(&both.script), ["theirs"]);
    assert!(
        both.text().contains("refresh_token = rotated\n")
            && both.text().ends_with("refresh_token = others\n")
    );
    assert!(!both.text().contains("access_token"));
    assert!(
        both.own().contains("\"access\"") && !both.own().contains("rotated"),
        "{}",
        both.own()
    );
}

#[tokio::test]
async fn a_refresh_token_that_the_other_program_rotated_is_used_instead_of_what_went_with_the_old_one()
 {
    let both = Both::logged_in();
    both.script.push(granted("access", Some("rotated")));
    both.token().await.unwrap();
    both.put("refresh_token = theirs-again\n");
    both.script.push(granted("newer", None));
    assert_eq!(both.token().await.unwrap(), "newer");
    assert_eq!(both.token().await.unwrap(), "newer");
    assert_eq!(sent(&both.script), ["theirs", "theirs-again"]);
}

#[tokio::test]
async fn both_work_in_turns_with_a_rotating_refresh_token_and_lose_nothing() {
    let both = Both::logged_in();
    let mut present = "theirs".to_owned();
    for turn in 0..10 {
        let next = format!("keyfob-{turn}");
        both.script
            .push(granted(&format!("access-{turn}"), Some(&next)));
        both.token().await.unwrap();
        assert_eq!(sent(&both.script).last(), Some(&present));
        assert!(both.text().contains(&format!("refresh_token = {next}\n")));
        present = format!("palantir-{turn}");
        both.put(&format!("refresh_token = {present}\n"));
    }
}

// covers: P4
#[tokio::test]
async fn another_clients_section_is_neither_used_nor_overwritten() {
    let both = Both::logged_in();
    let theirs = both.text().replace("client_id = c\n", "client_id = d\n");
    both.put_all(&theirs);
    assert_eq!(both.token().await.unwrap_err().code(), "login_needed");
    let error = both.session().check_writable().await.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("keeps the login of client \"d\""),
        "{error}"
    );
    let lease = both.store().try_lock(&profile()).await.unwrap();
    let document =
        keyfob::store::Document::parse(br#"{"access_token":"a","refresh_token":"r"}"#).unwrap();
    assert!(lease.held().unwrap().commit(None, &document).await.is_err());
    assert_eq!(both.text(), theirs);
    assert_eq!(both.script.count(), 0);
}

// covers: P4
#[tokio::test]
async fn a_login_for_other_scopes_is_not_used() {
    let both = Both::logged_in();
    both.put_all(&both.text().replace("scopes = api:read-data,", "scopes = "));
    assert_eq!(
        both.token().await.unwrap_err().code(),
        "login_of_another_configuration"
    );
    assert_eq!(both.script.count(), 0);
}

#[tokio::test]
async fn an_access_token_written_by_hand_is_used_for_a_day_without_a_request() {
    let both = Both::new();
    both.put("access_token = by-hand\n");
    assert_eq!(both.token().await.unwrap(), "by-hand");
    both.clock
        .advance(std::time::Duration::from_secs(25 * HOUR));
    assert_eq!(both.token().await.unwrap_err().code(), "login_expired");
    assert_eq!(both.script.count(), 0);
}

#[tokio::test]
async fn a_damaged_cache_is_named_before_a_person_is_troubled_and_left_alone() {
    let both = Both::new();
    both.put("no key and no value\n");
    let before = both.text();
    for error in [
        both.token().await.unwrap_err(),
        both.session().check_writable().await.unwrap_err(),
        both.session().status().await.map(drop).unwrap_err(),
    ] {
        assert_eq!(error.code(), "store_corrupt", "{error}");
        assert!(
            error
                .to_string()
                .contains(".foundry/oauth is damaged: line 5"),
            "{error}"
        );
    }
    assert_eq!(both.text(), before);
}

#[tokio::test]
async fn a_refused_refresh_token_is_retired_in_both_places_and_a_login_of_the_other_program_helps()
{
    let both = Both::logged_in();
    both.script.push(oauth_error("invalid_grant"));
    assert_eq!(both.token().await.unwrap_err().code(), "login_ended");
    assert_eq!(both.token().await.unwrap_err().code(), "login_ended");
    assert_eq!(both.script.count(), 1);
    both.put("refresh_token = new login\n");
    both.script.push(granted("access", None));
    assert_eq!(both.token().await.unwrap(), "access");
}

#[tokio::test]
async fn a_section_that_is_gone_is_a_logout_and_ours_takes_the_section_out() {
    let both = Both::logged_in();
    both.script.push(granted("access", Some("rotated")));
    both.token().await.unwrap();
    both.script.otherwise(|_| json(200, ""));
    both.session().logout().await.unwrap();
    assert_eq!(
        both.text(),
        "[other.example]\nclient_id = o\nrefresh_token = others\n"
    );
    assert_eq!(both.token().await.unwrap_err().code(), "login_needed");

    let both = Both::logged_in();
    both.script.push(granted("access", Some("rotated")));
    both.token().await.unwrap();
    both.put_all("");
    assert_eq!(both.token().await.unwrap_err().code(), "login_needed");
}

#[tokio::test]
async fn keyfobs_own_damaged_notes_do_not_cost_the_login() {
    let both = Both::logged_in();
    both.script.push(granted("access", Some("rotated")));
    both.token().await.unwrap();
    fs::write(both.folder.path().join("home/work/token.json"), "{\"acc").unwrap();
    both.script.push(granted("again", None));
    assert_eq!(both.token().await.unwrap(), "again");
    assert_eq!(sent(&both.script), ["theirs", "rotated"]);
}

#[tokio::test]
async fn a_secret_that_this_profile_does_not_know_stays_with_its_client() {
    let both = Both::logged_in();
    both.put("client_secret = s\nrefresh_token = theirs\n");
    both.script.push(granted("access", Some("rotated")));
    both.token().await.unwrap();
    assert!(both.text().contains("client_secret = s\n") && both.text().contains("= rotated\n"));
}

#[tokio::test]
async fn a_profile_shares_its_login_if_its_configuration_says_so() {
    let both = Both::logged_in();
    let profiles = Profiles::open(both.folder.path().join("home"));
    let config = both.config.clone();
    let cache = both.cache().display().to_string();
    let clock = || Clock::from(both.clock.clone());
    let open = || profiles.open_session(&profile(), both.script.transport(), clock());
    let relative = config.clone().with("foundry_cache", "oauth");
    let error = profiles.add(&profile(), &relative).unwrap_err();
    assert!(
        error.to_string().contains("foundry_cache") && error.code() == "config_invalid",
        "{error}"
    );
    profiles
        .add(&profile(), &config.with("foundry_cache", cache))
        .unwrap();
    both.script.push(granted("access", Some("rotated")));
    assert_eq!(
        open().unwrap().access_token().await.unwrap().expose(),
        "access"
    );
    assert!(both.text().contains("refresh_token = rotated\n"));
    let now = both.clock.now();
    assert!(
        keyfob::profile::cached_token(profiles.home(), &profile(), now).is_none(),
        "one file alone does not tell"
    );
    assert_eq!(
        open().unwrap().access_token().await.unwrap().expose(),
        "access"
    );
    assert_eq!(both.script.count(), 1);
}

#[test]
fn the_login_is_taken_from_the_configuration() {
    let host: Host = HOST.parse().unwrap();
    assert_eq!(host.token_endpoint(), URI);
    let shown = format!(
        "{:?}",
        FoundryLogin::of(&Both::new().config.with("client_secret", "canary")).unwrap()
    );
    assert!(shown.contains(HOST) && !shown.contains("canary"), "{shown}");
}

#[tokio::test]
async fn forgetting_a_client_takes_its_section_out_too() {
    let both = Both::logged_in();
    let profiles = Profiles::open(both.folder.path().join("home"));
    let config = both.config.clone();
    let config = config.with("foundry_cache", both.cache().to_str().unwrap());
    profiles.add(&profile(), &config).unwrap();
    both.script.push(granted("access", Some("rotated")));
    let clock = || Clock::from(both.clock.clone());
    let open = || {
        profiles
            .open_session(&profile(), both.script.transport(), clock())
            .unwrap()
    };
    open().access_token().await.unwrap();
    both.script.otherwise(|_| granted("another", None));
    let issuer = config.issuer().unwrap();
    for forgotten in profiles
        .forget_client(issuer, "c", Forget::Everything)
        .unwrap()
    {
        assert!(forgotten.outcome.unwrap());
    }
    assert_eq!(
        open().access_token().await.unwrap_err().code(),
        "login_needed"
    );
    assert!(both.text().contains("[other.example]") && !both.text().contains("rotated"));
}
