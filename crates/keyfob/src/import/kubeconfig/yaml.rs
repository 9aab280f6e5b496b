//! YAML to plain values: no aliases, no repeated keys, capped depth, everything but null a text.
//!
//! The parser gives events, so that nothing is expanded before it was counted; without aliases there is nothing to expand.

use saphyr_parser::{Event, Parser, ScalarStyle};
use serde_json::{Map, Value};

use crate::import::ImportError;

/// Lists and mappings within each other.
const MAX_DEPTH: usize = 32;
/// Keys, values, lists and mappings in one file.
const MAX_NODES: usize = 100_000;

/// Reads the one mapping that a file consists of.
pub(super) fn mapping(text: &str) -> Result<Map<String, Value>, ImportError> {
    let mut reader = Reader::default();
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| at(error.marker().line(), "it is not YAML"))?;
        reader
            .take(event)
            .map_err(|why| at(span.start.line(), why))?;
    }
    match reader.whole {
        Some(Value::Object(map)) => Ok(map),
        _ => Err(ImportError::malformed("it is not a YAML mapping")),
    }
}

fn at(line: usize, why: &str) -> ImportError {
    ImportError::malformed(format!("line {line}: {why}"))
}

/// What is open, from the outermost on, and what is done.
#[derive(Default)]
struct Reader {
    open: Vec<Open>,
    whole: Option<Value>,
    nodes: usize,
}

enum Open {
    List(Vec<Value>),
    Mapping(Map<String, Value>, Option<String>),
}

impl Reader {
    fn take(&mut self, event: Event<'_>) -> Result<(), &'static str> {
        match event {
            Event::Alias(_) => Err("aliases are not followed"),
            Event::SequenceStart(..) => self.begin(Open::List(Vec::new())),
            Event::MappingStart(..) => self.begin(Open::Mapping(Map::new(), None)),
            Event::SequenceEnd | Event::MappingEnd => match self.open.pop() {
                Some(Open::List(items)) => self.put(Value::Array(items)),
                Some(Open::Mapping(members, _)) => self.put(Value::Object(members)),
                None => Err("something ends that did not begin"),
            },
            Event::Scalar(text, style, ..) => {
                self.count()?;
                let is_null = style == ScalarStyle::Plain
                    && matches!(text.as_ref(), "" | "~" | "null" | "Null" | "NULL");
                let is_key = matches!(self.open.last(), Some(Open::Mapping(_, None)));
                self.put(if is_null && !is_key {
                    Value::Null
                } else {
                    Value::String(text.into_owned())
                })
            }
            Event::DocumentStart(_) if self.whole.is_some() => Err("a second document begins"),
            _ => Ok(()),
        }
    }

    fn begin(&mut self, open: Open) -> Result<(), &'static str> {
        self.count()?;
        if self.open.len() >= MAX_DEPTH {
            return Err("it is nested too deeply");
        }
        self.open.push(open);
        Ok(())
    }

    fn count(&mut self) -> Result<(), &'static str> {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            return Err("it has too many entries");
        }
        Ok(())
    }

    fn put(&mut self, value: Value) -> Result<(), &'static str> {
        match self.open.last_mut() {
            None => self.whole = Some(value),
            Some(Open::List(items)) => items.push(value),
            Some(Open::Mapping(members, key)) => match (key.take(), value) {
                (Some(key), value) => drop(members.insert(key, value)),
                (None, Value::String(name)) if members.contains_key(&name) => {
                    return Err("a key is given twice");
                }
                (None, Value::String(name)) => *key = Some(name),
                (None, _) => return Err("a key is not text"),
            },
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn reads_block_and_flow_and_json() {
        let expected = json!({"a": "1", "b": ["x", null, "true"], "c": {"d": "e: f"}});
        for text in [
            "a: 1\nb:\n- x\n-\n- true\nc:\n  d: 'e: f'\n",
            "{a: '1', b: [x, ~, true], c: {d: \"e: f\"}}",
            r#"{"a": "1", "b": ["x", null, "true"], "c": {"d": "e: f"}}"#,
        ] {
            assert_eq!(Value::Object(mapping(text).unwrap()), expected, "{text}");
        }
    }

    #[test]
    fn refuses_what_could_grow_or_be_read_in_two_ways() {
        let deep = format!("a: {}{}", "[".repeat(100), "]".repeat(100));
        let bomb = "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n";
        let many = format!("a: [{}]", "x, ".repeat(MAX_NODES + 1));
        for (text, why) in [
            (bomb, "line 2: aliases"),
            ("a: 1\na: 2\n", "line 2: a key is given twice"),
            ("a: 1\n---\nb: 2\n", "second document"),
            ("[a]: b\n", "a key is not text"),
            ("- a\n", "not a YAML mapping"),
            ("", "not a YAML mapping"),
            ("a: [b", "not YAML"),
            (&deep, "nested too deeply"),
            (&many, "too many entries"),
        ] {
            let error = mapping(text).unwrap_err().to_string();
            assert!(error.contains(why), "{why}: {error}");
        }
    }
}
