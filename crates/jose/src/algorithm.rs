//! The signature algorithms (RFC 7518 §3.1, RFC 8037 §3.1, RFC 9864 §2.2). `none` is not one of them.

use std::fmt;
use std::str::FromStr;

use crate::JoseError;

/// A JWS signature algorithm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Algorithm {
    /// HMAC with SHA-256.
    HS256,
    /// HMAC with SHA-384.
    HS384,
    /// HMAC with SHA-512.
    HS512,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    RS256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    RS384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    RS512,
    /// RSASSA-PSS with SHA-256.
    PS256,
    /// RSASSA-PSS with SHA-384.
    PS384,
    /// RSASSA-PSS with SHA-512.
    PS512,
    /// ECDSA on P-256 with SHA-256.
    ES256,
    /// ECDSA on P-384 with SHA-384.
    ES384,
    /// ECDSA on P-521 with SHA-512.
    ES512,
    /// EdDSA on Ed25519; RFC 9864 names it `Ed25519`, which is read as this.
    EdDSA,
}

/// The kind of key that an algorithm needs (`kty`, RFC 7518 §6.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyType {
    /// `oct`: a symmetric key.
    Oct,
    /// `RSA`.
    Rsa,
    /// `EC`: P-256, P-384, P-521.
    Ec,
    /// `OKP`: Ed25519.
    Okp,
}

impl Algorithm {
    /// Those whose keys may be published: whoever can verify these cannot sign them.
    pub const ASYMMETRIC: [Self; 10] = [
        Self::RS256,
        Self::RS384,
        Self::RS512,
        Self::PS256,
        Self::PS384,
        Self::PS512,
        Self::ES256,
        Self::ES384,
        Self::ES512,
        Self::EdDSA,
    ];

    /// Every supported algorithm.
    pub const ALL: [Self; 13] = [
        Self::HS256,
        Self::HS384,
        Self::HS512,
        Self::RS256,
        Self::RS384,
        Self::RS512,
        Self::PS256,
        Self::PS384,
        Self::PS512,
        Self::ES256,
        Self::ES384,
        Self::ES512,
        Self::EdDSA,
    ];

    /// Returns the name as in a token's `alg`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::HS256 => "HS256",
            Self::HS384 => "HS384",
            Self::HS512 => "HS512",
            Self::RS256 => "RS256",
            Self::RS384 => "RS384",
            Self::RS512 => "RS512",
            Self::PS256 => "PS256",
            Self::PS384 => "PS384",
            Self::PS512 => "PS512",
            Self::ES256 => "ES256",
            Self::ES384 => "ES384",
            Self::ES512 => "ES512",
            Self::EdDSA => "EdDSA",
        }
    }

    /// Returns the kind of key that this algorithm needs.
    pub fn key_type(self) -> KeyType {
        match self {
            Self::HS256 | Self::HS384 | Self::HS512 => KeyType::Oct,
            Self::ES256 | Self::ES384 | Self::ES512 => KeyType::Ec,
            Self::EdDSA => KeyType::Okp,
            _ => KeyType::Rsa,
        }
    }

    /// Tells whether signer and verifier share one secret.
    pub fn is_symmetric(self) -> bool {
        self.key_type() == KeyType::Oct
    }

    /// Returns the bits of the algorithm's hash, as `at_hash` and `c_hash` need it (OIDC Core §3.1.3.6).
    ///
    /// Ed25519 hashes with SHA-512.
    pub fn hash_bits(self) -> u16 {
        match self {
            Self::HS256 | Self::RS256 | Self::PS256 | Self::ES256 => 256,
            Self::HS384 | Self::RS384 | Self::PS384 | Self::ES384 => 384,
            Self::HS512 | Self::RS512 | Self::PS512 | Self::ES512 | Self::EdDSA => 512,
        }
    }

    /// Hashes bytes with the algorithm's hash.
    pub fn hash(self, bytes: &[u8]) -> Vec<u8> {
        use aws_lc_rs::digest;
        let hash = match self.hash_bits() {
            256 => &digest::SHA256,
            384 => &digest::SHA384,
            _ => &digest::SHA512,
        };
        digest::digest(hash, bytes).as_ref().to_vec()
    }
}

impl FromStr for Algorithm {
    type Err = JoseError;

    fn from_str(name: &str) -> Result<Self, JoseError> {
        if name == "Ed25519" {
            return Ok(Self::EdDSA);
        }
        Self::ALL
            .into_iter()
            .find(|algorithm| algorithm.as_str() == name)
            .ok_or_else(|| JoseError::UnsupportedAlgorithm(printable(name)))
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl KeyType {
    /// Returns the name as in a key's `kty`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Oct => "oct",
            Self::Rsa => "RSA",
            Self::Ec => "EC",
            Self::Okp => "OKP",
        }
    }
}

/// What a stranger wrote, safe to show: short, ASCII, no control characters.
fn printable(name: &str) -> String {
    name.chars()
        .filter(|c| c.is_ascii_alphanumeric() || "-_+.".contains(*c))
        .take(24)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_reads_back() {
        for algorithm in Algorithm::ALL {
            assert_eq!(algorithm.as_str().parse(), Ok(algorithm));
        }
        assert_eq!("Ed25519".parse(), Ok(Algorithm::EdDSA));
    }

    #[test]
    fn refuses_other_names_and_shows_them_cleaned() {
        for name in [
            "", "none", "None", "NONE", "nOnE", "hs256", "RS256 ", "Ed448", "ES256K", "RS1",
        ] {
            assert!(name.parse::<Algorithm>().is_err(), "{name:?}");
        }
        let error = "\u{1b}[31mevil\n".parse::<Algorithm>().unwrap_err();
        assert_eq!(error, JoseError::UnsupportedAlgorithm("31mevil".to_owned()));
    }
}
