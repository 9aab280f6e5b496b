//! What the header of an access token says (RFC 9068 §4, RFC 8725 §3.1, §3.11).

use keyfob_jose::Header;

use super::{Profile, Rules};
use crate::rejection::Rejection;

impl Rules {
    /// Checks the algorithm, and the type.
    pub(super) fn check_header(&self, header: &Header) -> Result<(), Rejection> {
        self.check_algorithm(header)?;
        self.check_type(header)
    }

    pub(super) fn check_algorithm(&self, header: &Header) -> Result<(), Rejection> {
        if self.algorithms.contains(&header.alg) {
            Ok(())
        } else {
            Err(Rejection::Algorithm(header.alg))
        }
    }

    pub(super) fn check_type(&self, header: &Header) -> Result<(), Rejection> {
        let plain =
            self.profile == Profile::Plain && (header.typ.is_none() || header.has_type("JWT"));
        if plain || self.any_type || header.has_type("at+jwt") {
            Ok(())
        } else {
            Err(Rejection::Type)
        }
    }
}
