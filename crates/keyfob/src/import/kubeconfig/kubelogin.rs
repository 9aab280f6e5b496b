//! `kubectl oidc-login get-token` (int128/kubelogin): its flags as a client.

use super::arguments::{Arguments, Flags};
use super::note_path;
use crate::import::{ImportError, ImportedProfile, is_loopback};

const FLAGS: Flags = Flags {
    valued: &[
        "authentication-timeout-sec",
        "browser-command",
        "certificate-authority",
        "certificate-authority-data",
        "grant-type",
        "listen-address",
        "local-server-cert",
        "local-server-key",
        "oidc-auth-request-extra-params",
        "oidc-client-id",
        "oidc-client-secret",
        "oidc-extra-scope",
        "oidc-issuer-url",
        "oidc-pkce-method",
        "oidc-redirect-url",
        "oidc-redirect-url-hostname",
        "oidc-request-header",
        "open-url-after-authentication",
        "password",
        "token-cache-dir",
        "token-cache-storage",
        "username",
    ],
    switches: &[
        "force-refresh",
        "insecure-skip-tls-verify",
        "oidc-use-access-token",
        "oidc-use-pkce",
        "skip-open-browser",
        "tls-renegotiation-freely",
        "tls-renegotiation-once",
    ],
    letters: &[('v', "v")],
};

/// The port that it listens on unless told otherwise.
const DEFAULT_PORT: &str = "8000";

/// Flags that are about how that program works, not about the client.
const OF_NO_CONCERN: [&str; 10] = [
    "authentication-timeout-sec",
    "force-refresh",
    "oidc-pkce-method",
    "oidc-use-access-token",
    "oidc-use-pkce",
    "skip-open-browser",
    "token-cache-dir",
    "token-cache-storage",
    "v",
    "grant-type",
];

/// Makes a client of the words behind `get-token`.
pub(super) fn client(
    mut profile: ImportedProfile,
    words: &[String],
    variables: &[(&str, &str)],
) -> Result<ImportedProfile, ImportError> {
    let given = Arguments::read(words, &FLAGS)?;
    let needed = |name: &str| {
        given
            .one(name)
            .ok_or_else(|| ImportError::missing(format!("--{name}")))
    };
    let secret = given.one("oidc-client-secret");
    let (grant, kind) = kind(&given, secret.is_some())?;
    let config = &mut profile.config;
    config.set("client_type", kind);
    config.set("auth_server", needed("oidc-issuer-url")?);
    config.set("client_id", needed("oidc-client-id")?);
    config.set("client_secret", secret);
    config.set("scopes", scopes(&given, grant));
    match grant {
        Grant::Code => {
            let uri = redirect_uri(&given);
            config.set("redirect_uri", uri.as_str());
            if is_loopback(&uri) {
                config.set("local_redirect_uri", uri);
            }
        }
        Grant::Password => {
            config.set("username", given.one("username"));
            config.set("password", given.one("password"));
        }
        Grant::Device | Grant::ClientCredentials => {}
    }
    if let Some(path) = given.one("certificate-authority") {
        config.set("ca_file", path);
        note_path(&mut profile, "ca_file", path);
    }
    parameters(&mut profile, &given);
    explain(&mut profile, &given, grant);
    for (name, _) in variables {
        profile.leave(
            format!("env {name}"),
            "set it where keyfob is run, if it is needed",
        );
    }
    Ok(profile)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Grant {
    Code,
    Device,
    Password,
    ClientCredentials,
}

fn kind(given: &Arguments, has_secret: bool) -> Result<(Grant, &'static str), ImportError> {
    let grant = match (
        given.one("grant-type").unwrap_or("auto"),
        given.one("username"),
    ) {
        ("auto", None) | ("authcode" | "authcode-keyboard", _) => Grant::Code,
        ("auto", Some(_)) | ("password", _) => Grant::Password,
        ("device-code", _) => Grant::Device,
        ("client-credentials", _) => Grant::ClientCredentials,
        _ => {
            return Err(ImportError::invalid(
                "--grant-type",
                "it is none of auto, authcode, authcode-keyboard, password, device-code, client-credentials",
            ));
        }
    };
    let kind = match (grant, has_secret) {
        (Grant::Code, false) => "oidc_auth_code",
        (Grant::Code, true) => "oidc_auth_code_secret",
        (Grant::Device, false) => "oidc_device_code",
        (Grant::Device, true) => "oidc_device_code_secret",
        (Grant::Password, false) => "oidc_resource_owner",
        (Grant::Password, true) => "oidc_resource_owner_secret",
        (Grant::ClientCredentials, true) => "oidc_client_credentials_secret",
        (Grant::ClientCredentials, false) => {
            return Err(ImportError::missing("--oidc-client-secret"));
        }
    };
    Ok((grant, kind))
}

/// That program always asks for `openid` where a person logs in.
fn scopes(given: &Arguments, grant: Grant) -> Vec<String> {
    let mut scopes = given.many("oidc-extra-scope");
    if grant != Grant::ClientCredentials && !scopes.iter().any(|scope| scope == "openid") {
        scopes.insert(0, "openid".to_owned());
    }
    scopes
}

fn redirect_uri(given: &Arguments) -> String {
    if let Some(uri) = given.one("oidc-redirect-url") {
        return uri.to_owned();
    }
    if given.one("grant-type") == Some("authcode-keyboard") {
        return "urn:ietf:wg:oauth:2.0:oob".to_owned();
    }
    let host = given
        .one("oidc-redirect-url-hostname")
        .unwrap_or("localhost");
    let address = given.many("listen-address").into_iter().next();
    let port = address
        .as_deref()
        .and_then(|address| address.rsplit(':').next())
        .filter(|port| port.parse::<u16>().is_ok_and(|port| port > 0))
        .unwrap_or(DEFAULT_PORT);
    format!("http://{host}:{port}")
}

/// Extra parameters that a profile has a key for; the others are given at login.
fn parameters(profile: &mut ImportedProfile, given: &Arguments) {
    for pair in given.many("oidc-auth-request-extra-params") {
        let (name, value) = pair.split_once('=').unwrap_or((&pair, ""));
        match name {
            "audience" => profile.config.set("audiences", vec![value]),
            "resource" => profile.config.set("resource", value),
            "organization" => profile.config.set("organization", value),
            _ => {
                let what = format!("--oidc-auth-request-extra-params {name}");
                profile.leave(what, "give it at login: keyfob login --param NAME=VALUE");
            }
        }
    }
}

fn explain(profile: &mut ImportedProfile, given: &Arguments, grant: Grant) {
    for name in given.names() {
        let why = match name {
            _ if OF_NO_CONCERN.contains(&name) => continue,
            "insecure-skip-tls-verify" if given.is_on(name) => {
                "keyfob always checks certificates; name the authority with ca_file"
            }
            "certificate-authority-data" => {
                "put it into a file and name that: keyfob profile edit --set ca_file=FILE"
            }
            "certificate-authority" if given.many(name).len() > 1 => {
                "a profile has one; the last is taken"
            }
            "listen-address" if grant == Grant::Code && given.many(name).len() > 1 => {
                "a profile has one address; the first is taken"
            }
            "oidc-request-header" => "keyfob sends no headers of others' to a provider",
            "browser-command" => "set BROWSER instead",
            "local-server-cert" | "local-server-key" => {
                "keyfob listens on this machine by http (RFC 8252)"
            }
            "open-url-after-authentication" => "keyfob shows a page of its own",
            name if FLAGS.valued.contains(&name) || FLAGS.switches.contains(&name) => continue,
            _ => "keyfob does not know this flag",
        };
        profile.leave(
            format!("--{}", name.chars().take(64).collect::<String>()),
            why,
        );
    }
}
