//! A token's claims, by both readers: the one in place and the one that makes values. Input: their JSON.
#![no_main]

use std::cell::RefCell;

use keyfob_fuzz::{assert_quotes_nothing, plant, same_json};
use keyfob_jose::jwt::{ClaimsReader, ClaimsRef, KnownClaim};
use keyfob_jose::{Claims, NumericDate};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

const KNOWN: [(&str, KnownClaim); 12] = [
    ("client_id", KnownClaim::ClientId),
    ("azp", KnownClaim::Azp),
    ("scope", KnownClaim::Scope),
    ("scp", KnownClaim::Scp),
    ("nonce", KnownClaim::Nonce),
    ("auth_time", KnownClaim::AuthTime),
    ("acr", KnownClaim::Acr),
    ("cnf", KnownClaim::Cnf),
    ("typ", KnownClaim::Typ),
    ("at_hash", KnownClaim::AtHash),
    ("c_hash", KnownClaim::CHash),
    ("s_hash", KnownClaim::SHash),
];

thread_local! {
    /// One for all inputs: what the one before left behind must not show.
    static READER: RefCell<ClaimsReader> = RefCell::default();
}

fuzz_target!(|input: &[u8]| {
    let input = &plant(input)[..];
    READER.with_borrow_mut(|reader| compare(reader, input));
});

fn compare(reader: &mut ClaimsReader, input: &[u8]) {
    match (reader.read(input), Claims::parse(input)) {
        (Ok(in_place), Ok(values)) => {
            same(in_place, &values);
            same(in_place.to_owned().borrowed(), &values);
            check(&values, input);
        }
        (Err(in_place), Err(values)) => {
            assert_eq!(in_place, values);
            assert_quotes_nothing(&values);
            assert!(reader.claims().iss().is_none() && reader.claims().payload().is_empty());
        }
        (Ok(_), Err(error)) => panic!("only the one in place takes it: {error}"),
        (Err(error), Ok(_)) => panic!("only the one in place refuses it: {error}"),
    }
}

/// Both readers say the same of every claim.
fn same(in_place: ClaimsRef<'_>, values: &Claims) {
    let texts = (in_place.iss(), in_place.sub(), in_place.jti());
    let expected = (
        values.iss.as_deref(),
        values.sub.as_deref(),
        values.jti.as_deref(),
    );
    assert_eq!(texts, expected);
    let dates = (in_place.exp(), in_place.nbf(), in_place.iat());
    assert_eq!(dates, (values.exp, values.nbf, values.iat));
    assert_eq!(in_place.has_aud(), values.aud.is_some());
    let audiences = values.aud.as_ref().map_or(&[][..], |aud| aud.as_slice());
    assert!(in_place.audiences().eq(audiences));
    for (name, claim) in KNOWN {
        let value = values.get(name);
        assert_eq!(in_place.has(claim), value.is_some(), "{name}");
        assert_eq!(
            in_place.text(claim),
            value.and_then(Value::as_str),
            "{name}"
        );
        let words: Vec<&str> = match value {
            Some(Value::String(words)) => words.split_ascii_whitespace().collect(),
            Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        assert!(in_place.words(claim).eq(words), "{name}");
        if !value.is_some_and(Value::is_number) {
            assert_eq!(in_place.date(claim), None, "{name}");
        }
        assert_eq!(in_place.get(name).as_ref(), value, "{name}");
    }
    assert_eq!(in_place.parse().as_ref(), Ok(values));
}

/// The claims are those of the text, and are read again as they are written.
fn check(claims: &Claims, input: &[u8]) {
    let lenient: Value = serde_json::from_slice(input).expect("accepted claims are JSON");
    assert_eq!(claims.sub.as_deref(), lenient["sub"].as_str());
    assert_eq!(claims.iss.as_deref(), lenient["iss"].as_str());
    if let Some(exp) = lenient["exp"].as_u64() {
        assert_eq!(claims.exp.map(NumericDate::as_secs), Some(exp));
    }
    let again = Claims::parse(&claims.to_json()).expect("what is written can be read");
    assert!(same_json(&again.to_value(), &claims.to_value()));
}
