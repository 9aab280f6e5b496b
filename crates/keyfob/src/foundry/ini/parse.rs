//! Reading: sections, entries, and which line belongs to what.

use std::collections::BTreeSet;

use keyfob_jose::Secret;

/// A whole file, taken apart.
#[derive(Debug)]
pub(in crate::foundry) struct Ini<'a> {
    pub(super) lines: Vec<&'a str>,
    pub(in crate::foundry) sections: Vec<Section>,
}

/// One section. `DEFAULT` may occur several times.
#[derive(Debug)]
pub(in crate::foundry) struct Section {
    pub(in crate::foundry) name: String,
    /// The number of the header's line, counted from 0.
    pub(super) header: usize,
    pub(super) entries: Vec<Entry>,
}

/// One key with its value.
#[derive(Debug)]
pub(super) struct Entry {
    /// In lower case.
    pub(super) key: String,
    /// As written; lines are joined by a line feed.
    pub(super) raw: Secret,
    /// The lines that it stands on, comments and blank lines in between left out.
    pub(super) lines: Vec<usize>,
}

/// The name of the section whose values configparser lends to all others.
pub(in crate::foundry) const DEFAULT: &str = "DEFAULT";

impl<'a> Ini<'a> {
    /// Reads a file; the error says which line is at fault, without quoting it.
    pub(in crate::foundry) fn parse(bytes: &'a [u8]) -> Result<Self, String> {
        let text = text(bytes)?;
        let mut reader = Reader::default();
        let lines = split(text);
        for (number, line) in lines.iter().enumerate() {
            reader
                .line(number, line)
                .map_err(|why| format!("line {}: {why}", number + 1))?;
        }
        Ok(Self {
            lines,
            sections: reader.sections(),
        })
    }

    /// Finds a section by its exact name.
    pub(in crate::foundry) fn section(&self, name: &str) -> Option<&Section> {
        self.sections.iter().find(|section| section.name == name)
    }

    /// All that stands in the sections but one, to be compared.
    pub(in crate::foundry) fn others<'i>(
        &'i self,
        name: &'i str,
    ) -> impl Iterator<Item = (&'i str, &'i str, &'i Secret)> {
        let others = self
            .sections
            .iter()
            .filter(move |section| section.name != name);
        others.flat_map(|section| {
            let entry = |entry: &'i Entry| (section.name.as_str(), entry.key.as_str(), &entry.raw);
            section.entries.iter().map(entry)
        })
    }
}

impl Section {
    /// Returns a value as written, from this section alone.
    pub(in crate::foundry) fn raw(&self, key: &str) -> Option<&str> {
        let entry = self.entries.iter().find(|entry| entry.key == key)?;
        Some(entry.raw.expose())
    }
}

fn text(bytes: &[u8]) -> Result<&str, String> {
    if bytes.starts_with(b"\xef\xbb\xbf") {
        return Err("it begins with a byte order mark".to_owned());
    }
    let text = std::str::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned())?;
    let odd = |character: char| character.is_control() && !"\t\r\n".contains(character);
    if text.contains(odd) {
        return Err("it holds control characters".to_owned());
    }
    Ok(text)
}

/// Splits after `\n`, `\r\n` and `\r`; the ends stay with their lines.
fn split(text: &str) -> Vec<&str> {
    let mut lines = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let end = match rest.find(['\r', '\n']) {
            Some(at) if rest.get(at..at + 2) == Some("\r\n") => at + 2,
            Some(at) => at + 1,
            None => rest.len(),
        };
        let (line, after) = rest.split_at(end);
        lines.push(line);
        rest = after;
    }
    lines
}

/// What configparser keeps in mind from line to line.
#[derive(Default)]
struct Reader {
    sections: Vec<Open>,
    seen_sections: BTreeSet<String>,
    seen_keys: BTreeSet<(String, String)>,
    indent: usize,
    in_value: bool,
}

struct Open {
    name: String,
    header: usize,
    entries: Vec<(String, Vec<String>, Vec<usize>)>,
}

impl Reader {
    fn line(&mut self, number: usize, line: &str) -> Result<(), &'static str> {
        let words = line.trim();
        if words.starts_with(['#', ';']) {
            return Ok(());
        }
        let indent = line.chars().take_while(|c| c.is_whitespace()).count();
        if self.in_value && (words.is_empty() || indent > self.indent) {
            self.go_on(number, words);
            return Ok(());
        }
        if words.is_empty() {
            return Ok(());
        }
        self.indent = indent;
        match header(words) {
            Some(name) => self.open(number, name),
            None => self.entry(number, words),
        }
    }

    /// A further line of the value above; a blank one counts only if another follows.
    fn go_on(&mut self, number: usize, words: &str) {
        let entry = self
            .sections
            .last_mut()
            .and_then(|open| open.entries.last_mut());
        if let Some((_, value, lines)) = entry {
            value.push(words.to_owned());
            if !words.is_empty() {
                lines.push(number);
            }
        }
    }

    fn open(&mut self, header: usize, name: &str) -> Result<(), &'static str> {
        if !self.seen_sections.insert(name.to_owned()) && name != DEFAULT {
            return Err("there is a section of this name already");
        }
        self.in_value = false;
        self.sections.push(Open {
            name: name.to_owned(),
            header,
            entries: Vec::new(),
        });
        Ok(())
    }

    fn entry(&mut self, number: usize, words: &str) -> Result<(), &'static str> {
        let open = self
            .sections
            .last_mut()
            .ok_or("there is no section above it")?;
        let (key, value) = words
            .split_once(['=', ':'])
            .ok_or("it is neither a section nor a key with a value")?;
        let key = key.trim_end().to_lowercase();
        if key.is_empty() {
            return Err("there is no key in front of the value");
        }
        if !self.seen_keys.insert((open.name.clone(), key.clone())) {
            return Err("the section has this key already");
        }
        self.in_value = true;
        open.entries
            .push((key, vec![value.trim().to_owned()], vec![number]));
        Ok(())
    }

    fn sections(self) -> Vec<Section> {
        let entry = |(key, value, lines): (String, Vec<String>, Vec<usize>)| Entry {
            key,
            raw: Secret::new(value.join("\n").trim_end()),
            lines,
        };
        let section = |open: Open| Section {
            name: open.name,
            header: open.header,
            entries: open.entries.into_iter().map(entry).collect(),
        };
        self.sections.into_iter().map(section).collect()
    }
}

/// The name in a section's header; what follows the last bracket is ignored.
fn header(words: &str) -> Option<&str> {
    let inside = words.strip_prefix('[')?;
    let name = inside.get(..inside.rfind(']')?)?;
    (!name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Vec<(String, Vec<(String, String)>)> {
        let ini = Ini::parse(text.as_bytes()).unwrap();
        assert_eq!(ini.lines.concat(), text, "no byte is lost");
        let entry = |entry: &Entry| (entry.key.clone(), entry.raw.expose().to_owned());
        ini.sections
            .iter()
            .map(|section| {
                (
                    section.name.clone(),
                    section.entries.iter().map(entry).collect(),
                )
            })
            .collect()
    }

    fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
        list.iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn reads_what_configparser_reads() {
        let text = "# top\n[DEFAULT]\nToken_URI: https://x\n[h:1] rest\r\n; note\r\nclient_id=c = d\rscopes = a,\n   b,\n\n  # no part\n   c\n\nrefresh_token =\n[[::1]:2]\n[DEFAULT]\nx = 1";
        assert_eq!(
            parsed(text),
            [
                ("DEFAULT".to_owned(), pairs(&[("token_uri", "https://x")])),
                (
                    "h:1".to_owned(),
                    pairs(&[
                        ("client_id", "c = d"),
                        ("scopes", "a,\nb,\n\nc"),
                        ("refresh_token", "")
                    ])
                ),
                ("[::1]:2".to_owned(), vec![]),
                ("DEFAULT".to_owned(), pairs(&[("x", "1")])),
            ]
        );
        assert!(parsed("").is_empty() && parsed("\n# only\n").is_empty());
    }

    #[test]
    fn an_indented_header_below_a_value_is_part_of_the_value() {
        let sections = parsed("[a]\nk = v\n  [b]\n  x = y\n");
        assert_eq!(sections.len(), 1);
        assert_eq!(sections[0].1, pairs(&[("k", "v\n[b]\nx = y")]));
    }

    #[test]
    fn refuses_what_configparser_refuses_and_names_the_line_without_its_content() {
        for (text, words) in [
            ("key = canary\n", "line 1: there is no section"),
            ("[a]\ncanary\n", "line 2: it is neither"),
            ("[a]\n[]\n", "line 2: it is neither"),
            ("[a]\n = canary\n", "line 2: there is no key"),
            (
                "[a]\n\nk = 1\nK = canary\n",
                "line 4: the section has this key",
            ),
            (
                "[DEFAULT]\nk = 1\n[DEFAULT]\nk = canary\n",
                "line 4: the section has this key",
            ),
            ("[canary]\n[canary]\n", "line 2: there is a section"),
            ("[a]\nk = canary\0\n", "control characters"),
            ("\u{feff}[a]\n", "byte order mark"),
        ] {
            let why = Ini::parse(text.as_bytes()).unwrap_err();
            assert!(
                why.contains(words) && !why.contains("canary"),
                "{text:?}: {why}"
            );
        }
        assert!(
            Ini::parse(b"[a]\nk = \xe9\n")
                .unwrap_err()
                .contains("UTF-8")
        );
    }
}
