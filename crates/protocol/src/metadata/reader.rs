//! Takes typed members out of a metadata document, one by one; the rest stays.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use url::Url;

use crate::error::ProtocolError;
use crate::issuer::Issuer;
use crate::url_policy;

const WHAT: &str = "the server metadata";

pub(super) struct Reader {
    document: Map<String, Value>,
    /// Only a server on this machine may send us to http addresses of this machine.
    loopback: bool,
}

impl Reader {
    pub(super) fn new(document: Map<String, Value>, issuer: &Issuer) -> Self {
        Self {
            document,
            loopback: issuer.is_loopback(),
        }
    }

    pub(super) fn rest(self) -> Map<String, Value> {
        self.document
    }

    pub(super) fn url(&mut self, name: &'static str) -> Result<Option<Url>, ProtocolError> {
        match self.document.remove(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) if text.is_empty() => Ok(None),
            Some(Value::String(text)) => self.checked(&text, name).map(Some),
            Some(_) => Err(malformed(name, "it is not a text")),
        }
    }

    pub(super) fn aliases(&mut self) -> Result<BTreeMap<String, Url>, ProtocolError> {
        const NAME: &str = "mtls_endpoint_aliases";
        let Some(Value::Object(aliases)) = self.document.remove(NAME) else {
            return Ok(BTreeMap::new());
        };
        let texts = aliases.into_iter().filter_map(|(name, value)| match value {
            Value::String(text) => Some((name, text)),
            _ => None,
        });
        texts
            .map(|(name, text)| Ok((name, self.checked(&text, NAME)?)))
            .collect()
    }

    /// Lists are hints, so a list of the wrong form counts as absent.
    pub(super) fn list(&mut self, name: &str) -> Option<Vec<String>> {
        let Some(Value::Array(list)) = self.document.remove(name) else {
            return None;
        };
        Some(
            list.iter()
                .filter_map(|item| item.as_str().map(str::to_owned))
                .collect(),
        )
    }

    pub(super) fn flag(&mut self, name: &str) -> bool {
        match self.document.remove(name) {
            Some(Value::Bool(flag)) => flag,
            Some(Value::String(text)) => text.eq_ignore_ascii_case("true"),
            _ => false,
        }
    }

    fn checked(&self, text: &str, name: &'static str) -> Result<Url, ProtocolError> {
        let url = url_policy::parse(text).map_err(|fault| fault.received(WHAT, name))?;
        if url.scheme() == "http" && !self.loopback {
            return Err(ProtocolError::InsecureUrl { what: name });
        }
        Ok(url)
    }
}

pub(super) const fn malformed(field: &'static str, why: &'static str) -> ProtocolError {
    ProtocolError::Malformed {
        what: WHAT,
        field,
        why,
    }
}
