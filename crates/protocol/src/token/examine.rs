//! An ID token held against each rule on its own, for those who have to name all that is wrong with one.

use std::time::SystemTime;

use keyfob_jose::{Claims, CompactJws, JwkSet};

use super::rules::Check;
use super::{IdToken, IdTokenError, IdTokenRules};

/// What became of one rule.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExaminedRule {
    /// The rule's name, such as `audience`.
    pub name: &'static str,
    /// Whether it is kept; `None` if that cannot be told, as for a signature without keys.
    pub outcome: Option<Result<(), IdTokenError>>,
}

impl IdTokenRules {
    /// Holds a token against every rule, also when others are broken already: for people who have to mend something.
    ///
    /// A token is only good if [`verify`](Self::verify) says so; this names the reasons. Tokens of a shared secret have
    /// their signature left open.
    ///
    /// ```
    /// use std::time::SystemTime;
    /// use keyfob_protocol::{IdTokenRules, Issuer};
    ///
    /// let rules = IdTokenRules::new(&Issuer::parse("https://login.example.com")?, "shop");
    /// let examined = rules.examine("no token at all", None, SystemTime::now());
    /// assert_eq!(examined.len(), 1);
    /// assert_eq!(examined.first().map(|rule| rule.name), Some("form"));
    /// # Ok::<(), keyfob_protocol::ProtocolError>(())
    /// ```
    pub fn examine(
        &self,
        token: &str,
        keys: Option<&JwkSet>,
        now: SystemTime,
    ) -> Vec<ExaminedRule> {
        let judged = |name, outcome| ExaminedRule {
            name,
            outcome: Some(outcome),
        };
        let parsed = CompactJws::parse(token)
            .and_then(|jws| Ok((Claims::parse(jws.unverified_payload())?, jws)));
        let (claims, jws) = match parsed {
            Ok(parsed) => parsed,
            Err(error) => return vec![judged("form", Err(error.into()))],
        };
        let check = Check {
            rules: self,
            claims: &claims,
            jws: &jws,
            now,
        };
        let keys = keys.filter(|_| !jws.header().alg.is_symmetric());
        let signature = keys.map(|keys| keys.verify(&jws).map(drop).map_err(IdTokenError::from));
        let signature = ExaminedRule {
            name: "signature",
            outcome: signature,
        };
        let before = Check::BEFORE_THE_SIGNATURE.iter();
        let after = Check::AFTER_THE_SIGNATURE.iter();
        // A token without a subject tells of nobody's login (§2).
        let subject = IdToken::new(token, claims.clone()).map(drop);
        std::iter::once(judged("form", Ok(())))
            .chain(before.map(|(name, rule)| judged(name, rule(&check))))
            .chain([signature])
            .chain(after.map(|(name, rule)| judged(name, rule(&check))))
            .chain([judged("subject", subject)])
            .collect()
    }
}
