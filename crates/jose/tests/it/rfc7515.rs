//! The examples of RFC 7515, appendix A: key, token and payload as printed there.

use keyfob_jose::{CompactJws, HeaderFields, JoseError, Jwk, SigningKey, base64url, jws};
use serde_json::{Value, json};

const PAYLOAD: &[u8] =
    b"{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}";

const PAYLOAD_TEXT: &str = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";

const A1_KEY: &str =
    "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";
const A1_SIGNATURE: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

const A2_SIGNATURE: &str = "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7\
    AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4\
    BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K\
    0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqv\
    hJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrB\
    p0igcN_IoypGlUPQGe77Rw";

const A3_SIGNATURE: &str =
    "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";

const A4_SIGNATURE: &str = "AdwMgeerwtHoh-l192l60hp9wAHZFVJbLfD_UxMi70cwnZOYaRI1bKPWROc-mZZq\
    wqT2SI-KGDKB34XO0aw_7XdtAG8GaSwFKdCAPZgoXD2YBJZCPEX3xKpRwcdOO8Kp\
    EHwJjyqOgzDO7iKvU8vcnwNrmxYbSW9ERBXukOXolLzeO_Jn";

fn a2_key() -> Value {
    json!({
        "kty": "RSA",
        "n": "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddx\
              HmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMs\
              D1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSH\
              SXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdV\
              MTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8\
              NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ",
        "e": "AQAB",
        "d": "Eq5xpGnNCivDflJsRQBXHx1hdR1k6Ulwe2JZD50LpXyWPEAeP88vLNO97IjlA7_GQ5sLKMgvfTeXZx9SE-7YwVol2NXOoAJe46\
              sui395IW_GO-pWJ1O0BkTGoVEn2bKVRUCgu-GjBVaYLU6f3l9kJfFNS3E0QbVdxzubSu3Mkqzjkn439X0M_V51gfpRLI9JYanrC4\
              D4qAdGcopV_0ZHHzQlBjudU2QvXt4ehNYTCBr6XCLQUShb1juUO1ZdiYoFaFQT5Tw8bGUl_x_jTj3ccPDVZFD9pIuhLhBOneufuB\
              iB4cS98l2SR_RQyGWSeWjnczT0QU91p1DhOVRuOopznQ",
        "p": "4BzEEOtIpmVdVEZNCqS7baC4crd0pqnRH_5IB3jw3bcxGn6QLvnEtfdUdiYrqBdss1l58BQ3KhooKeQTa9AB0Hw_Py5PJdTJNP\
              Y8cQn7ouZ2KKDcmnPGBY5t7yLc1QlQ5xHdwW1VhvKn-nXqhJTBgIPgtldC-KDV5z-y2XDwGUc",
        "q": "uQPEfgmVtjL0Uyyx88GZFF1fOunH3-7cepKmtH4pxhtCoHqpWmT8YAmZxaewHgHAjLYsp1ZSe7zFYHj7C6ul7TjeLQeZD_YwD6\
              6t62wDmpe_HlB-TnBA-njbglfIsRLtXlnDzQkv5dTltRJ11BKBBypeeF6689rjcJIDEz9RWdc",
        "dp": "BwKfV3Akq5_MFZDFZCnW-wzl-CCo83WoZvnLQwCTeDv8uzluRSnm71I3QCLdhrqE2e9YkxvuxdBfpT_PI7Yz-FOKnu1R6HsJe\
               DCjn12Sk3vmAktV2zb34MCdy7cpdTh_YVr7tss2u6vneTwrA86rZtu5Mbr1C1XsmvkxHQAdYo0",
        "dq": "h_96-mK1R_7glhsum81dZxjTnYynPbZpHziZjeeHcXYsXaaMwkOlODsWa7I9xXDoRwbKgB719rrmI2oKr6N3Do9U0ajaHF-NK\
               JnwgjMd2w9cjz3_-kyNlxAr2v4IKhGNpmM5iIgOS1VZnOZ68m6_pbLBSp3nssTdlqvd0tIiTHU",
        "qi": "IYd7DHOhrWvxkwPQsRM2tOgrjbcrfvtQJipd-DlcxyVuuM9sQLdgjVk2oy26F0EmpScGLq2MowX7fhd_QJQ3ydy5cY7YIBi87\
               w93IKLEdfnbJtoOPLUW0ITrJReOgo1cq9SbsxYawBgfp_gh6A5603k2-ZQwVK0JKSHuLFkuQ3U"
    })
}

fn a3_key() -> Value {
    json!({
        "kty": "EC",
        "crv": "P-256",
        "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
        "d": "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"
    })
}

fn a4_key() -> Value {
    json!({
        "kty": "EC",
        "crv": "P-521",
        "x": "AekpBQ8ST8a8VcfVOTNl353vSrDCLLJXmPk06wTjxrrjcBpXp5EOnYG_NjFZ6OvLFV1jSfS9tsz4qUxcWceqwQGk",
        "y": "ADSmRA43Z1DSNx_RvcLI87cdL07l6jQyyBXMoxVg_l2Th-x3S1WDhjDly79ajL4Kkd0AZMaZmh9ubmf63e3kyMj2",
        "d": "AY5pb7A0UFiB3RELSD64fTLOSV_jazdF7fLYyuTw8lOfRhWg6Y6rUrPAxerEzgdRhajnu0ferB0d53vM9mE15j2C"
    })
}

#[test]
fn a1_hs256_verifies_and_its_claims_read() {
    let key =
        SigningKey::from_jwk(&json!({"kty": "oct", "k": A1_KEY, "alg": "HS256"}), None).unwrap();
    let token = format!("eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.{PAYLOAD_TEXT}.{A1_SIGNATURE}");
    let jws = CompactJws::parse(&token).unwrap();
    assert_eq!(jws.header().typ.as_deref(), Some("JWT"));
    let payload = jws.verify(&key.verifying_key().unwrap()).unwrap();
    assert_eq!(payload.as_bytes(), PAYLOAD);
    let claims = payload.claims().unwrap();
    assert_eq!(claims.iss.as_deref(), Some("joe"));
    assert_eq!(claims.exp.unwrap().as_secs(), 1_300_819_380);
    assert_eq!(
        claims.get("http://example.com/is_root"),
        Some(&Value::Bool(true))
    );
}

#[test]
fn a2_rs256_verifies_and_signing_gives_the_same_token() {
    let token = format!("eyJhbGciOiJSUzI1NiJ9.{PAYLOAD_TEXT}.{A2_SIGNATURE}");
    verifies(&a2_key(), &token, PAYLOAD);
    let key = SigningKey::from_jwk(&a2_key(), None).unwrap();
    assert_eq!(
        jws::sign(&key, &HeaderFields::default(), PAYLOAD).unwrap(),
        token
    );
}

#[test]
fn a3_es256_verifies_and_its_private_key_signs() {
    verifies(
        &a3_key(),
        &format!("eyJhbGciOiJFUzI1NiJ9.{PAYLOAD_TEXT}.{A3_SIGNATURE}"),
        PAYLOAD,
    );
    signs(&a3_key());
}

#[test]
fn a4_es512_verifies_and_its_private_key_signs() {
    verifies(
        &a4_key(),
        &format!("eyJhbGciOiJFUzUxMiJ9.UGF5bG9hZA.{A4_SIGNATURE}"),
        b"Payload",
    );
    signs(&a4_key());
}

#[test]
fn a5_unsecured_token_is_refused() {
    let refused = CompactJws::parse(&format!("eyJhbGciOiJub25lIn0.{PAYLOAD_TEXT}.")).unwrap_err();
    assert_eq!(refused, JoseError::UnsupportedAlgorithm("none".to_owned()));
}

fn verifies(jwk: &Value, token: &str, payload: &[u8]) {
    let jwk = Jwk::from_value(jwk).unwrap();
    assert_eq!(
        CompactJws::parse(token)
            .unwrap()
            .verify(jwk.key())
            .unwrap()
            .as_bytes(),
        payload
    );
    for part in 0..3 {
        let mut parts: Vec<String> = token.split('.').map(str::to_owned).collect();
        let mut bytes = base64url::decode(&parts[part]).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        parts[part] = base64url::encode(bytes);
        let changed = parts.join(".");
        assert!(
            CompactJws::parse(&changed)
                .and_then(|jws| jws.verify(jwk.key()).map(drop))
                .is_err(),
            "part {part}"
        );
    }
}

fn signs(jwk: &Value) {
    let token = jws::sign(
        &SigningKey::from_jwk(jwk, None).unwrap(),
        &HeaderFields::default(),
        PAYLOAD,
    )
    .unwrap();
    verifies(jwk, &token, PAYLOAD);
}
