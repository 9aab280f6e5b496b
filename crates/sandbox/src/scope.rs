//! Scopes and audiences as requests give them (RFC 6749 §3.3, RFC 8707 §2).

use url::Url;

use crate::{call::Parameters, refusal::Refusal};

/// Every scope that this provider knows.
pub(crate) const SUPPORTED: &[&str] = &[
    "openid",
    "profile",
    "email",
    "phone",
    "address",
    "offline_access",
    "api:read",
    "api:write",
];
/// The scopes of a person; a client that acts for itself does not get them.
const PERSONAL: &[&str] = &[
    "openid",
    "profile",
    "email",
    "phone",
    "address",
    "offline_access",
];

/// Reads `scope`: in the order given, without repeats, unknown ones refused.
pub(crate) fn requested(parameters: &Parameters) -> Result<Option<Vec<String>>, Refusal> {
    let Some(text) = parameters.one("scope")? else {
        return Ok(None);
    };
    let mut scopes: Vec<String> = Vec::new();
    for scope in text.split(' ').filter(|scope| !scope.is_empty()) {
        if !SUPPORTED.contains(&scope) {
            return Err(Refusal::new(400, "invalid_scope", "a scope is unknown"));
        }
        if !scopes.iter().any(|known| known == scope) {
            scopes.push(scope.to_owned());
        }
    }
    Ok(Some(scopes))
}

/// Reads `scope` for a client that acts for itself; what only a person can have is left out.
pub(crate) fn for_service(parameters: &Parameters) -> Result<Vec<String>, Refusal> {
    let scopes = requested(parameters)?.unwrap_or_else(|| vec!["api:read".to_owned()]);
    Ok(scopes
        .into_iter()
        .filter(|scope| !PERSONAL.contains(&scope.as_str()))
        .collect())
}

/// Narrows granted scopes to those asked for; asking for more is refused (RFC 6749 §6).
pub(crate) fn narrowed(
    granted: &[String],
    asked: Option<Vec<String>>,
) -> Result<Vec<String>, Refusal> {
    match asked {
        None => Ok(granted.to_vec()),
        Some(asked) if asked.iter().all(|scope| granted.contains(scope)) => Ok(asked),
        Some(_) => Err(Refusal::new(
            400,
            "invalid_scope",
            "a scope was not granted",
        )),
    }
}

/// Reads `audience` and `resource`, each of which may be given several times.
pub(crate) fn audience(parameters: &Parameters) -> Result<Vec<String>, Refusal> {
    let mut found: Vec<String> = Vec::new();
    for resource in parameters.all("resource") {
        let url = Url::parse(resource).map_err(|_| invalid_target())?;
        if url.fragment().is_some() {
            return Err(invalid_target());
        }
    }
    for audience in parameters.all("audience").chain(parameters.all("resource")) {
        if !audience.is_empty() && !found.iter().any(|known| known == audience) {
            found.push(audience.to_owned());
        }
    }
    Ok(found)
}

/// Chooses the audience of an access token from what was granted and what is asked for now.
pub(crate) fn target(
    granted: &[String],
    asked: Vec<String>,
    default: String,
) -> Result<Vec<String>, Refusal> {
    if !granted.is_empty() && !asked.iter().all(|audience| granted.contains(audience)) {
        return Err(invalid_target());
    }
    Ok(match (asked.is_empty(), granted.is_empty()) {
        (false, _) => asked,
        (true, false) => granted.to_vec(),
        (true, true) => vec![default],
    })
}

fn invalid_target() -> Refusal {
    Refusal::new(
        400,
        "invalid_target",
        "the resource is not a URI, or was not granted",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_scope_is_refused_and_repeats_are_dropped() {
        let read = |text: &[u8]| requested(&Parameters::read(text));
        assert_eq!(
            read(b"scope=openid+email+openid").unwrap().unwrap(),
            ["openid", "email"]
        );
        assert_eq!(
            read(b"scope=openid+root").unwrap_err().error,
            "invalid_scope"
        );
    }

    #[test]
    fn resource_must_be_an_absolute_uri_without_fragment() {
        for bad in ["resource=api", "resource=https%3A%2F%2Fa.example%2F%23x"] {
            let refusal = audience(&Parameters::read(bad.as_bytes())).unwrap_err();
            assert_eq!(refusal.error, "invalid_target", "{bad}");
        }
    }

    #[test]
    fn audience_can_be_narrowed_and_not_widened() {
        let granted = ["a".to_owned(), "b".to_owned()];
        assert_eq!(
            target(&granted, vec!["b".into()], "d".into()).unwrap(),
            ["b"]
        );
        assert!(target(&granted, vec!["c".into()], "d".into()).is_err());
        assert_eq!(target(&[], vec![], "d".into()).unwrap(), ["d"]);
    }
}
