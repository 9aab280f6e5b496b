//! `at_hash` and `c_hash`: half a hash of another value (OpenID Connect Core §3.1.3.6, §3.3.2.11).

use keyfob_jose::{Algorithm, base64url};

/// The left half of the hash that belongs to the ID token's algorithm, as base64url.
pub(super) fn half_hash(algorithm: Algorithm, value: &str) -> String {
    let hash = algorithm.hash(value.as_bytes());
    let (left, _) = hash.split_at(hash.len() / 2);
    base64url::encode(left)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_hash_is_that_of_the_specification_examples() {
        // OpenID Connect Core appendix A.3, A.4 and A.6.
        let token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
        assert_eq!(half_hash(Algorithm::RS256, token), "77QmUPtjPfzWtF2AnpK9RQ");
        let code = "Qcb0Orv1zh30vL1MPRsbm-diHiMwcLyZvn1arpZv-Jxf_11jnpEX3Tgfvk";
        assert_eq!(half_hash(Algorithm::RS256, code), "LDktKdoQak3Pk0cnXxCltA");
    }

    #[test]
    fn half_hash_length_follows_the_algorithm() {
        let length = |algorithm| half_hash(algorithm, "value").len();
        assert_eq!(length(Algorithm::ES256), 22);
        assert_eq!(length(Algorithm::PS384), 32);
        assert_eq!(length(Algorithm::RS512), 43);
        assert_eq!(length(Algorithm::EdDSA), 43);
    }
}
