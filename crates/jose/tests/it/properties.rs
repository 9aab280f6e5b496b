//! Rules that hold for any input.

use keyfob_jose::json::{self, Limits};
use keyfob_jose::{Claims, CompactJws, Jwk, JwkSet};
use proptest::prelude::*;
use serde_json::{Map, Value};

const TOKEN: &str = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.\
    hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<i32>().prop_map(|n| Value::from(f64::from(n) / 4.0)),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map(any::<String>(), inner, 0..5)
                .prop_map(|map| Value::Object(map.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

/// Writes one member twice, `depth` arrays deep.
fn doubled(name: &str, value: &Value, depth: usize) -> String {
    let name = Value::from(name);
    format!(
        "{}{{{name}:{value},{name}:{value}}}{}",
        "[".repeat(depth),
        "]".repeat(depth)
    )
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn strict_json_reads_what_serde_json_writes(value in value()) {
        let text = value.to_string();
        prop_assert_eq!(json::parse(text.as_bytes(), Limits::TOKEN).unwrap(), value);
    }

    #[test]
    fn strict_json_accepts_no_more_than_serde_json(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        if let Ok(value) = json::parse(&bytes, Limits::TOKEN) {
            prop_assert_eq!(serde_json::from_slice::<Value>(&bytes).unwrap(), value);
        }
    }

    #[test]
    fn strict_json_refuses_doubled_members(name: String, value in value(), depth in 0_usize..8) {
        let text = doubled(&name, &value, depth);
        prop_assert!(serde_json::from_str::<Value>(&text).is_ok());
        let refused = json::parse(text.as_bytes(), Limits::TOKEN).unwrap_err();
        prop_assert_eq!(refused.code(), "duplicate_member");
    }

    #[test]
    fn claims_refuse_doubled_members_of_any_name(value in value(), index in 0_usize..9) {
        let name = ["iss", "sub", "aud", "exp", "nbf", "iat", "jti", "other", ""][index];
        let refused = Claims::parse(doubled(name, &value, 0).as_bytes()).unwrap_err();
        prop_assert_eq!(refused.code(), "duplicate_member");
    }

    #[test]
    fn any_text_is_parsed_or_refused(text in "[a-zA-Z0-9_.=-]{0,80}", bytes: Vec<u8>) {
        drop(CompactJws::parse(&text));
        drop(JwkSet::parse(&bytes));
        drop(Claims::parse(&bytes));
        drop(keyfob_jose::SigningKey::from_pem(&bytes, None, None));
    }

    #[test]
    fn a_token_with_one_other_character_never_verifies(at in 0..TOKEN.len(), to in "[ -~]") {
        let key = serde_json::json!({"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"});
        let key = Jwk::from_value(&key).unwrap();
        let changed = format!("{}{to}{}", &TOKEN[..at], &TOKEN[at + 1..]);
        let verified = CompactJws::parse(&changed).is_ok_and(|jws| jws.verify(key.key()).is_ok());
        prop_assert_eq!(verified, changed == TOKEN);
    }
}
