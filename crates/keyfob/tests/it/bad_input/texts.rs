//! Presets and pending logins: texts that a program hands over itself, so that no file is named but the member at fault.

use keyfob::Preset;
use serde_json::json;

use super::mutations::Damage;
use super::{Expect, json_cases};

fn count(
    format: &str,
    good: &str,
    keys: &[&'static str],
    read: impl Fn(&[u8]) -> Result<(), String>,
) {
    let (mut count, mut refused) = (0, 0);
    for case in json_cases(good, keys) {
        let Damage::Content(content) = &case.damage else {
            continue;
        };
        count += 1;
        match read(content) {
            Ok(()) => panic!("{format}, {}: should be refused", case.name),
            Err(words) => {
                assert!(
                    !words.contains("canary") && words.len() < 400,
                    "{}: {words}",
                    case.name
                );
                if let Expect::RefusedFor(key) = case.expect
                    && !case.name.ends_with("twice")
                    && format == "preset"
                {
                    assert!(words.contains(key), "{}: {words}", case.name);
                }
                refused += 1;
            }
        }
    }
    println!("{format}: {count} damaged texts, {refused} refusals");
    assert!(count >= 50);
}

#[test]
fn a_damaged_preset_is_refused_by_the_member_at_fault() {
    let good = json!({"name": "mine", "about": "mine", "home": ".mine", "variables": {}, "settings": {"file": "mine.json", "keys": {"profile": "profile"}},
        "profiles": {"work": {"client_type": "oidc_device_code", "auth_server": "https://a.example", "client_id": "c"}},
        "default_profile": "work"});
    let text = good.to_string();
    Preset::from_json(text.as_bytes()).unwrap();
    let read = |text: &[u8]| match Preset::from_json(text) {
        Ok(_) => Ok(()),
        Err(error) => Err(error.to_string()),
    };
    count(
        "preset",
        &text,
        &["name", "about", "home", "default_profile"],
        read,
    );
    for (key, wrong) in [
        ("profiles", json!([])),
        ("profiles", json!({"work": 5})),
        ("unknown_member", json!(1)),
    ] {
        let mut preset = good.clone();
        preset[key] = wrong.clone();
        let error = Preset::from_json(preset.to_string().as_bytes()).unwrap_err();
        assert!(error.to_string().contains(key), "{error}");
    }
}
