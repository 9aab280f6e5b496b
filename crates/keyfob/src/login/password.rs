//! Login by name and password, for clients of the type resource owner (RFC 6749 §4.3) and planet-auth's legacy login.

use keyfob_jose::Secret;
use keyfob_protocol::{IdToken, TokenRequest};

use super::options::LoginOptions;
use super::{Interaction, LoginError, Progress, Question, verify};
use crate::Error;
use crate::client::{Client, ClientType, Granted};

/// Asks for what the config does not hold, and sends it once.
pub(super) async fn run(
    client: &Client,
    options: &LoginOptions,
    screen: &dyn Interaction,
) -> Result<(Granted, Option<IdToken>), Error> {
    let username = match client.config().username() {
        Some(username) => username.to_owned(),
        None => ask(client, options, screen, &Question::Username).await?,
    };
    let password = Secret::new(ask(client, options, screen, &Question::Password).await?);
    screen.progress(&Progress::Exchanging);
    if client.client_type() == ClientType::PlanetLegacy {
        return Ok((client.log_in_legacy(&username, password).await?, None));
    }
    let request = options
        .ask
        .put(TokenRequest::password(username, password), client.config())?;
    let granted = client.redeem(&request).await?;
    let openid = options.ask.openid(client.config())?;
    let rules = client.id_token_rules()?;
    let id_token = verify::id_token(client, &granted, rules, openid).await?;
    Ok((granted, id_token))
}

async fn ask(
    client: &Client,
    options: &LoginOptions,
    screen: &dyn Interaction,
    question: &Question<'_>,
) -> Result<String, LoginError> {
    let answer = client
        .clock()
        .timeout(options.limit(), screen.ask(question))
        .await;
    let line = answer.map_err(|_| LoginError::TimedOut {
        after: options.limit(),
    })?;
    let line = line.ok_or(LoginError::NoAnswer)?;
    let line = line.trim_end_matches(['\r', '\n']);
    if line.is_empty() {
        Err(LoginError::NoAnswer)
    } else {
        Ok(line.to_owned())
    }
}
