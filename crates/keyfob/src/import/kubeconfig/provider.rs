//! The `oidc` auth provider of former kubectl versions, with its tokens; kubelogin's standalone mode still writes it.

use keyfob_store::Document;
use serde_json::{Map, Value};

use super::{note_path, shown};
use crate::ClientConfig;
use crate::import::{ImportError, ImportedProfile, name_of};

/// Where kubelogin's standalone mode listens.
const REDIRECT_URI: &str = "http://localhost:8000";

/// Makes a client of an `auth-provider` entry.
pub(super) fn client(name: &str, given: &Value) -> Result<ImportedProfile, ImportError> {
    let provider = given.get("name").and_then(Value::as_str);
    let provider = provider.unwrap_or_default();
    if provider != "oidc" {
        return Err(ImportError::Nothing {
            why: format!("the auth-provider {} is not oidc", shown(provider)),
        });
    }
    let members = Members::read(given)?;
    let mut profile = ImportedProfile::new(name_of(name), members.config()?);
    if let Some(path) = members.text("idp-certificate-authority") {
        note_path(&mut profile, "ca_file", path);
    }
    if members.text("idp-certificate-authority-data").is_some() {
        profile.leave(
            "idp-certificate-authority-data",
            "put it into a file and name that: keyfob profile edit --set ca_file=FILE",
        );
    }
    profile.note("the redirect address is the one of kubelogin; change it if the client is registered with another");
    let login = members.login();
    if login.is_some() {
        profile.note("the kubeconfig still has this login; where the provider replaces refresh tokens, go on with one of the two only");
    }
    Ok(profile.with_credential(login))
}

/// The members of the entry's `config`, all of them text.
struct Members<'a>(&'a Map<String, Value>);

impl<'a> Members<'a> {
    fn read(given: &'a Value) -> Result<Self, ImportError> {
        let Some(Value::Object(members)) = given.get("config") else {
            return Err(ImportError::missing("auth-provider.config"));
        };
        let odd = members
            .iter()
            .find(|(_, value)| !value.is_string() && !value.is_null());
        match odd {
            Some((key, _)) => Err(ImportError::invalid(
                format!("auth-provider.config.{}", shown(key)),
                "it must be text",
            )),
            None => Ok(Self(members)),
        }
    }

    fn text(&self, key: &str) -> Option<&'a str> {
        let value = self.0.get(key).and_then(Value::as_str);
        value.filter(|text| !text.is_empty())
    }

    fn needed(&self, key: &str) -> Result<&'a str, ImportError> {
        self.text(key)
            .ok_or_else(|| ImportError::missing(format!("auth-provider.config.{key}")))
    }

    fn config(&self) -> Result<ClientConfig, ImportError> {
        let secret = self.text("client-secret");
        let kind = if secret.is_some() {
            "oidc_auth_code_secret"
        } else {
            "oidc_auth_code"
        };
        Ok(ClientConfig::new(Map::new())
            .with("client_type", kind)
            .with("auth_server", self.needed("idp-issuer-url")?)
            .with("client_id", self.needed("client-id")?)
            .with("client_secret", secret)
            .with("scopes", self.scopes())
            .with("redirect_uri", REDIRECT_URI)
            .with("local_redirect_uri", REDIRECT_URI)
            .with("ca_file", self.text("idp-certificate-authority")))
    }

    fn scopes(&self) -> Vec<String> {
        let extra = self.text("extra-scopes").unwrap_or_default();
        let extra = extra
            .split([',', ' '])
            .filter(|scope| !scope.is_empty() && *scope != "openid");
        std::iter::once("openid")
            .chain(extra)
            .map(str::to_owned)
            .collect()
    }

    /// Without a refresh token there is no way to an access token.
    fn login(&self) -> Option<Document> {
        let mut login = Document::new();
        login.set("refresh_token", self.text("refresh-token")?);
        if let Some(token) = self.text("id-token") {
            login.set("id_token", token);
        }
        Some(login)
    }
}
