//! What a person pastes: the address that the browser ended at, or the bare code.

use std::fmt;

/// No redirect address is longer.
const MAX_LEN: usize = 16 * 1024;

/// A line that was pasted, taken apart but not yet judged.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Pasted {
    /// The query of a redirect address: `state` and `iss` can be checked.
    Query(String),
    /// A bare code. Weaker: it carries no `state`, so only PKCE binds it to this login.
    Code(String),
}

impl fmt::Debug for Pasted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Query(_) => "Query(..)",
            Self::Code(_) => "Code(..)",
        })
    }
}

/// What is wrong with a pasted line, in words for the person who pasted it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PasteProblem {
    /// Nothing was pasted.
    #[error("nothing was pasted")]
    Empty,
    /// The line is too long to be an answer.
    #[error("this is too long to be an address or a code")]
    TooLong,
    /// The address that starts the login, not the one at its end.
    #[error(
        "this is the address that starts the login; paste the one that the browser shows at the end"
    )]
    StartAddress,
    /// An address without `code` or `error`.
    #[error(
        "this address carries no code; paste the whole address that the browser shows at the end"
    )]
    NoCode,
    /// Not an address and not a code.
    #[error("this is neither an address nor a code: a code is one word without blanks")]
    NotACode,
    /// A bare code, where the whole address can be had.
    #[error(
        "this is one word, not an address; paste the whole address that the browser shows at the end"
    )]
    BareCode,
    /// An answer to another login.
    #[error(
        "this is the answer to another login; use the address shown above and paste its answer"
    )]
    OtherLogin,
    /// The answer fails another check.
    #[error("{0}")]
    Refused(String),
}

/// Takes a pasted line apart.
pub(crate) fn parse(line: &str) -> Result<Pasted, PasteProblem> {
    let line = strip(line);
    if line.is_empty() {
        return Err(PasteProblem::Empty);
    }
    if line.len() > MAX_LEN {
        return Err(PasteProblem::TooLong);
    }
    // A long address comes with the line breaks and blanks of the window it was copied from.
    let unwrapped: String = line.split_whitespace().collect();
    match query_of(&unwrapped) {
        Some(query) => answer(query),
        None if is_code(line) => Ok(Pasted::Code(line.to_owned())),
        None => Err(PasteProblem::NotACode),
    }
}

/// Drops what copying adds: blanks, quotes, angle brackets.
fn strip(line: &str) -> &str {
    let mut line = line.trim();
    for (open, close) in [('"', '"'), ('\'', '\''), ('`', '`'), ('<', '>')] {
        let inner = line
            .strip_prefix(open)
            .and_then(|line| line.strip_suffix(close));
        line = inner.map_or(line, str::trim);
    }
    line
}

/// The query of an address, or a query that was pasted alone.
fn query_of(line: &str) -> Option<&str> {
    let without_fragment = line.split('#').next().unwrap_or_default();
    if let Some((_, query)) = without_fragment.split_once('?') {
        return Some(query);
    }
    let has = |name: &str| names(without_fragment).any(|found| found == name);
    if line.contains("://") {
        // An address without a query has no code; one in the fragment was never asked for.
        return Some("");
    }
    let pairs = without_fragment.contains('=') && (has("code") || has("error"));
    pairs.then_some(without_fragment)
}

fn answer(query: &str) -> Result<Pasted, PasteProblem> {
    if query.chars().any(char::is_control) {
        return Err(PasteProblem::NotACode);
    }
    let has = |name: &str| names(query).any(|found| found == name);
    if has("code") || has("error") {
        Ok(Pasted::Query(query.to_owned()))
    } else if has("response_type") || has("code_challenge") || has("request_uri") {
        Err(PasteProblem::StartAddress)
    } else {
        Err(PasteProblem::NoCode)
    }
}

fn names(query: &str) -> impl Iterator<Item = &str> {
    query
        .split('&')
        .map(|pair| pair.split('=').next().unwrap_or_default())
}

/// RFC 6749 appendix A.11: visible ASCII; blanks are possible there but never seen.
fn is_code(line: &str) -> bool {
    line.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_redirect_address() {
        let query = |text: &str| Ok(Pasted::Query(text.to_owned()));
        let expected = query("code=abc&state=xyz");
        for line in [
            "http://127.0.0.1:8080/callback?code=abc&state=xyz",
            "  \"http://localhost/?code=abc&state=xyz\"\r\n",
            "<http://localhost/?code=abc&state=xyz>",
            "'https://app.example.com/cb?code=abc&state=xyz#'",
            "localhost:8080/callback?code=abc&state=xyz",
            "/callback?code=abc&state=xyz",
            "?code=abc&state=xyz",
            "code=abc&state=xyz",
            "`code=abc&state=xyz`",
            "http://localhost/?code=a  \n bc&st ate=xyz",
        ] {
            assert_eq!(parse(line), expected, "{line}");
        }
        assert_eq!(
            parse("http://localhost/?error=access_denied"),
            query("error=access_denied")
        );
    }

    #[test]
    fn reads_a_bare_code() {
        for code in ["abc", "4/0AX4XfWh-x_y", "M.C5=2.U.abc==", "\u{a0} abc "] {
            assert!(matches!(parse(code), Ok(Pasted::Code(_))), "{code}");
        }
        assert_eq!(parse(" 'abc' "), Ok(Pasted::Code("abc".to_owned())));
    }

    #[test]
    fn says_what_is_wrong() {
        use PasteProblem::{Empty, NoCode, NotACode, StartAddress, TooLong};
        let start =
            "https://id.example.com/authorize?response_type=code&client_id=a&code_challenge=b";
        for (line, problem) in [
            ("", Empty),
            (" \t\n", Empty),
            ("''", Empty),
            (start, StartAddress),
            ("https://id.example.com/login", NoCode),
            ("http://localhost/?state=xyz", NoCode),
            ("http://localhost/#access_token=abc", NoCode),
            ("my code is abc", NotACode),
            ("http://localhost/?code=a\u{7}b", NotACode),
            ("häßlich", NotACode),
            ("abc\u{1b}[0m", NotACode),
        ] {
            assert_eq!(parse(line), Err(problem), "{line:?}");
        }
        assert_eq!(parse(&"a".repeat(MAX_LEN + 1)), Err(TooLong));
    }

    #[test]
    fn debug_shows_no_code() {
        let shown = format!(
            "{:?} {:?}",
            Pasted::Code("canary".into()),
            Pasted::Query("canary".into())
        );
        assert!(!shown.contains("canary"));
    }
}
