//! `keyfob.json` and planet-auth's `~/.planet.json`.

use std::path::{Path, PathBuf};

use keyfob::{Preset, Profiles};
use serde_json::json;

use super::mutations::case;
use super::{Case, Expect, Outcome, Subject, home, json_cases, outcome, places, put, run};
use crate::support::config;

struct Settings {
    preset: Option<Preset>,
    file: &'static str,
    key: &'static str,
}

impl Settings {
    fn profiles(&self, home: &Path) -> Profiles {
        match &self.preset {
            Some(preset) => Profiles::open(home.join(".planet")).with_preset(preset),
            None => Profiles::open(home),
        }
    }

    fn cases(&self) -> Vec<Case> {
        let good = json!({self.key: "work", "other": {"kept": [null, "canary"]}});
        let mut cases = json_cases(&format!("{good:#}"), &[self.key]);
        for name in [
            "../work",
            "a/b",
            "con",
            "canary canary",
            "é",
            "a\u{0}",
            "-x",
            ".hidden",
            "keyfob.json",
        ] {
            let content = json!({self.key: name}).to_string();
            cases.push(case(
                format!("the name {name:?}"),
                content,
                Expect::RefusedFor(self.key),
            ));
        }
        for fine in [
            json!({}),
            json!({self.key: null}),
            json!({self.key: ""}),
            json!({"other": 1}),
        ] {
            cases.push(case(format!("{fine}"), fine.to_string(), Expect::Fine));
        }
        cases.extend(places());
        cases
    }
}

impl Subject for Settings {
    fn fresh(&self) -> tempfile::TempDir {
        let home = home();
        let profiles = self.profiles(home.path());
        profiles.add(&"work".parse().unwrap(), &config()).unwrap();
        let good = json!({self.key: "work", "other": {"kept": [null, "canary"]}});
        put(&self.path(home.path()), &format!("{good:#}"));
        home
    }

    fn path(&self, home: &Path) -> PathBuf {
        home.join(self.file)
    }

    fn file_name(&self) -> &'static str {
        self.file
    }

    fn probe(&self, home: &Path, _is_refused: bool) -> Vec<(&'static str, Outcome)> {
        let profiles = self.profiles(home);
        vec![("the current profile", outcome(profiles.current()))]
    }
}

/// A file that cannot be read is not overwritten by a switch either.
struct Switching(Settings);

impl Subject for Switching {
    fn fresh(&self) -> tempfile::TempDir {
        self.0.fresh()
    }

    fn path(&self, home: &Path) -> PathBuf {
        self.0.path(home)
    }

    fn file_name(&self) -> &'static str {
        self.0.file
    }

    fn probe(&self, home: &Path, _is_refused: bool) -> Vec<(&'static str, Outcome)> {
        let profiles = self.0.profiles(home);
        vec![(
            "a switch",
            outcome(profiles.switch(&"work".parse().unwrap())),
        )]
    }
}

fn own() -> Settings {
    Settings {
        preset: None,
        file: "keyfob.json",
        key: "profile",
    }
}

fn planet() -> Settings {
    Settings {
        preset: Some(Preset::builtin("planet").unwrap()),
        file: ".planet.json",
        key: "PL_AUTH_PROFILE",
    }
}

#[test]
fn damaged_settings_are_named_and_left_alone() {
    for settings in [own(), planet()] {
        let cases = settings.cases();
        run(settings.file, &settings, cases);
    }
}

#[test]
fn a_switch_does_not_overwrite_settings_that_it_cannot_read() {
    for settings in [own(), planet()] {
        let is_broken = |case: &Case| matches!(case.expect, Expect::Refused);
        let cases = settings.cases().into_iter().filter(is_broken).collect();
        let file = settings.file;
        run(&format!("{file}, switching"), &Switching(settings), cases);
    }
}
