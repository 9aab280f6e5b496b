//! A device login in steps (RFC 8628), for programs with their own pages: begin, poll, finish.

use std::time::Duration;

use keyfob_protocol::{
    Advice, DeviceAuthorization, DeviceAuthorizationRequest, Endpoint, Poll, ProtocolError,
};

use super::ask::Ask;
use super::pending_device::{DevicePoll, PendingDevice};
use super::{BeginOptions, LoggedIn, LoginError, LoginMethod, verify};
use crate::Error;
use crate::client::{Client, Granted};

/// Begins a login by device code: the person opens an address on any device and types the code in.
///
/// # Errors
/// When the provider refuses, has no such endpoint, or cannot be reached.
pub async fn begin_device(client: &Client, options: &BeginOptions) -> Result<PendingDevice, Error> {
    authorize(client, &options.ask).await
}

/// Asks once how far the person is; asks nothing and says how long to wait if that would come too early.
///
/// A network or a provider that is in trouble ends nothing: that is [`DevicePoll::Trouble`].
///
/// # Errors
/// [`LoginError::Denied`], [`LoginError::CodeExpired`], a refusal of the provider, or an ID token that breaks a rule.
/// The login is over then.
pub async fn poll_device(
    client: &Client,
    pending: &mut PendingDevice,
) -> Result<DevicePoll, Error> {
    pending.check_client(client)?;
    let now = client.clock().now();
    let next_in = pending.wait(now).ok_or(LoginError::CodeExpired)?;
    if !next_in.is_zero() {
        return Ok(DevicePoll::Waiting { next_in });
    }
    let asked = ask(client, pending.authorization()).await;
    let now = client.clock().now();
    match asked {
        Ok(Asked::Done(granted)) => {
            let rules = client.id_token_rules()?;
            let id_token = verify::id_token(client, &granted, rules, pending.openid()).await?;
            Ok(DevicePoll::Done(Box::new(LoggedIn {
                granted: *granted,
                id_token,
                method: LoginMethod::Device,
            })))
        }
        Ok(Asked::NotYet(poll)) => {
            let next_in = pending.answered(&poll, now);
            let interval = pending.authorization().interval;
            Ok(match poll {
                Poll::SlowDown => DevicePoll::SlowedDown { next_in, interval },
                _ => DevicePoll::Waiting { next_in },
            })
        }
        Err(error) => match transient(&error) {
            Some(at_least) => Ok(DevicePoll::Trouble {
                next_in: pending.unanswered(at_least, now),
                error,
            }),
            None => Err(refusal(error)),
        },
    }
}

/// Polls at the provider's pace until the person is done. Dropping the future between two polls changes nothing.
///
/// # Errors
/// As [`poll_device`].
pub async fn finish_device(
    client: &Client,
    pending: &mut PendingDevice,
) -> Result<LoggedIn, Error> {
    let left = pending.wait_for_end(client.clock().now());
    let polling = async {
        loop {
            let wait = pending.wait(client.clock().now());
            let wait = wait.ok_or(LoginError::CodeExpired)?;
            client.clock().sleep(wait).await;
            if let DevicePoll::Done(logged_in) = poll_device(client, pending).await? {
                return Ok(*logged_in);
            }
        }
    };
    // A clock that is set back must not make a code live longer.
    let ended = client.clock().timeout(left, polling).await;
    ended.unwrap_or_else(|_| Err(LoginError::CodeExpired.into()))
}

/// Gets the codes.
pub(super) async fn authorize(client: &Client, ask: &Ask) -> Result<PendingDevice, Error> {
    let request = ask.put(DeviceAuthorizationRequest::new(), client.config())?;
    let make = |metadata: &_, client: &_, now| request.request(metadata, client, now);
    let answered = client.send(Endpoint::DeviceAuthorization, make).await?;
    let authorization = request.read(&answered.response)?;
    check_addresses(client, &authorization)?;
    let openid = ask.openid(client.config())?;
    PendingDevice::new(client, authorization, openid)
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

/// The answer to one question.
enum Asked {
    Done(Box<Granted>),
    NotYet(Poll),
}

async fn ask(client: &Client, authorization: &DeviceAuthorization) -> Result<Asked, Error> {
    let make = |metadata: &_, client: &_, now| authorization.poll().request(metadata, client, now);
    let answered = client.send(Endpoint::Token, make).await?;
    Ok(match Poll::read(&answered.response)? {
        Poll::Done(response) => {
            Asked::Done(Box::new(Granted::of(response, &answered).understood()?))
        }
        poll => Asked::NotYet(poll),
    })
}

/// How long to wait at least, if the failure is one that passes by itself.
fn transient(error: &Error) -> Option<Duration> {
    match (error, error.advice()) {
        (
            Error::Transport(_) | Error::Protocol(_) | Error::Document(_),
            Advice::RetryAfter(wait),
        ) => Some(wait.unwrap_or_default()),
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
