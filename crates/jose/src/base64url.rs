//! Base64url without padding (RFC 7515 §2, RFC 4648 §5): one text for each byte string, and no other.

use base64::Engine as _;

use crate::JoseError;

#[cfg(target_arch = "x86_64")]
mod engine {
    use std::sync::LazyLock;

    use base64::engine::Simd;
    use base64::engine::general_purpose::NO_PAD;

    /// Decodes a token several times faster than the scalar engine, where the processor has AVX2.
    pub(super) static ENGINE: LazyLock<Simd> = LazyLock::new(|| Simd::url_safe(NO_PAD));
}

#[cfg(not(target_arch = "x86_64"))]
mod engine {
    pub(super) use base64::engine::general_purpose::URL_SAFE_NO_PAD as ENGINE;
}

use engine::ENGINE;

/// Encodes bytes, without padding.
pub fn encode(bytes: impl AsRef<[u8]>) -> String {
    ENGINE.encode(bytes)
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

/// Encodes bytes behind what `out` holds.
pub(crate) fn encode_append(bytes: impl AsRef<[u8]>, out: &mut String) {
    ENGINE.encode_string(bytes, out);
}

/// Decodes text behind what `out` holds, so that a token's parts share one buffer.
pub(crate) fn decode_append(text: impl AsRef<[u8]>, out: &mut Vec<u8>) -> Result<(), JoseError> {
    ENGINE.decode_vec(text, out).map_err(|_| JoseError::Base64)
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
        fn round_trips(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            prop_assert_eq!(decode(encode(&bytes)).unwrap(), bytes);
        }

        #[test]
        fn only_one_text_decodes_to_given_bytes(text in "[A-Za-z0-9_=+/ -]{0,12}") {
            if let Ok(bytes) = decode(&text) {
                prop_assert_eq!(encode(bytes), text);
            }
        }

        // Long enough for the vectorised part of the decoder.
        #[test]
        fn refuses_one_foreign_byte_anywhere(text in "[A-Za-z0-9_-]{128}", at in 0_usize..128, byte: u8) {
            let mut text = text.into_bytes();
            text[at] = byte;
            let ours = byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
            let decoded = decode(&text);
            prop_assert_eq!(decoded.is_ok(), ours);
            if let Ok(bytes) = decoded {
                prop_assert_eq!(encode(bytes).into_bytes(), text);
            }
        }
    }
}
