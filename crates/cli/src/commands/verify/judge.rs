//! A token held against everything that is expected of it.
use std::sync::Arc;

use keyfob::jose::{CompactJws, JwkSet, Secret, jwt};
use keyfob::verify::{Principal, Rejection, looks_like_a_jwt};
use serde_json::{Map, Value};

use super::expected::{Expected, Kind};
use super::finding::{Finding, Outcome, Verdict};
use super::keys::KeyFinder;
use crate::failure::Failure;

/// Holds a token against all that is expected. A token that names none of the issuers causes no fetch.
///
/// # Errors
///
/// Says what is wrong with an issuer or a key file; what is wrong with the token is in the verdict.
pub(crate) async fn judge(
    token: &Secret,
    expected: &Expected,
    finder: &KeyFinder<'_>,
) -> Result<Verdict, Failure> {
    let claims = jwt::decode_unverified(token.expose())
        .ok()
        .map(|found| found.claims);
    let named = claims
        .as_ref()
        .and_then(|claims| claims.get("iss")?.as_str());
    let chosen = expected
        .issuers
        .iter()
        .find(|issuer| Some(issuer.as_str()) == named);
    let issuer = chosen
        .or_else(|| expected.issuers.first())
        .map(String::as_str)
        .unwrap_or_default();
    let (keys, doubt) = if chosen.is_some() || finder.is_given() {
        find(token, issuer, finder).await
    } else {
        (None, None)
    };
    let mut findings = examine(token, expected, issuer, keys.as_deref(), finder).await?;
    let why = match &doubt {
        Some(failure) => failure.message().to_owned(),
        None if chosen.is_none() => "its issuer is none of those that are accepted".to_owned(),
        None => "no keys were given".to_owned(),
    };
    for finding in &mut findings {
        if let Outcome::Open(open) = &mut finding.outcome {
            *open = why.clone().into();
        }
    }
    if let Some(claims) = &claims {
        demand(expected, claims, &mut findings);
    }
    Ok(Verdict {
        is_opaque: claims.is_none() && !looks_like_a_jwt(token.expose()),
        issuer: chosen.cloned(),
        findings,
        claims,
        doubt,
        keys,
    })
}

/// Holds a token against the rules of its kind.
async fn examine(
    token: &Secret,
    expected: &Expected,
    issuer: &str,
    keys: Option<&JwkSet>,
    finder: &KeyFinder<'_>,
) -> Result<Vec<Finding>, Failure> {
    match expected.kind {
        Kind::AccessToken(profile) => {
            let rules = expected.access_token_rules(issuer, profile);
            let found = rules.examine(token.expose(), keys, expected.now());
            Ok(found.into_iter().map(Finding::from).collect())
        }
        Kind::IdToken => {
            let rules = expected.id_token_rules(issuer)?;
            let found = rules.examine(token.expose(), keys, expected.now());
            let mut found: Vec<_> = found.into_iter().map(Finding::from).collect();
            if let Some(signature) = finder.by_secret(token, &rules, expected.now()).await {
                found.retain(|finding| finding.rule != "signature");
                found.push(Finding::new("signature", signature));
            }
            Ok(found)
        }
    }
}

/// The keys for a token; or why they cannot be had now.
async fn find(
    token: &Secret,
    issuer: &str,
    finder: &KeyFinder<'_>,
) -> (Option<Arc<JwkSet>>, Option<Failure>) {
    let Ok(jws) = CompactJws::parse(token.expose()) else {
        return (None, None);
    };
    match finder.find(issuer, jws.header()).await {
        Ok(keys) => (keys, None),
        Err(failure) => (None, Some(failure)),
    }
}

/// Holds claims against what is demanded beyond being good.
pub(crate) fn demand(
    expected: &Expected,
    claims: &Map<String, Value>,
    findings: &mut Vec<Finding>,
) {
    let Ok(principal) = Principal::from_claims(claims.clone()) else {
        return;
    };
    let is_access_token = matches!(expected.kind, Kind::AccessToken(_));
    if is_access_token && principal.cnf().is_some() && !expected.allow_bound {
        findings.push(Finding::new(
            "binding",
            Err(Rejection::BindingRequired.into()),
        ));
    }
    for (rule, ways) in expected.demands() {
        let mut outcomes = ways.iter().map(|way| way.check(&principal));
        // The last way is the value as text, as it was typed.
        let outcome = outcomes
            .clone()
            .find(Result::is_ok)
            .or_else(|| outcomes.next_back());
        let outcome = outcome.unwrap_or(Ok(())).map_err(Failure::from);
        findings.push(Finding::new(rule, outcome));
    }
}
