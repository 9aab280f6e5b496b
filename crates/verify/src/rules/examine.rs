//! A token held against each rule on its own, for those who have to name all that is wrong with one.

use std::borrow::Cow;
use std::time::SystemTime;

use keyfob_jose::{ClaimsReader, ClaimsRef, HeaderMemo, JwkSet, base64url};

use super::Rules;
use crate::incoming::Incoming;
use crate::principal::PrincipalRef;
use crate::rejection::{Rejection, signature};

/// What became of one rule.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Finding {
    /// The rule's name, such as `audience`; stable.
    pub rule: &'static str,
    /// Whether it is kept.
    pub outcome: Outcome,
}

/// Whether a rule is kept.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Outcome {
    /// It is.
    Kept,
    /// It is not, for this reason.
    Broken(Rejection),
    /// Nobody can tell, as of a signature without keys.
    Open,
}

impl Finding {
    /// Returns why the rule is broken, if it is.
    pub fn broken(&self) -> Option<&Rejection> {
        match &self.outcome {
            Outcome::Broken(rejection) => Some(rejection),
            Outcome::Kept | Outcome::Open => None,
        }
    }

    fn new(rule: &'static str, outcome: Result<(), Rejection>) -> Self {
        let outcome = outcome.map_or_else(Outcome::Broken, |()| Outcome::Kept);
        Self { rule, outcome }
    }
}

impl Rules {
    /// Holds a token against every rule, also when others are broken already: for people who have to mend something.
    ///
    /// A token is only good if [`verify_with`](Self::verify_with) or a verifier says so; this names the reasons. A rule
    /// about several claims has a finding for each that is broken. Whether a bound token (`cnf`) is presented by its holder is
    /// not among them, since that does not show in the token.
    ///
    /// ```
    /// use std::time::SystemTime;
    /// use keyfob_verify::{Algorithm, Profile, Rules};
    ///
    /// let (issuer, audience) = ("https://login.example.com", "https://api.example.com");
    /// let rules = Rules::new(issuer, [audience], [Algorithm::ES256], Profile::Rfc9068);
    /// let findings = rules.examine("no token at all", None, SystemTime::now());
    /// let broken: Vec<_> = findings.iter().filter_map(|finding| Some(finding.broken()?.code())).collect();
    /// assert_eq!(broken, ["malformed_token"]);
    /// ```
    pub fn examine(&self, token: &str, keys: Option<&JwkSet>, now: SystemTime) -> Vec<Finding> {
        let headers = HeaderMemo::default();
        let incoming = match Incoming::parse(token, &headers) {
            Ok(incoming) => incoming,
            Err(rejection) => return self.examine_unreadable(token, rejection, now),
        };
        let header = incoming.header();
        let verified = keys.map(|keys| keys.verify(incoming.jws()).map(drop).map_err(signature));
        let mut findings = vec![
            Finding::new("form", Ok(())),
            Finding::new("algorithm", self.check_algorithm(header)),
            Finding::new("type", self.check_type(header)),
            Finding {
                rule: "signature",
                outcome: Outcome::Open,
            },
        ];
        if let (Some(last), Some(verified)) = (findings.last_mut(), verified) {
            *last = Finding::new("signature", verified);
        }
        self.examine_claims(incoming.claims(), now, &mut findings);
        findings
    }

    /// What is no token that could be accepted may have claims nevertheless, such as one of `alg: none`.
    fn examine_unreadable(
        &self,
        token: &str,
        rejection: Rejection,
        now: SystemTime,
    ) -> Vec<Finding> {
        let mut findings = vec![Finding::new("form", Err(rejection))];
        let payload = token.split('.').nth(1).map(base64url::decode);
        let mut reader = ClaimsReader::default();
        if let Some(Ok(payload)) = payload
            && let Ok(claims) = reader.read(&payload)
        {
            self.examine_claims(claims, now, &mut findings);
        }
        findings
    }

    fn examine_claims(&self, claims: ClaimsRef<'_>, now: SystemTime, findings: &mut Vec<Finding>) {
        findings.extend([
            Finding::new("issuer", self.check_issuer(claims)),
            Finding::new("audience", self.check_audience(claims)),
            Finding::new("expiry", self.check_expiry(claims, now)),
            Finding::new("not_before", self.check_not_before(claims, now)),
            Finding::new("issued_at", self.check_issued_at(claims, now)),
        ]);
        add_all(findings, "profile", self.profile_faults(claims));
        if !self.authorized_parties.is_empty() {
            let client = self.check_authorized_party(claims);
            findings.push(Finding::new("client", client));
        }
        if !self.required.is_empty() {
            let claim = |name: &str| claims.get(name).map(Cow::Owned);
            let mismatches = self.required.mismatches(claim);
            add_all(findings, "claims", mismatches.map(Rejection::RequiredClaim));
        }
        if !self.scopes.is_empty() {
            let scopes = self.scopes.check(PrincipalRef::new(claims));
            findings.push(Finding::new("scope", scopes));
        }
    }
}

/// A finding for each fault, or one that the rule is kept.
fn add_all(
    findings: &mut Vec<Finding>,
    rule: &'static str,
    faults: impl Iterator<Item = Rejection>,
) {
    let before = findings.len();
    findings.extend(faults.map(|fault| Finding::new(rule, Err(fault))));
    if findings.len() == before {
        findings.push(Finding::new(rule, Ok(())));
    }
}
