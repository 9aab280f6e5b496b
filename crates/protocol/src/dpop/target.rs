//! `htu`: the address of a request without query and fragment, normalised (RFC 9449 §4.3, RFC 3986 §6.2.2 and §6.2.3).

use super::error::ProofError;

/// The longest address that is read, in bytes.
pub const MAX_TARGET_BYTES: usize = 4 * 1024;

/// An http or https address in the one form in which equal addresses are equal texts.
///
/// Scheme and host are in lower case, the default port and dot segments are gone, an empty path is `/`, percent-encoded
/// unreserved characters are decoded and the other escapes are in upper case. Query and fragment are dropped.
///
/// ```
/// use keyfob_protocol::dpop::TargetUri;
///
/// let written = TargetUri::parse("HTTPS://Api.Example.com:443/a/./b/../%7euser?page=2#top")?;
/// assert_eq!(written.as_str(), "https://api.example.com/a/~user");
/// # Ok::<(), keyfob_protocol::dpop::ProofError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TargetUri(String);

impl TargetUri {
    /// Reads and normalises an absolute address.
    ///
    /// # Errors
    /// [`ProofError::Claim`] (`htu`) if it is not an absolute http or https address by RFC 3986, names a user, or is longer
    /// than [`MAX_TARGET_BYTES`].
    pub fn parse(text: &str) -> Result<Self, ProofError> {
        normalise(text).map(Self).ok_or(ProofError::Claim("htu"))
    }

    /// Returns the normal form.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn normalise(text: &str) -> Option<String> {
    if text.len() > MAX_TARGET_BYTES || !text.bytes().all(is_uri_character) {
        return None;
    }
    let (scheme, rest) = text.split_once("://")?;
    let default_port = if scheme.eq_ignore_ascii_case("https") {
        "443"
    } else if scheme.eq_ignore_ascii_case("http") {
        "80"
    } else {
        return None;
    };
    let rest = rest.split(['?', '#']).next()?;
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let (host, port) = host_and_port(authority)?;
    let mut normal = String::with_capacity(text.len() + 1);
    normal.push_str(scheme);
    normal.push_str("://");
    normal.push_str(host);
    normal.make_ascii_lowercase();
    if !port.is_empty() && port != default_port {
        normal.push(':');
        normal.push_str(port);
    }
    append_without_dot_segments(&percent_normal(path)?, &mut normal);
    Some(normal)
}

/// Cuts an authority without a user; the host may be in brackets (RFC 3986 §3.2).
fn host_and_port(authority: &str) -> Option<(&str, &str)> {
    let (host, port) = match authority.rfind(']') {
        Some(end) => authority.split_at(end + 1),
        None => authority.split_at(authority.find(':').unwrap_or(authority.len())),
    };
    let port = match port.strip_prefix(':') {
        Some(port) => port,
        None if port.is_empty() => port,
        None => return None,
    };
    let literal = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'));
    let well_formed = match literal {
        Some(address) => {
            !address.is_empty()
                && address
                    .bytes()
                    .all(|c| c.is_ascii_hexdigit() || b":.".contains(&c))
        }
        // Percent-encoded host names have no DNS meaning, and whoever writes them wants two readers to differ.
        None => !host.is_empty() && !host.contains(['@', '[', ']', '%', ':']),
    };
    let digits = port.len() <= 5 && port.bytes().all(|c| c.is_ascii_digit());
    (well_formed && digits).then_some((host, port.trim_start_matches('0')))
}

/// Decodes escaped unreserved characters and writes the other escapes in upper case (RFC 3986 §6.2.2.1, §6.2.2.2).
fn percent_normal(path: &str) -> Option<String> {
    let mut out = String::with_capacity(path.len());
    let mut pieces = path.split('%');
    out.push_str(pieces.next()?);
    for piece in pieces {
        let (digits, rest) = piece.split_at_checked(2)?;
        if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return None;
        }
        let byte = u8::from_str_radix(digits, 16).ok()?;
        if is_unreserved(byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push_str(&digits.to_ascii_uppercase());
        }
        out.push_str(rest);
    }
    Some(out)
}

/// Removes `.` and `..` (RFC 3986 §5.2.4) from an absolute path; nothing climbs above the root.
fn append_without_dot_segments(path: &str, out: &mut String) {
    let root = out.len();
    let mut segments = path.strip_prefix('/').unwrap_or(path).split('/').peekable();
    while let Some(segment) = segments.next() {
        let last = segments.peek().is_none();
        match segment {
            "." => {}
            ".." => {
                let parent = out.rfind('/').filter(|slash| *slash >= root);
                out.truncate(parent.unwrap_or(root));
            }
            _ => {
                out.push('/');
                out.push_str(segment);
                continue;
            }
        }
        if last {
            out.push('/');
        }
    }
}

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)
}

/// Characters of RFC 3986 §2; backslashes, blanks and everything that is not ASCII are none.
fn is_uri_character(byte: u8) -> bool {
    is_unreserved(byte) || b"%:/?#[]@!$&'()*+,;=".contains(&byte)
}
