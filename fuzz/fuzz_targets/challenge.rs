//! `WWW-Authenticate`, as any server may send it, and as ours writes it. Input: one header value per line.
#![no_main]

use http::header::WWW_AUTHENTICATE;
use http::{HeaderMap, HeaderValue};
use keyfob_protocol::challenge::{BearerChallenge, Challenge};
use keyfob_verify::{Challenge as Answer, Rejection};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let headers = headers(input.split(|byte| *byte == b'\n'));
    let read = Challenge::read_all(&headers);
    assert!(read.len() <= 16 && read.iter().all(|one| one.parameters.len() <= 32));
    for one in &read {
        let value = render(one);
        // What needs escapes may outgrow the limit.
        if value.len() <= 8 * 1024 {
            let again = Challenge::read_all(&self::headers([value.as_bytes()].into_iter()));
            assert_eq!(again, std::slice::from_ref(one));
        }
    }
    if let Some(bearer) = BearerChallenge::read(&headers) {
        let texts = [
            bearer.realm,
            bearer.scope,
            bearer.error,
            bearer.error_description,
            bearer.error_uri,
        ];
        for text in texts.into_iter().flatten() {
            assert!(!text.chars().any(char::is_control), "{text:?}");
        }
    }
    if let Ok(text) = std::str::from_utf8(input) {
        check_answer(text);
    }
});

/// Whatever a service is configured with, its answer is one challenge that says just that.
fn check_answer(text: &str) {
    let scope = Rejection::Expired {
        ago: std::time::Duration::from_secs(1),
    };
    for answer in [Answer::no_token(), scope.challenge()] {
        let answer = answer
            .with_realm(text)
            .with_scope(text)
            .with_resource_metadata(text);
        let values: Vec<HeaderValue> = answer.header_values().collect();
        let read = Challenge::read_all(&headers(values.iter().map(HeaderValue::as_bytes)));
        if values.iter().any(|value| value.len() > 8 * 1024) {
            continue;
        }
        assert_eq!(read.len(), 1, "{values:?}");
        let realm = read[0].parameters.iter().find(|(name, _)| name == "realm");
        let written = |c: char| if matches!(c, ' '..='~') { c } else { '?' };
        let expected: String = text.chars().map(written).collect();
        assert_eq!(realm.map(|(_, realm)| realm), Some(&expected));
        let known = [
            "realm",
            "error",
            "error_description",
            "scope",
            "resource_metadata",
        ];
        for (name, _) in &read[0].parameters {
            assert!(known.contains(&name.as_str()), "{name}");
        }
    }
}

fn headers<'a>(values: impl Iterator<Item = &'a [u8]>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for value in values
        .filter_map(|value| HeaderValue::from_bytes(value).ok())
        .take(20)
    {
        headers.append(WWW_AUTHENTICATE, value);
    }
    headers
}

/// Writes a challenge with every value quoted (RFC 9110 §5.6.4).
fn render(challenge: &Challenge) -> String {
    let quoted = challenge.parameters.iter().map(|(name, value)| {
        let value = value.replace('\\', r"\\").replace('"', "\\\"");
        format!("{name}=\"{value}\"")
    });
    let parameters: Vec<_> = quoted.collect();
    format!("{} {}", challenge.scheme, parameters.join(", "))
}
