//! Login by device code (RFC 8628).

use std::time::Duration;

use keyfob_protocol::{
    Advice, DeviceAuthorization, DeviceAuthorizationRequest, DevicePolling, Endpoint, IdToken,
    Poll, ProtocolError,
};

use super::options::LoginOptions;
use super::{DevicePrompt, Interaction, LoginError, Progress, qr_code, verify};
use crate::Error;
use crate::client::{Client, Granted};

/// Runs the login: gets a code, shows it, and asks until the person has typed it in.
pub(super) async fn run(
    client: &Client,
    options: &LoginOptions,
    screen: &dyn Interaction,
) -> Result<(Granted, Option<IdToken>), Error> {
    let request = options
        .ask
        .put(DeviceAuthorizationRequest::new(), client.config())?;
    let make = |metadata: &_, client: &_, now| request.request(metadata, client, now);
    let answered = client.send(Endpoint::DeviceAuthorization, make).await?;
    let authorization = request.read(&answered.response)?;
    check_addresses(client, &authorization)?;
    show(&authorization, options, screen);
    let limit = options.device_limit(authorization.expires_in);
    screen.progress(&Progress::Waiting { limit });
    // An absolute end, whatever the provider or the network does in between.
    let granted = client
        .clock()
        .timeout(limit, poll(client, &authorization, screen))
        .await;
    let granted = granted.unwrap_or_else(|_| {
        Err(if limit < authorization.expires_in {
            LoginError::TimedOut { after: limit }.into()
        } else {
            LoginError::CodeExpired.into()
        })
    })?;
    let openid = options.ask.openid(client.config())?;
    let rules = client.id_token_rules()?;
    let id_token = verify::id_token(client, &granted, rules, openid).await?;
    Ok((granted, id_token))
}

/// Only a server on this machine may send a person to http addresses of this machine.
fn check_addresses(client: &Client, authorization: &DeviceAuthorization) -> Result<(), Error> {
    let complete = authorization.verification_uri_complete.as_ref();
    let mut all = complete
        .into_iter()
        .chain([&authorization.verification_uri]);
    if all.any(|uri| uri.scheme() == "http") && !client.issuer()?.is_loopback() {
        let what = "verification_uri";
        return Err(ProtocolError::InsecureUrl { what }.into());
    }
    Ok(())
}

fn show(authorization: &DeviceAuthorization, options: &LoginOptions, screen: &dyn Interaction) {
    let complete = authorization.verification_uri_complete.as_ref();
    let drawn = complete.unwrap_or(&authorization.verification_uri).as_str();
    let qr = qr_code(drawn, options.qr_colours);
    screen.show_device_code(&DevicePrompt {
        user_code: &authorization.user_code,
        verification_uri: &authorization.verification_uri,
        verification_uri_complete: complete,
        qr: qr.as_deref(),
        expires_in: authorization.expires_in,
    });
}

/// Asks at the provider's pace; faults on the way are waited out, refusals end it.
async fn poll(
    client: &Client,
    authorization: &DeviceAuthorization,
    screen: &dyn Interaction,
) -> Result<Granted, Error> {
    let clock = client.clock();
    let mut polling = DevicePolling::start(authorization, clock.now());
    let mut asked_for = Duration::ZERO;
    loop {
        let Some(wait) = polling.wait(clock.now()) else {
            return Err(LoginError::CodeExpired.into());
        };
        clock.sleep(wait.max(asked_for)).await;
        asked_for = Duration::ZERO;
        match ask(client, authorization).await {
            Ok(Asked::Done(granted)) => return Ok(granted),
            Ok(Asked::NotYet(poll)) => {
                polling.answered(&poll);
                if matches!(poll, Poll::SlowDown) {
                    let interval = polling.wait(clock.now()).unwrap_or_default();
                    screen.progress(&Progress::SlowedDown { interval });
                }
            }
            Err(error) => {
                let Some(retry_after) = transient(&error) else {
                    return Err(refusal(error));
                };
                polling.unanswered();
                asked_for = retry_after;
                let next = polling.wait(clock.now()).unwrap_or_default().max(asked_for);
                screen.progress(&Progress::Trouble {
                    why: &error.to_string(),
                    retry_in: next,
                });
            }
        }
    }
}

/// The answer to one question.
enum Asked {
    Done(Granted),
    NotYet(Poll),
}

async fn ask(client: &Client, authorization: &DeviceAuthorization) -> Result<Asked, Error> {
    let make = |metadata: &_, client: &_, now| authorization.poll().request(metadata, client, now);
    let answered = client.send(Endpoint::Token, make).await?;
    Ok(match Poll::read(&answered.response)? {
        Poll::Done(response) => Asked::Done(Granted::of(response, &answered).understood()?),
        poll => Asked::NotYet(poll),
    })
}

/// How long to wait at least, if the failure is one that passes by itself.
fn transient(error: &Error) -> Option<Duration> {
    match (error, error.advice()) {
        (Error::Transport(_) | Error::Protocol(_), Advice::RetryAfter(wait)) => {
            Some(wait.unwrap_or_default())
        }
        _ => None,
    }
}

/// RFC 8628 §3.5: the two refusals that are about the person, not the client.
fn refusal(error: Error) -> Error {
    let Error::Protocol(protocol) = &error else {
        return error;
    };
    match &**protocol {
        ProtocolError::OAuth {
            error, description, ..
        } if error == "access_denied" => LoginError::Denied {
            description: description.clone(),
        }
        .into(),
        ProtocolError::OAuth { error, .. } if error == "expired_token" => {
            LoginError::CodeExpired.into()
        }
        _ => error,
    }
}
