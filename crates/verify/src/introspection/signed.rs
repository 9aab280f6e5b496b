//! Signed answers (RFC 9701), verified with the issuer's keys.

use keyfob_jose::JwkSet;
use keyfob_protocol::introspection::SignedAnswer;
use keyfob_protocol::{Introspection, SignedAnswerError, SignedAnswerRules};
use keyfob_transport::{Clock, KeySetDocument};

use super::error::IntrospectionError;

#[derive(Debug)]
pub(super) struct Signed {
    pub(super) rules: SignedAnswerRules,
    pub(super) keys: Keys,
}

#[derive(Clone, Debug)]
pub(super) enum Keys {
    Given(JwkSet),
    Fetched(KeySetDocument),
}

impl Signed {
    pub(super) async fn read(
        &self,
        answer: &SignedAnswer,
        clock: &Clock,
    ) -> Result<Introspection, IntrospectionError> {
        let jws = answer.jws().map_err(refused)?;
        self.rules.check_header(jws.header()).map_err(refused)?;
        let payload = match &self.keys {
            Keys::Given(keys) => keys.verify(&jws).map_err(|error| refused(error.into()))?,
            Keys::Fetched(keys) => keys.verify(&jws).await?,
        };
        Ok(self.rules.accept(payload, clock.now())?)
    }
}

fn refused(error: SignedAnswerError) -> IntrospectionError {
    IntrospectionError::Protocol(error.into())
}
