//! Which profile, which value, from where: the order of `docs/precedence.md` as one table, and as a rule over all settings.

use keyfob::login::{Login, LoginMethod, LoginOptions, Surroundings};
use keyfob::preset::Preset;
use keyfob::settings::{Given, Keeps, Origin, Resolved, Resolver, Setting, Source};
use keyfob::store::{CredentialStore, Document, Lease, MemoryStore, Store};
use keyfob::{ClientConfig, Environment, Error, ProfileName, Profiles};
use serde_json::{Map, Value, json};
use tempfile::TempDir;

/// A user's home with Planet's files in it.
pub(crate) struct Home {
    folder: TempDir,
    preset: Preset,
}

impl Home {
    pub(crate) fn new(preset: Preset) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { folder, preset }
    }

    fn planet() -> Self {
        let home = Self::new(Preset::builtin("planet").unwrap());
        for name in ["flag-profile", "env-profile", "file-profile"] {
            home.add(name, &device(name));
        }
        home
    }

    pub(crate) fn profiles(&self) -> Profiles {
        let home = self.preset.home(self.folder.path()).unwrap();
        Profiles::open(home).with_preset(&self.preset)
    }

    pub(crate) fn add(&self, name: &str, config: &Value) {
        let config = ClientConfig::from_json(config.to_string().as_bytes()).unwrap();
        self.profiles().add(&named(name), &config).unwrap();
    }

    pub(crate) fn settings(&self, settings: &Value) {
        let path = self.profiles().settings_path();
        std::fs::write(path, settings.to_string()).unwrap();
    }

    pub(crate) fn token(&self, profile: &str, token: &Value) {
        let folder = self.profiles().home().join(profile);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("token.json"), token.to_string()).unwrap();
    }

    pub(crate) fn resolve(
        &self,
        given: &Given,
        variables: &[(&str, &str)],
    ) -> Result<Resolved, Error> {
        let environment = Environment::from_vars(variables.iter().copied());
        Resolver::new(&self.preset, &self.profiles(), &environment).resolve(given)
    }
}

fn named(name: &str) -> ProfileName {
    name.parse().unwrap()
}

fn device(client_id: &str) -> Value {
    json!({"client_type": "oidc_device_code", "auth_server": "https://as.example", "client_id": client_id,
           "scopes": ["own"]})
}

/// What is said, and what comes of it.
struct Case {
    says: &'static str,
    given: &'static [(Setting, &'static str)],
    variables: &'static [(&'static str, &'static str)],
    settings: &'static [(&'static str, &'static str)],
    name: &'static str,
}

const PROFILE: (&str, &str) = ("PL_AUTH_PROFILE", "env-profile");
const ID: (&str, &str) = ("PL_AUTH_CLIENT_ID", "env-id");
const SECRET: (&str, &str) = ("PL_AUTH_CLIENT_SECRET", "env-secret");
const KEY: (&str, &str) = ("PL_API_KEY", "env-key");
const IN_FILE: (&str, &str) = ("PL_AUTH_PROFILE", "file-profile");

/// planet-auth's own cases (its priorities 1 to 8) and what it lacks; where the outcome differs, the name says so.
const CASES: [Case; 18] = [
    Case {
        says: "a profile by flag wins over everything",
        given: &[(Setting::Profile, "flag-profile")],
        variables: &[PROFILE, ID, SECRET, KEY],
        settings: &[IN_FILE],
        name: "flag-profile",
    },
    Case {
        says: "upper case is lowered",
        given: &[(Setting::Profile, "Flag-Profile")],
        variables: &[],
        settings: &[],
        name: "flag-profile",
    },
    Case {
        says: "id and secret by flag win over the environment",
        given: &[(Setting::ClientId, "flag-id"), (Setting::ClientSecret, "s")],
        variables: &[PROFILE, KEY],
        settings: &[IN_FILE],
        name: "planet-m2m-flag-id",
    },
    Case {
        says: "an id by flag takes its secret from a variable",
        given: &[(Setting::ClientId, "flag-id")],
        variables: &[PROFILE, SECRET],
        settings: &[],
        name: "planet-m2m-flag-id",
    },
    Case {
        says: "a key by flag wins over the environment",
        given: &[(Setting::ApiKey, "flag-key")],
        variables: &[PROFILE, ID, SECRET],
        settings: &[],
        name: "_PL_API_KEY",
    },
    Case {
        says: "of one source, a profile comes before id and secret, and those before a key",
        given: &[
            (Setting::Profile, "flag-profile"),
            (Setting::ClientId, "flag-id"),
            (Setting::ClientSecret, "s"),
            (Setting::ApiKey, "k"),
        ],
        variables: &[],
        settings: &[],
        name: "flag-profile",
    },
    Case {
        says: "a profile of the environment wins over the file",
        given: &[],
        variables: &[PROFILE],
        settings: &[IN_FILE],
        name: "env-profile",
    },
    Case {
        says: "and over id, secret and key of the environment",
        given: &[],
        variables: &[PROFILE, ID, SECRET, KEY],
        settings: &[],
        name: "env-profile",
    },
    Case {
        says: "W37: id and secret of the environment win over a saved profile",
        given: &[],
        variables: &[ID, SECRET, KEY],
        settings: &[IN_FILE],
        name: "planet-m2m-env-id",
    },
    Case {
        says: "W37: a key of the environment wins over a saved profile",
        given: &[],
        variables: &[KEY],
        settings: &[IN_FILE],
        name: "_PL_API_KEY",
    },
    Case {
        says: "half a pair in the environment chooses nothing",
        given: &[],
        variables: &[ID],
        settings: &[IN_FILE],
        name: "file-profile",
    },
    Case {
        says: "an id of the file takes its secret from the environment",
        given: &[],
        variables: &[SECRET],
        settings: &[("PL_AUTH_CLIENT_ID", "file-id")],
        name: "planet-m2m-file-id",
    },
    Case {
        says: "a profile of the file comes before id, secret and key of the file",
        given: &[],
        variables: &[],
        settings: &[
            IN_FILE,
            ("PL_AUTH_CLIENT_ID", "file-id"),
            ("PL_AUTH_CLIENT_SECRET", "s"),
            ("PL_API_KEY", "k"),
        ],
        name: "file-profile",
    },
    Case {
        says: "id and secret of the file come before a key of the file",
        given: &[],
        variables: &[],
        settings: &[
            ("PL_AUTH_CLIENT_ID", "file-id"),
            ("PL_AUTH_CLIENT_SECRET", "s"),
            ("PL_API_KEY", "k"),
        ],
        name: "planet-m2m-file-id",
    },
    Case {
        says: "a key of the file",
        given: &[],
        variables: &[],
        settings: &[("PL_API_KEY", "k"), ("key", "old")],
        name: "_PL_API_KEY",
    },
    Case {
        says: "the key of the old SDK",
        given: &[],
        variables: &[],
        settings: &[("key", "old")],
        name: "_PL_API_KEY",
    },
    Case {
        says: "an empty variable says nothing",
        given: &[],
        variables: &[("PL_AUTH_PROFILE", ""), ("PL_API_KEY", " ")],
        settings: &[IN_FILE],
        name: "file-profile",
    },
    Case {
        says: "nothing said: the preset's default",
        given: &[],
        variables: &[],
        settings: &[],
        name: "planet-user",
    },
];

// covers: planet-95, W37
#[test]
fn one_order_decides_which_profile_is_meant() {
    for case in CASES {
        let home = Home::planet();
        let settings: Map<String, Value> = case
            .settings
            .iter()
            .map(|(key, value)| ((*key).to_owned(), json!(value)))
            .collect();
        home.settings(&Value::Object(settings));
        let given = case.given.iter();
        let given = given.fold(Given::new(), |given, (setting, value)| {
            given.with(*setting, *value)
        });
        let resolved = home.resolve(&given, case.variables).unwrap();
        assert_eq!(resolved.name, case.name, "{}", case.says);
        let profile = resolved.explain(Setting::Profile).unwrap();
        assert_eq!(profile.shown, case.name, "{}", case.says);
    }
}

// covers: planet-95, W40
#[test]
fn a_profile_that_does_not_exist_is_an_error_that_names_the_source() {
    let home = Home::planet();
    let missing = |given: &Given, variables: &[(&str, &str)]| {
        let error = home.resolve(given, variables).unwrap_err();
        assert_eq!(error.code(), "no_such_profile");
        error.to_string()
    };
    let flag = Given::new().with(Setting::Profile, "gone");
    assert!(missing(&flag, &[]).contains("the command line"));
    assert!(missing(&Given::new(), &[("PL_AUTH_PROFILE", "gone")]).contains("PL_AUTH_PROFILE"));
    home.settings(&json!({"PL_AUTH_PROFILE": "gone"}));
    let message = missing(&Given::new(), &[]);
    assert!(message.contains(".planet.json"), "{message}");
}

// covers: W33, planet-90
#[test]
fn names_that_leave_the_home_are_refused_whoever_gives_them_and_not_repeated() {
    let home = Home::planet();
    for name in [
        "../../x",
        "/etc/passwd",
        "a/b",
        "..",
        "a\\b",
        "_PL_API_KEY",
        "secret value",
    ] {
        for (given, variables) in [
            (Given::new().with(Setting::Profile, name), vec![]),
            (Given::new(), vec![("PL_AUTH_PROFILE", name)]),
        ] {
            let error = home.resolve(&given, &variables).unwrap_err();
            assert_eq!(error.code(), "bad_name", "{name}");
            assert!(!error.to_string().contains(name), "{error}");
        }
    }
}

// covers: W40
#[test]
fn id_and_secret_without_a_server_are_refused_instead_of_logging_in_nowhere() {
    let home = Home::new(
        Preset::from_json(br#"{"name": "bare", "about": "nothing built in", "home": ".bare",
            "settings": {"file": "bare.json"}, "profiles": {"none": {"client_type": "none"}}, "default_profile": "none"}"#)
            .unwrap(),
    );
    let given = Given::new()
        .with(Setting::ClientId, "id")
        .with(Setting::ClientSecret, "canary");
    let error = home.resolve(&given, &[]).unwrap_err();
    assert_eq!(error.code(), "settings_without_server");
    assert!(!format!("{error} {error:?}").contains("canary"));
}

#[test]
fn half_a_pair_on_the_command_line_is_an_error_and_elsewhere_a_warning() {
    let home = Home::planet();
    for half in [Setting::ClientId, Setting::ClientSecret] {
        let error = home
            .resolve(&Given::new().with(half, "x"), &[])
            .unwrap_err();
        assert_eq!(error.code(), "settings_incomplete");
    }
    let resolved = home.resolve(&Given::new(), &[SECRET]).unwrap();
    assert_eq!(resolved.name, "planet-user");
    assert!(
        resolved
            .warnings
            .iter()
            .any(|warning| warning.contains("PL_AUTH_CLIENT_SECRET"))
    );
}

// covers: planet-95, planet-96, W33
#[test]
fn ad_hoc_profiles_are_never_written_and_take_nobody_elses_folder() {
    let home = Home::planet();
    let pair = |id: &str| {
        Given::new()
            .with(Setting::ClientId, id)
            .with(Setting::ClientSecret, "s")
    };
    let key = home
        .resolve(&Given::new().with(Setting::ApiKey, "k"), &[])
        .unwrap();
    assert_eq!((key.origin, &key.keeps), (Origin::AdHoc, &Keeps::Memory));
    assert_eq!(key.config.text("api_key"), Some("k"));
    assert_eq!(key.config.text("bearer_token_prefix"), Some("api-key"));

    let folder = Keeps::Folder(home.profiles().home().to_owned());
    let resolved = home.resolve(&pair("9f3c-11"), &[]).unwrap();
    assert_eq!((resolved.origin, &resolved.keeps), (Origin::AdHoc, &folder));
    assert_eq!(resolved.key.as_str(), "planet-m2m-9f3c-11");
    let server = resolved.config.auth_server().unwrap();
    assert_eq!(server, "https://services.sentinel-hub.com/auth/realms/main");

    // Names that are no folder's own, or that somebody gave to another client, are kept in memory.
    home.add("planet-m2m-taken", &device("another"));
    for id in ["../x", "UPPER", "a/b", "taken", &"x".repeat(80)] {
        let resolved = home.resolve(&pair(id), &[]).unwrap();
        assert_eq!(resolved.keeps, Keeps::Memory, "{id}");
        assert_eq!(resolved.name, format!("planet-m2m-{id}"));
    }
    assert_eq!(home.profiles().list().unwrap().len(), 4);

    let canary = Given::new()
        .with(Setting::ClientId, "id")
        .with(Setting::ClientSecret, "canary");
    let resolved = home.resolve(&canary, &[]).unwrap();
    assert_eq!(resolved.config.text("client_secret"), Some("canary"));
    assert!(!format!("{canary:?} {resolved:?}").contains("canary"));
}

// covers: planet-96
#[test]
fn a_token_file_by_name_takes_the_place_of_the_profiles_own() {
    let home = Home::planet();
    let path = home.folder.path().join("my token.json");
    let given = Given::new()
        .with(Setting::Profile, "flag-profile")
        .with(Setting::TokenFile, path.to_str().unwrap());
    let resolved = home.resolve(&given, &[]).unwrap();
    assert_eq!(resolved.keeps, Keeps::File(path));
    let nowhere = given.with(Setting::TokenFile, "/");
    assert_eq!(
        home.resolve(&nowhere, &[]).unwrap_err().code(),
        "store_unwritable"
    );
}

#[test]
fn a_skeleton_that_is_named_takes_its_id_and_secret_and_a_whole_profile_keeps_its_own() {
    let home = Home::planet();
    let with = |profile: &str| Given::new().with(Setting::Profile, profile);
    let filled = home.resolve(&with("planet-m2m"), &[ID, SECRET]).unwrap();
    assert_eq!(filled.config.client_id().unwrap(), "env-id");
    assert_eq!(filled.origin, Origin::AdHoc);
    let kept = home.resolve(&with("flag-profile"), &[ID, SECRET]).unwrap();
    assert_eq!(kept.config.client_id().unwrap(), "flag-profile");
    assert!(kept.config.text("client_secret").is_none());
}

// covers: W46
#[test]
fn what_a_login_chose_is_used_again_and_is_part_of_the_identity() {
    let home = Home::planet();
    let identity = |resolved: &Resolved| {
        let transport = resolved.config.transport().unwrap();
        let client = resolved
            .client(transport, keyfob::transport::Clock::system())
            .unwrap();
        client.identity().to_owned()
    };
    let at = Given::new().with(Setting::Profile, "flag-profile");
    let chosen = home
        .resolve(&at.clone().with(Setting::Scopes, "x y"), &[])
        .unwrap();
    assert_eq!(
        Value::Object(chosen.config.requested().clone()),
        json!({"scopes": ["x", "y"]})
    );
    home.token(
        "flag-profile",
        &json!({"access_token": "a", "_keyfob": {"requested": chosen.config.requested()}}),
    );
    let later = home.resolve(&at, &[]).unwrap();
    assert_eq!(later.config.scopes(), ["x", "y"]);
    assert_eq!(
        later.explain(Setting::Scopes).unwrap().source,
        Source::Login
    );
    assert_eq!(identity(&later), identity(&chosen));
    assert_ne!(
        identity(&later),
        identity(&home.resolve(&at, &[("PL_AUTH_SCOPE", "z")]).unwrap())
    );
}

// covers: W49, planet-96
#[tokio::test]
async fn a_profile_keeps_its_credential_in_a_store_that_the_program_brings() {
    let home = Home::planet();
    let memory = MemoryStore::new();
    let mut lease = memory
        .try_lock(&named("flag-profile"))
        .await
        .unwrap()
        .held()
        .unwrap();
    let token = json!({"access_token": "a", "_keyfob": {"requested": {"scopes": ["x"], "organization": "o"}}});
    let token = Document::from(token.as_object().cloned().unwrap());
    lease.commit(None, &token).await.unwrap();
    drop(lease);
    let at = Given::new().with(Setting::Profile, "flag-profile");
    let store = Store::new(memory);
    let resolved = home.resolve(&at, &[]).unwrap();
    let resolved = resolved.with_store(store.clone()).await.unwrap();
    assert_eq!(resolved.keeps, Keeps::Brought);
    assert_eq!(resolved.config.scopes(), ["x"]);
    let scopes = resolved.explain(Setting::Scopes).unwrap();
    assert_eq!(scopes.source, Source::Login);
    assert_eq!(scopes.shadowed[0].shown, "own");
    let given = home.resolve(&at.with(Setting::Scopes, "y"), &[]).unwrap();
    let given = given.with_store(store).await.unwrap();
    assert_eq!(given.config.scopes(), ["y"]);
    assert_eq!(given.config.text("organization"), Some("o"));
    let folder = home.profiles().home().join("flag-profile");
    assert!(!folder.join("token.json").exists());
}

// covers: planet-92
#[test]
fn folders_with_a_configuration_are_listed_good_or_not_and_others_are_not() {
    let home = Home::planet();
    let folder = home.profiles().home().to_owned();
    std::fs::create_dir_all(folder.join("empty")).unwrap();
    std::fs::create_dir_all(folder.join("a-broken")).unwrap();
    std::fs::write(folder.join("a-broken/auth_client.json"), "{").unwrap();
    home.token("token-only", &json!({"access_token": "a"}));
    let names = home.profiles().list().unwrap();
    let names: Vec<&str> = names.iter().map(ProfileName::as_str).collect();
    assert_eq!(
        names,
        ["a-broken", "env-profile", "file-profile", "flag-profile"]
    );
}

// issues 643 and 808 of Planet's SDK: which credential is really used?
// covers: W37
#[test]
fn a_variable_that_overrides_a_saved_login_is_said_without_its_value() {
    let home = Home::planet();
    home.settings(&json!({"PL_AUTH_PROFILE": "file-profile"}));
    let warnings = |variables: &[(&str, &str)]| {
        home.resolve(&Given::new(), variables)
            .unwrap()
            .warnings
            .join("\n")
    };
    let key = warnings(&[("PL_API_KEY", "canary")]);
    assert!(
        key.contains("PL_API_KEY") && key.contains("file-profile") && !key.contains("canary"),
        "{key}"
    );
    assert!(warnings(&[ID, SECRET]).contains("PL_AUTH_CLIENT_ID"));
    assert!(warnings(&[("PL_AUTH_SCOPE", "other")]).contains("PL_AUTH_SCOPE"));
    assert_eq!(warnings(&[("PL_AUTH_SCOPE", "own")]), "");
    assert_eq!(warnings(&[]), "");
}

// covers: ceg-24
#[test]
fn a_variable_chooses_how_a_person_logs_in_and_a_flag_wins_over_it() {
    let keystone = Preset::builtin("keystone").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let profiles = Profiles::open(folder.path().join("home")).with_preset(&keystone);
    let given = [("client_id".to_owned(), vec!["c".to_owned()])].into();
    let config = keystone.template().unwrap().config(&given).unwrap();
    profiles.add(&named("k"), &config).unwrap();
    let method = |value: &str, given: &Given, forced: Option<LoginMethod>| {
        let environment = Environment::from_vars([("CEGAL_KEYSTONE_AUTH_DEVICE_FLOW", value)]);
        let resolved = Resolver::new(&keystone, &profiles, &environment).resolve(given);
        let resolved = resolved.unwrap();
        let transport = resolved.config.transport().unwrap();
        let client = resolved
            .client(transport, keyfob::transport::Clock::system())
            .unwrap();
        let surroundings = Surroundings {
            desktop: true,
            terminal: true,
            ..Surroundings::default()
        };
        let options = LoginOptions::new(surroundings);
        let options = match forced {
            Some(method) => options.with_method(method),
            None => options,
        };
        Login::begin(&client, options).unwrap().method()
    };
    let given = Given::new();
    assert_eq!(method("tRue", &given, None), LoginMethod::Device);
    assert_eq!(method("yes", &given, None), LoginMethod::Browser);
    assert_eq!(method("", &given, None), LoginMethod::Browser);
    assert_eq!(
        method("true", &given, Some(LoginMethod::Browser)),
        LoginMethod::Browser
    );
    let paste = given.with(Setting::LoginMethod, "paste");
    assert_eq!(method("true", &paste, None), LoginMethod::Paste);
}

// covers: W34
#[test]
fn a_variable_that_names_code_is_not_followed_and_that_is_said() {
    let home = Home::planet();
    let variables = [("PL_AUTH_BUILTIN_CONFIG_PROVIDER", "evil.module.Class")];
    let resolved = home.resolve(&Given::new(), &variables).unwrap();
    assert_eq!(resolved.name, "planet-user");
    assert!(
        resolved.warnings[0].contains("PL_AUTH_BUILTIN_CONFIG_PROVIDER"),
        "{:?}",
        resolved.warnings
    );
    assert!(!resolved.warnings[0].contains("evil"));
}

#[test]
fn a_damaged_settings_file_stops_only_those_who_need_it() {
    let home = Home::planet();
    std::fs::write(home.profiles().settings_path(), "{").unwrap();
    let error = home.resolve(&Given::new(), &[]).unwrap_err();
    assert!(error.to_string().contains(".planet.json"), "{error}");
    let resolved = home
        .resolve(&Given::new().with(Setting::Profile, "flag-profile"), &[])
        .unwrap();
    assert!(
        resolved
            .warnings
            .iter()
            .any(|warning| warning.contains(".planet.json"))
    );
    assert_eq!(
        std::fs::read(home.profiles().settings_path()).unwrap(),
        b"{"
    );
}

// covers: planet-93
#[test]
fn an_unknown_client_type_on_disk_is_named() {
    let home = Home::planet();
    let path = home.profiles().files().config_path(&named("flag-profile"));
    std::fs::write(&path, r#"{"client_type": "oidc_magic"}"#).unwrap();
    let error = home
        .resolve(&Given::new().with(Setting::Profile, "flag-profile"), &[])
        .unwrap_err();
    assert_eq!(error.code(), "client_type_unknown");
}

#[test]
fn a_namespace_keeps_two_programs_apart() {
    let mut home = Home::planet();
    home.preset = home.preset.with_namespace("acme").unwrap();
    home.settings(
        &json!({"PL_AUTH_PROFILE": "flag-profile", "ACME_PL_AUTH_PROFILE": "file-profile"}),
    );
    assert_eq!(
        home.resolve(&Given::new(), &[PROFILE]).unwrap().name,
        "file-profile"
    );
    let variables = [("ACME_PL_AUTH_PROFILE", "env-profile")];
    assert_eq!(
        home.resolve(&Given::new(), &variables).unwrap().name,
        "env-profile"
    );
}
