//! Ways to damage a file.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::path::Path;

use serde_json::{Value, json};

/// One damaged file.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) damage: Damage,
    pub(crate) expect: Expect,
}

/// What is done to the good file.
pub(crate) enum Damage {
    Content(Vec<u8>),
    /// Tells whether it could be done; some need to be root, some must not be.
    Place(Obstruct),
}

/// Puts something else in the place of a good file; tells whether it could be done.
pub(crate) type Obstruct = fn(&Path, &[u8]) -> bool;

/// What has to come of it.
#[derive(Clone, Copy)]
pub(crate) enum Expect {
    /// An error that names the file.
    Refused,
    /// An error that names the file and this key.
    RefusedFor(&'static str),
    /// An error, or none: what is left is a whole file too.
    Either,
    /// No error.
    Fine,
}

impl Damage {
    pub(crate) fn apply(&self, path: &Path, good: &[u8]) -> bool {
        match self {
            Self::Content(content) => {
                fs::write(path, content).unwrap();
                true
            }
            Self::Place(damage) => damage(path, good),
        }
    }
}

pub(crate) fn case(name: impl Into<String>, content: impl Into<Vec<u8>>, expect: Expect) -> Case {
    Case {
        name: name.into(),
        damage: Damage::Content(content.into()),
        expect,
    }
}

/// Damages of a JSON object: all of it, then what `wrong` says about keys: a key, and whether it has to be a string.
pub(crate) fn json_cases(good: &str, texts: &[&'static str]) -> Vec<Case> {
    let mut cases = bytes_cases(good, Expect::Refused);
    cases.extend(shape_cases(good));
    let object: Value = serde_json::from_str(good).unwrap();
    for key in texts {
        for (kind, wrong) in [
            ("a number", json!(5)),
            ("true", json!(true)),
            ("a list", json!(["canary"])),
            ("an object", json!({"canary": "canary"})),
        ] {
            let mut object = object.clone();
            object[*key] = wrong;
            cases.push(case(
                format!("{key} is {kind}"),
                object.to_string(),
                Expect::RefusedFor(key),
            ));
        }
        let twice = good.replacen(
            '{',
            &format!("{{\"{key}\": \"canary\", \"{key}\": \"x\","),
            1,
        );
        cases.push(case(
            format!("{key} stands there twice"),
            twice,
            Expect::RefusedFor(key),
        ));
    }
    cases
}

/// Cut off, in other encodings, far too long.
pub(crate) fn bytes_cases(good: &str, cut: Expect) -> Vec<Case> {
    let mut cases = Vec::new();
    for part in 0..14 {
        let end = good.trim_end().len() * part / 14;
        let end = (0..=end)
            .rev()
            .find(|at| good.is_char_boundary(*at))
            .unwrap();
        cases.push(case(
            format!("cut off after {end} bytes"),
            &good.as_bytes()[..end],
            cut,
        ));
    }
    let wide = |order: fn(u16) -> [u8; 2], mark: u16| -> Vec<u8> {
        let units = std::iter::once(mark).chain(good.encode_utf16());
        units.flat_map(order).collect()
    };
    let middle = good.len() / 2;
    let with =
        |at: usize, bytes: &[u8]| [&good.as_bytes()[..at], bytes, &good.as_bytes()[at..]].concat();
    let huge = format!("{good}{}", " ".repeat(1024 * 1024));
    for (name, content) in [
        ("UTF-16, little end first", wide(u16::to_le_bytes, 0xfeff)),
        ("UTF-16, big end first", wide(u16::to_be_bytes, 0xfeff)),
        ("a byte order mark", with(0, b"\xef\xbb\xbf")),
        ("a Latin-1 letter in the middle", with(middle, b"\xe9")),
        ("a NUL first", with(0, b"\0")),
        ("a NUL in the middle", with(middle, b"\0")),
        ("a NUL last", with(good.len(), b"\0")),
        ("nothing but NULs", vec![0; good.len()]),
        (
            "compressed",
            b"\x1f\x8b\x08\x00\x00\x00\x00\x00canary".to_vec(),
        ),
        ("more than a mebibyte of blanks", huge.into_bytes()),
        ("three mebibytes", vec![b'['; 3 * 1024 * 1024]),
    ] {
        cases.push(case(name, content, Expect::Refused));
    }
    cases
}

fn shape_cases(good: &str) -> Vec<Case> {
    let deep = |levels: usize| {
        good.replacen(
            '{',
            &format!(
                "{{\"deep\": {}1{}, ",
                "[".repeat(levels),
                "]".repeat(levels)
            ),
            1,
        )
    };
    let changed = |from: &str, to: &str| good.replacen(from, to, 1);
    [
        ("a list", "[\"canary\"]".to_owned()),
        ("a string", "\"canary\"".to_owned()),
        ("a number", "5".to_owned()),
        ("null", "null".to_owned()),
        ("blanks", "  \n ".to_owned()),
        ("forty levels", deep(40)),
        ("ten thousand levels", deep(10_000)),
        ("two objects", format!("{good}{good}")),
        ("words behind it", format!("{good} canary")),
        ("a comma too many", changed("{", "{,")),
        ("a comment", changed("{", "{ // canary\n")),
        ("NaN", changed("{", "{\"x\": NaN,")),
        ("a number beyond all bounds", changed("{", "{\"x\": 1e999,")),
        ("single quotes", good.replace('"', "'")),
        (
            "an unpaired surrogate",
            changed("{", "{\"x\": \"\\ud800\","),
        ),
        (
            "a line break in a string",
            changed("{", "{\"x\": \"canary\n\","),
        ),
        (
            "an unknown member twice",
            changed("{", "{\"x\": 1, \"x\": 2,"),
        ),
        (
            "a web page",
            "<!doctype html><title>canary</title>".to_owned(),
        ),
    ]
    .into_iter()
    .map(|(name, content)| case(name, content, Expect::Refused))
    .collect()
}

/// Something else than a private file of our own.
pub(crate) fn places() -> Vec<Case> {
    let places: [(&str, Obstruct); 12] = [
        ("a link to a good file", |path, good| {
            let target = path.with_file_name("elsewhere");
            super::put(&target, std::str::from_utf8(good).unwrap());
            fs::remove_file(path).unwrap();
            symlink(target, path).is_ok()
        }),
        ("a link to nowhere", |path, _| {
            fs::remove_file(path).unwrap();
            symlink("/nonexistent/canary-target", path).is_ok()
        }),
        ("a link to itself", |path, _| {
            fs::remove_file(path).unwrap();
            symlink(path.file_name().unwrap(), path).is_ok()
        }),
        ("a link to /dev/zero", |path, _| {
            fs::remove_file(path).unwrap();
            symlink("/dev/zero", path).is_ok()
        }),
        ("a pipe", |path, _| {
            fs::remove_file(path).unwrap();
            let made = std::process::Command::new("mkfifo").arg(path).status();
            made.is_ok_and(|status| status.success())
        }),
        ("a socket", |path, _| {
            fs::remove_file(path).unwrap();
            std::os::unix::net::UnixListener::bind(path).is_ok()
        }),
        ("an empty folder", |path, _| {
            fs::remove_file(path).unwrap();
            fs::create_dir(path).is_ok()
        }),
        ("a folder with something in it", |path, _| {
            fs::remove_file(path).unwrap();
            fs::create_dir(path).unwrap();
            fs::write(path.join("canary"), "precious").is_ok()
        }),
        ("somebody else's", |path, _| {
            chown(path, Some(12_345), None).is_ok()
        }),
        ("writable by the group", |path, _| {
            fs::set_permissions(path, fs::Permissions::from_mode(0o620)).is_ok()
        }),
        ("writable by all", |path, _| {
            fs::set_permissions(path, fs::Permissions::from_mode(0o606)).is_ok()
        }),
        ("unreadable", |path, _| {
            fs::set_permissions(path, fs::Permissions::from_mode(0o000)).unwrap();
            fs::read(path).is_err()
        }),
    ];
    let case = |(name, damage): (&str, Obstruct)| Case {
        name: name.to_owned(),
        damage: Damage::Place(damage),
        expect: Expect::Refused,
    };
    places.map(case).into_iter().collect()
}

/// Damages of an INI file; what is cut off may be a whole file too.
pub(crate) fn ini_cases(good: &str, section: &str) -> Vec<Case> {
    let mut cases = bytes_cases(good, Expect::Either);
    for (name, line) in [
        ("a line of words", "canary canary"),
        ("no key", "= canary"),
        ("an empty header", "[]"),
        ("the section twice", section),
        ("a header that does not end", "[canary"),
        ("a key twice", "client_id = canary"),
        ("the key twice in capitals", "CLIENT_ID : canary"),
        ("a control character", "x = \u{1b}[31m"),
        ("a vertical tab", "x = \u{b}"),
        ("a next-line character", "x = \u{85}"),
    ] {
        let content = good.replacen(section, &format!("{section}\n{line}"), 1);
        cases.push(case(name, content, Expect::Refused));
    }
    for (name, first) in [
        ("a key above all sections", "x = canary\n"),
        ("JSON", "{\"canary\": 1}\n"),
    ] {
        cases.push(case(name, format!("{first}{good}"), Expect::Refused));
    }
    cases
}
