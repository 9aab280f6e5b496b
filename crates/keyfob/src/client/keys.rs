//! Every key of `auth_client.json` that keyfob knows, in one table: what it holds and for whom.

use crate::client::key_table::ALL;
use crate::client::{ClientType, GrantKind};

/// What the value of a key looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyShape {
    /// A text.
    Text,
    /// A text that is never shown.
    Secret,
    /// An address.
    Url,
    /// A list of texts; a text counts as its words.
    List,
    /// A path on this machine.
    Path,
    /// A number of seconds, more than zero.
    Seconds,
    /// A number of seconds, possibly zero.
    Leeway,
    /// A line for the shell, or a program with its arguments.
    Command,
    /// An object whose values are texts.
    Texts,
    /// An object whose values are texts, numbers, or true and false.
    Parameters,
    /// Yes or no.
    Flag,
    /// Ports: a number, a range such as `"8888-8987"`, or a list of those.
    Ports,
    /// An object; see `retry` in the documentation.
    Retry,
}

/// Who reads a key; for everybody else it is one more key that is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyUse {
    /// Every client type.
    Every,
    /// Every OpenID client, the validator included.
    OpenId,
    /// OpenID clients that log in with a browser.
    Browser,
    /// OpenID clients with a secret.
    ClientSecret,
    /// OpenID clients with a key of their own.
    ClientKey,
    /// Those that log in with user name and password.
    Password,
    /// `static_apikey` and `planet_legacy`.
    ApiKey,
    /// `static_apikey`.
    Static,
    /// `planet_legacy`.
    Legacy,
}

/// One key of the format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConfigKey {
    /// The key.
    pub name: &'static str,
    /// What its value looks like.
    pub shape: KeyShape,
    /// Who reads it.
    pub used_by: KeyUse,
    /// Whether the key is planet-auth's; the others are keyfob's additions, which planet-auth keeps and ignores.
    pub is_shared: bool,
}

impl ConfigKey {
    /// Lists all keys that keyfob knows, in the order of the documentation.
    pub fn all() -> &'static [Self] {
        &ALL
    }

    /// Finds a key by its name.
    pub fn named(name: &str) -> Option<&'static Self> {
        ALL.iter().find(|key| key.name == name)
    }

    /// Tells whether its value must not be shown.
    pub fn is_secret(&self) -> bool {
        matches!(self.shape, KeyShape::Secret | KeyShape::Command)
    }

    /// Tells whether a client type reads it. A type of an application's own may read any.
    pub fn concerns(&self, kind: ClientType) -> bool {
        let openid = kind.is_openid();
        match self.used_by {
            KeyUse::Every => true,
            _ if matches!(kind, ClientType::Custom(_)) => true,
            // `client_auth_method` can make a client of any type prove itself in any way.
            KeyUse::OpenId | KeyUse::ClientSecret | KeyUse::ClientKey => openid,
            KeyUse::Browser => kind.grant() == Some(GrantKind::AuthorizationCode),
            KeyUse::Password => {
                kind.grant() == Some(GrantKind::Password) || kind == ClientType::PlanetLegacy
            }
            KeyUse::ApiKey => {
                matches!(kind, ClientType::StaticApiKey | ClientType::PlanetLegacy)
            }
            KeyUse::Static => kind == ClientType::StaticApiKey,
            KeyUse::Legacy => kind == ClientType::PlanetLegacy,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// The first cell of every row of the documentation's tables: `` | `key` | … ``.
    fn documented() -> BTreeSet<String> {
        let page = include_str!("../../../../docs/client-config.md");
        let rows = page.lines().filter_map(|line| line.strip_prefix("| `"));
        let names = rows.filter_map(|row| row.split_once('`'));
        names.map(|(name, _)| name.to_owned()).collect()
    }

    #[test]
    fn the_documentation_lists_exactly_the_keys_that_the_code_knows() {
        let known: BTreeSet<_> = ALL.iter().map(|key| key.name.to_owned()).collect();
        assert_eq!(known.len(), ALL.len(), "a key is listed twice");
        assert_eq!(documented(), known);
    }

    /// Reads every literal that the library asks a configuration for.
    #[test]
    fn the_code_reads_no_key_that_the_table_does_not_know() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/client");
        for file in std::fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap();
            let code = text.split("#[cfg(test)]").next().unwrap_or_default();
            // The examples are other people's configurations.
            let is_code = |line: &&str| !line.trim_start().starts_with("//");
            let code: Vec<_> = code.lines().filter(is_code).collect();
            let code = code.join("\n");
            for asks in [
                ".text(\"",
                ".list(\"",
                ".required(\"",
                ".url(\"",
                ".secret(\"",
            ] {
                for rest in code.split(asks).skip(1) {
                    let name = rest.split('"').next().unwrap_or_default();
                    assert!(
                        ConfigKey::named(name).is_some(),
                        "{name} in {}",
                        path.display()
                    );
                }
            }
        }
    }
}
