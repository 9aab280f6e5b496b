//! The page that a browser gets after a login: `authorization_callback_acknowledgement[_file]`.

use std::io::Read;

use crate::client::{ClientConfig, ConfigError};

const FILE: &str = "authorization_callback_acknowledgement_file";
/// A page with its pictures inside; what is larger is another file.
const MAX_PAGE_BYTES: u64 = 1024 * 1024;

impl ClientConfig {
    /// Returns the page that a browser gets after a login: the configured text, else the content of the configured file.
    ///
    /// `None` means keyfob's own page. Reads a file.
    ///
    /// # Errors
    /// When the file cannot be read, is larger than 1 MiB, or is not UTF-8.
    pub fn callback_page(&self) -> Result<Option<String>, ConfigError> {
        if let Some(page) = self.text("authorization_callback_acknowledgement") {
            return Ok(Some(page.to_owned()));
        }
        self.text(FILE).map(read).transpose()
    }
}

fn read(path: &str) -> Result<String, ConfigError> {
    let invalid = |why: String| ConfigError::invalid(FILE, format!("{path}: {why}"));
    let file = std::fs::File::open(path).map_err(|error| invalid(error.to_string()))?;
    let mut page = String::new();
    file.take(MAX_PAGE_BYTES + 1)
        .read_to_string(&mut page)
        .map_err(|error| invalid(error.to_string()))?;
    if page.len() as u64 > MAX_PAGE_BYTES {
        return Err(invalid(format!("it is larger than {MAX_PAGE_BYTES} bytes")));
    }
    Ok(page)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn page(config: &serde_json::Value) -> Result<Option<String>, ConfigError> {
        ClientConfig::from_json(config.to_string().as_bytes())
            .unwrap()
            .callback_page()
    }

    // covers: planet-33
    #[test]
    fn a_literal_page_wins_over_a_file_and_neither_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("page.html");
        std::fs::write(&path, "<h1>from file</h1>").unwrap();
        assert_eq!(page(&json!({})).unwrap(), None);
        assert_eq!(
            page(&json!({"authorization_callback_acknowledgement": ""})).unwrap(),
            None
        );
        assert_eq!(
            page(&json!({FILE: path})).unwrap().unwrap(),
            "<h1>from file</h1>"
        );
        let both =
            json!({"authorization_callback_acknowledgement": "<h1>literal</h1>", FILE: path});
        assert_eq!(page(&both).unwrap().unwrap(), "<h1>literal</h1>");
    }

    #[test]
    fn a_page_that_cannot_be_read_is_named_with_its_key() {
        let folder = tempfile::tempdir().unwrap();
        let huge = folder.path().join("huge");
        std::fs::write(&huge, vec![b'x'; 1024 * 1024 + 1]).unwrap();
        let binary = folder.path().join("binary");
        std::fs::write(&binary, [0xff, 0xfe]).unwrap();
        for path in [
            folder.path().join("absent"),
            huge,
            binary,
            folder.path().to_owned(),
        ] {
            let error = page(&json!({FILE: path})).unwrap_err();
            assert_eq!(error.code(), "config_invalid");
            let text = error.to_string();
            assert!(
                text.contains(FILE) && text.contains(path.to_str().unwrap()),
                "{text}"
            );
        }
    }
}
