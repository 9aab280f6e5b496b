//! JSON Web Token: claims and dates (RFC 7519).

mod claims;
mod date;
mod unverified;

pub use claims::{Audience, Claims};
pub use date::NumericDate;
pub use unverified::{Unverified, decode_unverified};
