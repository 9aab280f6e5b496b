//! Base64url without padding (RFC 7515 §2, RFC 4648 §5): one text for each byte string, and no other.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::JoseError;

/// Encodes bytes, without padding.
pub fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Decodes text; refuses padding, whitespace, other alphabets and non-zero trailing bits.
///
/// # Errors
/// `malformed_base64url` for any text that [`encode`] would not have written.
pub fn decode(text: impl AsRef<[u8]>) -> Result<Vec<u8>, JoseError> {
    let mut out = Vec::new();
    decode_append(text, &mut out)?;
    Ok(out)
}

/// Decodes text behind what `out` holds, so that a token's parts share one buffer.
pub(crate) fn decode_append(text: impl AsRef<[u8]>, out: &mut Vec<u8>) -> Result<(), JoseError> {
    URL_SAFE_NO_PAD
        .decode_vec(text, out)
        .map_err(|_| JoseError::Base64)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn refuses_what_encode_does_not_write() {
        for text in [
            "Zg==", "Zg=", "Zh", "Z", "Zm8 ", " Zm8", "Zm9v\n", "Zm+v", "Zm/v", "Zm9vé", "Zm.9v",
            "\0",
        ] {
            assert_eq!(decode(text), Err(JoseError::Base64), "{text:?}");
        }
        assert_eq!(decode("").unwrap(), b"");
        assert_eq!(decode("Zg").unwrap(), b"f");
        assert_eq!(decode("_-8").unwrap(), [0xff, 0xef]);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn round_trips(bytes: Vec<u8>) {
            prop_assert_eq!(decode(encode(&bytes)).unwrap(), bytes);
        }

        #[test]
        fn only_one_text_decodes_to_given_bytes(text in "[A-Za-z0-9_=+/ -]{0,12}") {
            if let Ok(bytes) = decode(&text) {
                prop_assert_eq!(encode(bytes), text);
            }
        }
    }
}
