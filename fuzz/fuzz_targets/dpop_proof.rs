//! A DPoP proof and the address it names (RFC 9449 §4). Input: a raw proof; or, with a line break in it, a header and
//! claims, in which `"@jwk"` and `"@ath"` stand for the target's key and the hash of the token, signed with that key.
#![no_main]

use std::sync::LazyLock;

use keyfob_fuzz::{NOW, TEST_ISSUER, assert_quotes_nothing, plant, run, sign};
use keyfob_jose::Algorithm;
use keyfob_protocol::dpop::{Proof, TargetUri, access_token_hash};
use keyfob_verify::binding::{Binding, Presented};
use keyfob_verify::dpop::ProofRules;
use keyfob_verify::{CheckToken as _, Principal};
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};

const METHOD: &str = "POST";
const URI: &str = "https://api.example/orders";

/// A token that is bound to the target's key, and a guard of it.
struct Scene {
    token: String,
    principal: Principal,
    binding: Binding,
    jwk: String,
    thumbprint: String,
}

static SCENE: LazyLock<Scene> = LazyLock::new(|| {
    let public = TEST_ISSUER
        .signing_key(Algorithm::EdDSA)
        .public_jwk()
        .expect("it has one");
    let cnf = json!({"jkt": public.thumbprint()});
    let token = TEST_ISSUER.token().claim("cnf", cnf).sign();
    let principal = run(TEST_ISSUER.verifier().check(&token)).expect("the token is good");
    let rules = ProofRules::new()
        .with_replay_memory(None)
        .with_clock(TEST_ISSUER.clock().clone().into());
    Scene {
        token,
        principal,
        binding: Binding::new().with_proofs(rules),
        jwk: public.to_value().to_string(),
        thumbprint: public.thumbprint(),
    }
});

fuzz_target!(|input: &[u8]| {
    let input = &plant(input)[..];
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    let Some((header, claims)) = text.split_once('\n') else {
        if let Err(error) = Proof::read(text, &Algorithm::ASYMMETRIC) {
            assert_quotes_nothing(&error);
        }
        check_target(text);
        return;
    };
    let ath = format!("\"{}\"", access_token_hash(&SCENE.token));
    let header = header.replace("\"@jwk\"", &SCENE.jwk);
    let claims = claims.replace("\"@ath\"", &ath);
    let proof = sign(header.as_bytes(), claims.as_bytes());
    let presented = Presented::dpop_with(&proof, METHOD, URI);
    match run(SCENE
        .binding
        .check(&SCENE.principal, &SCENE.token, &presented))
    {
        Ok(()) => check(&proof, &header, &claims, ath.trim_matches('"')),
        Err(rejection) => assert_quotes_nothing(&rejection),
    }
});

/// What must be true of every accepted proof, said again in other words.
fn check(proof: &str, header: &str, claims: &str, ath: &str) {
    let read = Proof::read(proof, &Algorithm::ASYMMETRIC).expect("it was read before");
    assert_eq!(read.thumbprint(), SCENE.thumbprint);
    assert_eq!(read.target().as_str(), URI);
    let header: Value = serde_json::from_str(header).expect("an accepted header is JSON");
    let claims: Value = serde_json::from_str(claims).expect("accepted claims are JSON");
    let typ = header["typ"]
        .as_str()
        .expect("it says what it is")
        .to_ascii_lowercase();
    assert!(typ == "dpop+jwt" || typ == "application/dpop+jwt");
    assert!(header["jwk"]["d"].is_null());
    assert_eq!(
        (&claims["htm"], &claims["ath"]),
        (&json!(METHOD), &json!(ath))
    );
    assert!(
        claims["jti"]
            .as_str()
            .is_some_and(|jti| !jti.is_empty() && jti.len() <= 256)
    );
    let iat = claims["iat"].as_f64().expect("it says when it was made");
    #[expect(
        clippy::cast_precision_loss,
        reason = "the clock stands at a number that f64 has"
    )]
    let age = NOW as f64 - iat;
    assert!((-30.0..=60.0).contains(&age), "{age} s old");
}

/// The normal form of an address is its own normal form, and has neither query nor fragment.
fn check_target(text: &str) {
    if let Ok(target) = TargetUri::parse(text) {
        let again = TargetUri::parse(target.as_str()).expect("what is written can be read");
        assert_eq!(again, target);
        assert!(!target.as_str().contains(['?', '#']), "{}", target.as_str());
        assert!(target.as_str().is_ascii());
    }
}
