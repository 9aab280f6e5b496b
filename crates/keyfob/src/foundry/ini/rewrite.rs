//! Writing: one section is replaced or removed, every other byte stays as it is.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::parse::{Entry, Ini, Section};

/// Gives a section exactly these values of the keys in `owned`; its comments and other keys stay. A section that is not there
/// is appended as configparser writes it.
pub(in crate::foundry) fn with_section(
    ini: &Ini<'_>,
    name: &str,
    owned: &[&str],
    values: &[(&str, String)],
) -> String {
    let Some((section, _)) = place(ini, name) else {
        return appended(ini, name, values);
    };
    let is_owned = |entry: &Entry| owned.contains(&entry.key.as_str());
    let dropped = lines_of(section, is_owned);
    let header = ini.lines.get(section.header).copied().unwrap_or_default();
    let indent = indent_of(ini, section);
    let end = line_end(header);
    let mut text = copied(ini, 0, section.header, &BTreeSet::new());
    text.push_str(header);
    if !header.ends_with(['\r', '\n']) {
        text.push_str(end);
    }
    for (key, value) in values {
        let _infallible = write!(text, "{indent}{key} = {value}{end}");
    }
    text.push_str(&copied(ini, section.header + 1, ini.lines.len(), &dropped));
    text
}

/// Removes a section; comments that stand in it stay.
pub(in crate::foundry) fn without(ini: &Ini<'_>, name: &str) -> String {
    let Some((section, after)) = place(ini, name) else {
        return ini.lines.concat();
    };
    let mut dropped = lines_of(section, |_| true);
    dropped.insert(section.header);
    let is_blank = |line: &usize| {
        ini.lines
            .get(*line)
            .is_some_and(|line| line.trim().is_empty())
    };
    dropped.extend((section.header..after).filter(is_blank));
    copied(ini, 0, ini.lines.len(), &dropped)
}

/// A section and the line after its last.
fn place<'i>(ini: &'i Ini<'_>, name: &str) -> Option<(&'i Section, usize)> {
    let at = ini
        .sections
        .iter()
        .position(|section| section.name == name)?;
    let after = ini
        .sections
        .get(at + 1)
        .map_or(ini.lines.len(), |next| next.header);
    Some((ini.sections.get(at)?, after))
}

fn lines_of(section: &Section, wanted: impl Fn(&Entry) -> bool) -> BTreeSet<usize> {
    let wanted = section.entries.iter().filter(|entry| wanted(entry));
    wanted
        .flat_map(|entry| entry.lines.iter().copied())
        .collect()
}

fn copied(ini: &Ini<'_>, from: usize, to: usize, dropped: &BTreeSet<usize>) -> String {
    let kept = (from..to).filter(|line| !dropped.contains(line));
    kept.filter_map(|line| ini.lines.get(line).copied())
        .collect()
}

/// No later key of a section is indented further than its first, or it would be part of the value above.
fn indent_of<'a>(ini: &Ini<'a>, section: &Section) -> &'a str {
    let first = section
        .entries
        .first()
        .and_then(|entry| entry.lines.first());
    let line = first
        .and_then(|line| ini.lines.get(*line).copied())
        .unwrap_or_default();
    let text = line.trim_start();
    line.get(..line.len() - text.len()).unwrap_or_default()
}

fn line_end(line: &str) -> &'static str {
    if line.ends_with("\r\n") {
        "\r\n"
    } else if line.ends_with('\r') {
        "\r"
    } else {
        "\n"
    }
}

fn appended(ini: &Ini<'_>, name: &str, values: &[(&str, String)]) -> String {
    let mut text = ini.lines.concat();
    if !text.is_empty() && !text.ends_with(['\r', '\n']) {
        text.push('\n');
    }
    if ini.lines.last().is_some_and(|line| !line.trim().is_empty()) {
        text.push('\n');
    }
    let _infallible = writeln!(text, "[{name}]");
    for (key, value) in values {
        let _infallible = writeln!(text, "{key} = {value}");
    }
    text.push('\n');
    text
}
