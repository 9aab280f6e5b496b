//! The texts of a JSON array, read in place.

use std::fmt::Write as _;

use super::scan::{Refused, Span};

/// Where the texts of an array are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TextsAt {
    /// Between the quotes of an array of nothing but texts, none of which has an escape.
    Plain(Span),
    /// Written out, each with its length in front: `5:hello`.
    Written(Span),
}

/// The texts of an array, one after the other; nothing is copied.
#[derive(Debug, Clone, Default)]
pub struct Texts<'a> {
    rest: &'a str,
    are_written: bool,
}

impl<'a> Texts<'a> {
    /// The texts of an array that was read into `text`.
    pub(crate) fn at(texts: TextsAt, text: &'a str) -> Self {
        let (span, are_written) = match texts {
            TextsAt::Plain(span) => (span, false),
            TextsAt::Written(span) => (span, true),
        };
        Self {
            rest: span.of(text),
            are_written,
        }
    }
}

impl<'a> Iterator for Texts<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let (item, rest) = if self.are_written {
            let (length, rest) = self.rest.split_once(':')?;
            rest.split_at_checked(length.parse().ok()?)?
        } else {
            let (_, begun) = self.rest.split_once('"')?;
            begun.split_once('"')?
        };
        self.rest = rest;
        Some(item)
    }
}

/// Copies pieces of `text` behind it, each with its length in front.
pub(super) fn write(items: &[Span], text: &mut String) -> Result<Span, Refused> {
    let start = text.len();
    for item in items {
        let range = item.range();
        write!(text, "{}:", range.len()).map_err(|_| Refused)?;
        text.extend_from_within(range);
    }
    Span::new(start, text.len())
}
