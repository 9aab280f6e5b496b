//! palantir-oauth-client's cache as a file: read strictly, written without touching what belongs to others.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;

use keyfob::foundry::{FoundryCache, FoundryCredential, FoundryError, Host};
use keyfob::jose::Secret;
use tempfile::TempDir;

struct Place {
    _folder: TempDir,
    path: PathBuf,
    cache: FoundryCache,
}

impl Place {
    fn empty() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = FoundryCache::path_in(folder.path());
        let cache = FoundryCache::open(&path).unwrap();
        Self {
            _folder: folder,
            path,
            cache,
        }
    }

    fn with(content: &str) -> Self {
        let place = Self::empty();
        fs::create_dir(place.path.parent().unwrap()).unwrap();
        fs::write(&place.path, content).unwrap();
        place
    }

    fn text(&self) -> String {
        fs::read_to_string(&self.path).unwrap()
    }

    fn read(&self, host: &str) -> Option<FoundryCredential> {
        self.cache.read(&of(host)).unwrap()
    }

    /// Writing fails with this code and leaves the file as it is.
    fn refuses(&self, host: &str, credential: &FoundryCredential, code: &str) -> FoundryError {
        let before = fs::read(&self.path).unwrap();
        let error = self.cache.write(&of(host), credential).unwrap_err();
        assert_eq!(error.code(), code, "{error}");
        assert_eq!(fs::read(&self.path).unwrap(), before);
        error
    }
}

fn of(host: &str) -> Host {
    host.parse().unwrap()
}

fn login(host: &str, client: &str, token: &str) -> FoundryCredential {
    FoundryCredential::new(&of(host), client)
        .with_scopes(["api:read-data", "offline_access"])
        .with_refresh_token(Secret::new(token))
}

const TWO: &str = "\
# mine, by hand
[DEFAULT]
token_uri = https://old.example/multipass/api/oauth2/token
client_id = old-client
refresh_token = old-token

; the first
[a.example]
token_uri: https://a.example/multipass/api/oauth2/token
Client_ID = a-client
client_secret = a%%secret
scopes = api:read-data , offline_access
refresh_token = a-token

[b.example:8443]
token_uri = https://b.example:8443/multipass/api/oauth2/token
client_id = b-client
refresh_token = b-token
";

// covers: pal-6, pal-7, pal-8, P1, P13
#[test]
fn writes_what_palantir_oauth_client_writes_but_for_its_owner_only() {
    let place = Place::empty();
    let credential = login("foundry.example:8443", "c", "r").with_client_secret(Secret::new("s"));
    place
        .cache
        .write(&of("foundry.example:8443"), &credential)
        .unwrap();
    assert_eq!(
        place.text(),
        "[foundry.example:8443]\n\
         token_uri = https://foundry.example:8443/multipass/api/oauth2/token\n\
         client_id = c\nclient_secret = s\nscopes = api:read-data,offline_access\nrefresh_token = r\n\n"
    );
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&place.path), 0o600);
    assert_eq!(mode(place.path.parent().unwrap()), 0o700);
    assert_eq!(place.read("foundry.example:8443"), Some(credential));
}

// covers: pal-9, pal-10, P24
#[test]
fn any_path_will_do_and_one_without_a_folder_lies_in_the_working_folder() {
    let folder = tempfile::tempdir().unwrap();
    let cache = FoundryCache::open(folder.path().join("custom").join("file")).unwrap();
    cache.write(&of("h"), &login("h", "c", "r")).unwrap();
    assert!(cache.path().ends_with("custom/file") && cache.path().exists());
    let bare = FoundryCache::open("just-a-name").unwrap();
    assert_eq!(bare.path(), PathBuf::from("./just-a-name"));
    assert_eq!(FoundryCache::open("..").unwrap_err().code(), "bad_name");
}

// covers: pal-1
#[test]
fn a_file_that_is_not_there_holds_no_login() {
    let place = Place::empty();
    assert!(place.read("h").is_none() && place.cache.hosts().unwrap().is_empty());
    assert!(!place.cache.remove(&of("h"), "c").unwrap());
    assert!(!place.path.exists());
}

#[test]
fn every_field_is_read_back() {
    let place = Place::with(TWO);
    let credential = place.read("a.example").unwrap();
    assert_eq!(credential.client_id(), Some("a-client"));
    assert_eq!(credential.client_secret().unwrap().expose(), "a%secret");
    assert_eq!(credential.scopes(), ["api:read-data", "offline_access"]);
    assert_eq!(credential.refresh_token().unwrap().expose(), "a-token");
    assert_eq!(
        credential.token_uri(),
        "https://a.example/multipass/api/oauth2/token"
    );
    let hosts: Vec<_> = place
        .cache
        .hosts()
        .unwrap()
        .iter()
        .map(Host::to_string)
        .collect();
    assert_eq!(hosts, ["old.example", "a.example", "b.example:8443"]);
    let shown = format!("{credential:?} {:?}", place.cache);
    assert!(
        !shown.contains("a%secret") && !shown.contains("a-token"),
        "{shown}"
    );
}

// covers: pal-11, P3
#[test]
fn the_default_section_answers_for_its_own_host_only_and_lends_nothing() {
    let place = Place::with(TWO);
    assert_eq!(
        place.read("old.example").unwrap().client_id(),
        Some("old-client")
    );
    assert!(place.read("other.example").is_none());
    assert!(place.read("old.example:444").is_none());
    let place =
        Place::with("[DEFAULT]\nclient_secret = s\nrefresh_token = r\n[h]\nclient_id = c\n");
    let credential = place.read("h").unwrap();
    assert!(credential.refresh_token().is_none() && credential.client_secret().is_none());
    assert!(
        place.read("i").is_none(),
        "a default without token_uri is nobody's"
    );
}

// covers: P2
#[test]
fn a_token_uri_that_leads_elsewhere_is_refused_by_name() {
    for uri in [
        "https://evil.example/t",
        "http://h/t",
        "https://h:1/t",
        "h/t",
    ] {
        let place = Place::with(&format!(
            "[h]\ntoken_uri = {uri}\nclient_id = c\nrefresh_token = canary\n"
        ));
        let error = place.cache.read(&of("h")).unwrap_err();
        let words = error.to_string();
        assert_eq!(error.code(), "foundry_cache_invalid");
        assert!(
            words.contains("token_uri") && words.contains("[h]"),
            "{words}"
        );
        assert!(
            words.contains("oauth") && !words.contains("canary"),
            "{words}"
        );
        assert!(error.remedy().unwrap().contains("section [h]"));
        place.refuses("h", &login("h", "c", "r"), "foundry_cache_invalid");
        place
            .cache
            .replace(&of("h"), &login("h", "c", "r"))
            .unwrap();
        assert_eq!(place.read("h").unwrap(), login("h", "c", "r"));
    }
}

// covers: P4
#[test]
fn another_client_or_wider_scopes_do_not_get_the_stored_login() {
    let place = Place::with(TWO);
    let ask = |client: &str, scopes: &[&str]| {
        let scopes: Vec<String> = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        place.cache.read_for(&of("a.example"), client, &scopes)
    };
    assert!(ask("a-client", &["offline_access"]).unwrap().is_some());
    assert_eq!(
        ask("b-client", &[]).unwrap_err().code(),
        "foundry_another_client"
    );
    let error = ask("a-client", &["api:write-data", "offline_access"]).unwrap_err();
    assert_eq!(error.code(), "foundry_scopes_missing");
    assert!(
        error.to_string().ends_with("does not cover api:write-data"),
        "{error}"
    );
}

// covers: P5
#[test]
fn a_new_login_leaves_nothing_of_the_former_and_every_byte_of_the_others() {
    let place = Place::with(TWO);
    let theirs = "Remark = kept\n  over lines\n";
    let content = TWO.replace(
        "refresh_token = a-token\n",
        &format!("refresh_token = a-token\naccess_token = by hand\n# note\n{theirs}"),
    );
    fs::write(&place.path, &content).unwrap();
    let public = FoundryCredential::new(&of("a.example"), "a-client").with_scopes(["x"]);
    place.cache.write(&of("a.example"), &public).unwrap();
    let (head, rest) = content.split_once("[a.example]\n").unwrap();
    let (_, tail) = rest.split_once("# note\n").unwrap();
    assert_eq!(
        place.text(),
        format!(
            "{head}[a.example]\ntoken_uri = https://a.example/multipass/api/oauth2/token\n\
             client_id = a-client\nscopes = x\n# note\n{tail}"
        )
    );
    let read = place.read("a.example").unwrap();
    assert!(
        read.client_secret().is_none()
            && read.refresh_token().is_none()
            && read.access_token().is_none()
    );
}

#[test]
fn the_login_of_another_client_is_replaced_only_on_demand() {
    let place = Place::with(TWO);
    let error = place.refuses(
        "a.example",
        &login("a.example", "new", "r"),
        "foundry_another_client",
    );
    assert!(error.to_string().contains("\"a-client\""), "{error}");
    assert_eq!(
        place
            .cache
            .remove(&of("a.example"), "new")
            .unwrap_err()
            .code(),
        "foundry_another_client"
    );
    assert_eq!(place.text(), TWO);
    place
        .cache
        .replace(&of("a.example"), &login("a.example", "new", "r"))
        .unwrap();
    assert_eq!(
        place.read("a.example").unwrap(),
        login("a.example", "new", "r")
    );
    assert_eq!(
        place.read("b.example:8443").unwrap().client_id(),
        Some("b-client")
    );
}

#[test]
fn removing_a_login_leaves_the_others_and_what_would_answer_in_its_place() {
    let place = Place::with(TWO);
    assert!(place.cache.remove(&of("a.example"), "a-client").unwrap());
    let (head, rest) = TWO.split_once("[a.example]\n").unwrap();
    let (_, tail) = rest.split_once("[b.example").unwrap();
    assert_eq!(place.text(), format!("{head}[b.example{tail}"));
    assert!(
        place
            .cache
            .remove(&of("old.example"), "old-client")
            .unwrap()
    );
    assert!(place.read("old.example").is_none());
    assert!(place.read("b.example:8443").is_some());
}

// covers: P22
#[test]
fn no_scopes_are_no_scopes() {
    for content in [
        "[h]\nclient_id = c\nscopes = \n",
        "[h]\nclient_id = c\nscopes = ,\n",
        "[h]\nclient_id = c\n",
    ] {
        assert!(Place::with(content).read("h").unwrap().scopes().is_empty());
    }
    let place = Place::empty();
    let none = FoundryCredential::new(&of("h"), "c").with_scopes([""]);
    place.cache.write(&of("h"), &none).unwrap();
    assert!(!place.text().contains("scopes"));
}

// covers: P20
#[test]
fn percent_signs_in_any_value_survive_the_round_trip() {
    let place = Place::empty();
    let odd = FoundryCredential::new(&of("h"), "c%d")
        .with_client_secret(Secret::new("%(x)s%%"))
        .with_refresh_token(Secret::new("100%"));
    place.cache.write(&of("h"), &odd).unwrap();
    assert_eq!(place.read("h").unwrap(), odd);
    assert!(place.text().contains("client_secret = %%(x)s%%%%\n"));
}

#[test]
fn what_the_format_cannot_hold_is_refused_before_anything_is_written() {
    let place = Place::with(TWO);
    for (credential, key) in [
        (
            login("b.example:8443", "b-client", "two\nlines"),
            "refresh_token",
        ),
        (
            login("b.example:8443", "b-client", " blank"),
            "refresh_token",
        ),
        (
            login("b.example:8443", "b-client", "r").with_scopes(["a,b"]),
            "scopes",
        ),
        (
            login("b.example:8443", "b-client", "r").with_token_uri("https://x/t"),
            "token_uri",
        ),
    ] {
        let error = place.refuses("b.example:8443", &credential, "foundry_value_unwritable");
        assert!(error.to_string().starts_with(key), "{error}");
    }
}

// covers: P21
#[test]
fn a_damaged_file_is_a_typed_error_and_is_never_overwritten() {
    for (content, words) in [
        (&b"refresh_token = canary\n"[..], "line 1"),
        (b"[h]\nclient_id = c\ncanary\n", "line 3"),
        (b"[h]\n[h]\n", "line 2"),
        (b"[h]\nrefresh_token = \xff\n", "UTF-8"),
        (b"\0\0\0\0", "control characters"),
    ] {
        let place = Place::with("");
        fs::write(&place.path, content).unwrap();
        let error = place.cache.read(&of("h")).unwrap_err();
        let shown = error.to_string();
        assert_eq!(error.code(), "corrupt");
        assert!(
            shown.contains(words) && shown.contains(".foundry/oauth"),
            "{shown}"
        );
        assert!(!shown.contains("canary"));
        place.refuses("h", &login("h", "c", "r"), "corrupt");
        place.refuses("other", &login("other", "c", "r"), "corrupt");
        assert!(
            place
                .cache
                .replace(&of("h"), &login("h", "c", "r"))
                .is_err()
        );
        assert_eq!(fs::read(&place.path).unwrap(), content);
    }
}

#[test]
fn indented_sections_and_foreign_line_ends_are_rewritten_in_kind() {
    let place =
        Place::with("[h]\r\n  client_id = c\r\n  other = 1\r\n  refresh_token = r\r\n[i]\r\nx=1");
    place
        .cache
        .write(&of("h"), &login("h", "c", "new"))
        .unwrap();
    let text = place.text();
    assert!(
        text.starts_with("[h]\r\n  token_uri = https://h/"),
        "{text}"
    );
    assert!(text.ends_with("  other = 1\r\n[i]\r\nx=1"), "{text}");
    assert_eq!(place.read("h").unwrap(), login("h", "c", "new"));
    place.cache.write(&of("j"), &login("j", "c", "r")).unwrap();
    assert!(
        place.text().contains("\r\nx=1\n\n[j]\ntoken_uri"),
        "{}",
        place.text()
    );
}

#[test]
fn links_and_files_of_others_are_not_used() {
    let place = Place::with(TWO);
    fs::set_permissions(&place.path, fs::Permissions::from_mode(0o666)).unwrap();
    assert_eq!(
        place.cache.read(&of("a.example")).unwrap_err().code(),
        "unsafe"
    );
    place.refuses("a.example", &login("a.example", "a-client", "r"), "unsafe");
    fs::remove_file(&place.path).unwrap();
    symlink("/etc/hostname", &place.path).unwrap();
    assert_eq!(
        place.cache.read(&of("a.example")).unwrap_err().code(),
        "unsafe"
    );
}

// covers: P27
#[test]
fn writers_of_different_hosts_do_not_lose_each_others_sections() {
    let place = Place::with("# kept\n");
    let writers: Vec<_> = (0..8)
        .map(|number| {
            let cache = place.cache.clone();
            std::thread::spawn(move || {
                let host = format!("h{number}.example");
                for round in 0..5 {
                    let token = format!("token-{round}");
                    cache.write(&of(&host), &login(&host, "c", &token)).unwrap();
                }
            })
        })
        .collect();
    for writer in writers {
        writer.join().unwrap();
    }
    for number in 0..8 {
        let token = place.read(&format!("h{number}.example")).unwrap();
        assert_eq!(token.refresh_token().unwrap().expose(), "token-4");
    }
    assert!(place.text().starts_with("# kept\n"));
    let left: Vec<_> = fs::read_dir(place.path.parent().unwrap())
        .unwrap()
        .collect();
    assert_eq!(left.len(), 2, "the cache and its lock: {left:?}");
}
