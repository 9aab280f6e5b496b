//! A token through the verifier. Input: a raw token; or, with a line break in it, a header and a payload, which the
//! target signs with the issuer's key so that the rules behind the signature are reached.
#![no_main]

use std::sync::LazyLock;

use keyfob_fuzz::{AUDIENCE, ISSUER, NOW, TEST_ISSUER, assert_quotes_nothing, plant, run, sign};
use keyfob_verify::{Principal, Profile, Rejection, TokenMemory, Verifier};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

static STRICT: LazyLock<Verifier> = LazyLock::new(|| TEST_ISSUER.verifier());
static PLAIN: LazyLock<Verifier> = LazyLock::new(|| {
    let builder = TEST_ISSUER.verifier_builder().profile(Profile::Plain);
    builder.build().expect("it has all it needs")
});

static REMEMBERING: LazyLock<Verifier> = LazyLock::new(|| {
    let builder = TEST_ISSUER
        .verifier_builder()
        .memory(TokenMemory::new(1000));
    builder.build().expect("it has all it needs")
});

fuzz_target!(|input: &[u8]| {
    let input = &plant(input)[..];
    if let Some(at) = input.iter().position(|byte| *byte == b'\n') {
        let (header, payload) = (&input[..at], &input[at + 1..]);
        let token = sign(header, payload);
        let strict = run(STRICT.verify(&token));
        check(&strict, header, payload, true);
        let plain = run(PLAIN.verify(&token));
        check(&plain, header, payload, false);
        let subject = |verifier: &Verifier| {
            let borrowed = verifier.verify_borrowed(&token, |who| who.subject().to_owned());
            run(borrowed).map_err(|rejection| rejection.code())
        };
        let expected = strict.map(|who| who.subject().to_owned());
        let expected = expected.map_err(|rejection| rejection.code());
        assert_eq!(subject(&STRICT), expected, "borrowed");
        assert_eq!(subject(&REMEMBERING), expected, "to be remembered");
        assert_eq!(subject(&REMEMBERING), expected, "remembered");
    } else if let Ok(token) = std::str::from_utf8(input) {
        let rejection = run(STRICT.verify(token)).expect_err("nobody signed this");
        assert_quotes_nothing(&rejection);
    }
});

fn check(outcome: &Result<Principal, Rejection>, header: &[u8], payload: &[u8], strict: bool) {
    match outcome {
        Ok(principal) => {
            let header: Value = serde_json::from_slice(header).expect("an accepted header is JSON");
            let claims: Value = serde_json::from_slice(payload).expect("accepted claims are JSON");
            assert_eq!(principal.subject(), claims["sub"].as_str().unwrap());
            assert!(is_good(&header, &claims, strict), "{header} {claims}");
        }
        Err(rejection) => {
            assert!(!rejection.code().is_empty());
            assert_quotes_nothing(rejection);
            assert_quotes_nothing(rejection);
        }
    }
}

/// What must be true of every accepted token, said again in other words than the verifier's.
fn is_good(header: &Value, claims: &Value, strict: bool) -> bool {
    #[expect(
        clippy::cast_precision_loss,
        reason = "the clock stands at a number that f64 has"
    )]
    let now = NOW as f64;
    let typ = header["typ"].as_str().map(str::to_ascii_lowercase);
    let typ = typ
        .as_deref()
        .map(|typ| typ.trim_start_matches("application/"));
    let time = |name: &str| claims[name].as_f64();
    let audiences = &claims["aud"];
    let for_us = *audiences == AUDIENCE
        || audiences
            .as_array()
            .is_some_and(|list| list.iter().any(|one| *one == AUDIENCE));
    let texts: &[&str] = if strict {
        &["sub", "client_id", "jti"]
    } else {
        &["sub"]
    };
    (typ == Some("at+jwt") || (!strict && matches!(typ, None | Some("jwt"))))
        && ["EdDSA", "Ed25519"].contains(&header["alg"].as_str().unwrap_or_default())
        && header.get("crit").is_none()
        && header.get("b64").is_none()
        && header["kid"].as_str().is_none_or(|kid| kid == "EdDSA-1")
        && claims["iss"] == ISSUER
        && for_us
        && time("exp").is_some_and(|exp| exp > now - 30.0)
        && time("iat").is_some_and(|iat| (0.0..=now + 60.0).contains(&iat))
        && (claims.get("nbf").is_none() || time("nbf").is_some_and(|nbf| nbf <= now + 30.0))
        && texts.iter().all(|name| claims[name].is_string())
        && claims["sub"] != ""
}
