//! What a failed redemption means for the refresh token that was sent (RFC 6749 §5.2).

use std::time::Duration;

use http::StatusCode;
use keyfob_protocol::{Advice, ProtocolError};
use keyfob_transport::TransportError;

use crate::Error;

/// What became of a refresh token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// The provider says in JSON that the grant is invalid. Nothing else retires a refresh token.
    Refused,
    /// It was surely not used.
    Settled,
    /// It may have been used, and its successor may be lost.
    Unsettled,
}

/// Reads the fate of the refresh token from the failure.
pub(crate) fn fate(error: &Error) -> Fate {
    match error {
        Error::Protocol(error) if error.is_invalid_grant() => Fate::Refused,
        Error::Protocol(error) => by_answer(error),
        Error::Transport(error) if error.was_unsent() => Fate::Settled,
        Error::Transport(TransportError::Redirect { .. }) => Fate::Settled,
        Error::Transport(_) => Fate::Unsettled,
        // Everything else fails before anything is sent.
        _ => Fate::Settled,
    }
}

/// An OAuth error is an orderly refusal, and so is any other 4xx; 503 is a refusal before any work. All else
/// (a 500, an HTML page, half a JSON object) may come after the work was done.
fn by_answer(error: &ProtocolError) -> Fate {
    let orderly =
        |status: StatusCode| status.is_client_error() || status == StatusCode::SERVICE_UNAVAILABLE;
    let may_have_worked = match error {
        ProtocolError::OAuth { error, .. } => error == "server_error",
        ProtocolError::Http { status, .. } | ProtocolError::NotJson { status, .. } => {
            !orderly(*status)
        }
        ProtocolError::Malformed { what, .. } | ProtocolError::Missing { what, .. } => {
            *what == TOKEN_RESPONSE
        }
        // Everything else is found while the request is made.
        _ => false,
    };
    if may_have_worked {
        Fate::Unsettled
    } else {
        Fate::Settled
    }
}

/// How the protocol names the answer in which something is missing or malformed.
const TOKEN_RESPONSE: &str = "the token response";

/// How long the provider asked to be left alone.
pub(crate) fn retry_after(error: &Error) -> Option<Duration> {
    match error.advice() {
        Advice::RetryAfter(wait) => wait,
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use keyfob_protocol::TokenResponse;
    use keyfob_transport::testing::{json, lost, respond, unsent};

    fn fate_of(status: u16, kind: &str, body: &str) -> Fate {
        fate(
            &TokenResponse::read(&respond(status, kind, body))
                .unwrap_err()
                .into(),
        )
    }

    #[test]
    fn only_a_json_invalid_grant_retires_a_refresh_token() {
        assert_eq!(
            fate_of(400, "application/json", r#"{"error":"invalid_grant"}"#),
            Fate::Refused
        );
        for other in [
            "invalid_client",
            "invalid_request",
            "unauthorized_client",
            "temporarily_unavailable",
            "slow_down",
        ] {
            assert_eq!(
                fate_of(
                    400,
                    "application/json",
                    &format!(r#"{{"error":"{other}"}}"#)
                ),
                Fate::Settled,
                "{other}"
            );
        }
        assert_ne!(
            fate_of(500, "application/json", r#"{"error":"invalid_grant"}"#),
            Fate::Refused
        );
        assert_ne!(
            fate_of(400, "text/html", "<h1>invalid_grant</h1>"),
            Fate::Refused
        );
    }

    #[test]
    fn refusals_before_any_work_settle_and_broken_answers_do_not() {
        for (status, body, fate) in [
            (503, "<html>", Fate::Settled),
            (429, "", Fate::Settled),
            (403, "<html>", Fate::Settled),
            (500, "", Fate::Unsettled),
            (502, "<html>", Fate::Unsettled),
            (504, "", Fate::Unsettled),
            (200, "<html>", Fate::Unsettled),
            (200, r#"{"access_token":"a"#, Fate::Unsettled),
            (200, r#"{"token_type":"Bearer"}"#, Fate::Unsettled),
            (400, r#"{"error":"server_error"}"#, Fate::Unsettled),
        ] {
            assert_eq!(fate_of(status, "text/html", body), fate, "{status} {body}");
        }
    }

    #[test]
    fn what_did_not_leave_the_machine_settles_and_a_lost_answer_does_not() {
        assert_eq!(fate(&unsent().into()), Fate::Settled);
        assert_eq!(fate(&lost().into()), Fate::Unsettled);
    }

    #[test]
    fn retry_after_comes_through() {
        let mut response = json(503, "{}");
        response
            .headers_mut()
            .insert("retry-after", http::HeaderValue::from_static("7"));
        let error = TokenResponse::read(&response).unwrap_err().into();
        assert_eq!(retry_after(&error), Some(Duration::from_secs(7)));
    }
}
