//! The cache of palantir-oauth-client: each host with a login becomes a profile.

use std::collections::BTreeMap;

use keyfob_store::Document;

use super::{Imported, ImportedProfile, Left, name_of};
use crate::Error;
use crate::foundry::{FoundryCache, FoundryCredential, Host};
use crate::preset::Preset;

/// Reads the logins of a foundry cache. A section that cannot be used is left, with the reason.
///
/// # Errors
/// When the file cannot be read or is damaged.
pub fn foundry(cache: &FoundryCache) -> Result<Imported, Error> {
    let mut imported = Imported::default();
    for host in cache.hosts()? {
        match cache.read(&host).map_err(Error::from) {
            Ok(Some(login)) => match profile(&host, &login)? {
                Ok(profile) => imported.profiles.push(profile),
                Err(left) => imported.left.push(left),
            },
            Ok(None) => {}
            Err(error) => imported
                .left
                .push(Left::new(host.to_string(), error.to_string())),
        }
    }
    Ok(imported)
}

fn profile(host: &Host, login: &FoundryCredential) -> Result<Result<ImportedProfile, Left>, Error> {
    let Some(client_id) = login.client_id() else {
        return Ok(Err(Left::new(
            host.to_string(),
            "its section does not say for which client it is",
        )));
    };
    let mut given = BTreeMap::from([
        ("host".to_owned(), vec![host.to_string()]),
        ("client_id".to_owned(), vec![client_id.to_owned()]),
    ]);
    if !login.scopes().is_empty() {
        given.insert("scopes".to_owned(), login.scopes().to_vec());
    }
    let preset = Preset::builtin("foundry")?;
    let mut config = preset.template()?.config(&given)?;
    if let Some(secret) = login.client_secret() {
        config.set("client_type", "oidc_auth_code_secret");
        config.set("client_secret", secret.expose());
    }
    if login.token_uri() != host.token_endpoint() {
        config.set("token_endpoint", login.token_uri());
    }
    let mut profile = ImportedProfile::new(name_of(&host.to_string()), config);
    let Some(token) = login.refresh_token() else {
        profile.leave("access token", "it has no refresh token, and expires soon");
        return Ok(Ok(profile));
    };
    let mut credential = Document::new();
    credential.set("refresh_token", token.expose());
    if !login.scopes().is_empty() {
        credential.set("scope", login.scopes().join(" "));
    }
    profile.note(
        "the cache still has this login; Foundry replaces refresh tokens, so go on with one of the two only",
    );
    Ok(Ok(profile.with_credential(Some(credential))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use keyfob_jose::Secret;

    #[test]
    fn each_host_becomes_a_profile_with_its_login() {
        let home = tempfile::tempdir().unwrap();
        let cache = FoundryCache::open(FoundryCache::path_in(home.path())).unwrap();
        let host: Host = "foundry.example.com:8443".parse().unwrap();
        let login = FoundryCredential::new(&host, "cli")
            .with_scopes(["api:read-data", "offline_access"])
            .with_refresh_token(Secret::new("refresh-1"));
        cache.write(&host, &login).unwrap();
        let imported = foundry(&cache).unwrap();
        let profile = &imported.profiles[0];
        assert_eq!(profile.name, "foundry.example.com-8443");
        profile.config.check().unwrap();
        assert_eq!(profile.config.scopes(), ["api:read-data", "offline_access"]);
        assert_eq!(
            profile.config.text("token_endpoint"),
            Some("https://foundry.example.com:8443/multipass/api/oauth2/token")
        );
        let stored = profile.credential.as_ref().unwrap();
        assert_eq!(stored.text("refresh_token"), Some("refresh-1"));
    }

    #[test]
    fn a_cache_that_is_not_there_has_nothing() {
        let home = tempfile::tempdir().unwrap();
        let cache = FoundryCache::open(home.path().join("oauth")).unwrap();
        assert!(foundry(&cache).unwrap().profiles.is_empty());
    }
}
