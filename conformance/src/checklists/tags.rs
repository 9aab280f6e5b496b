//! `// covers: …` above tests: where they stand, and what is wrong with them.

use std::path::{Path, PathBuf};

/// One id at one test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    /// `planet-18`.
    pub id: String,
    /// The source file, relative to the checkout, with forward slashes.
    pub path: String,
    /// The test function.
    pub name: String,
}

impl Tag {
    /// `path::name`.
    pub fn test(&self) -> String {
        format!("{}::{}", self.path, self.name)
    }
}

/// All tags of the tree.
#[derive(Debug, Default)]
pub struct Tags {
    /// In the order of paths and lines.
    pub found: Vec<Tag>,
    /// Tags that stand above no test, and the like.
    pub complaints: Vec<String>,
}

/// Scans every Rust file of `crates/` and `conformance/`.
///
/// # Errors
/// When a folder or file cannot be read.
pub fn scan(root: &Path) -> std::io::Result<Tags> {
    let mut files = Vec::new();
    for folder in ["crates", "conformance"] {
        sources(&root.join(folder), &mut files)?;
    }
    files.sort();
    let mut tags = Tags::default();
    for file in files {
        let text = std::fs::read_to_string(&file)?;
        let path = file.strip_prefix(root).unwrap_or(&file);
        let path = path.to_string_lossy().replace('\\', "/");
        scan_text(&path, &text, &mut tags);
    }
    Ok(tags)
}

/// Scans one file's text.
pub fn scan_text(path: &str, text: &str, tags: &mut Tags) {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    for (n, line) in lines.iter().enumerate() {
        let Some(ids) = line.strip_prefix("// covers:") else {
            continue;
        };
        let below = lines.get(n + 1..).unwrap_or_default();
        match test_below(below) {
            Ok(name) => {
                let ids = ids.split(',').map(str::trim);
                tags.found
                    .extend(ids.filter(|id| !id.is_empty()).map(|id| Tag {
                        id: id.to_owned(),
                        path: path.to_owned(),
                        name: name.to_owned(),
                    }));
            }
            Err(why) => tags.complaints.push(format!("{path}:{}: {why}", n + 1)),
        }
    }
}

/// The test directly below a tag: further tags and attributes may stand between, nothing else.
fn test_below<'a>(lines: &[&'a str]) -> Result<&'a str, &'static str> {
    let mut is_test = false;
    for line in lines {
        if line.starts_with("// covers:") && !is_test {
            continue;
        }
        if line.starts_with("#[") {
            is_test |= line.starts_with("#[test]") || line.starts_with("#[tokio::test");
            if line.starts_with("#[ignore") {
                return Err("the test below the tag is never run");
            }
            continue;
        }
        let declared = line
            .strip_prefix("fn ")
            .or_else(|| line.strip_prefix("async fn "))
            .and_then(|rest| rest.split(['(', '<']).next());
        return match declared {
            Some(name) if is_test => Ok(name),
            _ => Err("the tag is not directly above a test"),
        };
    }
    Err("the tag is not directly above a test")
}

fn sources(folder: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        let kind = entry.file_type()?;
        if kind.is_dir() {
            if !matches!(path.file_name(), Some(name) if name == "node_modules" || name == "target")
            {
                sources(&path, files)?;
            }
        } else if kind.is_file() && path.extension().is_some_and(|e| e == "rs") {
            files.push(path);
        }
    }
    Ok(())
}
