//! Token introspection (RFC 7662), and its signed answers (RFC 9701).

mod signed;
mod signed_error;

use std::fmt;
use std::time::SystemTime;

use http::HeaderValue;
use http::header::ACCEPT;
use keyfob_jose::{Audience, NumericDate, Secret};
use serde_json::{Map, Value};

use crate::client::Client;
use crate::error::ProtocolError;
use crate::exchange::{self, Endpoint, Form, Repeat, Request, RequestPolicy, Response};
use crate::metadata::ServerMetadata;
use crate::scopes::Scopes;
use crate::text;
use crate::token::TokenHint;

pub use signed::{SIGNED_ANSWER, SignedAnswer, SignedAnswerRules};
pub use signed_error::SignedAnswerError;

const WHAT: &str = "the introspection response";

/// Asks the server what a token is (RFC 7662 §2.1).
#[derive(Clone, Debug)]
pub struct IntrospectionRequest {
    token: Secret,
    hint: Option<TokenHint>,
    signed: bool,
}

impl IntrospectionRequest {
    /// Asks about this token.
    pub fn new(token: impl Into<Secret>) -> Self {
        Self {
            token: token.into(),
            hint: None,
            signed: false,
        }
    }

    /// Says what kind of token it is (`token_type_hint`).
    pub fn with_hint(mut self, hint: TokenHint) -> Self {
        self.hint = Some(hint);
        self
    }

    /// Asks for a signed answer (RFC 9701 §4), which is read with [`read_signed`](Self::read_signed).
    pub fn with_signed_answer(self) -> Self {
        Self {
            signed: true,
            ..self
        }
    }

    /// Builds the request.
    ///
    /// # Errors
    /// `no_endpoint` when the server has no introspection endpoint, and what signing may fail with.
    pub fn request(
        &self,
        metadata: &ServerMetadata,
        client: &Client,
        now: SystemTime,
    ) -> Result<Request, ProtocolError> {
        let mut form = Form::new();
        form.push("token", self.token.expose());
        form.push_some("token_type_hint", self.hint.as_ref().map(TokenHint::as_str));
        client.authenticate(&mut form, metadata, Endpoint::Introspection, now)?;
        let url = metadata.endpoint(Endpoint::Introspection)?;
        let mut request = form.post(
            url,
            RequestPolicy::new(Endpoint::Introspection, Repeat::Always),
        )?;
        if self.signed {
            let signed = HeaderValue::from_static(SIGNED_ANSWER);
            request.headers_mut().insert(ACCEPT, signed);
        }
        Ok(request)
    }

    /// Reads the answer.
    ///
    /// # Errors
    /// `oauth_error`, `http_error` or `not_json` when there is none; `missing` without `active`;
    /// `malformed` when `active` or a date is not what it should be.
    pub fn read(&self, response: &Response) -> Result<Introspection, ProtocolError> {
        Introspection::from_object(exchange::json_object(response, Endpoint::Introspection)?)
    }
}

/// What the server says about a token (RFC 7662 §2.2). Only `active` is always there.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct Introspection {
    /// `active`: whether the token is good right now. When false, nothing else counts.
    pub active: bool,
    /// `scope`, also where a server sends a list.
    pub scope: Option<Scopes>,
    /// `client_id`.
    pub client_id: Option<String>,
    /// `username`.
    pub username: Option<String>,
    /// `token_type`.
    pub token_type: Option<String>,
    /// `exp`.
    pub exp: Option<NumericDate>,
    /// `iat`.
    pub iat: Option<NumericDate>,
    /// `nbf`.
    pub nbf: Option<NumericDate>,
    /// `sub`.
    pub sub: Option<String>,
    /// `aud`.
    pub aud: Option<Audience>,
    /// `iss`.
    pub iss: Option<String>,
    /// `jti`.
    pub jti: Option<String>,
    /// The whole answer.
    pub raw: Map<String, Value>,
}

impl Introspection {
    fn from_object(raw: Map<String, Value>) -> Result<Self, ProtocolError> {
        let active = match raw.get("active") {
            Some(Value::Bool(active)) => *active,
            Some(_) => return Err(malformed("active", "it is neither true nor false")),
            None => {
                return Err(ProtocolError::Missing {
                    what: WHAT,
                    field: "active",
                });
            }
        };
        let text = |name| text::member(&raw, name).map(str::to_owned);
        Ok(Self {
            active,
            scope: scopes(&raw),
            client_id: text("client_id"),
            username: text("username"),
            token_type: text("token_type"),
            exp: date(&raw, "exp")?,
            iat: date(&raw, "iat")?,
            nbf: date(&raw, "nbf")?,
            sub: text("sub"),
            aud: audience(&raw)?,
            iss: text("iss"),
            jti: text("jti"),
            raw,
        })
    }
}

/// RFC 7662 has words in a text; a list is common all the same.
fn scopes(raw: &Map<String, Value>) -> Option<Scopes> {
    match raw.get("scope")? {
        Value::String(words) if !words.is_empty() => Some(Scopes::lenient(words)),
        Value::Array(list) => {
            let words: Vec<&str> = list.iter().filter_map(Value::as_str).collect();
            Some(Scopes::lenient(&words.join(" ")))
        }
        _ => None,
    }
}

/// A date that cannot be read must not turn a token into one without an end.
fn date(
    raw: &Map<String, Value>,
    name: &'static str,
) -> Result<Option<NumericDate>, ProtocolError> {
    match raw.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => match text::seconds(value) {
            Some(time) => Ok(Some(NumericDate::from_secs(time.as_secs()))),
            None => Err(malformed(name, "it is not a date")),
        },
    }
}

fn audience(raw: &Map<String, Value>) -> Result<Option<Audience>, ProtocolError> {
    let wrong = || malformed("aud", "it is neither a text nor a list of texts");
    match raw.get("aud") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(one)) => Ok(Some(Audience::One(one.clone()))),
        Some(Value::Array(list)) => {
            let texts = list
                .iter()
                .map(|one| one.as_str().map(str::to_owned).ok_or_else(wrong));
            Ok(Some(Audience::Many(texts.collect::<Result<_, _>>()?)))
        }
        Some(_) => Err(wrong()),
    }
}

const fn malformed(field: &'static str, why: &'static str) -> ProtocolError {
    ProtocolError::Malformed {
        what: WHAT,
        field,
        why,
    }
}

impl fmt::Debug for Introspection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Introspection")
            .field("active", &self.active)
            .finish_non_exhaustive()
    }
}
