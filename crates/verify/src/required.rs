//! Claims that a token must carry, by value or by mere presence.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Map, Value};

/// What a token must claim, at its top level.
///
/// | expected | claimed | accepted if |
/// |---|---|---|
/// | null | anything | the claim is there |
/// | one value | one value | both are equal |
/// | one value | a list | the list holds it |
/// | a list | a list | the list holds all of them |
/// | a list | one value | never |
///
/// ```
/// use keyfob_verify::RequiredClaims;
/// use serde_json::json;
///
/// let required = RequiredClaims::new().with("groups", "staff").with("tenant", ());
/// let claims = json!({"groups": ["staff", "admin"], "tenant": 7});
/// assert!(required.check(claims.as_object().ok_or("no object")?).is_ok());
/// # Ok::<(), &str>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
#[must_use]
pub struct RequiredClaims(BTreeMap<String, Value>);

impl RequiredClaims {
    /// Requires nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Requires a claim; `()` requires its presence only.
    pub fn with(mut self, claim: impl Into<String>, expected: impl Into<Value>) -> Self {
        self.0.insert(claim.into(), expected.into());
        self
    }

    /// Requires the members of a JSON object.
    pub fn from_object(expected: &Map<String, Value>) -> Self {
        let members = expected.iter();
        Self(
            members
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect(),
        )
    }

    /// Tells whether nothing is required.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Checks the claims of a token.
    ///
    /// # Errors
    /// The first claim, by name, that is missing or different.
    pub fn check(&self, claims: &Map<String, Value>) -> Result<(), ClaimMismatch> {
        self.check_each(|name| claims.get(name).map(Cow::Borrowed))
    }

    /// Checks claims that are looked up one by one.
    pub(crate) fn check_each<'v>(
        &self,
        claim: impl Fn(&str) -> Option<Cow<'v, Value>>,
    ) -> Result<(), ClaimMismatch> {
        match self.mismatches(claim).next() {
            None => Ok(()),
            Some(mismatch) => Err(mismatch),
        }
    }

    /// Returns every claim, by name, that is missing or different.
    pub(crate) fn mismatches<'v>(
        &self,
        claim: impl Fn(&str) -> Option<Cow<'v, Value>>,
    ) -> impl Iterator<Item = ClaimMismatch> {
        self.0.iter().filter_map(move |(name, expected)| {
            let kind = match claim(name) {
                None => MismatchKind::Missing,
                Some(claimed) if !accepts(expected, &claimed) => MismatchKind::Different,
                Some(_) => return None,
            };
            Some(ClaimMismatch {
                claim: name.clone(),
                kind,
            })
        })
    }
}

/// What is expected may name people and groups, so only the claims' names are shown.
impl fmt::Debug for RequiredClaims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// Which required claim a token does not carry; says nothing about values.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the token {} the required claim `{claim}`", .kind.words())]
#[non_exhaustive]
pub struct ClaimMismatch {
    /// The name of the claim, as it is required.
    pub claim: String,
    /// Whether it is missing or different.
    pub kind: MismatchKind,
}

/// In what way a required claim is not carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MismatchKind {
    /// The token does not have it.
    Missing,
    /// The token has it with another value.
    Different,
    /// The token is not a JWT, so nobody but its issuer can tell.
    Unreadable,
}

impl MismatchKind {
    fn words(self) -> &'static str {
        match self {
            Self::Missing => "does not have",
            Self::Different => "has another value for",
            Self::Unreadable => "is not a JWT and cannot show",
        }
    }
}

impl ClaimMismatch {
    /// Returns the stable code of this kind of mismatch.
    pub fn code(&self) -> &'static str {
        match self.kind {
            MismatchKind::Missing => "required_claim_missing",
            MismatchKind::Different => "required_claim_different",
            MismatchKind::Unreadable => "required_claim_unreadable",
        }
    }
}

impl RequiredClaims {
    /// Checks what a token claims without verifying it: for the client that got it straight from its issuer.
    ///
    /// # Errors
    /// As [`check`](Self::check); a token that is not a JWT carries none of them.
    pub fn check_unverified(&self, token: &str) -> Result<(), ClaimMismatch> {
        let Some(first) = self.0.keys().next() else {
            return Ok(());
        };
        match keyfob_jose::jwt::decode_unverified(token) {
            Ok(decoded) => self.check(&decoded.claims),
            Err(_) => Err(ClaimMismatch {
                claim: first.clone(),
                kind: MismatchKind::Unreadable,
            }),
        }
    }
}

fn accepts(expected: &Value, claimed: &Value) -> bool {
    match (expected, claimed) {
        (Value::Null, _) => true,
        (Value::Array(expected), Value::Array(claimed)) => {
            expected.iter().all(|one| holds(claimed, one))
        }
        (Value::Array(_), _) => false,
        (one, Value::Array(claimed)) => holds(claimed, one),
        (one, other) => equal(one, other),
    }
}

fn holds(list: &[Value], one: &Value) -> bool {
    list.iter().any(|member| equal(member, one))
}

/// As JSON values; numbers by their value, since issuers write `1` and `1.0` for the same.
fn equal(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => {
            one == other || (one.is_f64() != other.is_f64() && one.as_f64() == other.as_f64())
        }
        _ => one == other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(expected: Value, claims: &Value) -> Result<(), &'static str> {
        let required = RequiredClaims::new().with("c", expected);
        let outcome = required.check(claims.as_object().unwrap());
        outcome.map_err(|mismatch| mismatch.code())
    }

    const MISSING: Result<(), &str> = Err("required_claim_missing");
    const DIFFERENT: Result<(), &str> = Err("required_claim_different");

    // covers: ceg-22
    #[test]
    fn presence_equality_membership_and_inclusion_are_told_apart() {
        for (expected, claimed, outcome) in [
            (json!(null), json!({"c": 1}), Ok(())),
            (json!(null), json!({"c": null}), Ok(())),
            (json!(null), json!({}), MISSING),
            (json!("a"), json!({"c": "a"}), Ok(())),
            (json!("a"), json!({"c": "b"}), DIFFERENT),
            (json!("a"), json!({"c": ["b", "a"]}), Ok(())),
            (json!("a"), json!({"c": ["b"]}), DIFFERENT),
            (json!("a"), json!({"c": "ab"}), DIFFERENT),
            (json!(["a", "b"]), json!({"c": ["c", "b", "a"]}), Ok(())),
            (json!(["a", "b"]), json!({"c": ["a"]}), DIFFERENT),
            (json!([]), json!({"c": []}), Ok(())),
            (json!(["a"]), json!({"c": "a"}), DIFFERENT),
            (json!("a"), json!({"d": "a"}), MISSING),
        ] {
            assert_eq!(
                check(expected.clone(), &claimed),
                outcome,
                "{expected} {claimed}"
            );
        }
    }

    #[test]
    fn kinds_are_not_mixed_and_numbers_count_by_value() {
        for (expected, claimed, outcome) in [
            (json!(1), json!({"c": 1.0}), Ok(())),
            (json!(1), json!({"c": true}), DIFFERENT),
            (json!(1), json!({"c": "1"}), DIFFERENT),
            (json!(true), json!({"c": true}), Ok(())),
            (json!(u64::MAX), json!({"c": u64::MAX - 1}), DIFFERENT),
            (json!("a"), json!({"c": null}), DIFFERENT),
            (json!({"n": 1}), json!({"c": {"n": 1}}), Ok(())),
        ] {
            assert_eq!(
                check(expected.clone(), &claimed),
                outcome,
                "{expected} {claimed}"
            );
        }
    }

    #[test]
    fn nested_claims_do_not_count() {
        assert_eq!(check(json!("a"), &json!({"x": {"c": "a"}})), MISSING);
    }

    #[test]
    fn an_opaque_token_cannot_show_what_is_required() {
        let required = RequiredClaims::new().with("tenant", ());
        let mismatch = required.check_unverified("opaque").unwrap_err();
        assert_eq!(mismatch.code(), "required_claim_unreadable");
        assert!(RequiredClaims::new().check_unverified("opaque").is_ok());
    }

    #[test]
    fn neither_error_nor_debug_shows_a_value() {
        let required = RequiredClaims::new().with("group", "canary");
        let mismatch = required.check(&Map::new()).unwrap_err();
        let shown = format!("{required:?} {mismatch} {mismatch:?}");
        assert!(
            shown.contains("group") && !shown.contains("canary"),
            "{shown}"
        );
    }
}
