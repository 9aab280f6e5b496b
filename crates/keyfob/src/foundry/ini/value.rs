//! configparser's `BasicInterpolation`: a percent sign is written twice.

use keyfob_jose::Secret;

/// Reads a value; references to other keys are not followed.
pub(in crate::foundry) fn unescaped(raw: &str) -> Result<Secret, &'static str> {
    let mut text = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((before, after)) = rest.split_once('%') {
        text.push_str(before);
        rest = match after.strip_prefix('%') {
            Some(after) => after,
            None if after.starts_with('(') => {
                return Err("it refers to another key, which keyfob does not follow");
            }
            None => return Err("it has a single percent sign, which must be written twice"),
        };
        text.push('%');
    }
    text.push_str(rest);
    Ok(Secret::new(text))
}

/// Writes a value, if the format can hold it.
pub(in crate::foundry) fn escaped(value: &str) -> Result<String, &'static str> {
    if value.is_empty() {
        return Err("it is empty");
    }
    if value.chars().any(char::is_control) {
        return Err("it holds a line break or another control character");
    }
    if value.trim() != value {
        return Err("it begins or ends with a blank");
    }
    Ok(value.replace('%', "%%"))
}

#[cfg(test)]
mod tests {
    use super::*;

    // covers: P20
    #[test]
    fn percent_signs_survive() {
        for value in ["a%b", "%", "%%", "100%(x)s", "%%%"] {
            assert_eq!(unescaped(&escaped(value).unwrap()).unwrap().expose(), value);
        }
        assert_eq!(escaped("a%b").unwrap(), "a%%b");
        for odd in ["%", "a%b", "%(host)s", "%%%"] {
            assert!(unescaped(odd).is_err(), "{odd}");
        }
    }

    #[test]
    fn what_a_line_cannot_hold_is_refused() {
        for value in ["", " a", "a ", "a\nb", "a\rb", "a\0", "\u{85}"] {
            assert!(escaped(value).is_err(), "{value:?}");
        }
    }
}
