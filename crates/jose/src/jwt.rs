//! JSON Web Token: claims and dates (RFC 7519).

mod borrowed;
mod claims;
mod date;
mod index;
mod reader;
mod unverified;

pub use borrowed::{ClaimsRef, OwnedClaims};
pub use claims::{Audience, Claims};
pub use date::NumericDate;
pub use index::KnownClaim;
pub use reader::ClaimsReader;
pub use unverified::{Unverified, decode_unverified};
