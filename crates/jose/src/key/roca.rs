//! Recognising RSA keys of the flawed generator of CVE-2017-15361 ("ROCA"), whose private half can be computed.
//!
//! Such moduli are powers of 65537 modulo every small prime; of other moduli one in 2^27 or fewer is.

const PRIMES: [u32; 38] = [
    3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97,
    101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167,
];

/// Tells whether a big-endian modulus has the generator's fingerprint.
pub(super) fn has_fingerprint(modulus: &[u8]) -> bool {
    PRIMES.into_iter().all(|prime| {
        let residue = modulus
            .iter()
            .fold(0, |rest, byte| (rest * 256 + u32::from(*byte)) % prime);
        is_power_of_65537(residue, prime)
    })
}

fn is_power_of_65537(residue: u32, prime: u32) -> bool {
    let generator = 65537 % prime;
    let mut power = 1;
    for _ in 0..prime {
        if power == residue {
            return true;
        }
        power = power * generator % prime;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_power_of_65537_has_the_fingerprint_and_its_neighbour_has_not() {
        // 65537^3 = 281487861809153
        let flawed = 281_487_861_809_153_u64;
        assert!(has_fingerprint(&flawed.to_be_bytes()));
        assert!(!has_fingerprint(&(flawed + 2).to_be_bytes()));
    }
}
