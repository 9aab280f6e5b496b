//! DPoP proofs by RFC 9449 §4.3: its own examples, and one proof for every check that fails.

use std::time::{Duration, SystemTime};

use keyfob_jose::{Algorithm, HeaderFields, Secret, SigningKey, jws};
use keyfob_protocol::dpop::{
    MAX_JTI_BYTES, MAX_PROOF_BYTES, Proof, ProofError, TargetUri, access_token_hash,
};
use proptest::prelude::*;
use serde_json::{Value, json};

/// RFC 9449 §4.1, figure 2.
const TOKEN_REQUEST: &str = concat!(
    "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6Ik",
    "VDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCR",
    "nMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JE",
    "QSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIj",
    "oiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwia",
    "WF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg",
    "4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg",
);

/// RFC 9449 §7.1, figure 13.
const RESOURCE_REQUEST: &str = concat!(
    "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6Ik",
    "VDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCR",
    "nMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JE",
    "QSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiJlMWozVl9iS2ljOC1MQUVCIiwiaHRtIj",
    "oiR0VUIiwiaHR1IjoiaHR0cHM6Ly9yZXNvdXJjZS5leGFtcGxlLm9yZy9wcm90ZWN0Z",
    "WRyZXNvdXJjZSIsImlhdCI6MTU2MjI2MjYxOCwiYXRoIjoiZlVIeU8ycjJaM0RaNTNF",
    "c05yV0JiMHhXWG9hTnk1OUlpS0NBcWtzbVFFbyJ9.2oW9RP35yRqzhrtNP86L-Ey71E",
    "OptxRimPPToA1plemAgR6pxHF8y6-yqyVnmcw6Fy1dqd-jfxSYoMxhAJpLjA",
);

const ACCESS_TOKEN: &str = "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU";
/// RFC 9449 §6.1, figure 8.
const JKT: &str = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I";

#[test]
fn reads_the_proof_of_rfc_9449_for_a_token_request() {
    let proof = Proof::read(TOKEN_REQUEST, &[Algorithm::ES256]).unwrap();
    assert_eq!(proof.thumbprint(), JKT);
    assert_eq!(proof.id(), "-BwC3ESc6acc2lTc");
    assert_eq!(proof.nonce(), None);
    let target = TargetUri::parse("https://server.example.com/token").unwrap();
    assert_eq!(proof.check_request("POST", &target), Ok(()));
    assert_eq!(
        proof.check_token(ACCESS_TOKEN),
        Err(ProofError::MissingClaim("ath"))
    );
}

#[test]
fn reads_the_proof_of_rfc_9449_for_a_protected_resource() {
    let proof = Proof::read(RESOURCE_REQUEST, &[Algorithm::ES256]).unwrap();
    assert_eq!(proof.thumbprint(), JKT);
    let target = TargetUri::parse("https://resource.example.org/protectedresource").unwrap();
    assert_eq!(proof.check_request("GET", &target), Ok(()));
    assert_eq!(proof.check_token(ACCESS_TOKEN), Ok(()));
    assert_eq!(
        access_token_hash(ACCESS_TOKEN),
        "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo"
    );
}

/// A proof in the making: right in every way until told otherwise.
struct Draft {
    key: SigningKey,
    header: Value,
    claims: Value,
}

const IAT: u64 = 1_700_000_000;
const URL: &str = "https://api.example.com/things";

impl Draft {
    fn new() -> Self {
        let key = SigningKey::generate(Algorithm::ES256).unwrap();
        Self {
            header: json!({"typ": "dpop+jwt", "jwk": key.public_jwk().unwrap().to_value()}),
            claims: json!({
                "jti": "e1j3V_bKic8", "htm": "GET", "htu": URL, "iat": IAT,
                "ath": access_token_hash(ACCESS_TOKEN), "nonce": "n",
            }),
            key,
        }
    }

    fn claim(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.claims[name] = value.into();
        self
    }

    fn without(mut self, name: &str) -> Self {
        self.claims.as_object_mut().unwrap().remove(name);
        self
    }

    fn header(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.header[name] = value.into();
        self
    }

    fn sign(&self) -> String {
        let mut fields = HeaderFields::default();
        for (name, value) in self.header.as_object().unwrap() {
            if name == "typ" {
                fields = HeaderFields {
                    typ: value.as_str().map(Into::into),
                    ..fields
                };
            } else if !value.is_null() {
                fields = fields.with(name, value.clone());
            }
        }
        jws::sign(&self.key, &fields, self.claims.to_string().as_bytes()).unwrap()
    }

    fn read(&self) -> Result<Proof, ProofError> {
        Proof::read(&self.sign(), &[Algorithm::ES256])
    }

    fn code(&self) -> &'static str {
        self.read().unwrap_err().code()
    }
}

#[test]
fn a_proof_that_is_right_in_every_way_passes() {
    let proof = Draft::new().read().unwrap();
    let target = TargetUri::parse(URL).unwrap();
    assert_eq!(proof.check_request("GET", &target), Ok(()));
    assert_eq!(proof.check_token(ACCESS_TOKEN), Ok(()));
    assert_eq!(proof.nonce(), Some("n"));
}

#[test]
fn rejects_no_proof_and_one_that_is_too_large() {
    let read = |text: &str| Proof::read(text, &[Algorithm::ES256]).unwrap_err();
    assert_eq!(read("").code(), "dpop_proof_missing");
    assert_eq!(read(&"e".repeat(MAX_PROOF_BYTES)).code(), "dpop_malformed");
    assert_eq!(
        read(&"e".repeat(MAX_PROOF_BYTES + 1)).code(),
        "dpop_too_large"
    );
}

#[test]
fn rejects_what_is_no_well_formed_jwt() {
    let good = Draft::new().sign();
    for bad in [
        "a.b",
        "a.b.c",
        &good.replace('.', ".."),
        &format!("{good}="),
        &format!(" {good}"),
    ] {
        let error = Proof::read(bad, &[Algorithm::ES256]).unwrap_err();
        assert_eq!(error.code(), "dpop_malformed", "{bad}");
    }
    // Two proofs that a proxy has joined into one header.
    let joined = format!("{good}, {good}");
    assert_eq!(
        Proof::read(&joined, &[Algorithm::ES256])
            .unwrap_err()
            .code(),
        "dpop_malformed"
    );
}

#[test]
fn rejects_another_type() {
    for typ in ["JWT", "at+jwt", "dpop", "dpop+jwt+x"] {
        assert_eq!(Draft::new().header("typ", typ).code(), "dpop_type", "{typ}");
    }
    assert!(
        Draft::new()
            .header("typ", "application/DPoP+JWT")
            .read()
            .is_ok()
    );
}

#[test]
fn rejects_an_algorithm_that_is_not_listed_and_symmetric_ones_always() {
    let proof = Draft::new().sign();
    let error = Proof::read(&proof, &[Algorithm::EdDSA, Algorithm::RS256]).unwrap_err();
    assert_eq!(error, ProofError::Algorithm(Algorithm::ES256));
    let secret = Secret::new("a shared secret of 32 bytes or so");
    let key = SigningKey::hmac(&secret, Algorithm::HS256).unwrap();
    let draft = Draft {
        key,
        ..Draft::new()
    };
    let error = Proof::read(&draft.sign(), &Algorithm::ALL).unwrap_err();
    assert_eq!(error, ProofError::Algorithm(Algorithm::HS256));
}

#[test]
fn rejects_a_proof_without_key() {
    assert_eq!(
        Draft::new().header("jwk", Value::Null).code(),
        "dpop_no_key"
    );
}

#[test]
fn rejects_a_private_or_symmetric_key_in_the_header() {
    for name in ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] {
        let mut draft = Draft::new();
        draft.header["jwk"][name] = "AA".into();
        assert_eq!(draft.code(), "dpop_private_key", "{name}");
    }
    let oct = json!({"kty": "oct", "k": "c2VjcmV0"});
    assert_eq!(Draft::new().header("jwk", oct).code(), "dpop_private_key");
}

#[test]
fn rejects_a_key_that_cannot_be_used_for_the_algorithm() {
    let other = SigningKey::generate(Algorithm::EdDSA).unwrap();
    let okp = other.public_jwk().unwrap().to_value();
    assert_eq!(Draft::new().header("jwk", okp).code(), "dpop_key");
    assert_eq!(Draft::new().header("jwk", "text").code(), "dpop_key");
    let mut draft = Draft::new();
    draft.header["jwk"]["use"] = "enc".into();
    assert_eq!(draft.code(), "dpop_key");
}

#[test]
fn rejects_a_proof_that_the_key_in_it_did_not_sign() {
    let other = SigningKey::generate(Algorithm::ES256).unwrap();
    let jwk = other.public_jwk().unwrap().to_value();
    assert_eq!(Draft::new().header("jwk", jwk).code(), "dpop_signature");
}

#[test]
fn rejects_a_proof_that_lacks_a_claim() {
    for claim in ["jti", "htm", "htu", "iat"] {
        let error = Draft::new().without(claim).read().unwrap_err();
        assert_eq!(error, ProofError::MissingClaim(claim));
    }
    for claim in ["jti", "htm", "htu"] {
        let error = Draft::new().claim(claim, "").read().unwrap_err();
        assert_eq!(error, ProofError::MissingClaim(claim));
    }
}

#[test]
fn rejects_claims_of_the_wrong_kind_and_a_long_jti() {
    for (claim, code) in [
        ("jti", "dpop_malformed"),
        ("iat", "dpop_malformed"),
        ("htm", "dpop_claim"),
        ("htu", "dpop_claim"),
        ("ath", "dpop_claim"),
        ("nonce", "dpop_claim"),
    ] {
        let draft = Draft::new().claim(claim, json!(["GET"]));
        assert_eq!(draft.code(), code, "{claim}");
    }
    let longest = "j".repeat(MAX_JTI_BYTES);
    assert!(Draft::new().claim("jti", longest.as_str()).read().is_ok());
    assert_eq!(
        Draft::new().claim("jti", longest + "j").code(),
        "dpop_claim"
    );
}

#[test]
fn rejects_another_method_and_compares_it_with_case() {
    let target = TargetUri::parse(URL).unwrap();
    let proof = Draft::new().read().unwrap();
    for method in ["POST", "get", "", "GET "] {
        assert_eq!(
            proof.check_request(method, &target),
            Err(ProofError::Method),
            "{method}"
        );
    }
}

#[test]
fn rejects_another_address() {
    let proof = Draft::new().read().unwrap();
    for url in [
        "http://api.example.com/things",
        "https://api.example.com:444/things",
        "https://api.example.com/things/",
        "https://api.example.com/Things",
        "https://api.example.com/",
        "https://api.example.com.evil.example/things",
        "https://api.example.com./things",
    ] {
        let target = TargetUri::parse(url).unwrap();
        assert_eq!(
            proof.check_request("GET", &target),
            Err(ProofError::Target),
            "{url}"
        );
    }
}

#[test]
fn rejects_a_proof_for_another_token() {
    let proof = Draft::new().read().unwrap();
    assert_eq!(proof.check_token("another"), Err(ProofError::TokenHash));
    let proof = Draft::new().without("ath").read().unwrap();
    assert_eq!(
        proof.check_token(ACCESS_TOKEN),
        Err(ProofError::MissingClaim("ath"))
    );
}

#[test]
fn rejects_a_proof_outside_its_window_and_accepts_both_ends() {
    let proof = Draft::new().read().unwrap();
    let second = Duration::from_secs(1);
    let made = SystemTime::UNIX_EPOCH + Duration::from_secs(IAT);
    let at = |now| proof.check_time(now, 60 * second, 30 * second);
    assert_eq!(at(made + 60 * second), Ok(()));
    assert_eq!(at(made + 61 * second), Err(ProofError::TooOld));
    assert_eq!(at(made - 30 * second), Ok(()));
    assert_eq!(at(made - 31 * second), Err(ProofError::Future));
}

#[test]
fn addresses_compare_by_their_normal_form() {
    for (written, normal) in [
        ("HTTPS://API.example.COM", "https://api.example.com/"),
        ("https://a.example:443/x", "https://a.example/x"),
        ("http://a.example:80", "http://a.example/"),
        ("http://a.example:443/", "http://a.example:443/"),
        ("https://a.example:0443/", "https://a.example/"),
        ("https://a.example:/", "https://a.example/"),
        ("https://a.example/%7euser/%41", "https://a.example/~user/A"),
        (
            "https://a.example/a%2fb%c3%a9",
            "https://a.example/a%2Fb%C3%A9",
        ),
        ("https://a.example/a/./b/../c", "https://a.example/a/c"),
        ("https://a.example/a/%2e%2E/c", "https://a.example/c"),
        ("https://a.example/../../c/..", "https://a.example/"),
        ("https://a.example/a//b/", "https://a.example/a//b/"),
        ("https://a.example?x=/y", "https://a.example/"),
        ("https://a.example/x?y#z", "https://a.example/x"),
        ("https://a.example/x#?y", "https://a.example/x"),
        ("http://[2001:DB8::1]:8080/x", "http://[2001:db8::1]:8080/x"),
    ] {
        assert_eq!(
            TargetUri::parse(written).unwrap().as_str(),
            normal,
            "{written}"
        );
    }
}

#[test]
fn refuses_what_is_no_address_of_a_request() {
    for bad in [
        "",
        "/things",
        "api.example.com/things",
        "ftp://a.example/",
        "https:/a.example",
        "https://",
        "https:///x",
        "https://user@a.example/",
        "https://u:p@a.example/",
        "https://a.example:x/",
        "https://a.example:123456/",
        "https://a.example/%zz",
        "https://a.example/%4",
        "https://a%2eexample/",
        "https://a.example\\@b.example/",
        "https://a.example/ x",
        "https://a.example/\tx",
        "https://ä.example/",
        "https://[::1/",
        "https://[::1]x/",
        "https://::1/",
        "https://[evil.example]/",
        " https://a.example/",
    ] {
        assert_eq!(
            TargetUri::parse(bad),
            Err(ProofError::Claim("htu")),
            "{bad}"
        );
    }
    let long = format!("https://a.example/{}", "x".repeat(5000));
    assert!(TargetUri::parse(&long).is_err());
}

proptest! {
    #[test]
    fn the_normal_form_is_its_own_normal_form(text in "(http|HTTPS)://[a-zA-Z0-9.]{1,8}(:[0-9]{1,4})?(/[a-z.%~]{0,2}(%[0-9a-fA-F]{2})?\\.{0,2}){0,6}[?#]?") {
        if let Ok(target) = TargetUri::parse(&text) {
            prop_assert_eq!(TargetUri::parse(target.as_str()).unwrap(), target);
        }
    }

    /// Scheme, host, port, escapes of unreserved characters and dot segments may be written in many ways.
    #[test]
    fn spellings_of_one_address_are_one(
        path in "(/[a-z0-9~_-]{1,5}){0,4}",
        upper: bool, port: bool, escape: bool, dots: bool,
        query in "(\\?[a-z=&/]{0,5})?(#[a-z]{0,3})?",
    ) {
        let plain = TargetUri::parse(&format!("https://api.example.com{path}")).unwrap();
        let origin = if upper { "HTTPS://API.Example.com" } else { "https://api.example.com" };
        let port = if port { ":443" } else { "" };
        let mut written = path.clone();
        if escape {
            let escaped = |c: char| if c == '/' { "/".to_owned() } else { format!("%{:02x}", c as u32) };
            written = path.chars().map(escaped).collect();
        }
        if dots && !path.is_empty() {
            written = format!("/gone/../.{written}");
        }
        let spelled = TargetUri::parse(&format!("{origin}{port}{written}{query}")).unwrap();
        prop_assert_eq!(spelled, plain);
    }

    /// Different addresses stay different: no byte that means something is lost.
    #[test]
    fn another_reserved_character_is_another_address(
        (one, other) in ("[!$&'()*+,;=:@/]", "[!$&'()*+,;=:@/]"),
    ) {
        let target = |c: &str| TargetUri::parse(&format!("https://a.example/x{c}y")).unwrap();
        prop_assert_eq!(target(&one) == target(&other), one == other);
        let escaped = format!("%{:02X}", one.as_bytes()[0]);
        prop_assert_ne!(target(&escaped), target(&one));
    }

    #[test]
    fn any_text_is_read_or_refused_without_a_panic(text in ".{0,60}", tail in "[a-z0-9:/@%.\\[\\]?#-]{0,40}") {
        let _read = TargetUri::parse(&text).is_ok();
        let _read = TargetUri::parse(&format!("https://{tail}")).is_ok();
        let _read = Proof::read(&text, &Algorithm::ALL).is_ok();
    }
}
