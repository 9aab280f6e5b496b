//! Signed answers (RFC 9701): a JWT that says who answers whom, around the answer of RFC 7662.

use std::fmt;
use std::time::{Duration, SystemTime};

use http::header::CONTENT_TYPE;
use keyfob_jose::{Algorithm, Claims, CompactJws, Header, JwkSet, NumericDate, Payload};
use serde_json::Value;

use super::{Introspection, IntrospectionRequest, SignedAnswerError};
use crate::error::ProtocolError;
use crate::exchange::{self, Endpoint, Response};

/// The media type to ask for, and the one that makes an answer a signed one (RFC 9701 §4, §5).
pub const SIGNED_ANSWER: &str = "application/token-introspection+jwt";

/// `typ`, without which an ordinary token of the issuer might pass for an answer (RFC 9701 §8.1).
const TYP: &str = "token-introspection+jwt";

/// Clocks of servers are off by this much more often than not by more.
const LEEWAY: Duration = Duration::from_secs(30);

/// An answer does not say which token it is about, so an old one that was kept could be given for another token, or
/// for one that was revoked since.
const MAX_AGE: Duration = Duration::from_mins(5);

/// A signed answer as it came, not yet verified.
pub struct SignedAnswer(String);

/// What a signed answer must fulfil to be believed.
///
/// ```
/// use keyfob_protocol::SignedAnswerRules;
/// use keyfob_protocol::jose::Algorithm;
///
/// // The resource server asks as `my-api`, and its answers are for nobody else.
/// let rules = SignedAnswerRules::new("https://login.example.com", "my-api", [Algorithm::RS256]);
/// ```
#[derive(Clone, Debug)]
pub struct SignedAnswerRules {
    issuer: String,
    audience: String,
    algorithms: Vec<Algorithm>,
    leeway: Duration,
    max_age: Duration,
}

impl IntrospectionRequest {
    /// Reads a signed answer, and takes no other.
    ///
    /// # Errors
    /// As [`read`](Self::read), and `answer_unsigned` when the answer is a plain one.
    pub fn read_signed(&self, response: &Response) -> Result<SignedAnswer, ProtocolError> {
        if response.status().is_success() && is_signed(response) {
            let text = std::str::from_utf8(response.body()).unwrap_or_default();
            return Ok(SignedAnswer(text.trim_ascii().to_owned()));
        }
        // A refusal explains itself in JSON as ever.
        exchange::json_object(response, Endpoint::Introspection)?;
        Err(SignedAnswerError::Unsigned.into())
    }
}

/// Tells whether an answer calls itself a signed one.
fn is_signed(response: &Response) -> bool {
    let declared = response
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let essence = declared.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case(SIGNED_ANSWER)
}

impl SignedAnswer {
    /// Takes the JWT apart; verifies nothing yet.
    ///
    /// # Errors
    /// See [`CompactJws::parse`].
    pub fn jws(&self) -> Result<CompactJws<'_>, SignedAnswerError> {
        Ok(CompactJws::parse(&self.0)?)
    }
}

/// The answer speaks of a person's token.
impl fmt::Debug for SignedAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SignedAnswer(..)")
    }
}

impl SignedAnswerRules {
    /// Starts from the issuer (compared as given), the `client_id` that asks, and the algorithms accepted.
    ///
    /// Symmetric algorithms never match a published key. The leeway is 30 s; an answer is refused 5 min after it was
    /// signed.
    pub fn new(
        issuer: impl Into<String>,
        client_id: impl Into<String>,
        algorithms: impl IntoIterator<Item = Algorithm>,
    ) -> Self {
        Self {
            issuer: issuer.into(),
            audience: client_id.into(),
            algorithms: algorithms
                .into_iter()
                .filter(|algorithm| !algorithm.is_symmetric())
                .collect(),
            leeway: LEEWAY,
            max_age: MAX_AGE,
        }
    }

    /// Sets how far clocks may differ.
    pub fn with_leeway(self, leeway: Duration) -> Self {
        Self { leeway, ..self }
    }

    /// Sets how long after its signing an answer is taken.
    pub fn with_max_age(self, max_age: Duration) -> Self {
        Self { max_age, ..self }
    }

    /// Tells whether no algorithm is accepted, and thus no answer.
    pub fn accepts_nothing(&self) -> bool {
        self.algorithms.is_empty()
    }

    /// Verifies an answer with the keys at hand.
    ///
    /// # Errors
    /// The first rule broken, in this order: form, algorithm, type, signature, claims.
    pub fn read_with(
        &self,
        keys: &JwkSet,
        answer: &SignedAnswer,
        now: SystemTime,
    ) -> Result<Introspection, ProtocolError> {
        let jws = answer.jws()?;
        self.check_header(jws.header())?;
        let payload = keys.verify(&jws).map_err(SignedAnswerError::from)?;
        self.accept(payload, now)
    }

    /// Checks all that the header can tell, before any key is looked up or fetched.
    ///
    /// # Errors
    /// `answer_algorithm_refused` or `answer_wrong_type`.
    pub fn check_header(&self, header: &Header) -> Result<(), SignedAnswerError> {
        if !self.algorithms.contains(&header.alg) {
            return Err(SignedAnswerError::Algorithm(header.alg));
        }
        if header.has_type(TYP) {
            Ok(())
        } else {
            Err(SignedAnswerError::Type)
        }
    }

    /// Checks the claims of an answer whose signature is right, and reads what it says about the token.
    ///
    /// # Errors
    /// The first rule broken.
    pub fn accept(
        &self,
        payload: Payload<'_>,
        now: SystemTime,
    ) -> Result<Introspection, ProtocolError> {
        let mut claims = payload.claims().map_err(SignedAnswerError::from)?;
        self.check_claims(&claims, now)?;
        match claims.extra.remove("token_introspection") {
            Some(Value::Object(answer)) => Introspection::from_object(answer),
            _ => Err(SignedAnswerError::Missing("token_introspection").into()),
        }
    }

    fn check_claims(&self, claims: &Claims, now: SystemTime) -> Result<(), SignedAnswerError> {
        let issuer = claims.iss.as_deref();
        if issuer.ok_or(SignedAnswerError::Missing("iss"))? != self.issuer {
            return Err(SignedAnswerError::Issuer);
        }
        let audience = claims.aud.as_ref();
        if !audience
            .ok_or(SignedAnswerError::Missing("aud"))?
            .contains(&self.audience)
        {
            return Err(SignedAnswerError::Audience);
        }
        let iat = claims.iat.ok_or(SignedAnswerError::Missing("iat"))?;
        let now = now
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default();
        let latest = now.saturating_add(self.leeway);
        let ahead = |date: NumericDate| date.since_epoch() > latest;
        if ahead(iat) || claims.nbf.is_some_and(ahead) {
            return Err(SignedAnswerError::InFuture);
        }
        let over = |end: Duration| now >= end.saturating_add(self.leeway);
        let end = iat.since_epoch().saturating_add(self.max_age);
        if over(end) || claims.exp.is_some_and(|exp| over(exp.since_epoch())) {
            return Err(SignedAnswerError::Old);
        }
        Ok(())
    }
}
