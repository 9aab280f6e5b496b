//! `client_secret_basic`: HTTP Basic of the form-encoded identifier and secret (RFC 6749 §2.3.1).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;
use http::header::AUTHORIZATION;
use keyfob_jose::Secret;
use url::form_urlencoded::byte_serialize;
use zeroize::Zeroizing;

use crate::error::ProtocolError;
use crate::exchange::Form;

pub(super) fn apply(
    form: &mut Form,
    client_id: &str,
    secret: &Secret,
) -> Result<(), ProtocolError> {
    let id = byte_serialize(client_id.as_bytes());
    let secret = byte_serialize(secret.expose().as_bytes());
    let pair: Zeroizing<String> = Zeroizing::new(id.chain([":"]).chain(secret).collect());
    let encoded = Zeroizing::new(STANDARD.encode(pair.as_bytes()));
    let credentials = Zeroizing::new(format!("Basic {}", *encoded));
    let mut value = HeaderValue::from_str(&credentials).map_err(|_| ProtocolError::Setting {
        what: "the client secret",
        why: "it cannot be sent in a header",
    })?;
    value.set_sensitive(true);
    form.headers.insert(AUTHORIZATION, value);
    Ok(())
}
