//! The keys of one client in alf's storage, and what lies under them.

use keyfob_jose::{Secret, SecretBytes};
use keyfob_store::{Document, KeyValue, Revision, Stamp, StoreError, Stored};
use serde_json::Value;

use super::UtcOffset;
use crate::session::fingerprint::fingerprint;
use crate::session::notes::seconds;

/// The member of keyfob's own value that says which token it goes with.
const NOTE: &str = "_keyfob_alf";

/// How long before its end a token of alf's is not used any more: when it was issued is not known, so that its life has no
/// windows, and it must not die on its way.
const MARGIN_SECONDS: u64 = 30;

/// The names under which a client's values lie.
#[derive(Clone, Debug)]
pub(super) struct Keys {
    pub(super) token: String,
    pub(super) expiry: String,
    pub(super) notes: String,
    pub(super) lock: String,
}

impl Keys {
    /// As alf names them since 0.7.1.
    pub(super) fn of(token_endpoint: &str, client_id: &str) -> Self {
        let base = format!("{token_endpoint}_{client_id}");
        Self {
            token: format!("{base}_access_token"),
            expiry: format!("{base}_expires_on"),
            notes: format!("{base}_keyfob"),
            lock: format!("{base}_keyfob_lock"),
        }
    }

    /// As alf named the first two up to 0.7.0, whoever the client was.
    pub(super) fn fixed(self) -> Self {
        Self {
            token: "access_token".to_owned(),
            expiry: "expires_on".to_owned(),
            ..self
        }
    }
}

/// What lies under the keys at one moment, text or not; wiped when dropped.
pub(super) struct Snapshot {
    pub(super) token: Option<SecretBytes>,
    pub(super) expiry: Option<SecretBytes>,
    pub(super) notes: Option<SecretBytes>,
}

impl Snapshot {
    pub(super) async fn take(values: &impl KeyValue, keys: &Keys) -> Result<Self, StoreError> {
        let get =
            async |key: &str| Ok::<_, StoreError>(values.get(key).await?.map(SecretBytes::new));
        Ok(Self {
            token: get(&keys.token).await?,
            expiry: get(&keys.expiry).await?,
            notes: get(&keys.notes).await?,
        })
    }

    /// What a session can use. An empty token, or one without an expiry, is none: alf leaves those behind.
    pub(super) fn stored(
        &self,
        keys: &Keys,
        offset: UtcOffset,
    ) -> Result<Option<Stored>, StoreError> {
        let (Some(token), Some(expiry)) = (said(self.token.as_ref()), said(self.expiry.as_ref()))
        else {
            return Ok(None);
        };
        let token = text(token, &keys.token)?;
        if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(corrupt(
                &keys.token,
                "it holds characters that no token has",
            ));
        }
        let expires = offset.read(text(expiry, &keys.expiry)?);
        let expires = expires
            .ok_or_else(|| corrupt(&keys.expiry, "it is not a date and time as alf writes them"))?;
        let mut document = self.noted().unwrap_or_else(|| {
            let mut document = Document::new();
            document.set("_exp", seconds(expires).saturating_sub(MARGIN_SECONDS));
            document
        });
        document.set("access_token", token);
        let content = self.content();
        let (revision, stamp) = (Revision::of(content.expose()), Stamp::of(content.expose()));
        Ok(Some(Stored::new(document, revision).with_stamp(stamp)))
    }

    /// keyfob's own value, if it goes with this very token and expiry; a damaged one is of no use and of no harm.
    fn noted(&self) -> Option<Document> {
        let mut notes = Document::parse(self.notes.as_ref()?.expose()).ok()?;
        let is_ours = notes.get(NOTE).and_then(Value::as_str) == Some(&self.mark());
        notes.unset(NOTE);
        is_ours.then_some(notes)
    }

    /// A short name for token and expiry, which tells nothing about them.
    fn mark(&self) -> String {
        let text = |value: Option<&SecretBytes>| {
            value.map_or_else(String::new, |value| {
                String::from_utf8_lossy(value.expose()).into_owned()
            })
        };
        let both = [text(self.token.as_ref()), text(self.expiry.as_ref())];
        fingerprint(&Secret::new(both.join("\n")))
    }

    /// All values, told apart by their lengths.
    pub(super) fn content(&self) -> SecretBytes {
        let mut content = Vec::new();
        for value in [&self.token, &self.expiry, &self.notes] {
            let value = value.as_ref().map_or(&[][..], SecretBytes::expose);
            content.extend_from_slice(&value.len().to_le_bytes());
            content.extend_from_slice(value);
        }
        SecretBytes::new(content)
    }

    /// keyfob's own value for a document: all but the access token.
    pub(super) fn notes_for(&self, document: &Document) -> SecretBytes {
        let mut notes = document.clone();
        notes.unset("access_token");
        notes.set(NOTE, self.mark());
        SecretBytes::new(notes.to_json().to_vec())
    }
}

pub(super) fn said(value: Option<&SecretBytes>) -> Option<&SecretBytes> {
    value.filter(|value| !value.expose().is_empty())
}

fn text<'v>(value: &'v SecretBytes, key: &str) -> Result<&'v str, StoreError> {
    let limit = keyfob_store::MAX_DOCUMENT_BYTES;
    if value.expose().len() > limit {
        return Err(StoreError::TooLarge {
            path: key.into(),
            limit,
        });
    }
    std::str::from_utf8(value.expose()).map_err(|_| corrupt(key, "it is not UTF-8"))
}

fn corrupt(key: &str, why: &str) -> StoreError {
    StoreError::Corrupt {
        path: key.into(),
        why: why.to_owned(),
    }
}
