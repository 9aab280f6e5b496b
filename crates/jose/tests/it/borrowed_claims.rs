//! The two readers of claims, the one in place and the one that makes values: they agree on every payload.

use std::fmt::Write as _;

use keyfob_jose::Claims;
use keyfob_jose::jwt::{ClaimsReader, ClaimsRef, KnownClaim};
use proptest::prelude::*;
use serde_json::Value;

const KNOWN: [(&str, KnownClaim); 13] = [
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
    ("events", KnownClaim::Events),
];

/// Reads with both, the one with buffers that were used before, and compares all that they say.
fn agree(payload: &[u8]) -> Result<(), TestCaseError> {
    let mut reader = ClaimsReader::default();
    reader
        .read(br#"{"iss":"before","aud":["\u0061"],"scope":["b"],"acr":"2","x":{"y":1}}"#)
        .unwrap();
    let shown = String::from_utf8_lossy(payload);
    let ours = match (reader.read(payload), Claims::parse(payload)) {
        (Ok(ours), Ok(theirs)) => return same(ours, &theirs, &shown),
        (Ok(_), Err(error)) => Ok(error),
        (Err(error), Ok(_)) => Err(error),
        (Err(ours), Err(theirs)) => {
            prop_assert_eq!(ours, theirs, "{}", shown);
            prop_assert!(reader.claims().iss().is_none());
            return Ok(());
        }
    };
    Err(TestCaseError::fail(format!(
        "accepted by one only: {ours:?} {shown}"
    )))
}

fn same(ours: ClaimsRef<'_>, theirs: &Claims, shown: &str) -> Result<(), TestCaseError> {
    let owned = ours.to_owned();
    for ours in [ours, owned.borrowed()] {
        prop_assert_eq!(ours.iss(), theirs.iss.as_deref(), "{}", shown);
        prop_assert_eq!(ours.sub(), theirs.sub.as_deref(), "{}", shown);
        prop_assert_eq!(ours.jti(), theirs.jti.as_deref(), "{}", shown);
        let dates = (theirs.exp, theirs.nbf, theirs.iat);
        prop_assert_eq!((ours.exp(), ours.nbf(), ours.iat()), dates, "{}", shown);
        prop_assert_eq!(ours.has_aud(), theirs.aud.is_some(), "{}", shown);
        let audiences = theirs.aud.as_ref().map_or(&[][..], |aud| aud.as_slice());
        prop_assert_eq!(ours.audiences().collect::<Vec<_>>(), audiences, "{}", shown);
        for (name, claim) in KNOWN {
            let value = theirs.get(name);
            prop_assert_eq!(ours.has(claim), value.is_some(), "{}", shown);
            prop_assert_eq!(ours.text(claim), value.and_then(Value::as_str), "{}", shown);
            let words: Vec<&str> = match value {
                Some(Value::String(words)) => words.split_ascii_whitespace().collect(),
                Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).collect(),
                _ => Vec::new(),
            };
            prop_assert_eq!(ours.words(claim).collect::<Vec<_>>(), words, "{}", shown);
            // A date is whatever the other reader would take for `exp`.
            let date = value.and_then(|value| {
                let json = format!(r#"{{"exp":{value}}}"#);
                Claims::parse(json.as_bytes()).ok()?.exp
            });
            prop_assert_eq!(ours.date(claim), date, "{}", shown);
        }
        for (name, value) in theirs.to_value().as_object().unwrap() {
            if !["exp", "nbf", "iat"].contains(&name.as_str()) {
                let got = ours.get(name);
                prop_assert_eq!(got.as_ref(), Some(value), "{}", shown);
            }
        }
        prop_assert_eq!(ours.get("\u{1}absent"), None);
        prop_assert_eq!(&ours.parse().unwrap(), theirs, "{}", shown);
    }
    Ok(())
}

/// A text in quotes, some of its characters escaped in one way or the other.
fn quoted(text: &str, seed: u64) -> String {
    let mut json = String::from('"');
    for (index, char) in text.chars().enumerate() {
        let turn = seed.rotate_left(u32::try_from(index * 7 % 64).unwrap()) % 8;
        let mut units = [0; 2];
        match char {
            '"' | '\\' => json.extend(['\\', char]),
            '/' if turn == 1 => json.push_str("\\/"),
            '\n' if turn < 4 => json.push_str("\\n"),
            '\t' if turn < 4 => json.push_str("\\t"),
            '\u{8}' if turn < 4 => json.push_str("\\b"),
            '\u{c}' if turn < 4 => json.push_str("\\f"),
            '\r' if turn < 4 => json.push_str("\\r"),
            _ if turn == 0 || char < ' ' => {
                for unit in char.encode_utf16(&mut units) {
                    write!(json, "\\u{unit:04x}").unwrap();
                }
            }
            _ if turn == 2 => {
                for unit in char.encode_utf16(&mut units) {
                    write!(json, "\\u{unit:04X}").unwrap();
                }
            }
            _ => json.push(char),
        }
    }
    json.push('"');
    json
}

fn text() -> impl Strategy<Value = String> {
    let text = prop_oneof![
        any::<String>(),
        "[ -~]{0,40}",
        "[a-z:/ ]{0,24}",
        "[\u{0}-\u{20}\"\\\\]{0,3}",
    ];
    (text, any::<u64>()).prop_map(|(text, seed)| quoted(&text, seed))
}

fn name() -> impl Strategy<Value = String> {
    let registered = prop::sample::select(vec![
        "iss", "sub", "aud", "exp", "nbf", "iat", "jti", "aud", "exp", "a", "b", "",
    ]);
    let known = prop::sample::select(KNOWN.map(|(name, _)| name).to_vec());
    let seed = prop_oneof![Just(0x5555_5555_5555_5555_u64), any::<u64>()];
    let name = prop_oneof![
        registered.prop_map(str::to_owned),
        known.prop_map(str::to_owned),
        any::<String>(),
    ];
    (name, seed).prop_map(|(name, seed)| quoted(&name, seed))
}

fn number() -> impl Strategy<Value = String> {
    prop_oneof![
        (0..300_000_000_000_u64).prop_map(|number| number.to_string()),
        any::<i64>().prop_map(|number| number.to_string()),
        any::<f64>().prop_map(|number| Value::from(number).to_string()),
        "-?(0|[1-9][0-9]{0,25})(\\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?",
        "[-+.0-9eE]{1,6}",
    ]
}

fn spaced(space: u8, text: &str) -> String {
    let around = ["", "", "", "", " ", "\n\t", "\r", " \u{b}"];
    format!("{}{text}", around[usize::from(space) % around.len()])
}

fn object(members: &[(String, String, u8)]) -> String {
    let members: Vec<_> = members
        .iter()
        .map(|(name, value, space)| {
            let value = spaced(space / 8, value);
            format!("{}{}:{value}", spaced(*space, name), spaced(space / 64, ""))
        })
        .collect();
    format!("{{{}}}", members.join(","))
}

fn value() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        3 => text(),
        3 => number(),
        1 => prop::sample::select(vec!["null", "true", "false", "nul", "TRUE", "[]", "{}"]).prop_map(str::to_owned),
        2 => prop::collection::vec(text(), 0..4).prop_map(|items| format!("[{}]", items.join(","))),
        1 => (27..34_usize).prop_map(|deep| format!("{}{}", "[".repeat(deep), "]".repeat(deep))),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        let member = (name(), inner.clone(), any::<u8>());
        prop_oneof![
            prop::collection::vec(inner, 0..4).prop_map(|items| format!("[{}]", items.join(", "))),
            prop::collection::vec(member, 0..4).prop_map(|members| object(&members)),
        ]
    })
}

/// A member whose value is of the kind that its claim asks for, mostly.
fn member() -> impl Strategy<Value = (String, String, u8)> {
    let date = (
        prop::sample::select(vec![r#""exp""#, r#""nbf""#, r#""\u0069at""#]),
        number(),
    );
    let whom = prop::sample::select(vec![
        r#""iss""#,
        r#""sub""#,
        r#""jti""#,
        r#""aud""#,
        r#""scope""#,
    ]);
    let list =
        prop::collection::vec(text(), 0..4).prop_map(|items| format!("[{}]", items.join(" ,")));
    let audience = (
        prop::sample::select(vec![r#""aud""#, r#""sc\u0070""#, r#""scope""#]),
        list,
    );
    prop_oneof![
        date.prop_map(|(name, value)| (name.to_owned(), value)),
        (whom, text()).prop_map(|(name, value)| (name.to_owned(), value)),
        audience.prop_map(|(name, value)| (name.to_owned(), value)),
        (name(), value()),
    ]
    .prop_map(|(name, value)| (name, value, 0))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 1500, ..ProptestConfig::default() })]

    #[test]
    fn both_readers_agree_on_made_up_claims(members in prop::collection::vec(member(), 0..9)) {
        agree(object(&members).as_bytes())?;
    }

    #[test]
    fn both_readers_agree_on_claims_with_many_names(
        members in prop::collection::vec(("[a-d]{1,3}", "[0-9]"), 0..40),
        deep: bool,
    ) {
        let members: Vec<_> = members.into_iter().map(|(name, value)| (format!("\"{name}\""), value, 0)).collect();
        let object = object(&members);
        let payload = if deep { format!(r#"{{"x":[{object}],"iss":"i"}}"#) } else { object };
        agree(payload.as_bytes())?;
    }

    #[test]
    fn both_readers_agree_on_damaged_claims(
        members in prop::collection::vec(member(), 1..5),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..4_u8), 1..4),
    ) {
        let mut payload = object(&members).into_bytes();
        for (place, byte, kind) in changes {
            let at = place.index(payload.len().max(1));
            let specials = b"{}[]\",:\\u0e-. \n\x00\x1f\xc3\xff";
            let special = specials[usize::from(byte) % specials.len()];
            match kind {
                0 => drop(payload.get_mut(at).map(|place| *place = special)),
                1 => payload.insert(at, special),
                2 if at < payload.len() => drop(payload.remove(at)),
                _ => payload.truncate(at),
            }
        }
        agree(&payload)?;
    }

    #[test]
    fn both_readers_agree_on_any_bytes(bytes: Vec<u8>) {
        agree(&bytes)?;
    }
}

/// Payloads on which readers of JSON and of claims tend to differ.
const TRAPS: &[&str] = &[
    "",
    " ",
    "{",
    "}",
    "{}",
    " {} ",
    "{} {}",
    "{}x",
    "\u{feff}{}",
    "[]",
    "null",
    "1",
    r#""a""#,
    "{,}",
    r#"{"a"}"#,
    r#"{"a":}"#,
    r#"{"a":1,}"#,
    r#"{"a":1 "b":2}"#,
    "{a:1}",
    "{'a':1}",
    r#"{"a":1}}"#,
    r#"{"a":[1,]}"#,
    r#"{"a":[,1]}"#,
    r#"{"a":[1 2]}"#,
    r#"{"a":[}"#,
    r#"{"a":01}"#,
    r#"{"a":-}"#,
    r#"{"a":-0}"#,
    r#"{"a":+1}"#,
    r#"{"a":.5}"#,
    r#"{"a":5.}"#,
    r#"{"a":1e}"#,
    r#"{"a":1e+}"#,
    r#"{"a":1E5}"#,
    r#"{"a":1e400}"#,
    r#"{"a":-1e400}"#,
    r#"{"a":0e999}"#,
    r#"{"a":1e-999}"#,
    r#"{"a":NaN}"#,
    r#"{"a":Infinity}"#,
    r#"{"a":0x1}"#,
    r#"{"a":"\ud83d\ude00"}"#,
    r#"{"a":"\ud83d"}"#,
    r#"{"a":"\ude00"}"#,
    r#"{"a":"\ud83d\u0041"}"#,
    r#"{"a":"\ud83d\ud83d"}"#,
    r#"{"a":"\ud83dx"}"#,
    r#"{"a":"\u00"}"#,
    r#"{"a":"\u00g0"}"#,
    r#"{"a":"\x41"}"#,
    r#"{"a":"\u+041"}"#,
    r#"{"a":"\"#,
    r#"{"a":"\u"#,
    r#"{"a":"b"#,
    "{\"a\":\"\t\"}",
    "{\"a\":\"\u{7f}\"}",
    "{\"a\":\"\0\"}",
    "{\"a\n\":1}",
    r#"{"a":1,"\u0061":2}"#,
    r#"{"\u0061":1,"a":2}"#,
    r#"{"a":1,"a":tru}"#,
    r#"{"iss":"a","iss":"a"}"#,
    r#"{"iss":"a","\u0069ss":"b"}"#,
    r#"{"\u0069ss":"b"}"#,
    r#"{"iss":null}"#,
    r#"{"iss":"","sub":"\u0000"}"#,
    r#"{"x":{"b":1,"b":2}}"#,
    r#"{"x":[{"b":1,"c":{"d":1,"d":1}}]}"#,
    r#"{"x":{"b":1},"y":{"b":1}}"#,
    r#"{"":1,"":2}"#,
    r#"{"aud":[]}"#,
    r#"{"aud":[[]]}"#,
    r#"{"aud":["a",null]}"#,
    r#"{"aud":["\"","\\",":","3:abc","a]","[\"a"]}"#,
    r#"{"aud":["a","b\/c"]}"#,
    r#"{"aud":["a" , "b"]}"#,
    r#"{"aud":"a b","scope":"a b","scp":["a b"]}"#,
    r#"{"scope":["a",1,["b"],{"c":"d"},"e"]}"#,
    r#"{"scope":["a",{"c":"d","c":1}]}"#,
    r#"{"scope":[["\u0061"],"b"]}"#,
    r#"{"aud":{"a":"b"}}"#,
    r#"{"aud":1}"#,
    r#"{"exp":1.5}"#,
    r#"{"exp":1e3}"#,
    r#"{"exp":-1}"#,
    r#"{"exp":-0}"#,
    r#"{"exp":-0.0}"#,
    r#"{"exp":253402300799}"#,
    r#"{"exp":253402300800}"#,
    r#"{"exp":253402300799.9}"#,
    r#"{"exp":18446744073709551615}"#,
    r#"{"exp":18446744073709551616}"#,
    r#"{"exp":0000000001}"#,
    r#"{"exp":"1"}"#,
    r#"{"exp":null}"#,
    r#"{"exp":1e-5}"#,
    r#"{"exp":00}"#,
    r#"{"exp":1.0000000000000000000000000001}"#,
    r#"{"auth_time":1.5}"#,
    r#"{"auth_time":-1}"#,
    r#"{"auth_time":"1"}"#,
    r#"{"cnf":{"jkt":"x"}}"#,
    r#"{"cnf":{"jkt":"x","jkt":"y"}}"#,
    "{\"sub\":\"é😀\",\"\u{e9}\":1,\"e\u{301}\":2}",
    "\u{a0}{}",
    "{}\u{c}",
    "{\"a\":true,\"b\":truefalse}",
];

#[test]
fn both_readers_agree_on_traps() {
    let deep = |levels: usize| {
        let (open, close) = (r#"{"a":"#.repeat(levels), "}".repeat(levels));
        format!("{open}1{close}")
    };
    let mut payloads: Vec<Vec<u8>> = TRAPS.iter().map(|trap| trap.as_bytes().to_vec()).collect();
    payloads.extend([31, 32, 33, 127, 128, 129, 5000].map(|levels| deep(levels).into_bytes()));
    payloads.extend((30..34).map(|levels| {
        format!(
            r#"{{"scope":{}"a"{}}}"#,
            "[".repeat(levels),
            "]".repeat(levels)
        )
        .into_bytes()
    }));
    payloads.extend([
        b"{\"a\":\"\xff\"}".to_vec(),
        b"{\"a\xc3\":1}".to_vec(),
        b"\xef\xbb\xbf{}".to_vec(),
    ]);
    for size in [64 * 1024, 64 * 1024 + 1] {
        payloads.push(format!(r#"{{"a":"{}"}}"#, "x".repeat(size - 8)).into_bytes());
        payloads.push(format!(r#"{{"sub":"{}\n"}}"#, "x".repeat(size - 12)).into_bytes());
    }
    for payload in payloads {
        agree(&payload).unwrap();
    }
}

#[test]
fn a_payload_full_of_names_is_read_in_good_time() {
    let names: Vec<_> = (0..7000).map(|index| format!("\"{index:04}\":1")).collect();
    let payload = format!("{{{}}}", names.join(","));
    let doubled = format!("{{{},\"0000\":1}}", names.join(","));
    let began = std::time::Instant::now();
    let mut reader = ClaimsReader::default();
    assert!(reader.read(payload.as_bytes()).is_ok());
    assert_eq!(
        reader.read(doubled.as_bytes()).unwrap_err().code(),
        "duplicate_member"
    );
    // Comparing each name with each would take as many steps as there are pairs, 24 million.
    assert!(began.elapsed() < std::time::Duration::from_secs(5));
}
