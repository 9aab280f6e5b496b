//! `keyfob demo`: everything once, in one process, without any other network.
mod logins;
mod person;
mod stage;
mod usage;

use clap::Args;

use crate::context::Context;
use crate::failure::Failure;
use stage::Stage;

/// See everything once: log in three ways, use, renew, check and revoke tokens
///
/// Starts a provider inside this process; needs no network, no account and no browser, and
/// leaves nothing behind. Takes about ten seconds.
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub(crate) struct DemoArgs {}

/// Runs the demo, step by step.
///
/// # Errors
///
/// The first step that did not do what it should.
pub(crate) async fn run(context: &Context) -> Result<(), Failure> {
    let mut stage = Stage::start(context)?;
    let person = logins::by_browser(&mut stage).await?;
    let device = logins::by_device(&mut stage).await?;
    let service = logins::by_itself(&mut stage).await?;
    usage::call(&mut stage, &person).await?;
    usage::verify(&mut stage, &person).await?;
    usage::expire_and_refresh(&mut stage, &person).await?;
    usage::answer_401(&mut stage, &person).await?;
    for session in [person, device, service] {
        usage::log_out(&mut stage, &session).await?;
    }
    stage.finish()
}
