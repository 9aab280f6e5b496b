//! Parsing and verifying a compact JWS (RFC 7515 §5.2).

use std::ops::Deref;

use super::Header;
use crate::{Claims, JoseError, VerifyingKey};

/// The largest token that is read, in bytes.
pub const MAX_TOKEN_BYTES: usize = 64 * 1024;

/// A parsed, not yet verified compact JWS.
pub struct CompactJws<'t> {
    header: Header,
    signing_input: &'t str,
}

/// A payload whose signature was verified.
#[derive(Clone, Copy)]
pub struct Payload<'j>(&'j [u8]);

impl<'t> CompactJws<'t> {
    /// Takes the token apart, under strict rules; verifies nothing yet.
    ///
    /// # Errors
    /// See [`JoseError`].
    pub fn parse(token: &'t str) -> Result<Self, JoseError> {
        let _ = token;
        unimplemented!()
    }

    /// Returns the header.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Verifies the signature and gives access to the payload.
    ///
    /// # Errors
    /// `key_mismatch` or `bad_signature`.
    pub fn verify(&self, key: &VerifyingKey) -> Result<Payload<'_>, JoseError> {
        let _ = (key, self.signing_input);
        unimplemented!()
    }

    /// Returns the payload that nobody has verified: for display, and to find out whose keys to ask for.
    pub fn unverified_payload(&self) -> &[u8] {
        unimplemented!()
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
