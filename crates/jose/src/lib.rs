//! JWS, JWK and JWT: parse, verify, sign.
//!
//! No IO, no clock, no environment. Cryptography is aws-lc-rs; this crate adds the rules around it:
//! what a token, a key and a key set may look like, and which key may check which signature.
//!
//! ```
//! use keyfob_jose::{Algorithm, CompactJws, HeaderFields, JwkSet, SigningKey, jws};
//!
//! # fn main() -> Result<(), keyfob_jose::JoseError> {
//! let key = SigningKey::generate(Algorithm::ES256)?.with_kid("2026-01");
//! let token = jws::sign(&key, &HeaderFields::typ("JWT"), br#"{"sub":"alice"}"#)?;
//!
//! let published = JwkSet::from_keys([key.public_jwk()?]);
//! let jws = CompactJws::parse(&token)?;
//! let claims = published.verify(&jws)?.claims()?;
//! assert_eq!(claims.sub.as_deref(), Some("alice"));
//! # Ok(())
//! # }
//! ```

pub mod algorithm;
pub mod base64url;
pub mod error;
pub mod json;
pub mod jwk;
pub mod jws;
pub mod jwt;
pub mod key;
pub mod random;
pub mod secret;

pub use algorithm::{Algorithm, KeyType};
pub use error::JoseError;
pub use jwk::{Jwk, JwkSet, KeyMark, Skipped};
pub use jws::{CompactJws, Header, HeaderFields, HeaderMemo, Payload};
pub use jwt::{Audience, Claims, ClaimsReader, ClaimsRef, KnownClaim, NumericDate, OwnedClaims};
pub use key::{SigningKey, VerifyingKey};
pub use secret::{Secret, SecretBytes};
