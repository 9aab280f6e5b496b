//! The keys of RFC 7517, appendices A and B, and the thumbprint of RFC 7638 §3.1, which is of the same RSA key.

use keyfob_jose::{Algorithm, Jwk, JwkSet, SigningKey};
use serde_json::{Value, json};

const N: &str = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4\
    cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMst\
    n64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2Q\
    vzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbIS\
    D08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw\
    0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";

fn ec_public() -> Value {
    json!({
        "kty": "EC",
        "crv": "P-256",
        "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
        "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
        "use": "enc",
        "kid": "1"
    })
}

fn rsa_public() -> Value {
    json!({"kty": "RSA", "n": N, "e": "AQAB", "alg": "RS256", "kid": "2011-04-29"})
}

fn rsa_private() -> Value {
    let mut key = rsa_public();
    let private = json!({
        "d": "X4cTteJY_gn4FYPsXB8rdXix5vwsg1FLN5E3EaG6RJoVH-HLLKD9\
              M7dx5oo7GURknchnrRweUkC7hT5fJLM0WbFAKNLWY2vv7B6NqXSzUvxT0_YSfqij\
              wp3RTzlBaCxWp4doFk5N2o8Gy_nHNKroADIkJ46pRUohsXywbReAdYaMwFs9tv8d\
              _cPVY3i07a3t8MN6TNwm0dSawm9v47UiCl3Sk5ZiG7xojPLu4sbg1U2jx4IBTNBz\
              nbJSzFHK66jT8bgkuqsk0GjskDJk19Z4qwjwbsnn4j2WBii3RL-Us2lGVkY8fkFz\
              me1z0HbIkfz0Y6mqnOYtqc0X4jfcKoAC8Q",
        "p": "83i-7IvMGXoMXCskv73TKr8637FiO7Z27zv8oj6pbWUQyLPQBQxtPV\
              nwD20R-60eTDmD2ujnMt5PoqMrm8RfmNhVWDtjjMmCMjOpSXicFHj7XOuVIYQyqV\
              WlWEh6dN36GVZYk93N8Bc9vY41xy8B9RzzOGVQzXvNEvn7O0nVbfs",
        "q": "3dfOR9cuYq-0S-mkFLzgItgMEfFzB2q3hWehMuG0oCuqnb3vobLyum\
              qjVZQO1dIrdwgTnCdpYzBcOfW5r370AFXjiWft_NGEiovonizhKpo9VVS78TzFgx\
              kIdrecRezsZ-1kYd_s1qDbxtkDEgfAITAG9LUnADun4vIcb6yelxk",
        "dp": "G4sPXkc6Ya9y8oJW9_ILj4xuppu0lzi_H7VTkS8xj5SdX3coE0oim\
               YwxIi2emTAue0UOa5dpgFGyBJ4c8tQ2VF402XRugKDTP8akYhFo5tAA77Qe_Nmtu\
               YZc3C3m3I24G2GvR5sSDxUyAN2zq8Lfn9EUms6rY3Ob8YeiKkTiBj0",
        "dq": "s9lAH9fggBsoFR8Oac2R_E2gw282rT2kGOAhvIllETE1efrA6huUU\
               vMfBcMpn8lqeW6vzznYY5SSQF7pMdC_agI3nG8Ibp1BUb0JUiraRNqUfLhcQb_d9\
               GF4Dh7e74WbRsobRonujTYN1xCaP6TO61jvWrX-L18txXw494Q_cgk",
        "qi": "GyM_p6JrXySiz1toFgKbWV-JdI3jQ4ypu9rbMWx3rQJBfmt0FoYzg\
               UIZEVFEcOqwemRN81zoDAaa-Bk0KWNGDjJHZDdDmFhW3AN7lI-puxk_mHZGJ11rx\
               yR8O55XLSe3SPmRfKwZI6yU24ZxvQKFYItdldUKGzO6Ia6zTKhAVRU"
    });
    key.as_object_mut()
        .unwrap()
        .extend(private.as_object().unwrap().clone());
    key
}

fn parse(keys: &Value) -> JwkSet {
    JwkSet::parse(json!({ "keys": keys }).to_string().as_bytes()).unwrap()
}

#[test]
fn a1_public_set_keeps_the_signature_key_and_skips_the_encryption_key() {
    let set = parse(&json!([ec_public(), rsa_public()]));
    let [rsa] = set.keys() else { panic!("one key") };
    assert_eq!(
        (rsa.kid(), rsa.algorithm()),
        (Some("2011-04-29"), Some(Algorithm::RS256))
    );
    let [skipped] = set.skipped() else {
        panic!("one skipped")
    };
    assert_eq!((skipped.index, skipped.kid.as_deref()), (0, Some("1")));
    assert_eq!(skipped.reason.code(), "unsupported_key");
}

#[test]
fn a2_private_members_never_stay_in_a_public_set() {
    let set = parse(&json!([rsa_private()]));
    let published = set.to_value().to_string();
    assert!(published.contains(N));
    for name in ["d", "p", "q", "dp", "dq", "qi"] {
        let secret = rsa_private()[name].as_str().unwrap().to_owned();
        assert!(
            !published.contains(&secret) && !format!("{set:?}").contains(&secret),
            "{name}"
        );
    }
}

#[test]
fn a2_private_key_signs_for_its_public_half() {
    let key = SigningKey::from_jwk(&rsa_private(), None).unwrap();
    assert_eq!(
        (key.kid(), key.algorithm()),
        (Some("2011-04-29"), Algorithm::RS256)
    );
    let public = Jwk::from_value(&rsa_public()).unwrap();
    public
        .key()
        .verify(Algorithm::RS256, b"message", &key.sign(b"message").unwrap())
        .unwrap();
    assert_eq!(key.public_jwk().unwrap().thumbprint(), public.thumbprint());
}

#[test]
fn a2_encryption_key_does_not_sign() {
    let mut key = ec_public();
    key["d"] = "870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE".into();
    assert_eq!(
        SigningKey::from_jwk(&key, None).unwrap_err().code(),
        "unsupported_key"
    );
    key["use"] = "sig".into();
    assert_eq!(
        SigningKey::from_jwk(&key, None).unwrap().algorithm(),
        Algorithm::ES256
    );
}

#[test]
fn a3_symmetric_keys_are_skipped_in_public_sets_and_sign_where_they_may() {
    let wrap = json!({"kty": "oct", "alg": "A128KW", "k": "GawgguFyGrWKav7AX4VKUg"});
    let hmac = json!({
        "kty": "oct",
        "k": "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow",
        "kid": "HMAC key used in JWS spec Appendix A.1 example"
    });
    assert_eq!(parse(&json!([wrap, hmac])).skipped().len(), 2);
    assert_eq!(
        SigningKey::from_jwk(&wrap, None).unwrap_err().code(),
        "unsupported_algorithm"
    );
    assert_eq!(
        SigningKey::from_jwk(&hmac, None).unwrap_err().code(),
        "malformed_key"
    );
    assert!(SigningKey::from_jwk(&hmac, Some(Algorithm::HS512)).is_ok());
}

#[test]
fn b_certificate_chain_is_ignored_and_not_republished() {
    let key = json!({
        "kty": "RSA",
        "use": "sig",
        "kid": "1b94c",
        "n": "vrjOfz9Ccdgx5nQudyhdoR17V-IubWMeOZCwX_jj0hgAsz2J_pqYW08\
              PLbK_PdiVGKPrqzmDIsLI7sA25VEnHU1uCLNwBuUiCO11_-7dYbsr4iJmG0Q\
              u2j8DsVyT1azpJC_NG84Ty5KKthuCaPod7iI7w0LK9orSMhBEwwZDCxTWq4a\
              YWAchc8t-emd9qOvWtVMDC2BXksRngh6X5bUYLy6AyHKvj-nUy1wgzjYQDwH\
              MTplCoLtU-o-8SNnZ1tmRoGE9uJkBLdh5gFENabWnU5m1ZqZPdwS-qo-meMv\
              VfJb6jJVWRpl2SUtCnYG2C32qvbWbjZ_jBPD5eunqsIo1vQ",
        "e": "AQAB",
        "x5c": ["MIIDQjCCAiqgAwIBAgIGATz/FuLiMA0GCSqGSIb3DQEBBQUAMGIxCzAJB"]
    });
    let jwk = Jwk::from_value(&key).unwrap();
    assert_eq!(jwk.kid(), Some("1b94c"));
    assert!(jwk.to_value().get("x5c").is_none());
}

#[test]
fn rfc7638_thumbprint_is_the_printed_one_whatever_else_the_key_says() {
    let expected = "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs";
    assert_eq!(
        Jwk::from_value(&rsa_public()).unwrap().thumbprint(),
        expected
    );
    assert_eq!(
        Jwk::from_value(&json!({"kty": "RSA", "n": N, "e": "AQAB"}))
            .unwrap()
            .thumbprint(),
        expected
    );
}
