//! Asking the issuer whether a token is active (RFC 7662), beside or in place of what it says itself.
use std::path::PathBuf;

use clap::Args;
use keyfob::jose::{JwkSet, Secret};
use keyfob::protocol::Endpoint;
use keyfob::verify::issuers::IssuerEntry;
use keyfob::verify::{CheckToken, Introspector, Issuers, Rejection, Verifier, VerifierBuilder};
use keyfob::{Client, ClientConfig};
use serde_json::{Map, json};

use super::expected::{Expected, Kind};
use super::finding::{Finding, Verdict};
use super::judge;
use crate::context::Context;
use crate::failure::Failure;
use crate::secret_source;

const RULE: &str = "introspection";

/// Who asks, and whom.
pub(super) struct Asking {
    pub(super) client: Client,
    pub(super) issuer: String,
}

/// Notes that a damaged or bad JWT was not sent to anybody.
pub(super) fn unasked(mut verdict: Verdict) -> Verdict {
    let why = "not asked, as the token is not good by itself";
    verdict.findings.push(Finding::open(RULE, why));
    verdict
}

/// Asks about a token that is good by itself, or is opaque; of any other, nothing must be sent.
///
/// # Errors
///
/// Says what is wrong with what is asked for.
pub(super) async fn ask(
    context: &Context,
    token: &Secret,
    expected: &Expected,
    asking: &Asking,
    mut verdict: Verdict,
) -> Result<Verdict, Failure> {
    let _waiting = context.wait_for("Waiting for the provider");
    let introspector = match introspector(expected, asking).await {
        Ok(introspector) => introspector,
        Err(failure) => return Ok(in_doubt(verdict, failure)),
    };
    if !verdict.is_opaque {
        let keys = verdict.keys.as_deref().cloned().unwrap_or_default();
        let issuers = confirming(expected, asking, introspector, keys)?;
        let outcome = issuers.checking_revocation().check(token.expose()).await;
        return Ok(match outcome {
            Err(rejection) if cannot_tell(&rejection) => in_doubt(verdict, rejection.into()),
            outcome => {
                let outcome = outcome.map(drop).map_err(Failure::from);
                verdict.findings.push(Finding::new(RULE, outcome));
                verdict
            }
        });
    }
    let mut findings = Vec::new();
    match introspector.check(token.expose()).await {
        Ok(principal) => {
            findings.push(Finding::new(RULE, Ok(())));
            let claims = principal.claims().to_value();
            let claims = claims.as_object().cloned().unwrap_or_default();
            judge::demand(expected, &claims, &mut findings);
            verdict.claims = Some(claims);
        }
        Err(rejection) if cannot_tell(&rejection) => {
            verdict.findings = findings;
            return Ok(in_doubt(verdict, rejection.into()));
        }
        Err(rejection) => findings.push(Finding::new(RULE, Err(rejection.into()))),
    }
    verdict.findings = findings;
    Ok(verdict)
}

/// Whether nothing was found out about the token.
fn cannot_tell(rejection: &Rejection) -> bool {
    matches!(
        rejection,
        Rejection::IntrospectionUnavailable(_)
            | Rejection::KeysUnavailable(_)
            | Rejection::NoRevocationCheck
            | Rejection::TooManyNewIssuers
    )
}

fn in_doubt(mut verdict: Verdict, failure: Failure) -> Verdict {
    let why = failure.message().to_owned();
    verdict.findings.push(Finding::open(RULE, why));
    verdict.doubt = Some(failure);
    verdict
}

async fn introspector(expected: &Expected, asking: &Asking) -> Result<Introspector, Failure> {
    let Asking { client, issuer } = asking;
    let metadata = client.metadata_for(Endpoint::Introspection).await?;
    let endpoint = metadata.endpoint(Endpoint::Introspection)?;
    let who = client
        .authenticated(Endpoint::Introspection, &metadata)
        .await?;
    let mut builder = Introspector::builder(issuer)
        .client(who)
        .endpoint(endpoint.as_str())
        .transport(client.transport().clone())
        .clock(expected.clock.clone());
    for audience in &expected.audiences {
        builder = builder.audience(audience);
    }
    if let Some(leeway) = expected.leeway {
        builder = builder.leeway(leeway);
    }
    let built = builder.build();
    built.map_err(|error| Failure::usage(error.to_string()).with_hint("keyfob profile show{at}"))
}

/// What holds the issuer's answer against a token that is good by itself.
fn confirming(
    expected: &Expected,
    asking: &Asking,
    introspector: Introspector,
    keys: JwkSet,
) -> Result<Issuers, Failure> {
    let mut verifier = Verifier::builder(&asking.issuer)
        .algorithms(expected.algorithms.iter().copied())
        .keys(keys)
        .clock(expected.clock.clone())
        .events(false);
    if let Kind::AccessToken(profile) = expected.kind {
        verifier = verifier.profile(profile);
    }
    if let Some(leeway) = expected.leeway {
        verifier = verifier.leeway(leeway);
    }
    let audiences = expected.audiences.iter();
    let verifier = audiences.fold(verifier, VerifierBuilder::audience);
    let entry = IssuerEntry::from(verifier).revocation(introspector);
    let issuers = Issuers::builder().issuer(entry).events(false).build();
    issuers.map_err(|error| Failure::usage(error.to_string()))
}

/// Where the secret of the client that asks comes from.
#[derive(Args, Debug, Default)]
#[group(id = "asking_secret", multiple = false)]
pub(super) struct SecretArgs {
    /// Read the client secret from this file (`-` is stdin)
    #[arg(
        long = "client-secret-file",
        value_name = "FILE",
        requires = "client_id",
        help_heading = "Asking the issuer"
    )]
    file: Option<PathBuf>,
    /// Read the client secret from this environment variable
    #[arg(
        long = "client-secret-env",
        value_name = "NAME",
        requires = "client_id",
        help_heading = "Asking the issuer"
    )]
    variable: Option<String>,
    /// Run this command; its output is the client secret
    #[arg(
        long = "client-secret-cmd",
        value_name = "COMMAND",
        requires = "client_id",
        help_heading = "Asking the issuer"
    )]
    command: Option<String>,
}

/// The configuration of a client that asks.
///
/// # Errors
///
/// Says which source could not be read.
pub(super) fn config(
    issuer: &str,
    client_id: &str,
    secret: &SecretArgs,
) -> Result<ClientConfig, Failure> {
    let found = secret_source::first(
        secret.file.as_deref(),
        secret.variable.as_deref(),
        secret.command.as_deref(),
    )?;
    let kind = if found.is_some() {
        "oidc_client_credentials_secret"
    } else {
        "oidc_auth_code"
    };
    let mut config = Map::from_iter([
        ("auth_server".to_owned(), json!(issuer)),
        ("client_id".to_owned(), json!(client_id)),
        ("client_type".to_owned(), json!(kind)),
    ]);
    if let Some(secret) = found {
        config.insert("client_secret".to_owned(), json!(*secret));
    }
    Ok(ClientConfig::new(config))
}
