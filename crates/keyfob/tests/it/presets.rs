//! The presets that ship, and what a preset file may not hold.

use std::collections::BTreeMap;

use keyfob::preset::Preset;
use keyfob::settings::Setting;
use keyfob::{ClientConfig, ProfileName};
use serde_json::{Value, json};

fn named(name: &str) -> ProfileName {
    name.parse().unwrap()
}

fn given(parameters: &[(&str, &[&str])]) -> BTreeMap<String, Vec<String>> {
    let pair = |(name, items): &(&str, &[&str])| {
        (
            (*name).to_owned(),
            items.iter().map(|item| (*item).to_owned()).collect(),
        )
    };
    parameters.iter().map(pair).collect()
}

fn preset(change: impl FnOnce(&mut Value)) -> Result<Preset, String> {
    let mut value = json!({
        "name": "mine", "about": "for tests", "home": ".mine",
        "settings": {"file": "mine.json", "keys": {"profile": "MY_PROFILE"}},
        "variables": {"profile": "MY_PROFILE"},
        "profiles": {
            "user": {"client_type": "oidc_device_code", "auth_server": "https://as.example", "client_id": "c"},
            "secretly": {"client_type": "none", "_hidden": true}
        },
        "aliases": {"me": "user", "myself": "me", "ghost": "secretly"},
        "default_profile": "me",
        "default_profile_by_client_type": {"none": "secretly"},
        "trust_environments": {
            "PRODUCTION": [{"auth_server": "https://as.example", "audiences": ["https://api.example"]}],
            "CUSTOM": null
        }
    });
    change(&mut value);
    Preset::from_json(value.to_string().as_bytes())
        .map_err(|error| format!("{} {error}", error.code()))
}

#[test]
fn every_preset_that_ships_parses_and_has_its_own_name() {
    for name in Preset::names() {
        assert_eq!(Preset::builtin(name).unwrap().name(), name);
    }
    let error = Preset::builtin("nonsense\u{1b}").unwrap_err();
    assert_eq!(error.code(), "preset_unknown");
    assert!(error.to_string().contains("planet") && !error.to_string().contains('\u{1b}'));
}

// covers: planet-94
#[test]
fn aliases_lead_to_profiles_through_chains_and_in_any_case() {
    let preset = preset(|_| {}).unwrap();
    for name in ["user", "me", "myself", "MySelf"] {
        assert_eq!(preset.dealias(&named(name)), Some(named("user")), "{name}");
        assert_eq!(
            preset.profile(&named(name)).unwrap().text("client_id"),
            Some("c")
        );
    }
    let unknown = preset.profile(&named("nobody")).unwrap_err();
    assert_eq!(unknown.code(), "no_such_profile");
    assert_eq!(preset.default_profile(), Some(named("user")));
    let default = |kind: &str| preset.default_profile_for(kind.parse().unwrap());
    assert_eq!(default("none"), Some(named("secretly")));
    assert_eq!(default("oidc_auth_code"), Some(named("user")));
}

#[test]
fn hidden_profiles_and_their_aliases_are_not_listed_and_still_usable() {
    let preset = preset(|_| {}).unwrap();
    assert_eq!(preset.profiles(false), [named("user")]);
    assert_eq!(preset.profiles(true), [named("secretly"), named("user")]);
    let aliases: Vec<_> = preset
        .aliases(false)
        .into_iter()
        .map(|(alias, _)| alias)
        .collect();
    assert_eq!(aliases, [named("me"), named("myself")]);
    assert!(preset.is_builtin(&named("ghost")));
}

// covers: planet-99
#[test]
fn a_trust_environment_is_found_in_any_case_and_only_custom_takes_own_servers() {
    let preset = preset(|_| {}).unwrap();
    let own = ClientConfig::from_json(
        br#"{"client_type": "oidc_auth_code", "auth_server": "https://own.example", "audiences": ["a"]}"#,
    )
    .unwrap();
    for name in ["production", "PRODUCTION", " Production "] {
        for servers in [vec![], vec![own.clone()]] {
            let found = preset.trust_environment(name, &servers).unwrap();
            assert_eq!(found.len(), 1);
            assert_eq!(found[0].text("client_type"), Some("oidc_client_validator"));
            assert_eq!(found[0].issuer().unwrap(), "https://as.example");
        }
    }
    let code = |name: &str| preset.trust_environment(name, &[]).unwrap_err();
    assert_eq!(code("custom").code(), "trust_environment_needs_servers");
    let unknown = code("staging");
    assert_eq!(unknown.code(), "trust_environment_unknown");
    assert!(
        unknown.to_string().contains("CUSTOM, PRODUCTION"),
        "{unknown}"
    );
    assert_eq!(code("").code(), "trust_environment_unknown");
    let custom = preset
        .trust_environment("Custom", std::slice::from_ref(&own))
        .unwrap();
    assert_eq!(custom, [own]);
    let planet = Preset::builtin("planet").unwrap();
    assert_eq!(
        planet.trust_environment("production", &[]).unwrap().len(),
        2
    );
}

type Change = fn(&mut Value);

/// The member that a slip is in, and the slip.
const SLIPS: [(&str, Change); 29] = [
    ("name", |p| p["name"] = json!("Mine")),
    ("name", |p| p["name"] = json!(5)),
    ("name", |p| drop(p.as_object_mut().unwrap().remove("name"))),
    ("about", |p| p["about"] = json!("")),
    ("typo", |p| p["typo"] = json!(1)),
    ("namespace", |p| p["namespace"] = json!("a-b")),
    ("home", |p| p["home"] = json!("/etc")),
    ("home", |p| p["home"] = json!("../x")),
    ("home", |p| p["home"] = json!("a\\b")),
    ("settings", |p| p["settings"] = json!("mine.json")),
    ("settings.file", |p| {
        p["settings"]["file"] = json!("../mine.json");
    }),
    ("settings.file", |p| {
        p["settings"]["file"] = json!("a/b.json");
    }),
    ("settings.typo", |p| p["settings"]["typo"] = json!(1)),
    ("settings.keys.nothing", |p| {
        p["settings"]["keys"]["nothing"] = json!("X");
    }),
    ("variables.profile", |p| {
        p["variables"]["profile"] = json!("lower");
    }),
    ("variables.profile", |p| {
        p["variables"]["profile"] = json!(["A"]);
    }),
    ("variables.profile.means", |p| {
        p["variables"]["profile"] = json!({"name": "A", "means": 1});
    }),
    ("ignored_variables.x y", |p| {
        p["ignored_variables"] = json!({"x y": "z"});
    }),
    ("profiles.User", |p| {
        p["profiles"]["User"] = json!({"client_type": "none"});
    }),
    ("profiles.a/b", |p| {
        p["profiles"]["a/b"] = json!({"client_type": "none"});
    }),
    ("profiles.user.client_type", |p| {
        p["profiles"]["user"]["client_type"] = json!("magic");
    }),
    ("profiles.user.client_type", |p| {
        p["profiles"]["user"] = json!({});
    }),
    ("aliases.user", |p| p["aliases"]["user"] = json!("secretly")),
    ("aliases.lost", |p| p["aliases"]["lost"] = json!("nowhere")),
    ("default_profile", |p| {
        p["default_profile"] = json!("nowhere");
    }),
    ("default_profile_by_client_type.magic", |p| {
        p["default_profile_by_client_type"] = json!({"magic": "user"});
    }),
    ("trust_environments.lower", |p| {
        p["trust_environments"]["lower"] = json!([]);
    }),
    ("trust_environments.CUSTOM", |p| {
        p["trust_environments"]["CUSTOM"] = json!([{"auth_server": "https://as.example"}]);
    }),
    ("cache.modes", |p| {
        p["cache"] = json!({"file": "x", "modes": ["sometimes"]});
    }),
];

#[test]
fn a_preset_with_a_slip_is_refused_by_the_name_of_the_member() {
    for (member, change) in SLIPS {
        let error = preset(change).unwrap_err();
        assert!(
            error.starts_with(&format!("preset_malformed {member} ")),
            "{member}: {error}"
        );
    }
}

#[test]
fn a_circle_of_aliases_is_refused() {
    let error = preset(|p| p["aliases"] = json!({"a": "b", "b": "c", "c": "a"})).unwrap_err();
    assert!(error.contains("in a circle"), "{error}");
}

#[test]
fn text_that_is_no_object_or_too_large_or_says_a_thing_twice_is_refused() {
    let large = format!(r#"{{"name": "x", "about": "{}"}}"#, "y".repeat(300 * 1024));
    let deep = "[".repeat(100);
    for text in [
        "",
        "[]",
        "{",
        r#"{"name": "x", "name": "y"}"#,
        &large,
        &deep,
        "\u{feff}{}",
    ] {
        let error = Preset::from_json(text.as_bytes()).unwrap_err();
        assert_eq!(error.code(), "preset_not_readable");
    }
    let error = Preset::from_json(b"\xff\xfe").unwrap_err();
    assert_eq!(error.code(), "preset_not_readable");
}

#[test]
fn foundry_makes_everything_from_a_host() {
    let foundry = Preset::builtin("foundry").unwrap();
    let template = foundry.template().unwrap();
    let parameters = given(&[
        (
            "host",
            &["https://Example.palantirfoundry.com:8443/workspace"],
        ),
        ("client_id", &["cid"]),
        ("scopes", &["offline_access", "api:read-data"]),
    ]);
    let config = template.config(&parameters).unwrap();
    assert_eq!(
        Value::Object(config.values().clone()),
        json!({
            "client_type": "oidc_auth_code",
            "auth_server": "https://example.palantirfoundry.com:8443",
            "authorization_endpoint": "https://example.palantirfoundry.com:8443/multipass/api/oauth2/authorize",
            "token_endpoint": "https://example.palantirfoundry.com:8443/multipass/api/oauth2/token",
            "redirect_uri": "https://example.palantirfoundry.com:8443/multipass/api/oauth2/callback",
            "local_redirect_uri": "http://127.0.0.1/",
            "loopback_ports": ["8888-8987"],
            "authorize_params": {"access_type": "offline"},
            "paste_params": {"prompt": "consent"},
            "client_id": "cid",
            "scopes": ["offline_access", "api:read-data"],
        })
    );
    config.check().unwrap();
    assert_eq!(
        template.profile(&parameters).unwrap(),
        "example.palantirfoundry.com-8443"
    );
    let without_scopes = template
        .config(&given(&[("host", &["h"]), ("client_id", &["c"])]))
        .unwrap();
    assert!(without_scopes.values().get("scopes").is_none());
    let cache = foundry.cache().unwrap();
    assert_eq!(cache.file, std::path::Path::new(".foundry/oauth"));
    assert_eq!(cache.modes, ["read_write", "reauth", "noop"]);
}

#[test]
fn a_template_says_which_parameter_is_missing_or_wrong() {
    let foundry = Preset::builtin("foundry").unwrap();
    for (parameters, message) in [
        (given(&[("client_id", &["c"])]), "host: it is needed"),
        (
            given(&[("host", &["u:p@h"]), ("client_id", &["c"])]),
            "host: it must not hold a user name or a password",
        ),
        (
            given(&[("host", &["a", "b"]), ("client_id", &["c"])]),
            "host: it can be given once only",
        ),
        (
            given(&[("host", &["h"]), ("client_id", &["c"]), ("x", &["y"])]),
            "x: this preset has no use for it",
        ),
    ] {
        let error = foundry.template().unwrap().config(&parameters).unwrap_err();
        assert_eq!(
            (error.code(), error.to_string().as_str()),
            ("preset_parameter", message)
        );
    }
    let keyfob = Preset::builtin("keyfob").unwrap();
    assert_eq!(
        keyfob.template().unwrap_err().code(),
        "preset_without_template"
    );
}

// covers: ceg-4, ceg-8
#[test]
fn keystone_knows_its_four_providers_and_wants_audiences_among_the_extra_scopes() {
    let keystone = Preset::builtin("keystone").unwrap();
    let template = keystone.template().unwrap();
    for (provider, server) in [
        ("prod", "https://keystone.cegal-geo.com/identity"),
        ("stg", "https://stg-keystone.cegal-geo.com/identity"),
        ("dev", "https://dev-keystone.cegal-geo.com/identity"),
        ("SBOX", "https://sbox-keystone.cegal-geo.com/identity"),
    ] {
        let parameters = given(&[("provider", &[provider]), ("client_id", &["c"])]);
        let config = template.config(&parameters).unwrap();
        assert_eq!(config.auth_server().unwrap(), server);
        assert_eq!(config.scopes(), ["openid"]);
        assert!(config.audiences().is_empty());
        config.check().unwrap();
    }
    let scoped = |audience: &str| {
        let parameters = given(&[
            ("client_id", &["c"]),
            ("extra_scopes", &["a", "b"]),
            ("audiences", &[audience]),
        ]);
        template.config(&parameters)
    };
    let config = scoped("b").unwrap();
    assert_eq!(
        (config.scopes(), config.audiences()),
        (
            vec!["openid".into(), "a".into(), "b".into()],
            vec!["b".into()]
        )
    );
    assert_eq!(
        scoped("c").unwrap_err().to_string(),
        "audiences: c must be among extra_scopes too"
    );
    let alone = given(&[("client_id", &["c"]), ("audiences", &["a"])]);
    assert_eq!(
        template.config(&alone).unwrap_err().code(),
        "preset_parameter"
    );
    let wrong = given(&[("client_id", &["c"]), ("provider", &["test"])]);
    let message = template.config(&wrong).unwrap_err().to_string();
    assert_eq!(message, "provider: it must be one of dev, prod, sbox, stg");
}

#[test]
fn a_template_with_a_gap_that_nothing_fills_is_refused() {
    let with = |config: Value| {
        preset(|p| {
            p["template"] = json!({"parameters": {"x": {"kind": "text", "about": "x"}, "l": {"kind": "list", "about": "l"}},
                                   "profile": "{x}", "config": config});
        })
    };
    with(json!({"a": "{x}", "b": ["{l}", "{x}", "z{x}"], "c": true})).unwrap();
    for bad in [
        json!({"a": "{y}"}),
        json!({"a": "{x"}),
        json!({"a": "x}"}),
        json!({"a": "{l}"}),
        json!({"b": ["z{l}"]}),
        json!({"b": ["{y}"]}),
    ] {
        let error = with(bad.clone()).unwrap_err();
        assert!(
            error.starts_with("preset_malformed template.config."),
            "{bad}: {error}"
        );
    }
}

#[test]
fn planets_variables_keys_and_profiles_are_those_of_its_programs() {
    let planet = Preset::builtin("planet").unwrap();
    let home = planet.home(std::path::Path::new("/home/ann")).unwrap();
    assert_eq!(home, std::path::Path::new("/home/ann/.planet"));
    assert_eq!(
        planet.settings_path(&home),
        std::path::Path::new("/home/ann/.planet.json")
    );
    let names: Vec<String> = planet
        .profiles(false)
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(names, ["legacy", "none", "planet-m2m", "planet-user"]);
    for (setting, name) in [
        (Setting::Profile, "PL_AUTH_PROFILE"),
        (Setting::ApiKey, "PL_API_KEY"),
        (Setting::Extra, "PL_AUTH_EXTRA"),
        (Setting::Project, "PL_AUTH_PROJECT"),
    ] {
        assert_eq!(planet.variable(setting).as_deref(), Some(name));
        let namespaced = planet.with_namespace("Acme").unwrap().variable(setting);
        assert_eq!(namespaced, Some(format!("ACME_{name}")));
    }
    assert_eq!(planet.with_namespace("").unwrap().namespaced("X"), "X");
    assert_eq!(
        planet.with_namespace("1a").unwrap_err().code(),
        "preset_malformed"
    );
}
