//! `keyfob token`: a valid access token on stdout. The usual case never comes here: see `fast.rs`.
use std::time::{Duration, SystemTime};

use clap::Args;
use keyfob::jose::Secret;
use keyfob::session::AccessToken;
use keyfob::store::CredentialKind;
use keyfob::{Error, Session};

use super::ProfileArg;
use super::id_token;
use super::open;
use super::token_text::{self, BEARER, Shape, TokenView};
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::ui::duration;
use crate::ui::output::{self, Output};

/// Print a valid access token, refreshed if need be
///
/// Examples:
///   keyfob token
///   keyfob token work --min-ttl 10m      ten minutes left, if the provider gives as many
///   keyfob token -o json                 with its expiry
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub(crate) struct TokenArgs {
    #[command(flatten)]
    profile: ProfileArg,
    #[command(flatten)]
    wish: TokenWish,
    /// Print the ID token instead, renewed if it has expired
    #[arg(long, conflicts_with_all = ["min_ttl", "force"])]
    id_token: bool,
    /// Print the token that a legacy API key was taken from instead of the key
    #[arg(long, conflicts_with_all = ["min_ttl", "force", "id_token"])]
    jwt: bool,
}

/// Which token will do.
#[derive(Args, Debug, Default)]
pub(crate) struct TokenWish {
    /// Refresh first if less than this is left of the token
    #[arg(long, value_name = "TIME", value_parser = duration::parse)]
    min_ttl: Option<Duration>,
    /// Refresh even if the token is good
    #[arg(long, conflicts_with = "min_ttl")]
    force: bool,
    /// Never call the provider; fail if the stored token is not good
    #[arg(long, conflicts_with = "force")]
    offline: bool,
}

/// Prints the token.
///
/// # Errors
///
/// Says why there is no valid token.
pub(crate) async fn run(context: &Context, args: &TokenArgs) -> Result<(), Failure> {
    if args.id_token {
        return id_token::print(context, &args.profile, args.wish.offline).await;
    }
    if args.jwt {
        return print_jwt(context, &args.profile);
    }
    print(context, &args.profile, &args.wish, Shape::Token).await
}

/// Prints what a legacy login kept beside its key; nobody renews it.
fn print_jwt(context: &Context, profile: &ProfileArg) -> Result<(), Failure> {
    let name = open::profile(context, profile.profile.as_deref())?;
    let token = open::stored_token(context, &name, "jwt")?;
    let view = TokenView {
        scheme: BEARER,
        token: token.expose(),
        profile: name.as_str(),
        expires_at: None,
    };
    let shape = match context.output {
        Output::Json => Shape::Json,
        Output::Header => Shape::Header,
        Output::Text | Output::Token => Shape::Token,
    };
    output::stdout(&token_text::render(&view, shape, context.now()))
}

/// Prints a token in the command's own shape, or in the one that `-o` asks for.
///
/// # Errors
///
/// Says why there is no valid token.
pub(crate) async fn print(
    context: &Context,
    profile: &ProfileArg,
    wish: &TokenWish,
    own: Shape,
) -> Result<(), Failure> {
    let resolved = open::resolve(context, profile.profile.as_deref())?;
    let session = open::resolved_session(context, &resolved)?;
    let shape = match context.output {
        Output::Text => own,
        Output::Json => Shape::Json,
        Output::Token => Shape::Token,
        Output::Header => Shape::Header,
    };
    if session.goes_plain() {
        return nothing(context, &resolved.name, shape);
    }
    let found = if wish.offline {
        stored(context, &session, wish.min_ttl.unwrap_or_default()).await?
    } else {
        let _waiting = context.wait_for("Waiting for a fresh token");
        let _critical = context.critical();
        let token = wish.fulfil(&session).await?;
        wish.warn(context, token.expires_at());
        Found::from(&token)
    };
    let view = TokenView {
        scheme: &found.scheme,
        token: found.token.expose(),
        profile: &resolved.name,
        expires_at: found.expires_at,
    };
    output::stdout(&token_text::render(&view, shape, context.now()))?;
    // The token is out; an early refresh that is on its way must not lose its answer.
    let _critical = context.critical();
    session.settle().await;
    Ok(())
}

/// What is printed.
struct Found {
    scheme: String,
    token: Secret,
    expires_at: Option<SystemTime>,
}

impl From<&AccessToken> for Found {
    fn from(token: &AccessToken) -> Self {
        Self {
            scheme: token.scheme().to_owned(),
            token: token.secret().clone(),
            expires_at: token.expiry(),
        }
    }
}

/// A profile whose requests go out as they are has nothing to print, which is no failure.
fn nothing(context: &Context, profile: &str, shape: Shape) -> Result<(), Failure> {
    if shape == Shape::Json {
        let value =
            serde_json::json!({ "access_token": null, "token_type": null, "profile": profile });
        return output::stdout(&format!("{value:#}\n"));
    }
    context.say(format!(
        "{profile} needs no token: its requests go out as they are"
    ));
    Ok(())
}

impl TokenWish {
    /// Says so if the provider's tokens do not live as long as was asked for.
    fn warn(&self, context: &Context, expires_at: SystemTime) {
        let left = expires_at.duration_since(context.now()).unwrap_or_default();
        if self.min_ttl.is_some_and(|min_ttl| left < min_ttl) {
            let left = duration::say(left);
            context.say(format!(
                "warning: the provider gives no longer token; this one lives for {left}"
            ));
        }
    }

    async fn fulfil(&self, session: &Session) -> Result<AccessToken, Error> {
        match self.min_ttl {
            _ if self.force => session.refresh().await,
            Some(min_ttl) => session.access_token_lasting(min_ttl).await,
            None => session.access_token().await,
        }
    }
}

/// The token that is stored, if it lives long enough.
async fn stored(
    context: &Context,
    session: &Session,
    min_life: Duration,
) -> Result<Found, Failure> {
    let status = session.status().await?;
    // A key that is there is found without the provider.
    if status.credential != Some(CredentialKind::Tokens) && status.state.is_some() {
        return Ok(Found::from(&session.access_token().await?));
    }
    let lives = |until: &SystemTime| {
        until
            .duration_since(context.now())
            .is_ok_and(|rest| rest > min_life)
    };
    let Some(expires_at) = status.expires_at.filter(lives) else {
        return Err(Failure::new(
            Exit::Network,
            "offline",
            "the stored token is not good any more",
        )
        .with_hint("keyfob token{at}   (without --offline)"));
    };
    Ok(Found {
        scheme: BEARER.to_owned(),
        token: open::stored_token(context, session.profile(), "access_token")?,
        expires_at: Some(expires_at),
    })
}
