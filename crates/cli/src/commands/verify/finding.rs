//! What became of each rule.
use std::borrow::Cow;
use std::sync::Arc;
use std::time::SystemTime;

use keyfob::jose::JwkSet;
use keyfob::protocol::{ExaminedRule, ProtocolError};
use keyfob::verify;
use serde_json::{Map, Value, json};

use crate::commands::jwt;
use crate::failure::Failure;
use crate::ui::words;

/// What became of one rule.
pub(crate) struct Finding {
    pub(crate) rule: &'static str,
    pub(crate) outcome: Outcome,
}

/// Whether a rule is kept.
pub(crate) enum Outcome {
    /// It is.
    Kept,
    /// It is not.
    Broken(Failure),
    /// Nobody can tell, for this reason.
    Open(Cow<'static, str>),
}

/// All findings about a token.
pub(crate) struct Verdict {
    pub(crate) findings: Vec<Finding>,
    /// Of the issuers that are accepted the one that the token names.
    pub(crate) issuer: Option<String>,
    /// Whether it is no JWT, not even a damaged one.
    pub(crate) is_opaque: bool,
    /// What the token says, or its issuer about it; nothing if it cannot be read.
    pub(crate) claims: Option<Map<String, Value>>,
    /// Why it could not be checked in full: not the token's fault.
    pub(crate) doubt: Option<Failure>,
    /// The keys that the signature was held against.
    pub(crate) keys: Option<Arc<JwkSet>>,
}

impl Finding {
    pub(crate) fn new(rule: &'static str, outcome: Result<(), Failure>) -> Self {
        let outcome = outcome.map_or_else(Outcome::Broken, |()| Outcome::Kept);
        Self { rule, outcome }
    }

    pub(crate) fn open(rule: &'static str, why: impl Into<Cow<'static, str>>) -> Self {
        let outcome = Outcome::Open(why.into());
        Self { rule, outcome }
    }

    pub(crate) fn is_kept(&self) -> bool {
        matches!(self.outcome, Outcome::Kept)
    }

    /// Why the rule is broken, if it is.
    pub(crate) fn broken(&self) -> Option<&Failure> {
        match &self.outcome {
            Outcome::Broken(failure) => Some(failure),
            Outcome::Kept | Outcome::Open(_) => None,
        }
    }

    /// For programs.
    pub(crate) fn to_value(&self) -> Value {
        match &self.outcome {
            Outcome::Kept => json!({ "rule": self.rule, "outcome": "kept" }),
            Outcome::Broken(failure) => json!({
                "rule": self.rule,
                "outcome": "broken",
                "code": failure.code(),
                "message": failure.message(),
            }),
            Outcome::Open(why) => json!({ "rule": self.rule, "outcome": "open", "message": why }),
        }
    }
}

impl From<verify::Finding> for Finding {
    fn from(found: verify::Finding) -> Self {
        match found.outcome {
            verify::Outcome::Kept => Self::new(found.rule, Ok(())),
            verify::Outcome::Broken(rejection) => Self::new(found.rule, Err(rejection.into())),
            _ => Self::open(found.rule, "no keys were given"),
        }
    }
}

impl From<ExaminedRule> for Finding {
    fn from(examined: ExaminedRule) -> Self {
        match examined.outcome {
            Some(outcome) => {
                let outcome = outcome.map_err(|error| ProtocolError::from(error).into());
                Self::new(examined.name, outcome)
            }
            None => Self::open(examined.name, "no keys were given"),
        }
    }
}

impl Verdict {
    /// Whether every rule is kept.
    pub(crate) fn is_good(&self) -> bool {
        self.doubt.is_none() && self.findings.iter().all(Finding::is_kept)
    }

    /// Takes back that a rule is kept: it was only held against the token itself.
    pub(crate) fn leave_open(&mut self, rule: &str, why: &str) {
        for finding in &mut self.findings {
            if finding.rule == rule && finding.is_kept() {
                finding.outcome = Outcome::Open(why.to_owned().into());
            }
        }
    }

    /// Every broken rule.
    pub(crate) fn broken(&self) -> impl Iterator<Item = (&'static str, &Failure)> {
        let findings = self.findings.iter();
        findings.filter_map(|finding| Some((finding.rule, finding.broken()?)))
    }

    /// The claims of a good token.
    ///
    /// # Errors
    ///
    /// The first rule that it breaks, or why it could not be checked.
    pub(crate) fn into_claims(self) -> Result<Value, Failure> {
        for finding in self.findings {
            if let Outcome::Broken(failure) = finding.outcome {
                return Err(failure);
            }
        }
        match self.doubt {
            Some(doubt) => Err(doubt),
            None => Ok(Value::Object(self.claims.unwrap_or_default())),
        }
    }

    /// A claim as a point in time.
    pub(crate) fn time(&self, name: &str) -> Option<SystemTime> {
        jwt::time(self.claims.as_ref()?.get(name)?)
    }

    /// A claim as text, for the person who has to compare it with what was expected.
    pub(crate) fn claim(&self, name: &str) -> Option<String> {
        let text = match self.claims.as_ref()?.get(name)? {
            Value::String(text) => text.clone(),
            Value::Array(items) => {
                let texts: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
                texts.join(", ")
            }
            other => other.to_string(),
        };
        Some(words::plain(&text))
    }
}
