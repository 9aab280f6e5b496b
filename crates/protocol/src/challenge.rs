//! `WWW-Authenticate`: what a protected resource wants (RFC 9110 §11.6.1, RFC 6750 §3).

use http::HeaderMap;
use http::header::WWW_AUTHENTICATE;

use crate::text;

/// The most that is read of one header, in bytes.
const MAX_BYTES: usize = 8 * 1024;
/// The most challenges that are read of one answer.
const MAX_CHALLENGES: usize = 16;
/// The most parameters that are read of one challenge.
const MAX_PARAMETERS: usize = 32;

/// A challenge of any scheme.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    /// The scheme as written; compare it without case.
    pub scheme: String,
    /// The parameters, names in lower case, in order; of a repeated name only the first is kept.
    pub parameters: Vec<(String, String)>,
}

/// A `Bearer` challenge.
///
/// ```
/// use keyfob_protocol::challenge::BearerChallenge;
///
/// let mut headers = http::HeaderMap::new();
/// let value = r#"Bearer realm="example", error="invalid_token""#;
/// headers.insert("www-authenticate", value.parse().unwrap());
/// let challenge = BearerChallenge::read(&headers).unwrap();
/// assert_eq!(challenge.error.as_deref(), Some("invalid_token"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct BearerChallenge {
    /// The cleaned `realm`.
    pub realm: Option<String>,
    /// The cleaned `scope`: what the token would need.
    pub scope: Option<String>,
    /// The cleaned `error`: `invalid_request`, `invalid_token` or `insufficient_scope`; absent
    /// when no token was sent.
    pub error: Option<String>,
    /// The cleaned `error_description`.
    pub error_description: Option<String>,
    /// The cleaned `error_uri`.
    pub error_uri: Option<String>,
}

impl BearerChallenge {
    /// Reads the first `Bearer` challenge among the headers of an answer.
    pub fn read(headers: &HeaderMap) -> Option<Self> {
        let challenges = Challenge::read_all(headers);
        let bearer = challenges
            .iter()
            .find(|one| one.scheme.eq_ignore_ascii_case("bearer"))?;
        Some(Self {
            realm: bearer
                .parameter("realm")
                .map(|realm| text::clean(realm, 200)),
            scope: bearer
                .parameter("scope")
                .map(|scope| text::clean(scope, 1000)),
            error: bearer.parameter("error").map(text::error_code),
            error_description: bearer
                .parameter("error_description")
                .and_then(text::description),
            error_uri: bearer.parameter("error_uri").and_then(text::description),
        })
    }
}

impl Challenge {
    /// Reads every challenge of an answer; what cannot be read ends its header.
    pub fn read_all(headers: &HeaderMap) -> Vec<Self> {
        let values = headers.get_all(WWW_AUTHENTICATE).into_iter();
        let short = values.filter(|value| value.len() <= MAX_BYTES);
        let all = short.flat_map(|value| {
            let value = String::from_utf8_lossy(value.as_bytes());
            let mut scanner = Scanner { rest: &value };
            std::iter::from_fn(|| scanner.challenge())
                .take(MAX_CHALLENGES)
                .collect::<Vec<_>>()
        });
        all.take(MAX_CHALLENGES).collect()
    }

    /// A parameter that is there and not empty, by its name in lower case.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        let found = self.parameters.iter().find(|(known, _)| known == name);
        found
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }
}

/// Reads a header from left to right. A comma separates parameters as well as challenges, so only
/// the `=` behind a word tells the two apart.
struct Scanner<'a> {
    rest: &'a str,
}

impl Scanner<'_> {
    fn challenge(&mut self) -> Option<Challenge> {
        self.skip(|c| matches!(c, ' ' | '\t' | ','));
        let scheme = self.word()?;
        let mut parameters: Vec<(String, String)> = Vec::new();
        if self.rest.starts_with([' ', '\t']) && !self.token68() {
            while let Some((name, value)) = self.parameter() {
                let is_new = parameters.iter().all(|(known, _)| *known != name);
                if is_new && parameters.len() < MAX_PARAMETERS {
                    parameters.push((name, value));
                }
            }
        }
        Some(Challenge { scheme, parameters })
    }

    /// Skips a `token68`, such as the blob behind `Negotiate`.
    fn token68(&mut self) -> bool {
        let start = self.rest.trim_start_matches([' ', '\t']);
        let blob = start.trim_start_matches(|c: char| {
            c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '~' | '+' | '/')
        });
        let end = blob.trim_start_matches('=').trim_start_matches([' ', '\t']);
        let is_blob = blob.len() < start.len() && (end.is_empty() || end.starts_with(','));
        if is_blob {
            self.rest = end;
        }
        is_blob
    }

    /// Reads `name=value` or `name="value"`; leaves everything in place if there is none.
    fn parameter(&mut self) -> Option<(String, String)> {
        let before = self.rest;
        self.skip(|c| matches!(c, ' ' | '\t' | ','));
        let parameter = self.word().and_then(|name| {
            self.skip(|c| matches!(c, ' ' | '\t'));
            self.rest = self.rest.strip_prefix('=')?;
            self.skip(|c| matches!(c, ' ' | '\t'));
            let value = if self.rest.starts_with('"') {
                self.quoted()
            } else {
                self.word()
            };
            Some((name.to_ascii_lowercase(), value?))
        });
        if parameter.is_none() {
            self.rest = before;
        }
        parameter
    }

    fn quoted(&mut self) -> Option<String> {
        let mut value = String::new();
        let mut characters = self.rest.strip_prefix('"')?.chars();
        loop {
            match characters.next()? {
                '"' => break,
                '\\' => value.push(characters.next()?),
                other => value.push(other),
            }
        }
        self.rest = characters.as_str();
        Some(value)
    }

    /// Reads a `token` (RFC 9110 §5.6.2).
    fn word(&mut self) -> Option<String> {
        let rest = self.rest.trim_start_matches(is_token_char);
        let (word, rest) = self.rest.split_at(self.rest.len() - rest.len());
        self.rest = rest;
        (!word.is_empty()).then(|| word.to_owned())
    }

    fn skip(&mut self, skipped: impl Fn(char) -> bool) {
        self.rest = self.rest.trim_start_matches(skipped);
    }
}

const fn is_token_char(c: char) -> bool {
    c.is_ascii_alphanumeric()
        || matches!(
            c,
            '!' | '#'
                | '$'
                | '%'
                | '&'
                | '\''
                | '*'
                | '+'
                | '-'
                | '.'
                | '^'
                | '_'
                | '`'
                | '|'
                | '~'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(values: &[&str]) -> Vec<String> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(WWW_AUTHENTICATE, value.parse().unwrap());
        }
        let show = |one: Challenge| {
            let pairs = one
                .parameters
                .iter()
                .map(|(name, value)| format!("{name}={value}"));
            format!("{}({})", one.scheme, pairs.collect::<Vec<_>>().join("|"))
        };
        Challenge::read_all(&headers)
            .into_iter()
            .map(show)
            .collect()
    }

    #[test]
    fn reads_challenges_however_they_are_joined() {
        let table: &[(&[&str], &[&str])] = &[
            (&["Bearer"], &["Bearer()"]),
            (&["Bearer realm=\"example\""], &["Bearer(realm=example)"]),
            (
                &["bearer Realm = \"a, b\" ,error=invalid_token"],
                &["bearer(realm=a, b|error=invalid_token)"],
            ),
            (
                &["Basic realm=\"x\", Bearer error=\"e\""],
                &["Basic(realm=x)", "Bearer(error=e)"],
            ),
            (
                &["Negotiate, Bearer error=e"],
                &["Negotiate()", "Bearer(error=e)"],
            ),
            (
                &["Negotiate dG9r/ZW4+==, Bearer error=e"],
                &["Negotiate()", "Bearer(error=e)"],
            ),
            (
                &["Bearer a=1", "DPoP algs=\"ES256 PS256\""],
                &["Bearer(a=1)", "DPoP(algs=ES256 PS256)"],
            ),
            (
                &["Bearer a=\"say \\\"hi\\\" \\\\\""],
                &["Bearer(a=say \"hi\" \\)"],
            ),
            (
                &["Bearer error=first, error=second"],
                &["Bearer(error=first)"],
            ),
            (&[", ,Bearer ,, a=1,,"], &["Bearer(a=1)"]),
            (&["Bearer a=\"open"], &["Bearer()", "a()"]),
            (&["=broken"], &[]),
            (&[""], &[]),
        ];
        for (values, expected) in table {
            assert_eq!(all(values), *expected, "{values:?}");
        }
    }

    #[test]
    fn reads_rfc_6750_examples() {
        let mut headers = HeaderMap::new();
        let value = r#"Bearer realm="example", error="invalid_token", error_description="The access token expired""#;
        headers.insert(WWW_AUTHENTICATE, value.parse().unwrap());
        let challenge = BearerChallenge::read(&headers).unwrap();
        assert_eq!(challenge.realm.as_deref(), Some("example"));
        assert_eq!(challenge.error.as_deref(), Some("invalid_token"));
        assert_eq!(
            challenge.error_description.as_deref(),
            Some("The access token expired")
        );

        headers.insert(
            WWW_AUTHENTICATE,
            r#"Bearer realm="example""#.parse().unwrap(),
        );
        assert_eq!(BearerChallenge::read(&headers).unwrap().error, None);
        headers.insert(
            WWW_AUTHENTICATE,
            r#"Basic realm="example""#.parse().unwrap(),
        );
        assert_eq!(BearerChallenge::read(&headers), None);
    }

    #[test]
    fn caps_length_challenges_and_parameters() {
        assert_eq!(
            all(&[&format!("Bearer a={}", "x".repeat(MAX_BYTES))]),
            [""; 0]
        );
        assert_eq!(all(&[&"Bearer,".repeat(100)]).len(), MAX_CHALLENGES);
        let many: Vec<String> = (0..100).map(|n| format!("p{n}=1")).collect();
        assert_eq!(
            all(&[&format!("Bearer {}", many.join(","))])[0]
                .matches('|')
                .count(),
            31
        );
    }
}
