//! Reading claims in place (RFC 7519 §4): as strict as [`Claims::parse`], in one pass, into buffers that are used again.

use super::borrowed::ClaimsRef;
use super::index::{ClaimsIndex, Found, Named};
use super::{Claims, NumericDate};
use crate::JoseError;
use crate::json::Limits;
use crate::json::scan::{Buffers, Depth, Refused, Scanned, Scanner, Span};

/// Reads claims, one payload after the other, and allocates nothing once its buffers are large enough.
///
/// ```
/// use keyfob_jose::jwt::ClaimsReader;
///
/// let mut reader = ClaimsReader::default();
/// let claims = reader.read(br#"{"iss":"https://as.example","aud":["a","b"],"exp":1300819380}"#)?;
/// assert_eq!(claims.iss(), Some("https://as.example"));
/// assert!(claims.is_for("b"));
/// # Ok::<(), keyfob_jose::JoseError>(())
/// ```
#[derive(Debug, Default)]
pub struct ClaimsReader {
    buffers: Buffers,
    index: ClaimsIndex,
}

impl ClaimsReader {
    /// Reads claims strictly: what [`Claims::parse`] refuses is refused, with the same reason.
    ///
    /// # Errors
    /// `malformed_claim`, `malformed_json`, `duplicate_member` or `too_large`.
    pub fn read(&mut self, payload: &[u8]) -> Result<ClaimsRef<'_>, JoseError> {
        if self.index(payload).is_err() {
            self.clear();
            return Err(reason(payload));
        }
        Ok(self.claims())
    }

    /// Returns the claims read last; none before that, or if they were refused.
    pub fn claims(&self) -> ClaimsRef<'_> {
        ClaimsRef::new(&self.buffers.text, &self.index)
    }

    /// Forgets what was read, and keeps the buffers.
    pub fn clear(&mut self) {
        self.index = ClaimsIndex::default();
        self.buffers.text.clear();
    }

    /// Returns the size of the buffers in bytes.
    pub fn capacity(&self) -> usize {
        self.buffers.capacity()
    }

    fn index(&mut self, payload: &[u8]) -> Result<(), Refused> {
        if payload.len() > Limits::TOKEN.max_bytes {
            return Err(Refused);
        }
        let json = std::str::from_utf8(payload).map_err(|_| Refused)?;
        let index = &mut self.index;
        *index = ClaimsIndex::of(json);
        let mut scanner = Scanner::new(json, &mut self.buffers);
        scanner.document(Limits::TOKEN.max_depth, |scanner, name, depth| {
            match Named::of(scanner.text(name)) {
                Named::Unknown => drop(scanner.value(depth)?),
                Named::Iss => index.iss = Some(text(scanner.value(depth)?)?),
                Named::Sub => index.sub = Some(text(scanner.value(depth)?)?),
                Named::Jti => index.jti = Some(text(scanner.value(depth)?)?),
                Named::Exp => index.exp = Some(date(scanner, depth)?),
                Named::Nbf => index.nbf = Some(date(scanner, depth)?),
                Named::Iat => index.iat = Some(date(scanner, depth)?),
                Named::Aud => index.aud = audience(scanner, depth)?,
                Named::Known(claim) => index.put(claim, found(scanner, depth)?),
            }
            Ok(())
        })
    }
}

/// Lets the other reader say what is wrong, so that both say the same.
fn reason(payload: &[u8]) -> JoseError {
    match Claims::parse(payload) {
        Err(error) => error,
        // The two readers do not disagree; if they did, the stricter one would be right.
        Ok(_) => JoseError::Json {
            what: "the claims",
            why: "not JSON",
        },
    }
}

fn text(value: Scanned) -> Result<Span, Refused> {
    match value {
        Scanned::Text(span) => Ok(span),
        _ => Err(Refused),
    }
}

fn date(scanner: &mut Scanner<'_, '_>, depth: Depth) -> Result<NumericDate, Refused> {
    match scanner.value(depth)? {
        Scanned::Number(span) => NumericDate::from_json(scanner.text(span)).ok_or(Refused),
        _ => Err(Refused),
    }
}

fn audience(scanner: &mut Scanner<'_, '_>, depth: Depth) -> Result<Found, Refused> {
    match scanner.array(depth)? {
        Some(array) if array.only_texts => Ok(Found::Texts(array.texts)),
        Some(_) => Err(Refused),
        None => text(scanner.value(depth)?).map(Found::Text),
    }
}

fn found(scanner: &mut Scanner<'_, '_>, depth: Depth) -> Result<Found, Refused> {
    if let Some(array) = scanner.array(depth)? {
        return Ok(Found::Texts(array.texts));
    }
    Ok(match scanner.value(depth)? {
        Scanned::Text(span) => Found::Text(span),
        Scanned::Number(span) => Found::Number(span),
        Scanned::Other(span) => Found::Other(span),
    })
}
