//! The order of `docs/precedence.md` as a rule: any setting, any set of sources.

use keyfob::preset::Preset;
use keyfob::settings::{Given, Resolved, Setting, Source};
use serde_json::{Map, Value, json};

use crate::precedence::Home;

/// The sources that a value can be given by, the strongest first.
const LEVELS: usize = 6;

/// A preset in which every setting has a variable and a key.
fn everything(kind: &str) -> Preset {
    let all: Map<String, Value> = Setting::all()
        .map(|setting| {
            let name = format!("X_{}", setting.as_str().to_uppercase());
            (setting.as_str().to_owned(), name.into())
        })
        .collect();
    let preset = json!({
        "name": "everything", "about": "for tests", "home": ".x",
        "settings": {"file": "x.json", "keys": all}, "variables": all,
        "profiles": {"builtin": {"client_type": kind, "redirect_uri": "http://127.0.0.1/", "auth_server": "https://as.example", "client_id": "c",
            "scopes": ["v5"], "audiences": ["v5"], "organization": "v5", "project_id": "v5", "extra_params": {"n": "v5"},
            "username": "v5", "password": "v5", "login_method": "paste"}},
        "default_profile": "builtin"
    });
    Preset::from_json(preset.to_string().as_bytes()).unwrap()
}

/// The value that a level gives.
fn value(setting: Setting, level: usize) -> String {
    match setting {
        Setting::Extra => format!("n=v{level}"),
        Setting::LoginMethod => ["browser", "device", "paste"][level % 3].to_owned(),
        _ => format!("v{level}"),
    }
}

/// Says a setting at the levels of a bit mask, and resolves.
fn said_at(setting: Setting, levels: usize) -> (Home, Resolved) {
    // Each kind of client has a use for some settings only.
    let kind = if setting == Setting::LoginMethod {
        "oidc_auth_code"
    } else {
        "oidc_resource_owner"
    };
    let home = Home::new(everything(kind));
    let has = |level: usize| levels & (1 << level) != 0;
    let (mut given, mut variables, mut settings) =
        (Given::new(), Vec::new(), json!({"X_PROFILE": "disk"}));
    let own = |level: usize| {
        let mut config = json!({"client_type": kind, "redirect_uri": "http://127.0.0.1/", "auth_server": "https://as.example", "client_id": "c"});
        if has(4)
            && let Some(key) = setting.config_key()
        {
            config[key] = match setting {
                Setting::Extra => json!({"n": format!("v{level}")}),
                setting if setting.is_list() => json!([value(setting, level)]),
                _ => json!(value(setting, level)),
            };
        }
        config
    };
    std::fs::create_dir_all(home.profiles().home()).unwrap();
    home.add("disk", &own(4));
    if has(0) {
        given = given.with(setting, value(setting, 0));
    }
    let name = format!("X_{}", setting.as_str().to_uppercase());
    let text = value(setting, 1);
    if has(1) {
        variables.push((name.as_str(), text.as_str()));
    }
    if has(2) {
        settings[&name] = json!(value(setting, 2));
    }
    if has(3) {
        let chosen = match setting {
            Setting::Extra => json!({"n": "v3"}),
            setting if setting.is_list() => json!(["v3"]),
            _ => json!("v3"),
        };
        home.token("disk", &json!({"access_token": "a", "_keyfob": {"requested": {setting.config_key().unwrap(): chosen}}}));
    }
    home.settings(&settings);
    if has(5) {
        given = given.with(Setting::Profile, "builtin");
    }
    let resolved = home.resolve(&given, &variables).unwrap();
    (home, resolved)
}

fn level_of(source: &Source) -> usize {
    match source {
        Source::Flag => 0,
        Source::Environment { .. } => 1,
        Source::SettingsFile { .. } => 2,
        Source::Login => 3,
        Source::Profile => 4,
        _ => 5,
    }
}

// covers: planet-95, W37, W46
#[test]
fn for_every_setting_and_any_set_of_sources_the_strongest_decides_and_the_others_are_named() {
    let overlaid = Setting::all().filter(|setting| {
        use Setting::{ApiKey, ClientId, ClientSecret, Profile};
        !matches!(setting, Profile | ClientId | ClientSecret | ApiKey)
    });
    let mut checked = 0;
    for setting in overlaid {
        for levels in 1_usize..1 << LEVELS {
            let has = |level: usize| levels & (1 << level) != 0;
            let is_remembered = matches!(
                setting,
                Setting::Scopes
                    | Setting::Audiences
                    | Setting::Organization
                    | Setting::Project
                    | Setting::Extra
            );
            // A login remembers some settings only; a profile holds no token file and no issuer to check for; and the built-in
            // profile stands in for the one on disk and its login.
            if (has(3) && !is_remembered)
                || (setting.config_key().is_none() && (has(4) || has(5)))
                || (has(5) && (has(3) || has(4)))
            {
                continue;
            }
            let (_home, resolved) = said_at(setting, levels);
            let explained = resolved.explain(setting).unwrap();
            let expected: Vec<usize> = (0..LEVELS).filter(|level| has(*level)).collect();
            let found = std::iter::once(&explained.source);
            let found = found.chain(explained.shadowed.iter().map(|shadowed| &shadowed.source));
            let found: Vec<usize> = found.map(level_of).collect();
            assert_eq!(found, expected, "{setting} {levels:b}");
            if let Some(key) = setting.config_key() {
                let used = resolved.config.values()[key].to_string();
                let wanted = value(setting, expected[0]).replace("n=", "");
                assert!(used.contains(&wanted), "{setting} {levels:b}: {used}");
            }
            if setting.is_secret() {
                assert!(!format!("{explained:?}").contains("v0"), "{explained:?}");
            }
            checked += 1;
        }
    }
    assert!(checked > 200, "{checked}");
}
