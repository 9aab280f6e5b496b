//! Login by device code (RFC 8628), with the words on screen.

use keyfob_protocol::IdToken;

use super::options::LoginOptions;
use super::pending_device::{DevicePoll, PendingDevice};
use super::{DevicePrompt, Interaction, LoginError, Progress, begin_device, qr_code};
use crate::Error;
use crate::client::{Client, Granted};

/// Runs the login: gets a code, shows it, and asks until the person has typed it in.
pub(super) async fn run(
    client: &Client,
    options: &LoginOptions,
    screen: &dyn Interaction,
) -> Result<(Granted, Option<IdToken>), Error> {
    let mut pending = begin_device::authorize(client, &options.ask).await?;
    show(&pending, options, screen);
    let lives = pending.authorization().expires_in;
    let limit = options.device_limit(lives);
    screen.progress(&Progress::Waiting { limit });
    // An absolute end, whatever the provider or the network does in between.
    let logged_in = client
        .clock()
        .timeout(limit, poll(client, &mut pending, screen))
        .await;
    logged_in.unwrap_or_else(|_| {
        Err(if limit < lives {
            LoginError::TimedOut { after: limit }.into()
        } else {
            LoginError::CodeExpired.into()
        })
    })
}

fn show(pending: &PendingDevice, options: &LoginOptions, screen: &dyn Interaction) {
    let qr = qr_code(pending.best_uri().as_str(), options.qr_colours);
    screen.show_device_code(&DevicePrompt {
        user_code: pending.user_code(),
        verification_uri: pending.verification_uri(),
        verification_uri_complete: pending.verification_uri_complete(),
        qr: qr.as_deref(),
        expires_in: pending.authorization().expires_in,
    });
}

async fn poll(
    client: &Client,
    pending: &mut PendingDevice,
    screen: &dyn Interaction,
) -> Result<(Granted, Option<IdToken>), Error> {
    loop {
        let wait = pending.wait(client.clock().now());
        client
            .clock()
            .sleep(wait.ok_or(LoginError::CodeExpired)?)
            .await;
        match begin_device::poll_device(client, pending).await? {
            DevicePoll::Done(logged_in) => return Ok((logged_in.granted, logged_in.id_token)),
            DevicePoll::Waiting { .. } => {}
            DevicePoll::SlowedDown { interval, .. } => {
                screen.progress(&Progress::SlowedDown { interval });
            }
            DevicePoll::Trouble { error, next_in } => {
                screen.progress(&Progress::Trouble {
                    why: &error.to_string(),
                    retry_in: next_in,
                });
            }
        }
    }
}
