//! A document that one process fetched, for the others of its pool.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use keyfob_jose::json::{self, Limits};
use serde_json::{Value, json};

use super::error::DocumentError;

/// A cached document as its server sent it, with the time of the fetch: what a starting worker needs to wait for nobody.
///
/// Whoever can change the text can make its importers accept any token: keep it where only the service itself can write.
/// There is no secret in it.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// # use keyfob_transport::testing::{ScriptedTransport, json};
/// # use keyfob_transport::{Clock, KeySetDocument};
/// # let script = ScriptedTransport::new();
/// # script.push(json(200, r#"{"keys":[]}"#));
/// # let document = || {
/// #     let url: url::Url = "https://login.example.com/jwks".parse().unwrap();
/// #     KeySetDocument::new(url, script.transport(), Clock::system())
/// # };
/// use keyfob_transport::Exported;
///
/// let first = document();
/// first.load().await?;
/// let text = first.export().ok_or("nothing fetched yet")?.to_json();
///
/// let worker = document();
/// assert!(worker.import(&Exported::from_json(text.as_bytes())?)?);
/// assert!(worker.current().is_some());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Exported {
    /// Whose document it is: `jwks` or `metadata`, and the address or issuer.
    pub(super) name: String,
    pub(super) origin: Origin,
}

/// What a server sent, and when.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Origin {
    pub(super) body: Bytes,
    /// How long the server called it fresh.
    pub(super) hint: Option<Duration>,
    pub(super) fetched: SystemTime,
}

/// Says why an exported document is not taken over; what is at hand stays.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// The text is not what [`Exported::to_json`] writes, or larger than its cap.
    #[error("this is no exported document: {0}")]
    Malformed(&'static str),
    /// It is another document than the one it was given to.
    #[error("the exported document is another one")]
    OtherDocument,
    /// It was fetched so long ago that it is not to be used any more.
    #[error("the exported document is too old")]
    TooOld,
    /// It was fetched in the future: one of the two clocks is wrong.
    #[error("the exported document is from the future")]
    Future,
    /// The document in it cannot be used.
    #[error(transparent)]
    Document(DocumentError),
}

/// A document of a mebibyte whose every byte takes two in a JSON text.
const MAX_BYTES: usize = 2 * 1024 * 1024 + 4096;
/// The version of the form, in case it has to change.
const FORM: u64 = 1;

impl Exported {
    /// Returns when the document was fetched, by the clock of who did.
    pub fn fetched_at(&self) -> SystemTime {
        self.origin.fetched
    }

    /// Returns it as JSON text.
    pub fn to_json(&self) -> String {
        let since_epoch = self.origin.fetched.duration_since(SystemTime::UNIX_EPOCH);
        json!({
            "keyfob_document": FORM,
            "name": self.name,
            "fetched": since_epoch.unwrap_or_default().as_secs(),
            "fresh_for": self.origin.hint.map(|hint| hint.as_secs()),
            "body": String::from_utf8_lossy(&self.origin.body),
        })
        .to_string()
    }

    /// Reads what [`to_json`](Self::to_json) wrote; the document itself is read when it is imported.
    ///
    /// # Errors
    /// [`ImportError::Malformed`].
    pub fn from_json(text: &[u8]) -> Result<Self, ImportError> {
        let limits = Limits {
            max_bytes: MAX_BYTES,
            max_depth: 1,
        };
        let members = json::object(text, limits)
            .map_err(|_| ImportError::Malformed("no flat JSON object, or too large"))?;
        let number = |name: &str| members.get(name).and_then(Value::as_u64);
        if number("keyfob_document") != Some(FORM) {
            return Err(ImportError::Malformed("not of a known form"));
        }
        let text = |name: &str| {
            let text = members.get(name).and_then(Value::as_str);
            text.map(str::to_owned)
                .ok_or(ImportError::Malformed("a text is missing"))
        };
        let fetched = number("fetched")
            .and_then(|seconds| SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds)))
            .ok_or(ImportError::Malformed("it has no time"))?;
        let origin = Origin {
            body: Bytes::from(text("body")?),
            hint: number("fresh_for").map(Duration::from_secs),
            fetched,
        };
        Ok(Self {
            name: text("name")?,
            origin,
        })
    }
}

impl ImportError {
    /// Returns a stable name for this kind of failure.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "import_malformed",
            Self::OtherDocument => "import_other_document",
            Self::TooOld => "import_too_old",
            Self::Future => "import_from_future",
            Self::Document(error) => error.code(),
        }
    }
}

impl std::fmt::Debug for Exported {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Exported")
            .field("name", &self.name)
            .field("fetched", &self.origin.fetched)
            .finish_non_exhaustive()
    }
}
