//! A raw HTTP client and the steps that most tests share.

use keyfob_jose::{Algorithm, Claims, CompactJws, JwkSet, base64url};
use keyfob_sandbox::{Sandbox, SandboxConfig};
use reqwest::{Client, Response, redirect::Policy};
use serde_json::Value;
use url::Url;

pub(crate) const REDIRECT: &str = "http://127.0.0.1:9/callback";
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(crate) const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// A sandbox and a client without cookies that follows no redirects.
pub(crate) struct Stage {
    pub(crate) sandbox: Sandbox,
    pub(crate) http: Client,
}

/// An answer as tests look at it.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {}", self.text))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    #[track_caller]
    pub(crate) fn ok(self) -> Value {
        assert_eq!(self.status, 200, "{}", self.text);
        self.json()
    }

    #[track_caller]
    pub(crate) fn refused(&self, status: u16, error: &str) {
        assert_eq!(
            (self.status, self.json()["error"].as_str()),
            (status, Some(error)),
            "{}",
            self.text
        );
    }
}

pub(crate) fn stage() -> Stage {
    stage_with(SandboxConfig::default())
}

pub(crate) fn stage_with(config: SandboxConfig) -> Stage {
    let http = Client::builder()
        .redirect(Policy::none())
        .no_proxy()
        .build()
        .unwrap();
    Stage {
        sandbox: Sandbox::start(config).unwrap(),
        http,
    }
}

impl Stage {
    pub(crate) fn url(&self, path: &str) -> String {
        self.sandbox.url(path)
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        read(self.http.get(self.url(path)).send().await.unwrap()).await
    }

    pub(crate) async fn get_as(&self, path: &str, token: &str) -> Answer {
        read(
            self.http
                .get(self.url(path))
                .bearer_auth(token)
                .send()
                .await
                .unwrap(),
        )
        .await
    }

    pub(crate) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.try_post(path, fields).await.unwrap()
    }

    pub(crate) async fn try_post(
        &self,
        path: &str,
        fields: &[(&str, &str)],
    ) -> reqwest::Result<Answer> {
        let request = self
            .http
            .post(self.url(path))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(encode(fields));
        try_read(request.send().await?).await
    }

    pub(crate) async fn post_json(&self, path: &str, body: Value) -> Answer {
        let request = self.http.post(self.url(path)).body(body.to_string());
        read(request.send().await.unwrap()).await
    }

    /// An authorization URL of `demo-cli`; `more` replaces or adds parameters.
    pub(crate) fn authorization_url(&self, more: &[(&str, &str)]) -> String {
        let challenge = base64url::encode(Algorithm::RS256.hash(VERIFIER.as_bytes()));
        let mut fields = vec![
            ("response_type", "code"),
            ("client_id", "demo-cli"),
            ("redirect_uri", REDIRECT),
            ("scope", "openid email offline_access api:read"),
            ("state", "st"),
            ("nonce", "no"),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ];
        fields.retain(|(name, _)| !more.iter().any(|(other, _)| other == name));
        fields.extend(more.iter().filter(|(_, value)| !value.is_empty()));
        format!("{}?{}", self.url("/authorize"), encode(&fields))
    }

    /// Logs in through the pages and returns the redirect's parameters.
    pub(crate) async fn callback(&self, more: &[(&str, &str)]) -> Vec<(String, String)> {
        let url = self
            .sandbox
            .person()
            .redirect(&self.authorization_url(more))
            .await
            .unwrap();
        parameters(&url)
    }

    pub(crate) async fn code(&self) -> String {
        one(&self.callback(&[]).await, "code")
    }

    pub(crate) async fn redeem(&self, code: &str) -> Answer {
        self.redeem_with(code, &[]).await
    }

    pub(crate) async fn redeem_with(&self, code: &str, more: &[(&str, &str)]) -> Answer {
        let mut fields = vec![
            ("grant_type", "authorization_code"),
            ("client_id", "demo-cli"),
            ("code", code),
            ("redirect_uri", REDIRECT),
            ("code_verifier", VERIFIER),
        ];
        fields.retain(|(name, _)| !more.iter().any(|(other, _)| other == name));
        fields.extend(more.iter().filter(|(_, value)| !value.is_empty()));
        self.post("/token", &fields).await
    }

    /// The password grant: the shortest way to all three tokens.
    pub(crate) async fn password(&self) -> Value {
        self.password_answer().await.ok()
    }

    pub(crate) async fn password_answer(&self) -> Answer {
        self.post("/token", &PASSWORD).await
    }

    pub(crate) async fn refresh(&self, token: &str) -> Answer {
        self.post("/token", &refresh_fields(token)).await
    }

    /// Verifies a JWT by the published keys.
    pub(crate) async fn claims(&self, token: &str) -> Claims {
        let keys = self.get("/jwks").await;
        let keys = JwkSet::parse(keys.text.as_bytes()).unwrap();
        let jws = CompactJws::parse(token).unwrap();
        keys.verify(&jws).unwrap().claims().unwrap()
    }

    pub(crate) async fn is_signed_right(&self, token: &str) -> bool {
        let keys = self.get("/jwks").await;
        let keys = JwkSet::parse(keys.text.as_bytes()).unwrap();
        CompactJws::parse(token).is_ok_and(|jws| keys.verify(&jws).is_ok())
    }
}

pub(crate) const PASSWORD: [(&str, &str); 5] = [
    ("grant_type", "password"),
    ("client_id", "demo-cli"),
    ("username", "alice"),
    ("password", "wonderland"),
    ("scope", "openid email offline_access api:read"),
];

pub(crate) fn refresh_fields(token: &str) -> [(&str, &str); 3] {
    [
        ("grant_type", "refresh_token"),
        ("client_id", "demo-cli"),
        ("refresh_token", token),
    ]
}

pub(crate) async fn read(response: Response) -> Answer {
    try_read(response).await.unwrap()
}

pub(crate) async fn try_read(response: Response) -> reqwest::Result<Answer> {
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    Ok(Answer {
        status,
        headers,
        text: response.text().await?,
    })
}

pub(crate) fn encode(fields: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish()
}

pub(crate) fn parameters(url: &str) -> Vec<(String, String)> {
    Url::parse(url)
        .unwrap()
        .query_pairs()
        .into_owned()
        .collect()
}

#[track_caller]
pub(crate) fn one(parameters: &[(String, String)], name: &str) -> String {
    let found = parameters.iter().find(|(found, _)| found == name);
    found
        .unwrap_or_else(|| panic!("no {name} in {parameters:?}"))
        .1
        .clone()
}

pub(crate) fn text(value: &Value, name: &str) -> String {
    value[name]
        .as_str()
        .unwrap_or_else(|| panic!("no {name} in {value}"))
        .to_owned()
}

/// The header and the claims of a JWT, unverified.
pub(crate) fn parts(token: &str) -> (Value, Value) {
    let mut parts = token
        .split('.')
        .map(|part| serde_json::from_slice(&base64url::decode(part).unwrap()).unwrap_or_default());
    (parts.next().unwrap(), parts.next().unwrap())
}
