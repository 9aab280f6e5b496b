//! Issues the tokens of a grant: the token response (RFC 6749 §5.1).

use serde_json::{Map, Value, json};

use crate::{
    AccessTokenFormat, Client, TokenKind,
    call::Call,
    fault::{FaultKind, Group},
    grants::{AccessToken, Grant, RefreshToken},
    jwt::{Draft, chosen_algorithm, half_hash},
    lock, random_text,
    refusal::Refusal,
};

/// What to issue.
pub(crate) struct Issue<'a> {
    pub(crate) call: &'a Call,
    pub(crate) client: &'a Client,
    pub(crate) grant_type: &'a str,
    /// What was granted; a refresh token keeps all of it.
    pub(crate) grant: Grant,
    /// The scopes of this access token.
    pub(crate) scopes: Vec<String>,
    /// The audience of this access token.
    pub(crate) audience: Vec<String>,
    pub(crate) refresh: Refresh,
}

/// Which refresh token the answer carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refresh {
    None,
    New,
    Same(String),
}

impl Issue<'_> {
    /// Issues the tokens and makes the response's members.
    pub(crate) fn response(self) -> Result<Map<String, Value>, Refusal> {
        let access_token = self.access_token()?;
        let ttl = seconds(self.call.provider.settings().access_token_ttl);
        let mut response = Map::new();
        let mut set = |name: &str, value: Value| drop(response.insert(name.to_owned(), value));
        set("token_type", json!("Bearer"));
        set("expires_in", json!(ttl));
        set("scope", json!(self.scopes.join(" ")));
        match &self.refresh {
            Refresh::None => {}
            Refresh::New => set("refresh_token", json!(self.refresh_token()?)),
            Refresh::Same(text) => set("refresh_token", json!(text)),
        }
        if let Some(id_token) = self.id_token(&access_token)? {
            set("id_token", json!(id_token));
        }
        set("access_token", json!(access_token));
        for fault in self.call.draw(Some(&self.client.id), Group::Response) {
            spoil(&mut response, fault);
        }
        Ok(response)
    }

    fn access_token(&self) -> Result<String, Refusal> {
        let Self { call, grant, .. } = self;
        let provider = &call.provider;
        let (now, settings) = (provider.now(), provider.settings());
        let expires = provider.clock() + settings.access_token_ttl;
        let jti = random_text(16)?;
        let faults = self.token_faults(TokenKind::AccessToken);
        let text = match settings.access_token_format {
            AccessTokenFormat::Opaque => random_text(32)?,
            AccessTokenFormat::Jwt => {
                let claims = self.access_claims(now, &jti);
                let draft = Draft {
                    typ: Some("at+jwt"),
                    alg: "RS256",
                    secret: None,
                    claims,
                    faults: &faults,
                };
                draft.sign(provider)?
            }
        };
        let record = AccessToken {
            grant: Grant {
                scopes: self.scopes.clone(),
                audience: self.audience.clone(),
                ..grant.clone()
            },
            jti,
            issued: now,
            expires,
            damaged: faults.iter().any(|fault| !fault.is_harmless()),
        };
        lock(&provider.grants).add_access(text.clone(), record, provider.clock());
        Ok(text)
    }

    /// The claims of RFC 9068 §2.2.
    fn access_claims(&self, now: i64, jti: &str) -> Map<String, Value> {
        let Self { call, grant, .. } = self;
        let provider = &call.provider;
        let ttl = provider.settings().access_token_ttl;
        let audience = match self.audience.as_slice() {
            [one] => json!(one),
            many => json!(many),
        };
        let mut claims = Map::from_iter([
            ("iss".to_owned(), json!(provider.issuer)),
            ("sub".to_owned(), json!(grant.sub)),
            ("aud".to_owned(), audience),
            ("exp".to_owned(), json!(now + seconds(ttl))),
            ("iat".to_owned(), json!(now)),
            ("jti".to_owned(), json!(jti)),
            ("client_id".to_owned(), json!(grant.client_id)),
            ("scope".to_owned(), json!(self.scopes.join(" "))),
        ]);
        if grant.login.is_some() {
            claims.insert("auth_time".to_owned(), json!(grant.auth_time));
        }
        claims
    }

    fn refresh_token(&self) -> Result<String, Refusal> {
        let text = random_text(32)?;
        let now = self.call.provider.clock();
        let expires = now + self.call.provider.settings().refresh_token_ttl;
        let token = RefreshToken {
            grant: self.grant.clone(),
            expires,
            spent: false,
        };
        lock(&self.call.provider.grants).add_refresh(text.clone(), token, now);
        Ok(text)
    }

    fn id_token(&self, access_token: &str) -> Result<Option<String>, Refusal> {
        let Self {
            call,
            grant,
            client,
            ..
        } = self;
        let provider = &call.provider;
        let user = grant
            .login
            .as_deref()
            .and_then(|login| provider.user(login));
        let Some(user) = user.filter(|_| self.scopes.iter().any(|scope| scope == "openid")) else {
            return Ok(None);
        };
        let faults = self.token_faults(TokenKind::IdToken);
        let now = provider.now();
        let algorithm = chosen_algorithm(&client.id_token_alg, &faults)?;
        let mut claims = user.claims_for(&self.scopes);
        claims.retain(|name, _| matches!(name.as_str(), "name" | "preferred_username" | "email"));
        claims.extend([
            ("iss".to_owned(), json!(provider.issuer)),
            ("sub".to_owned(), json!(grant.sub)),
            ("aud".to_owned(), json!(client.id)),
            (
                "exp".to_owned(),
                json!(now + seconds(provider.settings().id_token_ttl)),
            ),
            ("iat".to_owned(), json!(now)),
            ("auth_time".to_owned(), json!(grant.auth_time)),
            (
                "at_hash".to_owned(),
                json!(half_hash(algorithm, access_token)),
            ),
        ]);
        // OpenID Connect Core 1.0 §12.2: a refreshed ID token should have no nonce.
        if let Some(nonce) = grant
            .nonce
            .as_ref()
            .filter(|_| self.grant_type != "refresh_token")
        {
            claims.insert("nonce".to_owned(), json!(nonce));
        }
        let secret = client.secret.as_deref();
        let draft = Draft {
            typ: Some("JWT"),
            alg: &client.id_token_alg,
            secret,
            claims,
            faults: &faults,
        };
        Ok(Some(draft.sign(provider)?))
    }

    fn token_faults(&self, token: TokenKind) -> Vec<FaultKind> {
        let place = self.call.place(Some(&self.client.id));
        let faults = self.call.provider.faults.take_token(place, token);
        self.call.applied(&faults);
        faults
    }
}

fn spoil(response: &mut Map<String, Value>, fault: FaultKind) {
    match fault {
        FaultKind::NoAccessToken => drop(response.remove("access_token")),
        FaultKind::NoIdToken => drop(response.remove("id_token")),
        FaultKind::NoRefreshToken => drop(response.remove("refresh_token")),
        FaultKind::NoExpiresIn => drop(response.remove("expires_in")),
        FaultKind::ExpiresInText => {
            if let Some(value) = response.get_mut("expires_in") {
                *value = json!(value.to_string());
            }
        }
        FaultKind::OddTokenTypeCase => drop(response.insert("token_type".into(), json!("bEARER"))),
        FaultKind::ResponseMember {
            name,
            value: Value::Null,
        } => drop(response.remove(&name)),
        FaultKind::ResponseMember { name, value } => drop(response.insert(name, value)),
        _ => {}
    }
}

/// Rounds a lifetime up to whole seconds, one at least.
pub(crate) fn seconds(duration: std::time::Duration) -> i64 {
    let up = duration.as_secs() + u64::from(duration.subsec_nanos() > 0);
    i64::try_from(up.max(1)).unwrap_or(i64::MAX / 4)
}
