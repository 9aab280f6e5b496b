//! The checklists of the original clients, and the table that says which test covers which line.
//!
//! `conformance/checklists/*.txt` hold the lines, `// covers: planet-18, W12` directly above a test covers
//! them, and `differs.txt` gives the reason where keyfob behaves otherwise on purpose.

mod page;
mod tags;

pub use page::page;
pub use tags::{Tag, Tags, scan, scan_text};

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The checklists in the order of the page: file name, prefix of the ids, heading.
const LISTS: [(&str, &str, &str); 8] = [
    (
        "planet",
        "planet-",
        "planet-auth: what its own tests assert",
    ),
    ("planet-weaknesses", "W", "planet-auth: weaknesses"),
    (
        "palantir",
        "pal-",
        "palantir-oauth-client: what its own tests assert",
    ),
    (
        "palantir-weaknesses",
        "P",
        "palantir-oauth-client: weaknesses",
    ),
    ("alf", "alf-", "alf: what its own tests assert"),
    ("alf-weaknesses", "A", "alf: weaknesses"),
    (
        "keystone",
        "ceg-",
        "Cegal Keystone client: what it does, by reading",
    ),
    (
        "keystone-weaknesses",
        "C-",
        "Cegal Keystone client: weaknesses",
    ),
];

/// One list: a heading and its lines.
#[derive(Debug)]
pub struct List {
    /// The heading on the page.
    pub heading: &'static str,
    /// Id and title, in the order of the file.
    pub lines: Vec<(String, String)>,
}

/// All lists, all tags of the tree, and all reasons.
#[derive(Debug)]
pub struct Checklists {
    lists: Vec<List>,
    tags: Tags,
    reasons: BTreeMap<String, String>,
    complaints: Vec<String>,
}

impl Checklists {
    /// Reads the lists and reasons, and scans the sources of the checkout for tags.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn read(root: &Path) -> std::io::Result<Self> {
        let folder = root.join("conformance/checklists");
        let mut complaints = Vec::new();
        let mut lists = Vec::new();
        for (file, prefix, heading) in LISTS {
            let text = std::fs::read_to_string(folder.join(format!("{file}.txt")))?;
            let lines = pairs(&text, file, &mut complaints);
            for (n, (id, _)) in lines.iter().enumerate() {
                let expected = format!("{prefix}{}", n + 1);
                if *id != expected {
                    complaints.push(format!("{file}.txt: {id} stands where {expected} belongs"));
                }
            }
            lists.push(List { heading, lines });
        }
        let text = std::fs::read_to_string(folder.join("differs.txt"))?;
        let mut reasons = BTreeMap::new();
        for (id, reason) in pairs(&text, "differs", &mut complaints) {
            if reasons.insert(id.clone(), reason).is_some() {
                complaints.push(format!("differs.txt: {id} stands there twice"));
            }
        }
        let tags = scan(root)?;
        complaints.extend(tags.complaints.iter().cloned());
        Ok(Self {
            lists,
            tags,
            reasons,
            complaints,
        })
    }

    /// The lists with their lines.
    pub fn lists(&self) -> &[List] {
        &self.lists
    }

    /// The tests that cover an id.
    pub fn tests(&self, id: &str) -> Vec<&Tag> {
        self.tags.found.iter().filter(|tag| tag.id == id).collect()
    }

    /// The reason why keyfob differs, if there is one.
    pub fn reason(&self, id: &str) -> Option<&str> {
        self.reasons.get(id).map(String::as_str)
    }

    /// What is wrong with tags and lists, whatever is covered.
    pub fn complaints(&self) -> Vec<String> {
        let known: BTreeSet<&str> = self
            .lists
            .iter()
            .flat_map(|list| list.lines.iter().map(|(id, _)| id.as_str()))
            .collect();
        let mut complaints = self.complaints.clone();
        for tag in &self.tags.found {
            if !known.contains(tag.id.as_str()) {
                complaints.push(format!(
                    "{}: no checklist has the id {}",
                    tag.test(),
                    tag.id
                ));
            }
        }
        for id in self.reasons.keys() {
            if !known.contains(id.as_str()) {
                complaints.push(format!("differs.txt: no checklist has the id {id}"));
            }
        }
        complaints
    }

    /// The ids that have neither a test nor a reason.
    pub fn missing(&self) -> Vec<&(String, String)> {
        self.lists
            .iter()
            .flat_map(|list| &list.lines)
            .filter(|(id, _)| self.tests(id).is_empty() && self.reason(id).is_none())
            .collect()
    }
}

/// The folder of the checkout.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}

/// Lines of the form `id | text`; empty lines and lines with `#` in front are passed over.
fn pairs(text: &str, file: &str, complaints: &mut Vec<String>) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        match line.split_once('|') {
            Some((id, text)) if !text.trim().is_empty() => {
                found.push((id.trim().to_owned(), text.trim().to_owned()));
            }
            _ => complaints.push(format!("{file}.txt:{}: not `id | text`", number + 1)),
        }
    }
    found
}
