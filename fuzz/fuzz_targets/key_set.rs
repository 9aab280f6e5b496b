//! A key set as a provider publishes it. Input: its JSON.
#![no_main]

use keyfob_fuzz::{assert_quotes_nothing, plant};
use keyfob_jose::jwk::{MAX_KEYS, MAX_TRIES};
use keyfob_jose::{Algorithm, CompactJws, JwkSet};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let input = &plant(input)[..];
    match JwkSet::parse(input) {
        Ok(set) => check(&set),
        Err(error) => assert_quotes_nothing(&error),
    }
});

fn check(set: &JwkSet) {
    assert!(set.keys().len() + set.skipped().len() <= MAX_KEYS);
    let written = set.to_value();
    let again = JwkSet::parse(written.to_string().as_bytes()).expect("what is written can be read");
    assert_eq!(
        (again.keys().len(), again.skipped().len()),
        (set.keys().len(), 0)
    );
    assert_eq!(again.to_value(), written);
    for (before, after) in set.keys().iter().zip(again.keys()) {
        assert_eq!(before.thumbprint(), after.thumbprint());
        let value = before.to_value();
        for private in ["d", "p", "q", "dp", "dq", "qi", "k", "oth"] {
            assert!(value.get(private).is_none(), "`{private}` is published");
        }
    }
    for algorithm in Algorithm::ASYMMETRIC {
        let header = keyfob_jose::base64url::encode(format!(r#"{{"alg":"{algorithm}"}}"#));
        let token = format!("{header}.e30.{}", "A".repeat(88));
        let jws = CompactJws::parse(&token).expect("three parts of base64url");
        assert!(set.candidates(jws.header()).count() <= MAX_TRIES);
        assert!(set.verify(&jws).is_err(), "zeros are nobody's signature");
    }
}
