//! One request as the endpoints see it: parameters, credentials, the log record; and JSON answers.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use axum::{body::Body, response::Response};
use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header, request::Parts};
use serde_json::Value;

use crate::{
    Endpoint, RequestRecord,
    fault::{FaultKind, Group, Place},
    lock,
    provider::Provider,
    refusal::Refusal,
};

/// One request.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) provider: Arc<Provider>,
    pub(crate) endpoint: Endpoint,
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) query: Parameters,
    pub(crate) form: Parameters,
    pub(crate) body: Bytes,
    pub(crate) record: Mutex<RequestRecord>,
}

/// Query or form parameters in the order given.
#[derive(Clone, Default)]
pub(crate) struct Parameters(Vec<(String, String)>);

impl std::fmt::Debug for Parameters {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list()
            .entries(self.0.iter().map(|(name, _)| name))
            .finish()
    }
}

impl Call {
    pub(crate) fn new(provider: Arc<Provider>, parts: &Parts, body: Bytes) -> Self {
        let path = parts.uri.path().to_owned();
        let endpoint = Endpoint::of_path(&path);
        let query = Parameters::read(parts.uri.query().unwrap_or_default().as_bytes());
        let is_form = parts
            .headers
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split(';').next())
            .is_some_and(|kind| {
                kind.trim()
                    .eq_ignore_ascii_case("application/x-www-form-urlencoded")
            });
        let form = if is_form {
            Parameters::read(&body)
        } else {
            Parameters::default()
        };
        let mut record = record(endpoint, &parts.method, &path, &parts.headers);
        record.parameters = query.for_log();
        record.parameters.append(&mut form.for_log());
        Self {
            provider,
            endpoint,
            path,
            headers: parts.headers.clone(),
            query,
            form,
            body,
            record: Mutex::new(record),
        }
    }

    /// Returns the `grant_type` of a token request.
    pub(crate) fn grant_type(&self) -> Option<&str> {
        (self.endpoint == Endpoint::Token)
            .then(|| self.form.first("grant_type"))
            .flatten()
    }

    /// Returns the client that the request names, without believing it.
    pub(crate) fn named_client(&self) -> Option<String> {
        let named = self
            .form
            .first("client_id")
            .or_else(|| self.query.first("client_id"));
        named
            .map(ToOwned::to_owned)
            .or_else(|| Some(self.basic().ok()??.0))
    }

    /// Returns what fault filters are compared with.
    pub(crate) fn place<'a>(&'a self, client_id: Option<&'a str>) -> Place<'a> {
        Place {
            endpoint: self.endpoint,
            grant_type: self.grant_type(),
            client_id,
        }
    }

    /// Reads HTTP Basic credentials, form-decoded (RFC 6749 §2.3.1).
    pub(crate) fn basic(&self) -> Result<Option<(String, String)>, Refusal> {
        let Some(encoded) = self.authorization("basic") else {
            return Ok(None);
        };
        let odd = || Refusal::invalid_client("the Basic credentials are malformed");
        let bytes = STANDARD.decode(encoded).map_err(|_| odd())?;
        let text = String::from_utf8(bytes).map_err(|_| odd())?;
        let (id, secret) = text.split_once(':').ok_or_else(odd)?;
        Ok(Some((form_decode(id), form_decode(secret))))
    }

    /// Returns the access token: from the header, or from the form (RFC 6750 §2).
    pub(crate) fn bearer(&self) -> Result<String, Refusal> {
        let header = self.authorization("bearer");
        match (header, self.form.one("access_token")?) {
            (Some(_), Some(_)) => Err(Refusal::invalid_request(
                "the access token is given in two ways",
            )),
            (Some(token), None) | (None, Some(token)) => Ok(token.to_owned()),
            (None, None) => Err(Refusal::no_bearer()),
        }
    }

    /// Returns the session cookie.
    pub(crate) fn session_cookie(&self) -> Option<String> {
        let name = self.cookie_name();
        let cookies = self.headers.get_all(header::COOKIE).into_iter();
        cookies
            .filter_map(|value| value.to_str().ok())
            .flat_map(|v| v.split(';'))
            .find_map(|pair| {
                let (found, value) = pair.trim().split_once('=')?;
                (found == name).then(|| value.to_owned())
            })
    }

    /// Returns the session cookie's name; cookies do not know ports, so the name must.
    pub(crate) fn cookie_name(&self) -> String {
        format!("sandbox_{}", self.provider.port)
    }

    fn authorization(&self, scheme: &str) -> Option<&str> {
        let value = self.headers.get(header::AUTHORIZATION)?.to_str().ok()?;
        let (found, rest) = value.split_once(' ')?;
        found.eq_ignore_ascii_case(scheme).then(|| rest.trim())
    }

    /// Draws the faults of a group and writes them down.
    pub(crate) fn draw(&self, client_id: Option<&str>, group: Group) -> Vec<FaultKind> {
        let place = Place {
            endpoint: self.endpoint,
            grant_type: self.grant_type(),
            client_id,
        };
        let faults = self.provider.faults.take_group(place, group);
        self.applied(&faults);
        faults
    }

    /// Writes down that faults were applied.
    pub(crate) fn applied(&self, faults: &[FaultKind]) {
        self.provider
            .tally
            .count(|counters| counters.faults += faults.len() as u64);
        if let Some(fault) = faults.last() {
            self.note(|record| record.fault = Some(fault.name()));
        }
    }

    pub(crate) fn note(&self, change: impl FnOnce(&mut RequestRecord)) {
        change(&mut lock(&self.record));
    }
}

impl Parameters {
    pub(crate) fn read(bytes: &[u8]) -> Self {
        Self(url::form_urlencoded::parse(bytes).into_owned().collect())
    }

    /// Returns a parameter that may be given once; an empty one counts as absent (RFC 6749 §3.1).
    pub(crate) fn one(&self, name: &str) -> Result<Option<&str>, Refusal> {
        let mut found = self.all(name);
        match (found.next(), found.next()) {
            (_, Some(_)) => Err(Refusal::invalid_request("a parameter is given twice")),
            (value, None) => Ok(value.filter(|value| !value.is_empty())),
        }
    }

    /// Returns a parameter that must be given once.
    pub(crate) fn required(&self, name: &str, missing: &'static str) -> Result<&str, Refusal> {
        self.one(name)?
            .ok_or_else(|| Refusal::invalid_request(missing))
    }

    pub(crate) fn first(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    pub(crate) fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.0
            .iter()
            .filter(move |(found, _)| found == name)
            .map(|(_, value)| value.as_str())
    }

    fn for_log(&self) -> BTreeMap<String, Vec<String>> {
        let mut log: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, value) in &self.0 {
            let shown = if is_secret(name) { "(hidden)" } else { value };
            log.entry(name.clone()).or_default().push(shown.to_owned());
        }
        log
    }
}

/// Makes a JSON answer that nobody may store.
pub(crate) fn json(status: StatusCode, body: &Value) -> Response {
    with_type(status, "application/json", body.to_string())
}

/// Makes an answer of any type that nobody may store.
pub(crate) fn with_type(
    status: StatusCode,
    content_type: &'static str,
    body: impl Into<Body>,
) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    response
}

fn record(endpoint: Endpoint, method: &Method, path: &str, headers: &HeaderMap) -> RequestRecord {
    let shown = headers
        .iter()
        .filter(|(name, _)| *name != header::COOKIE)
        .map(|(name, value)| {
            let value = value.to_str().unwrap_or_default();
            let value = if name == header::AUTHORIZATION {
                value.split(' ').next().unwrap_or_default()
            } else {
                value
            };
            (name.as_str().to_owned(), value.to_owned())
        });
    RequestRecord {
        endpoint,
        method: method.to_string(),
        path: path.to_owned(),
        parameters: BTreeMap::new(),
        headers: shown.collect(),
        client_authentication: None,
        client_id: None,
        assertion_audience: None,
        status: None,
        error: None,
        fault: None,
    }
}

fn is_secret(name: &str) -> bool {
    matches!(
        name,
        "access_token"
            | "client_assertion"
            | "client_secret"
            | "code"
            | "code_verifier"
            | "device_code"
            | "password"
            | "refresh_token"
            | "token"
    )
}

fn form_decode(text: &str) -> String {
    let spaced = text.replace('+', " ");
    percent_decode(&spaced)
}

fn percent_decode(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let mut ahead = bytes.clone();
        let hex = |b: Option<u8>| b.and_then(|b| char::from(b).to_digit(16));
        match (byte, hex(ahead.next()), hex(ahead.next())) {
            (b'%', Some(high), Some(low)) => {
                out.push(u8::try_from(high * 16 + low).unwrap_or_default());
                bytes = ahead;
            }
            _ => out.push(byte),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn basic_credentials_are_form_decoded() {
        assert_eq!(form_decode("a%3Ab+c%2B%25%"), "a:b c+%%");
    }

    #[test]
    fn parameter_given_twice_is_refused_and_empty_is_absent() {
        let parameters = Parameters::read(b"a=1&a=2&b=");
        assert!(parameters.one("a").is_err());
        assert_eq!(parameters.one("b"), Ok(None));
    }

    #[test]
    fn log_and_debug_hide_secret_parameters() {
        let parameters = Parameters::read(b"grant_type=password&password=canary");
        assert!(!format!("{:?}{parameters:?}", parameters.for_log()).contains("canary"));
    }
}
