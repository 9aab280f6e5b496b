//! Writing byte for byte as Python's `json.dumps(value, indent=2, sort_keys=True)`, which is planet-auth's format.

use std::io::Write;

use serde_json::{Map, Number, Value};
use zeroize::Zeroizing;

/// Writes an object, leaving out null members of the top level.
pub(crate) fn object(members: &Map<String, Value>) -> Zeroizing<Vec<u8>> {
    let size = members
        .iter()
        .map(|(name, value)| text_bound(name) + value_bound(value, 1) + 8)
        .sum::<usize>()
        + 8;
    // Enough room from the start: a buffer that grows leaves copies of secrets behind.
    let mut out = Zeroizing::new(Vec::with_capacity(size));
    write_object(
        &mut out,
        members.iter().filter(|(_, value)| !value.is_null()),
        0,
    );
    out
}

/// Members come sorted: `serde_json::Map` orders by bytes, which for UTF-8 is Python's order by code point.
fn write_object<'a>(
    out: &mut Vec<u8>,
    members: impl Iterator<Item = (&'a String, &'a Value)>,
    depth: usize,
) {
    out.push(b'{');
    let mut first = true;
    for (name, value) in members {
        next_item(out, &mut first, depth + 1);
        write_text(out, name);
        out.extend_from_slice(b": ");
        write_value(out, value, depth + 1);
    }
    close(out, first, depth, b'}');
}

fn write_value(out: &mut Vec<u8>, value: &Value, depth: usize) {
    match value {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Bool(true) => out.extend_from_slice(b"true"),
        Value::Bool(false) => out.extend_from_slice(b"false"),
        Value::Number(number) => write_number(out, number),
        Value::String(text) => write_text(out, text),
        Value::Array(items) => {
            out.push(b'[');
            let mut first = true;
            for item in items {
                next_item(out, &mut first, depth + 1);
                write_value(out, item, depth + 1);
            }
            close(out, first, depth, b']');
        }
        Value::Object(members) => write_object(out, members.iter(), depth),
    }
}

fn next_item(out: &mut Vec<u8>, first: &mut bool, depth: usize) {
    if !*first {
        out.push(b',');
    }
    *first = false;
    new_line(out, depth);
}

fn close(out: &mut Vec<u8>, empty: bool, depth: usize, bracket: u8) {
    if !empty {
        new_line(out, depth);
    }
    out.push(bracket);
}

fn new_line(out: &mut Vec<u8>, depth: usize) {
    out.push(b'\n');
    out.extend(std::iter::repeat_n(b' ', 2 * depth));
}

fn write_text(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    for character in text.chars() {
        match character {
            '"' => out.extend_from_slice(b"\\\""),
            '\\' => out.extend_from_slice(b"\\\\"),
            '\n' => out.extend_from_slice(b"\\n"),
            '\r' => out.extend_from_slice(b"\\r"),
            '\t' => out.extend_from_slice(b"\\t"),
            '\u{8}' => out.extend_from_slice(b"\\b"),
            '\u{c}' => out.extend_from_slice(b"\\f"),
            ' '..='~' => out.push(character as u8),
            other => other
                .encode_utf16(&mut [0; 2])
                .iter()
                .for_each(|unit| write_formatted(out, format_args!("\\u{unit:04x}"))),
        }
    }
    out.push(b'"');
}

fn write_number(out: &mut Vec<u8>, number: &Number) {
    match number.as_f64() {
        Some(float) if number.is_f64() => write_float(out, float),
        _ => write_formatted(out, format_args!("{number}")),
    }
}

/// Python's `repr`: the shortest digits that read back the same, as a plain number from 1e-4 up to 1e16.
fn write_float(out: &mut Vec<u8>, float: f64) {
    let shortest = format!("{float:e}");
    let (digits, exponent) = shortest.split_once('e').unwrap_or((&shortest, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..16).contains(&exponent) {
        let point = if float.fract() == 0.0 { ".0" } else { "" };
        write_formatted(out, format_args!("{float}{point}"));
    } else {
        let sign = if exponent < 0 { '-' } else { '+' };
        write_formatted(out, format_args!("{digits}e{sign}{:02}", exponent.abs()));
    }
}

fn write_formatted(out: &mut Vec<u8>, what: std::fmt::Arguments<'_>) {
    // Writing to a vector cannot fail.
    drop(out.write_fmt(what));
}

fn value_bound(value: &Value, depth: usize) -> usize {
    let indent = 2 * depth + 8;
    match value {
        Value::Null | Value::Bool(_) => 8,
        Value::Number(_) => 32,
        Value::String(text) => text_bound(text),
        Value::Array(items) => {
            items
                .iter()
                .map(|item| value_bound(item, depth + 1) + indent)
                .sum::<usize>()
                + indent
        }
        Value::Object(members) => {
            members
                .iter()
                .map(|(name, item)| text_bound(name) + value_bound(item, depth + 1) + indent)
                .sum::<usize>()
                + indent
        }
    }
}

fn text_bound(text: &str) -> usize {
    2 + text
        .bytes()
        .map(|byte| if (b' '..=b'~').contains(&byte) { 2 } else { 6 })
        .sum::<usize>()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn written(value: &Value) -> String {
        String::from_utf8(object(value.as_object().unwrap()).to_vec()).unwrap()
    }

    #[test]
    fn indents_by_two_sorts_and_drops_only_top_level_nulls() {
        let value =
            json!({"b": {"x": null, "e": {}, "a": []}, "a": [1, [true, null]], "gone": null});
        let expected = "{\n  \"a\": [\n    1,\n    [\n      true,\n      null\n    ]\n  ],\n  \"b\": {\n    \"a\": [],\n    \"e\": {},\n    \"x\": null\n  }\n}";
        assert_eq!(written(&value), expected);
        assert_eq!(written(&json!({})), "{}");
        assert_eq!(written(&json!({"a": null})), "{}");
    }

    #[test]
    fn escapes_everything_beyond_ascii() {
        let value = json!({"t": "\"\\/\n\r\t\u{8}\u{c}\u{0}\u{1f}\u{7f}é€😀"});
        assert_eq!(
            written(&value),
            "{\n  \"t\": \"\\\"\\\\/\\n\\r\\t\\b\\f\\u0000\\u001f\\u007f\\u00e9\\u20ac\\ud83d\\ude00\"\n}"
        );
    }

    #[test]
    fn writes_floats_as_python_does() {
        for (float, text) in [
            (1.0, "1.0"),
            (-0.0, "-0.0"),
            (0.1, "0.1"),
            (1_700_000_000.25, "1700000000.25"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (1.5e-7, "1.5e-07"),
            (1e15, "1000000000000000.0"),
            (123_456_789_012_345_680.0, "1.2345678901234568e+17"),
            (1e16, "1e+16"),
            (1e100, "1e+100"),
            (f64::MAX, "1.7976931348623157e+308"),
            (5e-324, "5e-324"),
        ] {
            let mut out = Vec::new();
            write_float(&mut out, float);
            assert_eq!(String::from_utf8(out).unwrap(), text);
        }
    }

    #[test]
    fn never_outgrows_its_first_buffer() {
        let deep = json!({"a": [[[{"k\u{0}": "é\u{0}\"", "n": [f64::MIN, u64::MAX, null]}]]], "z": "😀".repeat(50)});
        let members = deep.as_object().unwrap();
        let bound = members
            .iter()
            .map(|(name, value)| text_bound(name) + value_bound(value, 1) + 8)
            .sum::<usize>()
            + 8;
        assert!(object(members).len() <= bound);
    }
}
