//! What the issuer says about a token (RFC 7662 §2.2), signed for those who ask for it so (RFC 9701).

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION};
use http::{HeaderName, Request, Response};
use keyfob_jose::{Claims, CompactJws, HeaderFields, base64url, jws};
use keyfob_transport::testing::{json, respond};
use serde_json::{Map, Value, json};

use super::{TestIssuer, lock, sure};

const SIGNED: &str = "application/token-introspection+jwt";

/// What was asked, and how the answer is to look.
pub(super) struct Question {
    token: String,
    client: Option<String>,
    signed: bool,
}

impl Question {
    pub(super) fn of(request: &Request<Bytes>) -> Self {
        let form: Vec<(String, String)> = url::form_urlencoded::parse(request.body())
            .into_owned()
            .collect();
        let field = |name: &str| {
            let found = form.iter().find(|(field, _)| field == name);
            found.map(|(_, value)| value.clone())
        };
        Self {
            token: field("token").unwrap_or_default(),
            client: field("client_id").or_else(|| basic_user(request)),
            signed: header(request, &ACCEPT).contains(SIGNED),
        }
    }
}

impl TestIssuer {
    pub(super) fn introspect(&self, asked: &Question) -> Response<Bytes> {
        let mut answer = self.known(&asked.token).unwrap_or_default();
        let active = !answer.is_empty();
        answer.insert("active".to_owned(), active.into());
        if !asked.signed {
            return json(200, Value::Object(answer).to_string());
        }
        let audience = asked.client.as_deref().unwrap_or_else(|| self.audience());
        let claims = json!({
            "iss": self.issuer(),
            "aud": audience,
            "iat": self.seconds(),
            "token_introspection": answer,
        });
        let key = sure(lock(&self.keys).signing(None));
        let typ = HeaderFields::typ("token-introspection+jwt");
        let token = sure(jws::sign(&key, &typ, claims.to_string().as_bytes()));
        respond(200, SIGNED, token)
    }

    /// The claims of a token that is good at this time.
    fn known(&self, token: &str) -> Option<Map<String, Value>> {
        let ledger = lock(&self.ledger);
        if ledger.revoked.contains(token) {
            return None;
        }
        let opaque = ledger.opaque.get(token).cloned();
        let claims = opaque.or_else(|| self.signed_claims(token))?;
        let exp = claims.get("exp").and_then(Value::as_u64);
        exp.is_none_or(|exp| exp > self.seconds()).then_some(claims)
    }

    fn signed_claims(&self, token: &str) -> Option<Map<String, Value>> {
        let jws = CompactJws::parse(token).ok()?;
        let payload = self.key_set().verify(&jws).ok()?.as_bytes().to_vec();
        match Claims::parse(&payload).ok()?.to_value() {
            Value::Object(claims) => Some(claims),
            _ => None,
        }
    }
}

fn basic_user(request: &Request<Bytes>) -> Option<String> {
    let credentials = header(request, &AUTHORIZATION).strip_prefix("Basic ")?;
    // Ours is base64url without padding; the two alphabets differ in two letters.
    let url_safe = credentials
        .trim_end_matches('=')
        .replace('+', "-")
        .replace('/', "_");
    let decoded = String::from_utf8(base64url::decode(&url_safe).ok()?).ok()?;
    let (user, _) = decoded.split_once(':')?;
    let form = format!("u={user}");
    let (_, user) = url::form_urlencoded::parse(form.as_bytes()).next()?;
    Some(user.into_owned())
}

fn header<'r>(request: &'r Request<Bytes>, name: &HeaderName) -> &'r str {
    let value = request.headers().get(name);
    value
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}
