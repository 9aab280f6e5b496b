//! A token's protected header. Input: its JSON.
#![no_main]

use keyfob_fuzz::{assert_quotes_nothing, plant, same_json};
use keyfob_jose::{CompactJws, Header, HeaderMemo, base64url};
use libfuzzer_sys::fuzz_target;
use serde_json::{Map, Value};

fuzz_target!(|input: &[u8]| {
    let input = &plant(input)[..];
    let token = format!("{}.e30.AAAA", base64url::encode(input));
    match CompactJws::parse(&token) {
        Ok(jws) => {
            let mut lenient: Value =
                serde_json::from_slice(input).expect("an accepted header is JSON");
            if lenient["alg"] == "Ed25519" {
                // RFC 9864 §2.2 gave the one algorithm a second name.
                lenient["alg"] = "EdDSA".into();
            }
            let rendered = render(jws.header());
            assert!(
                same_json(&rendered, &lenient),
                "{rendered} is not {lenient}"
            );
            let again = format!("{}.e30.AAAA", base64url::encode(rendered.to_string()));
            let again = CompactJws::parse(&again).expect("what is written can be read");
            assert!(same_json(&render(again.header()), &rendered));
            remembers(&token, &jws);
        }
        Err(error) => assert_quotes_nothing(&error),
    }
});

/// A memo answers as the header itself does, and only for that very header.
fn remembers(token: &str, jws: &CompactJws<'_>) {
    let memo = HeaderMemo::default();
    memo.remember(jws);
    let recalled = CompactJws::parse_with(token, &memo).expect("it was readable before");
    assert_eq!(recalled.header(), jws.header());
    let other = "eyJhbGciOiJFUzI1NiJ9.e30.AAAA";
    let read = CompactJws::parse_with(other, &memo).expect("another header is read as ever");
    assert_eq!(read.header(), CompactJws::parse(other).unwrap().header());
}

fn render(header: &Header) -> Value {
    let mut members: Map<String, Value> = header.extra.clone();
    let texts = [
        ("alg", Some(header.alg.as_str())),
        ("kid", header.kid.as_deref()),
        ("typ", header.typ.as_deref()),
        ("cty", header.cty.as_deref()),
    ];
    for (name, text) in texts {
        if let Some(text) = text {
            members.insert(name.to_owned(), text.into());
        }
    }
    Value::Object(members)
}
