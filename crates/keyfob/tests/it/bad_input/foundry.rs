//! palantir-oauth-client's cache.

use std::path::{Path, PathBuf};

use keyfob::foundry::{FoundryCache, FoundryCredential, FoundryLogin, FoundryStore, Host};
use keyfob::jose::Secret;
use keyfob::store::{FileStore, Store};
use keyfob::transport::testing::ScriptedTransport;
use keyfob::transport::{Clock, ManualClock};
use keyfob::{Client, Session};

use super::mutations::case;
use super::{Case, Expect, Outcome, Subject, home, ini_cases, outcome, places, put, run};
use crate::support::{config, profile, start};

const GOOD: &str = "# kept\n[other.example]\nclient_id = o\nrefresh_token = canary-other\n\n[h.example]\ntoken_uri = https://h.example/multipass/api/oauth2/token\nclient_id = c\nclient_secret = canary-secret\nscopes = a,b\nrefresh_token = canary-token\n\n[DEFAULT]\ntoken_uri = https://d.example/t\n";

struct Cache;

impl Subject for Cache {
    fn fresh(&self) -> tempfile::TempDir {
        let home = home();
        put(&self.path(home.path()), GOOD);
        home
    }

    fn path(&self, home: &Path) -> PathBuf {
        FoundryCache::path_in(home)
    }

    fn file_name(&self) -> &'static str {
        ".foundry/oauth"
    }

    fn probe(&self, home: &Path, is_refused: bool) -> Vec<(&'static str, Outcome)> {
        let host: Host = "h.example".parse().unwrap();
        let cache = FoundryCache::open(self.path(home)).unwrap();
        let mut outcomes = vec![("a look", outcome(cache.read(&host).map_err(Into::into)))];
        if !is_refused {
            return outcomes;
        }
        let login = FoundryCredential::new(&host, "c").with_refresh_token(Secret::new("new"));
        outcomes.push((
            "a write",
            outcome(cache.write(&host, &login).map_err(Into::into)),
        ));
        outcomes.push((
            "a removal",
            outcome(cache.remove(&host, "c").map_err(Into::into)),
        ));
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let script = ScriptedTransport::new();
        let clock = Clock::from(ManualClock::new(start()));
        let client = Client::from_config(config(), script.transport(), clock).unwrap();
        let own = Store::new(FileStore::new(
            tempfile::tempdir().unwrap().path().join("own"),
        ));
        let store = FoundryStore::new(cache, FoundryLogin::new(host, "c", ["a", "b"]), own);
        let session = Session::new(client, Store::new(store), profile());
        outcomes.push(("a token", outcome(runtime.block_on(session.access_token()))));
        outcomes.push(("status", outcome(runtime.block_on(session.status()))));
        outcomes.push((
            "before a login",
            outcome(runtime.block_on(session.check_writable())),
        ));
        assert_eq!(script.count(), 0);
        outcomes
    }
}

fn value(key: &'static str, value: &str) -> Case {
    let lines = GOOD.lines().map(|line| {
        if line.starts_with(key)
            && !line.ends_with("= o")
            && !line.contains("other")
            && !line.contains("d.example")
        {
            format!("{key} = {value}")
        } else {
            line.to_owned()
        }
    });
    let content = lines.collect::<Vec<_>>().join("\n");
    case(format!("{key} = {value}"), content, Expect::RefusedFor(key))
}

#[test]
fn a_damaged_foundry_cache_is_named_and_left_alone() {
    let mut cases = ini_cases(GOOD, "[h.example]");
    for uri in [
        "http://h.example/t",
        "https://canary.example/t",
        "https://h.example:1/t",
        "/t",
        "canary",
        "ftp://h.example/",
        "https://u:canary@h.example/t",
        "https://h.example/t#canary",
        "%",
        "%(client_id)s",
        "https://h.example/\n  canary",
    ] {
        cases.push(value("token_uri", uri));
    }
    for key in ["client_id", "client_secret", "refresh_token", "scopes"] {
        cases.push(value(key, "canary%"));
        cases.push(value(key, "%(canary)s"));
        if key != "scopes" {
            cases.push(value(key, "a\n  canary"));
        }
    }
    cases.push(value("client_id", ""));
    let deep = format!(
        "[h.example]\nclient_id = c\nscopes = a\n{}",
        "  canary,\n".repeat(50_000)
    );
    cases.push(case("a value of fifty thousand lines", deep, Expect::Fine));
    cases.extend(places());
    run(".foundry/oauth", &Cache, cases);
}
