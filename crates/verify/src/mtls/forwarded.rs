//! A client certificate that a proxy in front of the service puts into a header (RFC 9440 §2.2).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderName, HeaderValue};

use super::MAX_CERTIFICATE_BYTES;
use crate::rejection::{BindingProblem, Rejection};

/// Takes the client certificate from a header.
///
/// Certificates are public. Whoever can reach this service past the proxy, or whose header the proxy lets through, can
/// present anybody's: the proxy must be the only way in, must have asked for the certificate in its TLS handshake, and must
/// remove this header from what clients send.
///
/// ```
/// use keyfob_verify::binding::Presented;
/// use keyfob_verify::danger::ForwardedCertificate;
///
/// # fn main() -> Result<(), keyfob_verify::Rejection> {
/// # let headers = http::HeaderMap::new();
/// let forwarded = ForwardedCertificate::client_cert();
/// let certificate = forwarded.read(&headers)?;
/// let presented = Presented::bearer().with_certificate(certificate.as_deref());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct ForwardedCertificate {
    header: HeaderName,
    form: Form,
}

#[derive(Clone, Copy, Debug)]
enum Form {
    /// `:<base64 of the DER>:`, a byte sequence of RFC 8941 §3.3.5.
    ByteSequence,
    /// PEM, percent-encoded.
    EscapedPem,
}

impl ForwardedCertificate {
    /// Reads the header `Client-Cert` of RFC 9440.
    pub fn client_cert() -> Self {
        Self {
            header: HeaderName::from_static("client-cert"),
            form: Form::ByteSequence,
        }
    }

    /// Reads a header that holds a PEM certificate with percent-encoding, as nginx's `$ssl_client_escaped_cert`.
    pub fn escaped_pem(header: HeaderName) -> Self {
        Self {
            header,
            form: Form::EscapedPem,
        }
    }

    /// Returns the certificate in DER; `None` without the header, or if it is empty: the client presented none.
    ///
    /// # Errors
    /// [`BindingProblem::UnreadableCertificate`] if there is more than one header, or anything else in it.
    pub fn read(&self, headers: &HeaderMap) -> Result<Option<Vec<u8>>, Rejection> {
        let mut values = headers.get_all(&self.header).into_iter();
        let Some(value) = values.next() else {
            return Ok(None);
        };
        let unreadable = Rejection::Binding(BindingProblem::UnreadableCertificate);
        if values.next().is_some() {
            return Err(unreadable);
        }
        if value.is_empty() {
            return Ok(None);
        }
        self.form.decode(value).map(Some).ok_or(unreadable)
    }
}

impl Form {
    fn decode(self, value: &HeaderValue) -> Option<Vec<u8>> {
        // Percent-encoding triples a byte at most, base64 adds a third.
        if value.len() > 4 * MAX_CERTIFICATE_BYTES {
            return None;
        }
        let text = value.to_str().ok()?;
        match self {
            Self::ByteSequence => {
                let encoded = text.strip_prefix(':')?.strip_suffix(':')?;
                STANDARD.decode(encoded).ok()
            }
            Self::EscapedPem => {
                let pem = percent_decoded(text)?;
                let (label, der) = pem_rfc7468::decode_vec(&pem).ok()?;
                (label == "CERTIFICATE").then_some(der)
            }
        }
    }
}

fn percent_decoded(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len());
    let mut pieces = text.split('%');
    out.extend_from_slice(pieces.next()?.as_bytes());
    for piece in pieces {
        let (digits, rest) = piece.split_at_checked(2)?;
        out.push(u8::from_str_radix(digits, 16).ok()?);
        out.extend_from_slice(rest.as_bytes());
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(forwarded: &ForwardedCertificate, values: &[&str]) -> Result<Option<Vec<u8>>, String> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(&forwarded.header, value.parse().unwrap());
        }
        let outcome = forwarded.read(&headers);
        outcome.map_err(|rejection| rejection.code().to_owned())
    }

    const UNREADABLE: &str = "unreadable_client_certificate";

    #[test]
    fn reads_the_byte_sequence_of_rfc_9440() {
        let forwarded = ForwardedCertificate::client_cert();
        assert_eq!(
            read(&forwarded, &[":MIIB:"]),
            Ok(Some(vec![0x30, 0x82, 0x01]))
        );
        assert_eq!(read(&forwarded, &[]), Ok(None));
        assert_eq!(read(&forwarded, &[""]), Ok(None));
        for bad in [
            "MIIB",
            ":MIIB",
            ":MII:",
            ":MI-B:",
            ": MIIB:",
            "::x",
            ":MIIB:;a=1",
        ] {
            assert_eq!(read(&forwarded, &[bad]), Err(UNREADABLE.into()), "{bad}");
        }
    }

    #[test]
    fn reads_escaped_pem_and_nothing_but_a_certificate() {
        let forwarded = ForwardedCertificate::escaped_pem(HeaderName::from_static("x-cert"));
        let pem = "-----BEGIN%20CERTIFICATE-----%0AMIIB%0A-----END%20CERTIFICATE-----%0A";
        assert_eq!(read(&forwarded, &[pem]), Ok(Some(vec![0x30, 0x82, 0x01])));
        let key = pem.replace("CERTIFICATE", "PRIVATE KEY");
        for bad in [
            key.as_str(),
            "MIIB",
            "%zz",
            "%",
            "-----BEGIN%20CERTIFICATE-----",
        ] {
            assert_eq!(read(&forwarded, &[bad]), Err(UNREADABLE.into()), "{bad}");
        }
    }

    #[test]
    fn refuses_two_headers_of_which_one_may_be_the_clients() {
        let forwarded = ForwardedCertificate::client_cert();
        let outcome = read(&forwarded, &[":MIIB:", ":MIIC:"]);
        assert_eq!(outcome, Err(UNREADABLE.into()));
    }
}
