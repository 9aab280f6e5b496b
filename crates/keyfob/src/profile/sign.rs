//! Noting whose login a profile keeps, before its configuration becomes another client's.

use keyfob_store::{CredentialKind, ProfileName};

use crate::Error;
use crate::client::{ClientConfig, ClientType, identity};
use crate::profile::Profiles;
use crate::session::notes::Notes;

/// What makes a client another one, whose server must not see the tokens of the former.
const WHO: [&str; 3] = ["auth_server", "issuer", "client_id"];

impl Profiles {
    /// Notes that the login of a profile is that of its `former` configuration, if the `new` one is another client's and
    /// nothing is noted yet: planet-auth notes nothing, and a refresh would send its tokens to the new server.
    ///
    /// # Errors
    /// When the credential is locked or cannot be written.
    pub fn sign_login(
        &self,
        name: &ProfileName,
        former: &ClientConfig,
        new: &ClientConfig,
    ) -> Result<(), Error> {
        if WHO.iter().all(|key| former.text(key) == new.text(key)) {
            return Ok(());
        }
        let Some(owner) = owner(former) else {
            return Ok(());
        };
        let is_unsigned = |notes: &Notes| notes.identity.is_none();
        // What cannot be read is not sent either.
        let Ok(Some(stored)) = self.files().load_now(name) else {
            return Ok(());
        };
        if !is_unsigned(&Notes::of(&stored.document)) {
            return Ok(());
        }
        let mut lease = self.wait_for_lock(name)?;
        let Some(stored) = lease.load_now()? else {
            return Ok(());
        };
        let notes = Notes::of(&stored.document);
        if is_unsigned(&notes) {
            let mut document = stored.document;
            Notes {
                identity: Some(owner),
                issuer: former.issuer().ok().map(str::to_owned),
                ..notes
            }
            .write(&mut document);
            lease.commit_now(Some(&stored.revision), &document)?;
        }
        Ok(())
    }
}

/// The name of a login, if the client has one that a provider issued.
fn owner(config: &ClientConfig) -> Option<String> {
    let kind = config.client_type().ok()?;
    let is_issued = kind.credential() == Some(CredentialKind::Tokens);
    if !is_issued || matches!(kind, ClientType::Custom(_)) {
        return None;
    }
    identity(config, kind).ok()
}

#[cfg(test)]
mod tests {
    use keyfob_store::Document;
    use keyfob_transport::testing::ScriptedTransport;
    use keyfob_transport::{Clock, Transport};

    use super::*;

    fn config(server: &str) -> ClientConfig {
        ClientConfig::from_json(
            format!(
                r#"{{"client_type": "oidc_device_code", "auth_server": "{server}", "client_id": "c",
                    "token_endpoint": "{server}/token", "revocation_endpoint": "{server}/revoke"}}"#
            )
            .as_bytes(),
        )
        .unwrap()
    }

    #[tokio::test]
    async fn a_login_without_a_note_is_not_sent_to_the_server_that_takes_the_profile_over() {
        let home = tempfile::tempdir().unwrap();
        let profiles = Profiles::open(home.path());
        let name: ProfileName = "work".parse().unwrap();
        profiles.add(&name, &config("https://a.example")).unwrap();
        let theirs = br#"{"access_token": "a", "refresh_token": "r", "_iat": 1000, "_exp": 4600}"#;
        let mut lease = profiles.wait_for_lock(&name).unwrap();
        lease
            .commit_now(None, &Document::parse(theirs).unwrap())
            .unwrap();
        drop(lease);
        profiles.put(&name, &config("https://b.example")).unwrap();
        let script = ScriptedTransport::new();
        let open = || {
            let transport = Transport::new(script.clone());
            profiles
                .open_session(&name, transport, Clock::system())
                .unwrap()
        };
        let refused = open().access_token().await.unwrap_err();
        assert_eq!(refused.code(), "login_of_another_configuration");
        open().logout().await.unwrap();
        assert_eq!(script.count(), 0, "nothing was sent");
    }
}
