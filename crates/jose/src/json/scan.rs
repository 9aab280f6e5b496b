//! Strict JSON read in place (RFC 8259, RFC 7519 §4): the rules of [`super::parse`], but nothing is allocated.
//!
//! What is read stays where it is; only texts with escapes are written out, behind a copy of the document.

use std::ops::Range;

use serde_json::Value;

use super::texts::{self, TextsAt};

/// Says that the document breaks a rule. Which one, the allocating reader tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Refused;

/// A piece of [`Buffers::text`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Span {
    start: u32,
    end: u32,
}

/// What a scan writes to; empty or used before.
#[derive(Debug, Default)]
pub(crate) struct Buffers {
    /// The document, and behind it the texts that had escapes.
    pub(crate) text: String,
    /// The names of the members of all objects that are open.
    names: Vec<Span>,
    /// The texts of the array that is being read.
    items: Vec<Span>,
}

impl Buffers {
    /// Returns how many bytes are held.
    pub(crate) fn capacity(&self) -> usize {
        let spans = self.names.capacity() + self.items.capacity();
        self.text.capacity() + spans * size_of::<Span>()
    }
}

/// A value that was stepped over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scanned {
    /// A text, without its quotes and escapes.
    Text(Span),
    /// A number, as it stands.
    Number(Span),
    /// Anything else, as it stands.
    Other(Span),
}

/// An array that was stepped over, with its texts to be had by [`Texts`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ScannedArray {
    pub(crate) texts: TextsAt,
    /// Whether there is nothing else in it.
    pub(crate) only_texts: bool,
}

/// What a member's value is handed to: it has to step over it with [`Scanner::value`] or [`Scanner::array`].
type Member<'m, 'j, 'b> =
    &'m mut dyn FnMut(&mut Scanner<'j, 'b>, Span, Depth) -> Result<(), Refused>;

/// How many objects and arrays may still be opened within each other.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Depth(usize);

impl Depth {
    fn deeper(self) -> Result<Self, Refused> {
        self.0.checked_sub(1).map(Self).ok_or(Refused)
    }
}

impl Span {
    pub(super) fn new(start: usize, end: usize) -> Result<Self, Refused> {
        match (u32::try_from(start), u32::try_from(end)) {
            (Ok(start), Ok(end)) => Ok(Self { start, end }),
            _ => Err(Refused),
        }
    }

    /// Returns where the piece stands.
    pub(super) fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// Returns the piece.
    pub(crate) fn of(self, text: &str) -> &str {
        text.get(self.range()).unwrap_or_default()
    }
}

/// A place in a document.
pub(crate) struct Scanner<'j, 'b> {
    bytes: &'j [u8],
    json: &'j str,
    at: usize,
    buffers: &'b mut Buffers,
}

impl<'j, 'b> Scanner<'j, 'b> {
    /// Begins a document.
    pub(crate) fn new(json: &'j str, buffers: &'b mut Buffers) -> Self {
        buffers.text.clear();
        buffers.text.push_str(json);
        buffers.names.clear();
        buffers.items.clear();
        Self {
            bytes: json.as_bytes(),
            json,
            at: 0,
            buffers,
        }
    }

    /// Reads an object that is the whole document, handing out its members.
    pub(crate) fn document(
        &mut self,
        max_depth: usize,
        mut member: impl FnMut(&mut Self, Span, Depth) -> Result<(), Refused>,
    ) -> Result<(), Refused> {
        self.space();
        self.object(Depth(max_depth), &mut member)?;
        self.space();
        if self.at == self.bytes.len() {
            Ok(())
        } else {
            Err(Refused)
        }
    }

    /// Steps over a value of any kind.
    pub(crate) fn value(&mut self, depth: Depth) -> Result<Scanned, Refused> {
        let start = self.at;
        match self.peek()? {
            b'"' => return self.string().map(Scanned::Text),
            b'{' => self.object(depth, &mut |scanner, _, depth| {
                scanner.value(depth).map(|_| ())
            })?,
            b'[' => self.items(depth, |_| ())?,
            b't' => self.word(b"true")?,
            b'f' => self.word(b"false")?,
            b'n' => self.word(b"null")?,
            _ => return self.number().map(Scanned::Number),
        }
        self.since(start).map(Scanned::Other)
    }

    /// Steps over an array and notes its texts; `None` if the value is no array.
    pub(crate) fn array(&mut self, depth: Depth) -> Result<Option<ScannedArray>, Refused> {
        if self.peek()? != b'[' {
            return Ok(None);
        }
        let (start, written) = (self.at, self.buffers.text.len());
        let mut items = std::mem::take(&mut self.buffers.items);
        let mut only_texts = true;
        let outcome = self.items(depth, |item| match item {
            Scanned::Text(span) => items.push(span),
            _ => only_texts = false,
        });
        let is_plain = only_texts && self.buffers.text.len() == written;
        let texts = match outcome {
            Ok(()) if is_plain => self.since(start).map(TextsAt::Plain),
            Ok(()) => texts::write(&items, &mut self.buffers.text).map(TextsAt::Written),
            Err(refused) => Err(refused),
        };
        items.clear();
        self.buffers.items = items;
        let texts = texts?;
        Ok(Some(ScannedArray { texts, only_texts }))
    }

    /// Returns a piece of the buffers' text.
    pub(crate) fn text(&self, span: Span) -> &str {
        span.of(&self.buffers.text)
    }

    fn object(&mut self, depth: Depth, member: Member<'_, 'j, 'b>) -> Result<(), Refused> {
        let depth = depth.deeper()?;
        self.expect(b'{')?;
        self.space();
        if self.take(b'}') {
            return Ok(());
        }
        let first = self.buffers.names.len();
        loop {
            let name = self.string()?;
            self.buffers.names.push(name);
            self.space();
            self.expect(b':')?;
            self.space();
            member(self, name, depth)?;
            if !self.goes_on(b'}')? {
                return self.distinct(first);
            }
        }
    }

    fn items(&mut self, depth: Depth, mut item: impl FnMut(Scanned)) -> Result<(), Refused> {
        let depth = depth.deeper()?;
        self.expect(b'[')?;
        self.space();
        if self.take(b']') {
            return Ok(());
        }
        loop {
            item(self.value(depth)?);
            if !self.goes_on(b']')? {
                return Ok(());
            }
        }
    }

    fn string(&mut self) -> Result<Span, Refused> {
        self.expect(b'"')?;
        let start = self.at;
        self.at += plain_len(self.rest());
        if self.take(b'"') {
            return Span::new(start, self.at - 1);
        }
        let written = self.buffers.text.len();
        let mut copied = start;
        loop {
            let plain = self.json.get(copied..self.at).ok_or(Refused)?;
            self.buffers.text.push_str(plain);
            if self.take(b'"') {
                return Span::new(written, self.buffers.text.len());
            }
            // Neither a quote nor plain: an escape, or a control character or the end, which are refused.
            self.expect(b'\\')?;
            let unescaped = self.escape()?;
            self.buffers.text.push(unescaped);
            copied = self.at;
            self.at += plain_len(self.rest());
        }
    }

    fn escape(&mut self) -> Result<char, Refused> {
        let escaped = self.peek()?;
        self.at += 1;
        Ok(match escaped {
            b'"' | b'\\' | b'/' => char::from(escaped),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let high = self.hex()?;
                if !(0xd800..0xdc00).contains(&high) {
                    return char::from_u32(high).ok_or(Refused);
                }
                self.expect(b'\\')?;
                self.expect(b'u')?;
                let low = self.hex()?.checked_sub(0xdc00).ok_or(Refused)?;
                if low >= 0x400 {
                    return Err(Refused);
                }
                let point = 0x1_0000 + ((high - 0xd800) << 10) + low;
                char::from_u32(point).ok_or(Refused)?
            }
            _ => return Err(Refused),
        })
    }

    fn hex(&mut self) -> Result<u32, Refused> {
        let digits = self.bytes.get(self.at..self.at + 4).ok_or(Refused)?;
        self.at += 4;
        digits.iter().try_fold(0, |value, digit| {
            let digit = char::from(*digit).to_digit(16).ok_or(Refused)?;
            Ok(value * 16 + digit)
        })
    }

    fn number(&mut self) -> Result<Span, Refused> {
        let start = self.at;
        self.take(b'-');
        if !self.take(b'0') {
            self.digits()?;
        }
        let mut is_whole = true;
        if self.take(b'.') {
            is_whole = false;
            self.digits()?;
        }
        if self.take(b'e') || self.take(b'E') {
            is_whole = false;
            if !self.take(b'+') {
                self.take(b'-');
            }
            self.digits()?;
        }
        let span = self.since(start)?;
        // A number that no f64 can hold is refused, by whom it would be read.
        let is_small = is_whole && self.at - start < 19;
        if is_small || serde_json::from_str::<Value>(span.of(self.json)).is_ok() {
            Ok(span)
        } else {
            Err(Refused)
        }
    }

    fn digits(&mut self) -> Result<(), Refused> {
        let digits = self.rest().iter().take_while(|byte| byte.is_ascii_digit());
        match digits.count() {
            0 => Err(Refused),
            count => {
                self.at += count;
                Ok(())
            }
        }
    }

    fn word(&mut self, word: &[u8]) -> Result<(), Refused> {
        if !self.rest().starts_with(word) {
            return Err(Refused);
        }
        self.at += word.len();
        Ok(())
    }

    /// After an item: steps over the comma, or ends at `end`.
    fn goes_on(&mut self, end: u8) -> Result<bool, Refused> {
        self.space();
        if self.take(b',') {
            self.space();
            Ok(true)
        } else {
            self.expect(end)?;
            Ok(false)
        }
    }

    /// Refuses an object of which two members have one name, and forgets its names.
    fn distinct(&mut self, first: usize) -> Result<(), Refused> {
        const FEW: usize = 16;
        let Buffers { text, names, .. } = &mut *self.buffers;
        let of_object = names.get_mut(first..).unwrap_or_default();
        let twice = if of_object.len() <= FEW {
            let mut rest = &*of_object;
            let mut twice = false;
            while let Some((one, others)) = rest.split_first() {
                let name = one.of(text);
                twice |= others.iter().any(|other| other.of(text) == name);
                rest = others;
            }
            twice
        } else {
            // So that a token full of names does not cost the square of them.
            of_object.sort_unstable_by(|one, other| one.of(text).cmp(other.of(text)));
            let mut pairs = of_object.iter().zip(of_object.iter().skip(1));
            pairs.any(|(one, next)| one.of(text) == next.of(text))
        };
        names.truncate(first);
        if twice { Err(Refused) } else { Ok(()) }
    }

    fn space(&mut self) {
        while let Some(b' ' | b'\n' | b'\t' | b'\r') = self.bytes.get(self.at) {
            self.at += 1;
        }
    }

    fn expect(&mut self, byte: u8) -> Result<(), Refused> {
        if self.take(byte) {
            Ok(())
        } else {
            Err(Refused)
        }
    }

    fn take(&mut self, byte: u8) -> bool {
        let is_there = self.bytes.get(self.at) == Some(&byte);
        self.at += usize::from(is_there);
        is_there
    }

    fn peek(&self) -> Result<u8, Refused> {
        self.bytes.get(self.at).copied().ok_or(Refused)
    }

    fn rest(&self) -> &'j [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    fn since(&self, start: usize) -> Result<Span, Refused> {
        Span::new(start, self.at)
    }
}

/// Counts the bytes before the first quote, backslash or control character, eight at a time.
fn plain_len(bytes: &[u8]) -> usize {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const HIGH: u64 = ONES << 7;
    const QUOTES: u64 = ONES * b'"' as u64;
    const BACKSLASHES: u64 = ONES * b'\\' as u64;
    const SPACES: u64 = ONES * b' ' as u64;
    let zero = |eight: u64| eight.wrapping_sub(ONES) & !eight;
    let (eights, rest) = bytes.as_chunks::<8>();
    for (index, eight) in eights.iter().enumerate() {
        let eight = u64::from_le_bytes(*eight);
        let control = eight.wrapping_sub(SPACES) & !eight;
        // A borrow can mark a byte wrongly, but only behind one that is marked rightly.
        let found = (zero(eight ^ QUOTES) | zero(eight ^ BACKSLASHES) | control) & HIGH;
        if found != 0 {
            return index * 8 + (found.trailing_zeros() / 8) as usize;
        }
    }
    let is_plain = |byte: &&u8| !matches!(byte, b'"' | b'\\' | 0..=0x1f);
    bytes.len() - rest.len() + rest.iter().take_while(is_plain).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_each_byte_that_ends_plain_text_and_no_other() {
        for length in 0..20 {
            for at in 0..length {
                for byte in 0..=u8::MAX {
                    let mut bytes = vec![b'!'; length];
                    bytes[at] = byte;
                    let ends = byte < 0x20 || byte == b'"' || byte == b'\\';
                    let expected = if ends { at } else { length };
                    assert_eq!(plain_len(&bytes), expected, "{byte} at {at} of {length}");
                }
            }
        }
    }
}
