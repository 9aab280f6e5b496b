//! A token in the making: right in every way until told otherwise.

use std::collections::BTreeMap;
use std::time::Duration;

use keyfob_jose::{Algorithm, SigningKey, base64url, random};
use serde_json::{Map, Value, json};

use super::{TestIssuer, lock, sure};

/// Builds a token of a [`TestIssuer`]; it ends with [`sign`](Self::sign), [`opaque`](Self::opaque) or
/// [`wrong`](Self::wrong).
///
/// ```
/// use std::time::Duration;
/// use keyfob_verify::testing::TestIssuer;
///
/// let issuer = TestIssuer::new("https://login.example.com");
/// let token = issuer
///     .token()
///     .subject("alice")
///     .client_id("web")
///     .scopes(["read"])
///     .expires_in(Duration::from_mins(5))
///     .claim("tenant", "acme")
///     .sign();
/// ```
#[derive(Clone, Debug)]
#[must_use = "a token is made by `sign`"]
pub struct TokenBuilder {
    pub(super) issuer: TestIssuer,
    pub(super) claims: Map<String, Value>,
    pub(super) typ: Option<String>,
    pub(super) header: BTreeMap<String, Value>,
    algorithm: Option<Algorithm>,
    key: Option<SigningKey>,
    kid: Kid,
}

/// What the header's `kid` says.
#[derive(Clone, Debug)]
enum Kid {
    OfTheKey,
    Text(String),
    Absent,
}

impl TokenBuilder {
    pub(super) fn access_token(issuer: &TestIssuer) -> Self {
        let claims = json!({
            "sub": "alice",
            "aud": issuer.audience(),
            "client_id": "demo",
            "jti": sure(random::token(12)),
            "scope": "read write",
        });
        Self::new(issuer, claims, "at+jwt").expires_in(Duration::from_mins(10))
    }

    pub(super) fn id_token(issuer: &TestIssuer) -> Self {
        let claims = json!({
            "sub": "alice",
            "aud": "demo",
            "auth_time": issuer.seconds(),
            "nonce": "n-0S6_WzA2Mj",
        });
        Self::new(issuer, claims, "JWT").expires_in(Duration::from_mins(10))
    }

    fn new(issuer: &TestIssuer, claims: Value, typ: &str) -> Self {
        let claims = match claims {
            Value::Object(claims) => claims,
            _ => Map::new(),
        };
        Self {
            issuer: issuer.clone(),
            claims,
            typ: Some(typ.to_owned()),
            header: BTreeMap::new(),
            algorithm: None,
            key: None,
            kid: Kid::OfTheKey,
        }
        .claim("iss", issuer.issuer())
        .claim("iat", issuer.seconds())
    }

    /// Sets `sub`.
    pub fn subject(self, subject: impl Into<String>) -> Self {
        self.claim("sub", subject.into())
    }

    /// Sets `client_id`.
    pub fn client_id(self, client_id: impl Into<String>) -> Self {
        self.claim("client_id", client_id.into())
    }

    /// Sets `aud` to one audience, as a text.
    pub fn audience(self, audience: impl Into<String>) -> Self {
        self.claim("aud", audience.into())
    }

    /// Sets `aud` to a list.
    pub fn audiences(self, audiences: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let list: Vec<String> = audiences.into_iter().map(Into::into).collect();
        self.claim("aud", list)
    }

    /// Sets `scope`, as words; none removes it.
    pub fn scopes(self, scopes: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        let words: Vec<String> = scopes
            .into_iter()
            .map(|scope| scope.as_ref().to_owned())
            .collect();
        if words.is_empty() {
            self.without("scope")
        } else {
            self.claim("scope", words.join(" "))
        }
    }

    /// Sets `exp` to this long from now, on the issuer's clock.
    pub fn expires_in(self, life: Duration) -> Self {
        let exp = self.issuer.seconds().saturating_add(life.as_secs());
        self.claim("exp", exp)
    }

    /// Sets `exp` to this long ago, and `iat` to ten minutes before that.
    pub fn expired_for(self, time: Duration) -> Self {
        let exp = self.issuer.seconds().saturating_sub(time.as_secs());
        self.claim("exp", exp)
            .claim("iat", exp.saturating_sub(10 * 60))
    }

    /// Sets any claim to any value.
    pub fn claim(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.claims.insert(name.into(), value.into());
        self
    }

    /// Removes a claim.
    pub fn without(mut self, name: &str) -> Self {
        self.claims.remove(name);
        self
    }

    /// Sets the header's `typ`; `None` removes it.
    pub fn typ(self, typ: impl Into<Option<&'static str>>) -> Self {
        let typ = typ.into().map(str::to_owned);
        Self { typ, ..self }
    }

    /// Sets the header's `kid` to another than the key's; `None` removes it.
    pub fn kid<'a>(self, kid: impl Into<Option<&'a str>>) -> Self {
        let text = kid.into().map(str::to_owned);
        Self {
            kid: text.map_or(Kid::Absent, Kid::Text),
            ..self
        }
    }

    /// Sets any other member of the header; `alg` is the key's.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.header.insert(name.into(), value.into());
        self
    }

    /// Signs with the issuer's key for this algorithm instead of its first.
    pub fn algorithm(self, algorithm: Algorithm) -> Self {
        Self {
            algorithm: Some(algorithm),
            ..self
        }
    }

    /// Signs with this key instead of one of the issuer's.
    pub fn key(self, key: SigningKey) -> Self {
        Self {
            key: Some(key),
            ..self
        }
    }

    /// Returns the claims as they stand.
    pub fn claims(&self) -> &Map<String, Value> {
        &self.claims
    }

    /// Makes the token.
    ///
    /// # Panics
    /// If the issuer has no key for the algorithm.
    pub fn sign(&self) -> String {
        self.sign_payload(Value::Object(self.claims.clone()).to_string())
    }

    /// Makes the token with this text for claims, whatever it is.
    ///
    /// # Panics
    /// If the issuer has no key for the algorithm.
    pub fn sign_payload(&self, payload: impl AsRef<[u8]>) -> String {
        self.sign_parts(self.header_json(), payload)
    }

    /// Makes a token of exactly this header and this payload, whatever they are, with a signature that fits.
    ///
    /// # Panics
    /// If the issuer has no key for the algorithm.
    pub fn sign_parts(&self, header: impl AsRef<[u8]>, payload: impl AsRef<[u8]>) -> String {
        let header = base64url::encode(header);
        let input = format!("{header}.{}", base64url::encode(payload));
        let signature = sure(self.signing_key().sign(input.as_bytes()));
        format!("{input}.{}", base64url::encode(signature))
    }

    /// Returns the header as it stands.
    pub fn header_json(&self) -> String {
        let key = self.signing_key();
        let mut members: Map<String, Value> = self.header.clone().into_iter().collect();
        members.insert("alg".to_owned(), key.algorithm().as_str().into());
        let kid = match &self.kid {
            Kid::OfTheKey => key.kid(),
            Kid::Text(text) => Some(text.as_str()),
            Kid::Absent => None,
        };
        for (name, text) in [("kid", kid), ("typ", self.typ.as_deref())] {
            if let Some(text) = text {
                members.insert(name.to_owned(), text.into());
            }
        }
        Value::Object(members).to_string()
    }

    /// Makes an opaque token; only the issuer's introspection knows what these claims are.
    pub fn opaque(&self) -> String {
        let token = sure(random::token(24));
        let claims = self.claims.clone();
        lock(&self.issuer.ledger)
            .opaque
            .insert(token.clone(), claims);
        token
    }

    pub(super) fn signing_key(&self) -> SigningKey {
        let own = || sure(lock(&self.issuer.keys).signing(self.algorithm));
        self.key.clone().unwrap_or_else(own)
    }
}
