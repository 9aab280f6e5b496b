//! One challenge as text (RFC 9110 §11.2 `auth-param`, §5.6.4 `quoted-string`).

use http::HeaderValue;

/// A challenge that grows by parameters.
pub(super) struct Rendered {
    text: String,
    any: bool,
}

impl Rendered {
    pub(super) fn new(scheme: &str) -> Self {
        Self {
            text: scheme.to_owned(),
            any: false,
        }
    }

    /// Adds a parameter as a quoted string. What no header may hold becomes `?`: such a value is a mistake in the
    /// configuration of this side, and no reason to send a broken header.
    pub(super) fn text(&mut self, name: &str, value: Option<&str>) {
        let Some(value) = value else { return };
        self.name(name);
        self.text.push('"');
        for char in value.chars() {
            match char {
                '"' | '\\' => self.text.extend(['\\', char]),
                ' '..='~' => self.text.push(char),
                _ => self.text.push('?'),
            }
        }
        self.text.push('"');
    }

    /// Adds a parameter as a quoted number, as RFC 9470 §3 writes it.
    pub(super) fn number(&mut self, name: &str, value: Option<u64>) {
        self.text(name, value.map(|value| value.to_string()).as_deref());
    }

    pub(super) fn finish(self) -> Option<HeaderValue> {
        HeaderValue::try_from(self.text).ok()
    }

    fn name(&mut self, name: &str) {
        self.text.push_str(if self.any { ", " } else { " " });
        self.text.push_str(name);
        self.text.push('=');
        self.any = true;
    }
}
