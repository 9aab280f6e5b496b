//! Logging in where there are no tokens: a fixed key is stored, and what needs no login says so.
use keyfob::Session;
use keyfob::client::{ClientType, Granted};
use keyfob::jose::Secret;

use crate::context::Context;
use crate::failure::Failure;
use crate::ui::interaction::Terminal;
use crate::ui::prompt;

/// What a login has to do.
pub(super) enum Need {
    /// Nothing: the key is configured, or none is needed.
    Nothing,
    /// Store this.
    Store(Box<Granted>),
    /// Get a credential from the provider.
    Provider,
}

/// Finds out what there is to do, and asks for the key if that is it.
///
/// # Errors
///
/// Says that this type of client cannot log in, that its key cannot be read, or that nobody can be asked.
pub(super) async fn need(
    context: &Context,
    session: &Session,
    person: &Terminal,
) -> Result<Need, Failure> {
    let client = session.client();
    match client.client_type() {
        ClientType::None => Ok(Need::Nothing),
        // It says that it cannot.
        ClientType::ClientValidator => {
            session.ensure_ready().await?;
            Ok(Need::Nothing)
        }
        ClientType::StaticApiKey | ClientType::PlanetLegacy if client.config().has_key() => {
            session.access_token().await?;
            Ok(Need::Nothing)
        }
        ClientType::StaticApiKey => {
            // A person is not troubled for a key that could not be stored.
            session.check_writable().await?;
            let key = ask(context, person)?;
            Ok(Need::Store(Box::new(client.take_key(&key)?)))
        }
        _ => Ok(Need::Provider),
    }
}

fn ask(context: &Context, person: &Terminal) -> Result<Secret, Failure> {
    if let Some(key) = person.api_key() {
        return Ok(Secret::new(key));
    }
    if !context.may_ask() {
        return Err(Failure::usage("this profile needs an API key")
            .with_hint("keyfob login{at} --api-key-stdin < FILE"));
    }
    Ok(Secret::new(prompt::hidden("API key: ")?.as_str()))
}
