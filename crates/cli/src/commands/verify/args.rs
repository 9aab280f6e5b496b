//! What a token is held against, as typed, and what the profile adds to it.
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use clap::{Args, ValueEnum};
use keyfob::jose::{Algorithm, Secret};
use keyfob::verify::{Profile, RequiredClaims, Requirement};
use keyfob::{Client, Error};
use serde_json::Value;

use super::ask::{self, Asking, SecretArgs};
use super::expected::{Alternatives, Expected, Kind};
use super::finding::Verdict;
use crate::commands::client_args::scope_words;
use crate::commands::open;
use crate::commands::token_input::{AnyToken, Typed};
use crate::context::Context;
use crate::failure::Failure;
use crate::ui::{duration, instant};

/// Check a token: signature, issuer, audience, dates and what else you ask for
///
/// Names every rule that the token breaks, not only the first. Exit codes:
/// 0 good · 9 must not be trusted · 6 (or another) cannot be checked now.
///
/// Access tokens are checked by RFC 9068, or more loosely for issuers that
/// predate it (--type plain), ID tokens by OpenID Connect Core 3.1.3.7
/// (--type id). With --jwks FILE nothing is fetched.
///
/// Examples:
///   keyfob verify - --issuer https://id.example --audience api < token.txt
///   keyfob token | keyfob verify - -p work --audience api
///   keyfob verify --id-token -p work
///   keyfob verify - -p work --scope read --claim tenant=acme --max-age 1h
///   keyfob verify - --jwks jwks.json --issuer https://id.example --audience api
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub(crate) struct VerifyArgs {
    #[command(flatten)]
    pub(super) token: AnyToken,
    #[command(flatten)]
    pub(super) who: WhoArgs,
    /// Algorithm that the token may be signed with; repeat for more [default: the profile's, else any asymmetric one]
    #[arg(long, alias = "alg", value_name = "ALG", value_parser = asymmetric)]
    algorithm: Vec<Algorithm>,
    /// Kind of token [default: at+jwt; id with --id-token]
    #[arg(long = "type", value_name = "TYPE", value_enum)]
    kind: Option<KindArg>,
    /// Scopes of which the token must have one; repeat, or separate by spaces
    #[arg(long, value_name = "SCOPE")]
    scope: Vec<String>,
    /// Scopes that the token must all have; repeat, or separate by spaces
    #[arg(long, value_name = "SCOPE")]
    all_scope: Vec<String>,
    /// Claim that the token must have, with this value or at all; repeat for more
    #[arg(long, value_name = "NAME[=VALUE]")]
    claim: Vec<String>,
    /// How its user must have logged in (acr); repeat for more, one of which will do
    #[arg(long, value_name = "ACR")]
    acr: Vec<String>,
    /// How long ago its user may have logged in (auth_time)
    #[arg(long, value_name = "TIME", value_parser = duration::parse)]
    max_age: Option<Duration>,
    /// How far clocks may differ [default: 30s; 60s for ID tokens]
    #[arg(long, value_name = "TIME", value_parser = duration::parse)]
    leeway: Option<Duration>,
    /// Nonce that an ID token must repeat
    #[arg(long, value_name = "NONCE")]
    nonce: Option<String>,
    /// Accept a token that is bound to a key or certificate (cnf), although nobody here proves to hold that
    #[arg(long)]
    allow_bound: bool,
    /// Also ask the issuer whether the token is active (RFC 7662), as the profile's client or --client-id
    #[arg(
        long,
        conflicts_with = "refresh_token",
        help_heading = "Asking the issuer"
    )]
    introspect: bool,
    /// Client to ask as [default: the profile's]
    #[arg(
        long,
        value_name = "ID",
        requires = "introspect",
        help_heading = "Asking the issuer"
    )]
    client_id: Option<String>,
    #[command(flatten)]
    secret: SecretArgs,
}

/// Who may have made the token, for whom, with which keys, and when is now.
#[derive(Args, Debug)]
pub(crate) struct WhoArgs {
    /// Issuer whose tokens are accepted, exactly as they name it; repeat for more [default: the profile's]
    #[arg(long, value_name = "URL")]
    pub(crate) issuer: Vec<String>,
    /// Audience that the token must be for; repeat for more, one of which will do [default: the profile's]
    #[arg(long, value_name = "AUDIENCE")]
    pub(crate) audience: Vec<String>,
    /// Keys to verify with: a file (key set, JWK or PEM; nothing is fetched), or the address of a key set
    /// [default: what the issuer publishes]
    #[arg(long, value_name = "FILE|URL")]
    jwks: Option<String>,
    /// Check as of this time: 2026-11-23T08:00:00Z, seconds since 1970, +5m or -1h
    #[arg(long, value_name = "TIME", value_parser = instant::parse, allow_hyphen_values = true)]
    at: Option<instant::Instant>,
}

/// Where the keys come from, as typed.
#[derive(Debug)]
pub(crate) enum Jwks {
    File(PathBuf),
    Url(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum KindArg {
    /// Access token by RFC 9068.
    #[value(name = "at+jwt", alias = "at")]
    AccessToken,
    /// Access token of an issuer that predates RFC 9068.
    Plain,
    /// ID token (OpenID Connect Core §2).
    Id,
}

/// Everything that is known before the token is looked at.
pub(super) struct Setting {
    pub(super) expected: Expected,
    /// The profile's client, if one was named or nothing else says whose tokens are meant.
    pub(super) client: Option<Client>,
}

impl WhoArgs {
    /// Where the keys come from, if the command line says so.
    pub(crate) fn jwks(&self) -> Option<Jwks> {
        let text = self.jwks.as_ref()?;
        let is_url = ["https://", "http://"]
            .iter()
            .any(|scheme| text.starts_with(scheme));
        Some(if is_url {
            Jwks::Url(text.clone())
        } else {
            Jwks::File(text.into())
        })
    }

    /// The time that counts as now, if it is another one.
    pub(crate) fn at(&self, context: &Context) -> Option<SystemTime> {
        Some(self.at?.from(context.now()))
    }

    /// The client of the profile that was named, or of the current one if no issuer was.
    pub(crate) fn client(&self, context: &Context) -> Result<Option<Client>, Failure> {
        if !self.issuer.is_empty() && context.typed_profile(None)?.is_none() {
            return Ok(None);
        }
        let config = open::resolve(context, None)?.config;
        open::client(context, config).map(Some)
    }
}

impl VerifyArgs {
    /// Whether the issuer is to be asked.
    pub(super) fn introspect(&self) -> bool {
        self.introspect
    }

    /// Reads the token; a stored one that may be sent to its issuer only if that issued it.
    pub(super) fn secret(&self, context: &Context, typed: Typed) -> Result<Secret, Failure> {
        if self.introspect && self.token.is_stored() {
            return self.token.stored_to_send(context);
        }
        self.token.secret(context, typed)
    }

    /// Makes out what is expected.
    pub(super) fn setting(&self, context: &Context) -> Result<Setting, Failure> {
        let client = self.who.client(context)?;
        let kind = self.kind();
        if self.nonce.is_some() && kind != Kind::IdToken {
            return Err(Failure::usage("--nonce is for ID tokens").with_hint("add --type id"));
        }
        if self.introspect && kind == Kind::IdToken {
            return Err(Failure::usage(
                "issuers are asked about access tokens, not about ID tokens",
            )
            .with_hint("leave --introspect out"));
        }
        if self.introspect && self.client_id.is_none() && client.is_none() {
            return Err(Failure::usage("nobody is named who asks the issuer")
                .with_hint("add -p PROFILE, or --client-id ID and --client-secret-file FILE"));
        }
        let mut expected = match &client {
            Some(client) if self.who.issuer.is_empty() => {
                Expected::of_client(context, client, kind, self.who.audience.clone())?
            }
            _ => {
                let audiences = self.audiences(client.as_ref(), kind);
                Expected::new(context, self.who.issuer.clone(), kind, audiences)?
            }
        };
        if !self.algorithm.is_empty() {
            expected.algorithms.clone_from(&self.algorithm);
        }
        expected.leeway = self.leeway.or(expected.leeway);
        expected.nonce = self.nonce.as_deref().map(Secret::new);
        expected.allow_bound = self.allow_bound;
        if let Some(at) = self.who.at(context) {
            expected.at(at);
        }
        self.require(&mut expected)?;
        Ok(Setting { expected, client })
    }

    fn kind(&self) -> Kind {
        match self.kind {
            Some(KindArg::Id) => Kind::IdToken,
            Some(KindArg::Plain) => Kind::AccessToken(Profile::Plain),
            None if self.token.is_id_token() => Kind::IdToken,
            Some(KindArg::AccessToken) | None => Kind::AccessToken(Profile::Rfc9068),
        }
    }

    fn audiences(&self, client: Option<&Client>, kind: Kind) -> Vec<String> {
        if !self.who.audience.is_empty() {
            return self.who.audience.clone();
        }
        match client {
            Some(client) if kind == Kind::IdToken => {
                let client_id = client.config().client_id().ok();
                client_id.map(str::to_owned).into_iter().collect()
            }
            Some(client) => client.config().audiences(),
            None => Vec::new(),
        }
    }

    /// Each demand by itself, so that each that is not met is named.
    fn require(&self, expected: &mut Expected) -> Result<(), Failure> {
        let any = scope_words(&self.scope);
        let mut demand = |rule, requirement| expected.demand(rule, vec![requirement]);
        if !any.is_empty() {
            demand("scope", Requirement::new().any_scope(any));
        }
        for scope in scope_words(&self.all_scope) {
            demand("scope", Requirement::new().all_scopes([scope]));
        }
        if !self.acr.is_empty() {
            demand("acr", Requirement::new().acr(&self.acr));
        }
        if let Some(max_age) = self.max_age {
            demand("max_age", Requirement::new().max_age(max_age));
        }
        for claim in &self.claim {
            expected.demand("claims", required_claim(claim)?);
        }
        Ok(())
    }
}

impl Setting {
    /// Who asks the issuer of a token that is good by itself, or opaque.
    pub(super) fn asking(
        &self,
        context: &Context,
        args: &VerifyArgs,
        verdict: &Verdict,
    ) -> Result<Asking, Failure> {
        let issuer = match (&verdict.issuer, self.expected.issuers.as_slice()) {
            (Some(named), _) => named,
            (None, [only]) => only,
            (None, _) => {
                return Err(Failure::usage(
                    "an opaque token does not say which of the issuers is to be asked",
                )
                .with_hint("name one --issuer only: the one that issued it"));
            }
        };
        if verdict.is_opaque && args.token.is_stored() {
            let session = open::session(context, None)?;
            if !is_of(session.client(), issuer)? {
                return Err(Failure::usage(
                    "the profile's token is not sent to an issuer that is not the profile's",
                )
                .with_hint("leave --issuer out, or hand over a token by stdin (-)"));
            }
        }
        let client = match (&args.client_id, &self.client) {
            (Some(id), _) => open::client(context, ask::config(issuer, id, &args.secret)?)?,
            (None, Some(client)) if is_of(client, issuer)? => client.clone(),
            (None, _) => {
                return Err(Failure::usage(format!(
                    "the profile's client cannot ask {issuer}, which is not its issuer"
                ))
                .with_hint("add --client-id ID and --client-secret-file FILE"));
            }
        };
        let issuer = issuer.clone();
        Ok(Asking { client, issuer })
    }
}

/// Whether this is the issuer of a client.
fn is_of(client: &Client, issuer: &str) -> Result<bool, Failure> {
    let own = client.named_issuer().map_err(Error::from)?;
    Ok(own.as_str() == issuer)
}

/// `name`, or `name=value`: the value as JSON if it is some, or as text; either will do.
fn required_claim(text: &str) -> Result<Alternatives, Failure> {
    let (name, value) = match text.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (text, None),
    };
    if name.is_empty() {
        return Err(Failure::usage("--claim: the claim has no name")
            .with_hint("--claim tenant=acme, or --claim tenant"));
    }
    let required =
        |value: Value| Requirement::new().claims(RequiredClaims::new().with(name, value));
    let Some(value) = value else {
        return Ok(vec![required(Value::Null)]);
    };
    let json = serde_json::from_str(value)
        .ok()
        .filter(|json: &Value| !json.is_null());
    let json = json.filter(|json| !json.is_string());
    Ok(json
        .into_iter()
        .chain([value.into()])
        .map(required)
        .collect())
}

fn asymmetric(text: &str) -> Result<Algorithm, String> {
    crate::commands::jwk::asymmetric(text)
}

#[cfg(test)]
mod tests {
    use keyfob::verify::Principal;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_claim_is_asked_for_as_text_or_as_json() {
        let claims = json!({"n": 7, "t": "7", "l": ["a", "b"], "b": true, "e": "a=b"});
        let principal = Principal::from_claims(claims.as_object().cloned().unwrap()).unwrap();
        let met = |text: &str| {
            let mut ways = required_claim(text).unwrap().into_iter();
            ways.any(|way| principal.meets(&way))
        };
        for good in [
            "n=7",
            "t=7",
            "l=a",
            "l=[\"a\",\"b\"]",
            "b=true",
            "n",
            "e=a=b",
        ] {
            assert!(met(good), "{good}");
        }
        for bad in ["n=8", "x", "l=c", "b=false", "t=8"] {
            assert!(!met(bad), "{bad}");
        }
        assert!(required_claim("=7").is_err());
    }
}
