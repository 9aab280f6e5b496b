//! Damaged files of every format: a typed error that names file and key, nothing overwritten, nothing lost.
#![expect(clippy::print_stdout, reason = "the counts are part of what is shown")]

mod configs;
mod credentials;
mod foundry;
mod mutations;
mod settings;
mod texts;
mod values;

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

pub(crate) use mutations::{Case, Damage, Expect, ini_cases, json_cases, places};

/// What a probe came to: the code of the error and its words.
pub(crate) type Outcome = Result<(), (String, String)>;

/// One file of a format, in surroundings that are made anew for each case.
pub(crate) trait Subject {
    /// Makes a folder with a good file in it.
    fn fresh(&self) -> tempfile::TempDir;
    /// The file that is damaged.
    fn path(&self, home: &Path) -> PathBuf;
    /// Does what a program does with it. `is_refused` says that reading must fail, so that writing may be tried.
    fn probe(&self, home: &Path, is_refused: bool) -> Vec<(&'static str, Outcome)>;
    /// What an error must name.
    fn file_name(&self) -> &'static str;
}

pub(crate) fn outcome<T>(result: Result<T, keyfob::Error>) -> Outcome {
    result
        .map(drop)
        .map_err(|error| (error.code().to_owned(), error.to_string()))
}

/// Runs every case against a subject; returns how many there were.
pub(crate) fn run(format: &str, subject: &dyn Subject, cases: Vec<Case>) -> usize {
    let (mut count, mut refused) = (0, 0);
    for case in cases {
        let home = subject.fresh();
        let path = subject.path(home.path());
        let good = fs::read(&path).unwrap();
        if !case.damage.apply(&path, &good) {
            continue;
        }
        let must_fail = matches!(case.expect, Expect::Refused | Expect::RefusedFor(_));
        let before = tree(home.path());
        for (what, outcome) in subject.probe(home.path(), must_fail) {
            let told = format!("{format}, {}, {what}: {outcome:?}", case.name);
            judge(&case.expect, &outcome, subject.file_name(), &told);
            refused += usize::from(outcome.is_err());
            assert_eq!(tree(home.path()), before, "{told}: something was changed");
        }
        count += 1;
    }
    println!("{format}: {count} damaged files, {refused} refusals");
    assert!(count >= 50, "{format}: only {count} damaged files");
    count
}

fn judge(expect: &Expect, outcome: &Outcome, file: &str, told: &str) {
    match (expect, outcome) {
        (Expect::Either | Expect::Fine, Ok(())) => {}
        (Expect::Fine, Err(_)) => panic!("{told}: should be tolerated"),
        (Expect::Refused | Expect::RefusedFor(_), Ok(())) => panic!("{told}: should be refused"),
        (_, Err((code, words))) => {
            assert!(words.contains(file), "{told}: does not name {file}");
            assert!(!words.contains("canary"), "{told}: quotes the content");
            assert!(
                !code.is_empty() && !words.ends_with('.') && words.len() < 600,
                "{told}"
            );
            if let Expect::RefusedFor(key) = expect {
                assert!(words.contains(key), "{told}: does not name {key}");
            }
        }
    }
}

/// Everything below a folder but keyfob's locks: kind, mode, owner and content.
fn tree(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let metadata = path.symlink_metadata().unwrap();
            if name.starts_with('.') && name.ends_with("lock") {
                continue;
            }
            let content = match metadata.file_type() {
                kind if kind.is_file() => format!("{:?}", fs::read(&path)),
                kind if kind.is_symlink() => format!("{:?}", fs::read_link(&path)),
                kind => format!("{kind:?}"),
            };
            let (mode, owner) = (metadata.permissions().mode(), metadata.uid());
            found.push(format!("{} {mode:o} {owner} {content}", path.display()));
            if metadata.is_dir() {
                folders.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Writes a private file in private folders.
pub(crate) fn put(path: &Path, content: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

pub(crate) fn home() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}
