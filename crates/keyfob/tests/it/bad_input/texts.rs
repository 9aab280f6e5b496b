//! Presets and pending logins: texts that a program hands over itself, so that no file is named but the member at fault.

use keyfob::Preset;
use serde_json::{Value, json};

use super::mutations::{Case, Damage, case};
use super::{Expect, json_cases};

fn count(
    format: &str,
    good: &str,
    keys: &[&'static str],
    read: impl Fn(&[u8]) -> Result<(), String>,
) {
    let (mut count, mut refused) = (0, 0);
    let mut cases = json_cases(good, keys);
    cases.extend(nested_cases(good));
    for case in cases {
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
    assert!(count >= 50, "{format}: {count}");
}

/// Members of objects within the object, each of a type that it cannot have.
fn nested_cases(good: &str) -> Vec<Case> {
    let whole: Value = serde_json::from_str(good).unwrap();
    let mut cases = Vec::new();
    for (outer, value) in whole.as_object().unwrap() {
        for (inner, value) in value.as_object().into_iter().flatten() {
            if !value.is_string() {
                continue;
            }
            for wrong in [json!(5), json!([["canary"]])] {
                let mut changed = whole.clone();
                changed[outer][inner] = wrong;
                let name = format!("{outer}.{inner} is of another type");
                cases.push(case(name, changed.to_string(), Expect::Refused));
            }
        }
    }
    cases
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

#[cfg(feature = "login")]
fn pending() -> (String, String) {
    use keyfob::login::{BeginOptions, begin, begin_device};
    use keyfob::transport::testing::{ScriptedTransport, json as answer};
    use keyfob::transport::{Clock, ManualClock};

    let client = |kind: &str, script: &ScriptedTransport| {
        let config = crate::support::config()
            .with("client_type", kind)
            .with("redirect_uri", "http://127.0.0.1:9/cb")
            .with("authorization_endpoint", "https://op.example/authorize")
            .with("device_authorization_endpoint", "https://op.example/device");
        let clock = Clock::from(ManualClock::new(crate::support::start()));
        keyfob::Client::from_config(config, script.transport(), clock).unwrap()
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let script = ScriptedTransport::new();
    let options = BeginOptions::new();
    let begun = runtime.block_on(begin(&client("oidc_auth_code", &script), &options));
    let code = begun.unwrap().pending.to_json().expose().to_owned();
    script.push(answer(
        200,
        r#"{"device_code": "canary-code", "user_code": "WDJB-MJHT",
        "verification_uri": "https://op.example/device", "expires_in": 600}"#,
    ));
    let begun = runtime.block_on(begin_device(&client("oidc_device_code", &script), &options));
    (code, begun.unwrap().to_json().expose().to_owned())
}

#[cfg(feature = "login")]
#[test]
fn a_damaged_pending_login_is_refused_whole() {
    use keyfob::login::{PendingDevice, PendingLogin};

    fn read<T>(
        text: &[u8],
        from_json: fn(&str) -> Result<T, keyfob::login::LoginError>,
    ) -> Result<(), String> {
        // What is not UTF-8 is no text, and cannot be handed over.
        let text = std::str::from_utf8(text).map_err(|error| error.to_string())?;
        from_json(text).map(drop).map_err(|error| error.to_string())
    }

    let (code, device) = pending();
    read(code.as_bytes(), PendingLogin::from_json).unwrap();
    read(device.as_bytes(), PendingDevice::from_json).unwrap();
    count("pending login", &code, &["pending"], |text| {
        read(text, PendingLogin::from_json)
    });
    count(
        "pending device login",
        &device,
        &["issuer", "client_id", "response"],
        |text| read(text, PendingDevice::from_json),
    );
}
