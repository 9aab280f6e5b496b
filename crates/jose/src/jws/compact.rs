//! Parsing and verifying a compact JWS (RFC 7515 §5.2).

use std::fmt;
use std::ops::Deref;

use super::memo::Recalled;
use super::{Header, HeaderMemo};
use crate::{Claims, JoseError, VerifyingKey, base64url};

/// The largest token that is read, in bytes.
pub const MAX_TOKEN_BYTES: usize = 64 * 1024;

/// A parsed, not yet verified compact JWS.
///
/// ```
/// use keyfob_jose::CompactJws;
///
/// // The example of RFC 8037, appendix A.4.
/// let jws = CompactJws::parse(concat!(
///     "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.",
///     "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg",
/// ))?;
/// assert_eq!(jws.header().alg.as_str(), "EdDSA");
/// # Ok::<(), keyfob_jose::JoseError>(())
/// ```
pub struct CompactJws<'t> {
    header: Read,
    encoded_header: &'t str,
    signing_input: &'t [u8],
    /// The decoded payload, then the decoded signature.
    decoded: Vec<u8>,
    payload_len: usize,
}

/// A header, and whether it was read for this token.
enum Read {
    Anew(Box<Header>),
    Recalled(Recalled),
}

/// A payload whose signature was verified.
#[derive(Clone, Copy)]
pub struct Payload<'j>(&'j [u8]);

impl<'t> CompactJws<'t> {
    /// Takes the token apart, under strict rules; verifies nothing yet.
    ///
    /// # Errors
    /// `too_large`, `malformed_token`, `encrypted_token`, `malformed_base64url`, `malformed_json`,
    /// `duplicate_member`, `unsupported_algorithm`, `critical_header` or `unencoded_payload`.
    pub fn parse(token: &'t str) -> Result<Self, JoseError> {
        Self::read(token, |_| None, &mut Vec::new())
    }

    /// Does the same, but does not read a header again that the memo knows.
    ///
    /// # Errors
    /// See [`CompactJws::parse`].
    pub fn parse_with(token: &'t str, memo: &HeaderMemo) -> Result<Self, JoseError> {
        Self::parse_in(token, memo, &mut Vec::new())
    }

    /// Does the same in a buffer that is taken from the caller, to be given back by [`CompactJws::take_buffer`].
    ///
    /// # Errors
    /// See [`CompactJws::parse`]. The caller keeps the buffer then.
    pub fn parse_in(
        token: &'t str,
        memo: &HeaderMemo,
        buffer: &mut Vec<u8>,
    ) -> Result<Self, JoseError> {
        Self::read(token, |encoded_header| memo.recall(encoded_header), buffer)
    }

    fn read(
        token: &'t str,
        recall: impl FnOnce(&str) -> Option<Recalled>,
        buffer: &mut Vec<u8>,
    ) -> Result<Self, JoseError> {
        let (encoded_header, payload, signature) = split(token)?;
        buffer.clear();
        buffer.reserve(token.len());
        let header = if let Some(known) = recall(encoded_header) {
            Read::Recalled(known)
        } else {
            base64url::decode_append(encoded_header, buffer)?;
            Read::Anew(Box::new(Header::parse(buffer)?))
        };
        buffer.clear();
        base64url::decode_append(payload, buffer)?;
        let payload_len = buffer.len();
        base64url::decode_append(signature, buffer)?;
        let input_len = token.len() - signature.len() - 1;
        let signing_input = token.as_bytes().get(..input_len).unwrap_or_default();
        Ok(Self {
            header,
            encoded_header,
            signing_input,
            decoded: std::mem::take(buffer),
            payload_len,
        })
    }

    /// Gives back the buffer, and with it payload and signature: what is left verifies no more.
    pub fn take_buffer(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.decoded)
    }

    /// Returns the header.
    pub fn header(&self) -> &Header {
        match &self.header {
            Read::Anew(header) => header,
            Read::Recalled(known) => known.header(),
        }
    }

    /// Verifies the signature and gives access to the payload.
    ///
    /// # Errors
    /// `key_mismatch` if the key is not for the token's algorithm, `bad_signature` if it did not sign it.
    pub fn verify(&self, key: &VerifyingKey) -> Result<Payload<'_>, JoseError> {
        let (payload, signature) = self.parts();
        key.verify(self.header().alg, self.signing_input, signature)?;
        Ok(Payload(payload))
    }

    /// Returns the payload that nobody has verified: for display, and to find out whose keys to ask for.
    pub fn unverified_payload(&self) -> &[u8] {
        self.parts().0
    }

    /// The header to remember, unless it comes from there.
    pub(super) fn news(&self) -> Option<(&'t str, &Header)> {
        match &self.header {
            Read::Anew(header) => Some((self.encoded_header, header)),
            Read::Recalled(_) => None,
        }
    }

    fn parts(&self) -> (&[u8], &[u8]) {
        self.decoded
            .split_at_checked(self.payload_len)
            .unwrap_or_default()
    }
}

impl Payload<'_> {
    /// Returns the bytes.
    pub fn as_bytes(&self) -> &[u8] {
        self.0
    }

    /// Reads the payload as JWT claims.
    ///
    /// # Errors
    /// See [`Claims::parse`].
    pub fn claims(&self) -> Result<Claims, JoseError> {
        Claims::parse(self.0)
    }
}

impl Deref for Payload<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.0
    }
}

impl AsRef<[u8]> for Payload<'_> {
    fn as_ref(&self) -> &[u8] {
        self.0
    }
}

impl fmt::Debug for Payload<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Payload({} bytes)", self.0.len())
    }
}

impl fmt::Debug for CompactJws<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CompactJws")
            .field("alg", &self.header().alg)
            .field("kid", &self.header().kid)
            .finish_non_exhaustive()
    }
}

/// Cuts a token into header, payload and signature, all still encoded.
pub(crate) fn split(token: &str) -> Result<(&str, &str, &str), JoseError> {
    if token.len() > MAX_TOKEN_BYTES {
        return Err(JoseError::TooLarge {
            what: "the token",
            limit: MAX_TOKEN_BYTES,
        });
    }
    let mut parts = token.split('.');
    match (
        parts.next(),
        parts.next(),
        parts.next(),
        parts.next(),
        parts.next(),
        parts.next(),
    ) {
        (Some(header), Some(payload), Some(signature), None, ..) => {
            Ok((header, payload, signature))
        }
        (Some(_), Some(_), Some(_), Some(_), Some(_), None) => Err(JoseError::EncryptedToken),
        _ => Err(JoseError::MalformedToken("it does not have three parts")),
    }
}
