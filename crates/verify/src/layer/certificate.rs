//! The client certificate of a connection (RFC 8705 §3), told by the server that ended TLS.

use std::fmt;

use bytes::Bytes;

/// The client certificate that TLS has proved, in DER; a server puts it into the extensions of each request of the connection.
///
/// It must come from the TLS layer itself, or from a proxy over a connection that nobody else can reach: a header that a client
/// can write proves nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct ClientCertificate(Bytes);

impl ClientCertificate {
    /// Takes the leaf certificate of the connection.
    pub fn from_der(der: impl Into<Bytes>) -> Self {
        Self(der.into())
    }

    /// Returns the certificate in DER.
    pub fn as_der(&self) -> &[u8] {
        &self.0
    }
}

/// A certificate names people.
impl fmt::Debug for ClientCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientCertificate")
    }
}
