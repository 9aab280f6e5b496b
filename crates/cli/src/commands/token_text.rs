//! How a token is printed, by the fast path and by the full one alike.
use std::time::SystemTime;

use crate::ui::words;

/// The word before an OAuth access token (RFC 6750).
pub(crate) const BEARER: &str = "Bearer";

/// The forms that a token is printed in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Shape {
    /// The bare token.
    #[default]
    Token,
    /// `Authorization: Bearer …`.
    Header,
    /// A JSON object.
    Json,
}

/// What is printed of a token.
#[derive(Clone, Copy)]
pub(crate) struct TokenView<'a> {
    /// The token.
    pub(crate) token: &'a str,
    /// The word before it in the header: `Bearer`, that of an API key, or none.
    pub(crate) scheme: &'a str,
    /// The profile that it belongs to.
    pub(crate) profile: &'a str,
    /// When it expires, if that is known.
    pub(crate) expires_at: Option<SystemTime>,
}

/// `-o text` keeps a command's own shape, `-o json` and the others replace it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Wish(Option<Shape>);

impl Wish {
    /// The wished shape, or the command's own.
    pub(crate) fn or(self, own: Shape) -> Shape {
        self.0.unwrap_or(own)
    }
}

impl Shape {
    /// Reads a value of `-o`.
    pub(crate) fn parse(value: &str) -> Option<Wish> {
        Some(Wish(match value {
            "text" => None,
            "token" => Some(Self::Token),
            "header" => Some(Self::Header),
            "json" => Some(Self::Json),
            _ => return None,
        }))
    }
}

/// Renders a token with its final line break.
pub(crate) fn render(view: &TokenView<'_>, shape: Shape, now: SystemTime) -> String {
    match shape {
        Shape::Token => format!("{}\n", view.token),
        Shape::Header if view.scheme.is_empty() => format!("Authorization: {}\n", view.token),
        Shape::Header => format!("Authorization: {} {}\n", view.scheme, view.token),
        Shape::Json => {
            let left = |time: SystemTime| words::unix(time).saturating_sub(words::unix(now));
            let value = serde_json::json!({
                "access_token": view.token,
                "token_type": view.scheme,
                "profile": view.profile,
                "expires_at": view.expires_at.map(words::unix),
                "expires_in": view.expires_at.map(left),
            });
            format!("{value:#}\n")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_each_shape() {
        let now = words::from_unix(100);
        let view = TokenView {
            token: "abc",
            scheme: BEARER,
            profile: "work",
            expires_at: Some(words::from_unix(160)),
        };
        assert_eq!(render(&view, Shape::Token, now), "abc\n");
        assert_eq!(
            render(&view, Shape::Header, now),
            "Authorization: Bearer abc\n"
        );
        let json: serde_json::Value =
            serde_json::from_str(&render(&view, Shape::Json, now)).unwrap();
        assert_eq!(json["expires_in"], 60);
        assert_eq!(json["access_token"], "abc");
        let header = |scheme| render(&TokenView { scheme, ..view }, Shape::Header, now);
        assert_eq!(header("api-key"), "Authorization: api-key abc\n");
        assert_eq!(header(""), "Authorization: abc\n");
    }
}
