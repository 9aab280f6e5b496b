//! `kubelogin get-token` (Azure/kubelogin): its flags and variables as a client of Microsoft Entra ID.

use super::arguments::{Arguments, Flags};
use crate::import::{ImportError, ImportedProfile};

const FLAGS: Flags = Flags {
    valued: &[
        "authority-host",
        "azure-pipelines-service-connection-id",
        "cache-dir",
        "client-certificate",
        "client-certificate-password",
        "client-id",
        "client-secret",
        "environment",
        "federated-token-file",
        "identity-resource-id",
        "login",
        "login-hint",
        "password",
        "pop-claims",
        "redirect-url",
        "server-id",
        "subscription",
        "tenant-id",
        "timeout",
        "token-cache-dir",
        "username",
    ],
    switches: &[
        "disable-environment-override",
        "disable-instance-discovery",
        "legacy",
        "pop-enabled",
        "use-azurerm-env-vars",
    ],
    letters: &[
        ('l', "login"),
        ('t', "tenant-id"),
        ('s', "subscription"),
        ('e', "environment"),
        ('v', "v"),
    ],
};

/// Where a browser's answer comes back to, at any port.
const REDIRECT_URI: &str = "http://localhost";

/// Makes a client of the words behind `get-token`, and of the variables that are set beside them.
pub(super) fn client(
    mut profile: ImportedProfile,
    words: &[String],
    variables: &[(&str, &str)],
) -> Result<ImportedProfile, ImportError> {
    let given = Given {
        flags: Arguments::read(words, &FLAGS)?,
        variables,
    };
    given.refuse_other_tokens()?;
    let login = given.one("login").unwrap_or("devicecode");
    let (kind, is_person) = match login {
        "devicecode" => ("oidc_device_code", true),
        "interactive" => ("oidc_auth_code", true),
        "ropc" => ("oidc_resource_owner", true),
        "spn" if given.one("client-secret").is_some() => ("oidc_client_credentials_secret", false),
        "spn" => {
            return Err(ImportError::Nothing {
                why:
                    "it proves itself with a certificate, whose fingerprint Entra ID wants to see; \
                      that needs a client secret instead"
                        .to_owned(),
            });
        }
        "msi" | "azurecli" | "azd" | "workloadidentity" | "azurepipelines" => {
            return Err(ImportError::Nothing {
                why: format!("the login method {login} takes its tokens from Azure's own tools"),
            });
        }
        _ => {
            return Err(ImportError::invalid(
                "--login",
                "it is not a known login method",
            ));
        }
    };
    let config = &mut profile.config;
    config.set("client_type", kind);
    config.set("auth_server", given.authority()?);
    config.set("client_id", given.needed("client-id")?);
    config.set("scopes", scopes(given.needed("server-id")?, is_person));
    match login {
        "interactive" => {
            let uri = given.one("redirect-url").unwrap_or(REDIRECT_URI);
            config.set("redirect_uri", uri);
            config.set("local_redirect_uri", uri);
        }
        "ropc" => {
            config.set("username", given.one("username"));
            config.set("password", given.one("password"));
        }
        "spn" => config.set("client_secret", given.one("client-secret")),
        _ => {}
    }
    given.explain(&mut profile);
    Ok(profile)
}

/// The server's resource with all that was granted beforehand; a person also gets an ID token and a refresh token.
fn scopes(server: &str, is_person: bool) -> Vec<String> {
    let mut scopes = vec![format!("{server}/.default")];
    if is_person {
        scopes.extend(["openid".to_owned(), "offline_access".to_owned()]);
    }
    scopes
}

/// Variables win over flags there, unless a flag forbids it.
struct Given<'a> {
    flags: Arguments,
    variables: &'a [(&'a str, &'a str)],
}

/// The variables behind a flag, the strongest last.
fn variables_of(flag: &str) -> &'static [&'static str] {
    match flag {
        "login" => &["AAD_LOGIN_METHOD"],
        "client-id" => &["AAD_SERVICE_PRINCIPAL_CLIENT_ID", "AZURE_CLIENT_ID"],
        "client-secret" => &["AAD_SERVICE_PRINCIPAL_CLIENT_SECRET", "AZURE_CLIENT_SECRET"],
        "tenant-id" => &["AZURE_TENANT_ID"],
        "username" => &["AAD_USER_PRINCIPAL_NAME", "AZURE_USERNAME"],
        "password" => &["AAD_USER_PRINCIPAL_PASSWORD", "AZURE_PASSWORD"],
        _ => &[],
    }
}

impl Given<'_> {
    fn one(&self, flag: &str) -> Option<&str> {
        let variable = |name: &&str| {
            let found = self.variables.iter().find(|(known, _)| known == name);
            found
                .map(|(_, value)| *value)
                .filter(|value| !value.is_empty())
        };
        let from_variables = || variables_of(flag).iter().rev().find_map(variable);
        if self.flags.is_on("disable-environment-override") {
            return self.flags.one(flag);
        }
        from_variables().or_else(|| self.flags.one(flag))
    }

    fn needed(&self, flag: &str) -> Result<&str, ImportError> {
        self.one(flag)
            .ok_or_else(|| ImportError::missing(format!("--{flag}")))
    }

    fn refuse_other_tokens(&self) -> Result<(), ImportError> {
        if self.flags.is_on("pop-enabled") {
            return Err(ImportError::Nothing {
                why: "it asks for tokens that are bound to a key (--pop-enabled)".to_owned(),
            });
        }
        Ok(())
    }

    fn authority(&self) -> Result<String, ImportError> {
        let tenant = self.needed("tenant-id")?;
        let is_name = |c: char| c.is_ascii_alphanumeric() || ".-".contains(c);
        if !tenant.chars().all(is_name) {
            return Err(ImportError::invalid(
                "--tenant-id",
                "it is neither an identifier nor a domain",
            ));
        }
        let environment = self
            .one("environment")
            .unwrap_or_default()
            .to_ascii_uppercase();
        let host = match environment.as_str() {
            "AZUREUSGOVERNMENT" | "AZUREUSGOVERNMENTCLOUD" => "login.microsoftonline.us",
            "AZURECHINACLOUD" => "login.chinacloudapi.cn",
            _ => "login.microsoftonline.com",
        };
        Ok(format!("https://{host}/{tenant}/v2.0"))
    }

    fn explain(&self, profile: &mut ImportedProfile) {
        let is_identifier = |tenant: &str| tenant.len() == 36 && tenant.contains('-');
        if self
            .one("tenant-id")
            .is_some_and(|tenant| !is_identifier(tenant))
        {
            profile.note("the tenant is given by its domain; Entra ID names itself by the tenant's identifier, so put that into auth_server");
        }
        for name in self.flags.names() {
            let why = match name {
                "legacy" if self.flags.is_on(name) => {
                    "tokens of Entra ID's second version have no prefix spn:"
                }
                "login-hint" => "give it at login: keyfob login --login-hint WHO",
                "authority-host" => "it is for workload identities",
                "v" | "cache-dir" | "token-cache-dir" | "timeout" => continue,
                name if FLAGS.valued.contains(&name) || FLAGS.switches.contains(&name) => continue,
                _ => "keyfob does not know this flag",
            };
            profile.leave(
                format!("--{}", name.chars().take(64).collect::<String>()),
                why,
            );
        }
    }
}
