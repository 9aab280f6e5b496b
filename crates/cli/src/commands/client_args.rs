//! The flags that describe a client: shared by `login` and `profile add`.
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde_json::{Map, Value, json};

use super::key_config;
use super::preset_args::PresetArgs;
use crate::context::Context;
use crate::failure::Failure;
use crate::secret_source::{self, ApiKeyArgs, ClientSecretArgs};
use crate::ui::ask;

/// What a native client is registered with, unless told otherwise.
const DEFAULT_REDIRECT_URI: &str = "http://127.0.0.1/callback";

/// Which authorization server, which client, which grant.
#[derive(Args, Debug, Default, Clone, PartialEq)]
#[command(next_help_heading = "Client")]
pub(crate) struct ClientArgs {
    /// The authorization server, as its tokens name it
    #[arg(long, value_name = "URL")]
    pub(crate) issuer: Option<String>,
    /// The client identifier that the server gave
    #[arg(long, value_name = "ID")]
    pub(crate) client_id: Option<String>,
    /// How tokens are obtained [default: code]
    #[arg(long = "type", value_name = "GRANT", value_enum, alias = "grant")]
    pub(crate) grant: Option<Grant>,
    /// Scopes; repeat, or separate by spaces [default where a person logs in: openid, and
    /// with `keyfob login` also offline_access if the server has it]
    #[arg(long = "scope", alias = "scopes", value_name = "SCOPE")]
    pub(crate) scopes: Vec<String>,
    /// Audience to ask for
    #[arg(long, value_name = "AUDIENCE")]
    pub(crate) audience: Vec<String>,
    /// Resource to ask for (RFC 8707)
    #[arg(long, value_name = "URL")]
    pub(crate) resource: Vec<String>,
    /// How the client proves itself [default: by what is given: nothing, a secret, a key]
    #[arg(long, value_name = "METHOD", value_enum)]
    pub(crate) auth_method: Option<AuthMethod>,
    /// Private key of the client (PEM), for private_key_jwt
    #[arg(long, value_name = "FILE")]
    pub(crate) key_file: Option<PathBuf>,
    /// Key identifier to put into assertions
    #[arg(long, value_name = "KID", requires = "key_file")]
    pub(crate) key_id: Option<String>,
    /// Signing algorithm of the key, such as RS256 or ES256
    #[arg(long, value_name = "ALG")]
    pub(crate) key_alg: Option<String>,
    /// Read the passphrase of the key from this file once and store it (`-` is stdin)
    #[arg(long, value_name = "FILE", requires = "key_file")]
    pub(crate) key_passphrase_file: Option<PathBuf>,
    /// Redirect URI that the client is registered with [default: http://127.0.0.1/callback, any port]
    #[arg(long, value_name = "URL")]
    pub(crate) redirect_uri: Option<String>,
    /// User name for the password grant
    #[arg(long, value_name = "NAME")]
    pub(crate) username: Option<String>,
    /// Certificate authority to trust besides the platform's (PEM)
    #[arg(long, value_name = "FILE")]
    pub(crate) ca_file: Option<PathBuf>,
    /// Proxy for this server
    #[arg(long, value_name = "URL")]
    pub(crate) proxy: Option<String>,
    /// The word before an API key in the Authorization header [default: Bearer; "" sends the key alone]
    #[arg(long, value_name = "WORD", help_heading = "API key")]
    pub(crate) key_scheme: Option<String>,
    /// Where a client of type planet-legacy exchanges user name and password for an API key
    #[arg(long, value_name = "URL", help_heading = "API key")]
    pub(crate) legacy_endpoint: Option<String>,
    #[command(flatten)]
    pub(crate) api_key: ApiKeyArgs,
    #[command(flatten)]
    pub(crate) secret: ClientSecretArgs,
    #[command(flatten)]
    pub(crate) preset: PresetArgs,
}

/// The scopes in flags that may hold several each.
pub(super) fn scope_words(flags: &[String]) -> Vec<String> {
    let words = flags.iter().flat_map(|flag| flag.split([' ', ',']));
    words
        .filter(|scope| !scope.is_empty())
        .map(str::to_owned)
        .collect()
}

/// How tokens are obtained, in the user's words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Grant {
    /// A person logs in with a browser (authorization code with PKCE).
    #[default]
    #[value(
        alias = "auth-code",
        alias = "authorization_code",
        alias = "browser",
        alias = "oidc_auth_code"
    )]
    Code,
    /// A person logs in on another device by typing a code (RFC 8628).
    #[value(alias = "device-code", alias = "oidc_device_code")]
    Device,
    /// The client itself is the account.
    #[value(alias = "client_credentials")]
    ClientCredentials,
    /// User name and password, for old servers only.
    #[value(alias = "resource-owner", alias = "oidc_resource_owner")]
    Password,
    /// A fixed API key goes with every request.
    #[value(alias = "static_apikey", alias = "api-key")]
    StaticApikey,
    /// User name and password are exchanged once for an API key of Planet.
    #[value(alias = "planet_legacy")]
    PlanetLegacy,
    /// Requests go out without any credential.
    None,
    /// Tokens of others are checked; nobody logs in.
    #[value(alias = "oidc_client_validator")]
    Validator,
}

impl Grant {
    /// Whether an authorization server and a client registered there belong to it.
    fn is_of_a_client(self) -> bool {
        !matches!(
            self,
            Self::StaticApikey | Self::PlanetLegacy | Self::None | Self::Validator
        )
    }
}

/// How the client proves itself (RFC 7591 names).
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub(crate) enum AuthMethod {
    /// A public client.
    None,
    /// The secret in the Authorization header.
    ClientSecretBasic,
    /// The secret in the form.
    ClientSecretPost,
    /// A JWT signed with the secret.
    ClientSecretJwt,
    /// A JWT signed with a private key.
    PrivateKeyJwt,
}

impl ClientArgs {
    /// Whether any flag that shapes a client was given.
    pub(crate) fn describes_a_client(&self) -> bool {
        self.issuer.is_some()
            || self.client_id.is_some()
            || self.preset.is_given()
            || self.needs_no_client()
    }

    /// Whether the type that was named has neither a server's client nor a login there.
    pub(crate) fn needs_no_client(&self) -> bool {
        self.grant.is_some_and(|grant| !grant.is_of_a_client())
    }

    /// Whether no flag was given at all.
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Makes the client config that these flags describe, asking for a secret where one is missing.
    ///
    /// # Errors
    ///
    /// Says what is missing, or which secret could not be read.
    pub(crate) async fn to_config(&self, context: &Context) -> Result<Map<String, Value>, Failure> {
        if let Some(grant) = self.grant.filter(|grant| !grant.is_of_a_client()) {
            return key_config::make(self, grant);
        }
        let start = self.start(context)?;
        let proof = self.proof(start.grant);
        let grant = self.grant.unwrap_or(start.grant);
        let mut config = start.config;
        let mut put = |name: &str, value: Value| drop(config.insert(name.to_owned(), value));
        put("client_type", json!(client_type(grant, proof)));
        let scopes = self.all_scopes(grant);
        if !scopes.is_empty() && start.takes_scopes {
            put("scopes", json!(scopes));
        }
        if !self.audience.is_empty() && start.takes_audiences {
            put("audiences", json!(self.audience));
        }
        match self.resource.as_slice() {
            [] => {}
            [one] => put("resource", json!(one)),
            several => put("resource", json!(several)),
        }
        if let Some(method) = self.auth_method {
            put(
                "client_auth_method",
                json!(method.to_possible_value().map(|v| v.get_name().to_owned())),
            );
        }
        for (name, value) in [
            (
                "redirect_uri",
                self.redirect_uri(grant, start.has_redirect_uri),
            ),
            ("username", self.username.clone()),
            ("proxy", self.proxy.clone()),
            ("client_privkey_kid", self.key_id.clone()),
            ("client_privkey_alg", self.key_alg.clone()),
            ("ca_file", self.ca_file.as_deref().map(absolute)),
            (
                "client_privkey_file",
                self.key_file.as_deref().map(absolute),
            ),
        ] {
            if let Some(value) = value {
                put(name, json!(value));
            }
        }
        self.put_secrets(context, proof, &mut config).await?;
        Ok(config)
    }

    /// Native clients are told where on this machine to answer, at any free port (RFC 8252 §7.3).
    fn redirect_uri(&self, grant: Grant, is_known: bool) -> Option<String> {
        let is_needed = grant == Grant::Code && !is_known;
        let default = || is_needed.then(|| DEFAULT_REDIRECT_URI.to_owned());
        self.redirect_uri.clone().or_else(default)
    }

    fn proof(&self, start: Grant) -> Proof {
        match self.auth_method {
            Some(AuthMethod::None) => Proof::None,
            Some(AuthMethod::PrivateKeyJwt) => Proof::Key,
            Some(_) => Proof::Secret,
            None if self.key_file.is_some() => Proof::Key,
            None if self.secret.is_given() => Proof::Secret,
            None if self.grant.unwrap_or(start) == Grant::ClientCredentials => Proof::Secret,
            None => Proof::None,
        }
    }

    /// The scopes as given, one by one.
    pub(crate) fn given_scopes(&self) -> Vec<String> {
        scope_words(&self.scopes)
    }

    fn all_scopes(&self, grant: Grant) -> Vec<String> {
        let given = self.given_scopes();
        if given.is_empty() && matches!(grant, Grant::Code | Grant::Device) {
            return vec!["openid".to_owned()];
        }
        given
    }

    /// References stay references; only stdin and a prompt are stored.
    async fn put_secrets(
        &self,
        context: &Context,
        proof: Proof,
        config: &mut Map<String, Value>,
    ) -> Result<(), Failure> {
        let secret = &self.secret;
        let mut put = |name: &str, value: Value| drop(config.insert(name.to_owned(), value));
        if secret.reads_stdin() {
            put(
                "client_secret",
                json!(*ask::in_a_thread(secret_source::stdin).await?),
            );
        } else if let Some(path) = &secret.file {
            put("client_secret_file", json!(absolute(path)));
        } else if let Some(name) = &secret.variable {
            put("client_secret_env", json!(name));
        } else if let Some(command) = &secret.command {
            put("client_secret_cmd", json!(command));
        } else if proof == Proof::Secret {
            if !context.may_ask() {
                return Err(Failure::usage("this client needs a secret").with_hint(
                    "add --client-secret-file FILE, --client-secret-env NAME, \
                     --client-secret-cmd COMMAND or --client-secret-stdin",
                ));
            }
            put(
                "client_secret",
                json!(*ask::secret("Client secret: ").await?),
            );
        }
        if proof == Proof::Key && self.key_file.is_none() {
            return Err(
                Failure::usage("private_key_jwt needs a key").with_hint("add --key-file FILE")
            );
        }
        if let Some(path) = self.key_passphrase_file.clone() {
            let password = ask::in_a_thread(move || secret_source::file(&path)).await?;
            put("client_privkey_password", json!(*password));
        }
        Ok(())
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Proof {
    None,
    Secret,
    Key,
}

/// planet-auth's literal for a grant and a proof; it has none for a service without proof, which
/// `client_auth_method` tells apart.
pub(super) fn client_type(grant: Grant, proof: Proof) -> String {
    let proof = match (grant, proof) {
        (Grant::ClientCredentials, Proof::None) => Proof::Secret,
        (_, proof) => proof,
    };
    let grant = match grant {
        Grant::Code => "oidc_auth_code",
        Grant::Device => "oidc_device_code",
        Grant::ClientCredentials => "oidc_client_credentials",
        Grant::Password => "oidc_resource_owner",
        Grant::StaticApikey => return "static_apikey".to_owned(),
        Grant::PlanetLegacy => return "planet_legacy".to_owned(),
        Grant::None => return "none".to_owned(),
        Grant::Validator => return "oidc_client_validator".to_owned(),
    };
    let proof = match proof {
        Proof::None => "",
        Proof::Secret => "_secret",
        Proof::Key => "_pubkey",
    };
    format!("{grant}{proof}")
}

/// A path in a config must not depend on where the next command is run.
pub(crate) fn absolute(path: &std::path::Path) -> String {
    std::path::absolute(path)
        .unwrap_or_else(|_| path.to_path_buf())
        .display()
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_client_types_as_planet_auth_does() {
        assert_eq!(client_type(Grant::Code, Proof::None), "oidc_auth_code");
        assert_eq!(
            client_type(Grant::Device, Proof::Secret),
            "oidc_device_code_secret"
        );
        assert_eq!(
            client_type(Grant::ClientCredentials, Proof::Key),
            "oidc_client_credentials_pubkey"
        );
        assert_eq!(
            client_type(Grant::ClientCredentials, Proof::None),
            "oidc_client_credentials_secret"
        );
        assert_eq!(
            client_type(Grant::Password, Proof::None),
            "oidc_resource_owner"
        );
    }

    #[test]
    fn asks_for_openid_only_where_a_person_logs_in() {
        let args = ClientArgs {
            scopes: vec!["a b".into(), "c,d".into()],
            ..Default::default()
        };
        assert_eq!(args.all_scopes(Grant::Code), ["a", "b", "c", "d"]);
        let none = ClientArgs::default();
        assert_eq!(none.all_scopes(Grant::Device), ["openid"]);
        assert!(none.all_scopes(Grant::ClientCredentials).is_empty());
    }
}
