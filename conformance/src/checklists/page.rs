//! `docs/compatibility.md`: one table per list.

use std::fmt::Write as _;

use super::Checklists;

const HEAD: &str = "\
# Compatibility with the four clients

What planet-auth, palantir-oauth-client, alf and the Cegal Keystone client promise, and what is wrong with them, line by line:
the test of keyfob that covers the line, or the reason why keyfob does otherwise. A test of a weakness fails when keyfob has it.

This page is generated: `cargo run -p keyfob-conformance --example compatibility`. The lines stand in `conformance/checklists/`,
a tag `// covers: planet-18` stands above each test.
";

/// Renders the page.
pub fn page(checklists: &Checklists) -> String {
    let mut text = HEAD.to_owned();
    for list in checklists.lists() {
        let covered = list
            .lines
            .iter()
            .filter(|(id, _)| !checklists.tests(id).is_empty())
            .count();
        let differs = list
            .lines
            .iter()
            .filter(|(id, _)| checklists.tests(id).is_empty() && checklists.reason(id).is_some())
            .count();
        let _ = write!(
            text,
            "\n## {}\n\n{covered} of {} lines are covered by tests, {differs} have a reason instead.\n\n\
             | id | what | test, or reason |\n|---|---|---|\n",
            list.heading,
            list.lines.len()
        );
        for (id, title) in &list.lines {
            let _ = writeln!(
                text,
                "| {id} | {} | {} |",
                cell(title),
                proof(checklists, id)
            );
        }
    }
    text
}

fn proof(checklists: &Checklists, id: &str) -> String {
    let tests = checklists
        .tests(id)
        .into_iter()
        .map(|tag| format!("`{}`", tag.test()));
    let reason = checklists
        .reason(id)
        .map(|reason| format!("differs: {}", cell(reason)));
    let all: Vec<String> = reason.into_iter().chain(tests).collect();
    if all.is_empty() {
        "**missing**".to_owned()
    } else {
        all.join("<br>")
    }
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('<', "&lt;")
}
