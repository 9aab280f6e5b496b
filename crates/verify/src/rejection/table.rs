//! Every reason with its code, blame, status and error: the table that `docs/verification.md` repeats.

use std::collections::BTreeSet;
use std::time::Duration;

use keyfob_jose::{Algorithm, JoseError};
use keyfob_protocol::dpop::ProofError;
use keyfob_protocol::{Blame, Endpoint, IdTokenError, ProtocolError};
use keyfob_transport::DocumentError;

use super::{BindingProblem, Rejection, RequestProblem, StepUp, StepUpReason};
use crate::dpop::ReplayError;
use crate::event;
use crate::introspection::IntrospectionError;
use crate::required::{ClaimMismatch, MismatchKind};

type Row = (Rejection, &'static str, Blame, u16, &'static str);

const INVALID: &str = "invalid_token";
const LATER: &str = "";

/// What cannot be read.
fn form() -> Vec<Row> {
    let malformed = [
        (JoseError::MalformedToken("x"), "malformed_token"),
        (JoseError::EncryptedToken, "encrypted_token"),
        (JoseError::Base64, "malformed_base64url"),
        (JoseError::DuplicateMember("x"), "duplicate_member"),
        (JoseError::CriticalHeader, "critical_header"),
        (JoseError::UnencodedPayload, "unencoded_payload"),
        (
            JoseError::UnsupportedAlgorithm("none".to_owned()),
            "unsupported_algorithm",
        ),
        (
            JoseError::TooLarge {
                what: "x",
                limit: 1,
            },
            "too_large",
        ),
        (
            JoseError::Json {
                what: "x",
                why: "x",
            },
            "malformed_json",
        ),
        (
            JoseError::Claim {
                claim: "x",
                why: "x",
            },
            "malformed_claim",
        ),
    ];
    let told = |problem: RequestProblem, code| {
        let rejection = Rejection::Request(problem);
        (rejection, code, Blame::Caller, 400, "invalid_request")
    };
    let mut rows = vec![
        (Rejection::NoToken, "no_token", Blame::Caller, 401, ""),
        told(RequestProblem::SeveralTokens, "several_tokens"),
        told(RequestProblem::NotOneToken, "malformed_authorization"),
        told(RequestProblem::TooLong, "token_too_long"),
    ];
    rows.extend(
        malformed
            .into_iter()
            .map(|(error, code)| bad(Rejection::Malformed(error), code)),
    );
    rows
}

/// What breaks a rule.
fn rules() -> Vec<Row> {
    let ago = Duration::from_secs(1);
    let claim = |kind| {
        Rejection::RequiredClaim(ClaimMismatch {
            claim: "x".to_owned(),
            kind,
        })
    };
    vec![
        bad(Rejection::Algorithm(Algorithm::RS256), "algorithm_refused"),
        bad(Rejection::Type, "wrong_type"),
        bad(Rejection::IdToken("nonce"), "id_token_presented"),
        bad(Rejection::MissingClaim("iss"), "missing_claim"),
        bad(Rejection::Issuer, "wrong_issuer"),
        bad(Rejection::UnknownIssuer, "unknown_issuer"),
        bad(Rejection::IssuerType, "issuer_not_text"),
        bad(Rejection::Signature(JoseError::UnknownKey), "unknown_key"),
        bad(
            Rejection::Signature(JoseError::BadSignature),
            "bad_signature",
        ),
        bad(Rejection::Audience, "wrong_audience"),
        bad(Rejection::UntrustedAudience, "untrusted_audience"),
        bad(Rejection::UnfitClaims, "unfit_claims"),
        bad(Rejection::AuthorizedParty, "wrong_azp"),
        bad(Rejection::Expired { ago }, "expired"),
        bad(Rejection::NotYetValid, "not_yet_valid"),
        bad(Rejection::IssuedInFuture, "issued_in_future"),
        bad(Rejection::TooOld { ago }, "issued_too_long_ago"),
        bad(claim(MismatchKind::Missing), "required_claim_missing"),
        bad(claim(MismatchKind::Different), "required_claim_different"),
        bad(claim(MismatchKind::Unreadable), "required_claim_unreadable"),
        (
            Rejection::Scope {
                needed: "x".to_owned(),
            },
            "insufficient_scope",
            Blame::Caller,
            403,
            "insufficient_scope",
        ),
        step_up(StepUpReason::Acr, "acr_not_met"),
        step_up(StepUpReason::TooLongAgo, "login_too_old"),
        step_up(StepUpReason::NoAuthTime, "login_time_unknown"),
    ]
}

/// What is wrong with who presents it.
fn possession() -> Vec<Row> {
    let binding = [
        (BindingProblem::Unbound, "not_bound"),
        (BindingProblem::BearerScheme, "bound_token_as_bearer"),
        (BindingProblem::DpopScheme, "unbound_token_with_dpop"),
        (BindingProblem::OtherKey, "wrong_dpop_key"),
        (BindingProblem::NoCertificate, "no_client_certificate"),
        (BindingProblem::OtherCertificate, "wrong_client_certificate"),
        (
            BindingProblem::UnreadableCertificate,
            "unreadable_client_certificate",
        ),
        (BindingProblem::Unsupported, "unsupported_binding"),
    ];
    let dpop = [
        (ProofError::Missing, "dpop_proof_missing"),
        (ProofError::Several, "dpop_several_proofs"),
        (ProofError::TooLarge { limit: 1 }, "dpop_too_large"),
        (ProofError::Malformed(JoseError::Base64), "dpop_malformed"),
        (ProofError::Type, "dpop_type"),
        (ProofError::Algorithm(Algorithm::RS256), "dpop_algorithm"),
        (ProofError::NoKey, "dpop_no_key"),
        (ProofError::PrivateKey, "dpop_private_key"),
        (ProofError::Key(JoseError::WeakKey("x")), "dpop_key"),
        (ProofError::Signature, "dpop_signature"),
        (ProofError::MissingClaim("jti"), "dpop_missing_claim"),
        (ProofError::Claim("jti"), "dpop_claim"),
        (ProofError::Method, "dpop_htm"),
        (ProofError::Target, "dpop_htu"),
        (ProofError::TokenHash, "dpop_ath"),
        (ProofError::TooOld, "dpop_too_old"),
        (ProofError::Future, "dpop_future"),
        (ProofError::Replayed, "dpop_replayed"),
    ];
    let proof = |(problem, code)| {
        let rejection = Rejection::DpopProof(problem);
        (rejection, code, Blame::Caller, 401, "invalid_dpop_proof")
    };
    let nonce = Rejection::UseDpopNonce {
        nonce: "x".to_owned(),
    };
    let mut rows = vec![
        bad(Rejection::BindingRequired, "binding_required"),
        (
            nonce,
            "use_dpop_nonce",
            Blame::Caller,
            401,
            "use_dpop_nonce",
        ),
    ];
    let full = ReplayError::Full { capacity: 1 };
    let replay = |error: ReplayError| {
        let (code, blame) = (error.code(), error.blame());
        (Rejection::ReplayUnknown(error), code, blame, 503, LATER)
    };
    rows.extend([replay(full), replay(ReplayError::Unavailable)]);
    rows.extend(binding.map(|(problem, code)| bad(Rejection::Binding(problem), code)));
    rows.extend(dpop.map(proof));
    rows
}

/// What the issuer says, or does not.
fn issuer() -> Vec<Row> {
    let asked = IntrospectionError::Interrupted;
    let mut rows = vec![
        bad(Rejection::Inactive, "inactive"),
        (
            Rejection::IntrospectionMismatch("sub"),
            "introspection_mismatch",
            Blame::Provider,
            401,
            INVALID,
        ),
        (
            Rejection::IntrospectionUnavailable(asked),
            "introspection_unavailable",
            Blame::Caller,
            503,
            LATER,
        ),
        (
            Rejection::KeysUnavailable(DocumentError::Slow(Duration::from_secs(1))),
            "keys_unavailable",
            Blame::Network,
            503,
            LATER,
        ),
        (
            Rejection::NoRevocationCheck,
            "no_revocation_check",
            Blame::Caller,
            503,
            LATER,
        ),
        (
            Rejection::TooManyNewIssuers,
            "too_many_new_issuers",
            Blame::Network,
            503,
            LATER,
        ),
    ];
    rows.extend(unreadable());
    rows
}

/// Answers that cannot be understood.
fn unreadable() -> [Row; 3] {
    let (endpoint, what) = (Endpoint::Introspection, "x");
    let unreadable = [
        (
            ProtocolError::NotJson {
                endpoint,
                status: http::StatusCode::OK,
                content_type: None,
            },
            "introspection_not_json",
        ),
        (
            ProtocolError::Missing { what, field: "x" },
            "introspection_incomplete",
        ),
        (
            ProtocolError::Malformed {
                what,
                field: "x",
                why: "x",
            },
            "introspection_malformed",
        ),
    ];
    unreadable.map(|(error, code)| {
        let rejection = Rejection::IntrospectionUnavailable(error.into());
        (rejection, code, Blame::Provider, 503, LATER)
    })
}

/// The rules of ID tokens.
fn id_tokens() -> Vec<Row> {
    let text = || "x".to_owned();
    let ago = Duration::from_secs(1);
    let errors = [
        (IdTokenError::Jose(JoseError::Base64), "id_token_malformed"),
        (
            IdTokenError::Jose(JoseError::EncryptedToken),
            "id_token_encrypted",
        ),
        (
            IdTokenError::Jose(JoseError::UnknownKey),
            "id_token_unknown_key",
        ),
        (
            IdTokenError::Jose(JoseError::BadSignature),
            "id_token_bad_signature",
        ),
        (IdTokenError::Jose(JoseError::WeakKey("x")), "id_token_key"),
        (IdTokenError::Type { found: text() }, "id_token_type"),
        (
            IdTokenError::Missing { claim: "x" },
            "id_token_missing_claim",
        ),
        (
            IdTokenError::Issuer {
                expected: text(),
                found: text(),
            },
            "id_token_issuer",
        ),
        (IdTokenError::Audience, "id_token_audience"),
        (IdTokenError::AuthorizedParty, "id_token_azp"),
        (IdTokenError::Algorithm { found: "x" }, "id_token_algorithm"),
        (IdTokenError::Expired { ago }, "id_token_expired"),
        (
            IdTokenError::Future {
                claim: "iat",
                ahead: ago,
            },
            "id_token_future",
        ),
        (IdTokenError::Nonce, "id_token_nonce"),
        (IdTokenError::Acr, "id_token_acr"),
        (IdTokenError::AuthTime, "id_token_auth_time"),
        (IdTokenError::AccessTokenHash, "id_token_at_hash"),
        (IdTokenError::CodeHash, "id_token_c_hash"),
        (IdTokenError::Changed { claim: "sub" }, "id_token_changed"),
    ];
    let bad_one = |(error, code)| bad(Rejection::IdTokenRule(error), code);
    errors.into_iter().map(bad_one).collect()
}

fn bad(rejection: Rejection, code: &'static str) -> Row {
    (rejection, code, Blame::Caller, 401, INVALID)
}

fn step_up(reason: StepUpReason, code: &'static str) -> Row {
    let needed = StepUp::new(reason, vec!["mfa".to_owned()], None);
    let rejection = Rejection::StepUp(Box::new(needed));
    let error = "insufficient_user_authentication";
    (rejection, code, Blame::User, 401, error)
}

fn table() -> Vec<Row> {
    [form(), rules(), possession(), issuer(), id_tokens()].concat()
}

#[test]
fn every_reason_has_its_code_blame_status_and_error() {
    for (rejection, code, blame, status, error) in table() {
        let challenge = rejection.challenge();
        assert_eq!(rejection.code(), code);
        assert_eq!(rejection.blame(), blame, "{code}");
        assert_eq!(challenge.status().as_u16(), status, "{code}");
        assert_eq!(challenge.error().unwrap_or_default(), error, "{code}");
        let told = challenge.header_values().next().is_some();
        assert_eq!(told, status != 503, "{code}");
        assert_eq!(challenge.retry_after().is_some(), status == 503, "{code}");
    }
}

#[test]
fn no_two_reasons_share_a_code() {
    let rows = table();
    let codes: BTreeSet<_> = rows.iter().map(|row| row.1).collect();
    assert_eq!(codes.len(), rows.len());
    for code in codes {
        let snake = |char: char| char.is_ascii_lowercase() || char.is_ascii_digit() || char == '_';
        assert!(code.chars().all(snake), "{code}");
    }
}

/// The names of an enum's variants, read from its source: a new one without a row fails here.
fn variants<'s>(source: &'s str, name: &str) -> BTreeSet<&'s str> {
    let start = format!("pub enum {name} {{");
    let (_, body) = source.split_once(&start).unwrap();
    let (body, _) = body.split_once("\n}").unwrap();
    let lines = body.lines().filter_map(|line| line.strip_prefix("    "));
    let variants = lines.filter(|line| line.starts_with(|c: char| c.is_ascii_uppercase()));
    variants.map(first_word).collect()
}

fn first_word(text: &str) -> &str {
    text.split(|c: char| !c.is_alphanumeric())
        .next()
        .unwrap_or_default()
}

#[test]
fn the_table_holds_every_reason_there_is() {
    let shown: Vec<_> = table().iter().map(|row| format!("{:?}", row.0)).collect();
    let listed: BTreeSet<_> = shown.iter().map(|shown| first_word(shown)).collect();
    assert_eq!(
        listed,
        variants(include_str!("../rejection.rs"), "Rejection")
    );

    let inner = |prefix: &str| {
        let of = shown.iter().filter_map(|shown| shown.strip_prefix(prefix));
        of.map(first_word).collect::<BTreeSet<_>>()
    };
    let proof = include_str!("proof.rs");
    assert_eq!(inner("Request("), variants(proof, "RequestProblem"));
    assert_eq!(inner("Binding("), variants(proof, "BindingProblem"));
    let dpop = include_str!("../../../protocol/src/dpop/error.rs");
    assert_eq!(inner("DpopProof("), variants(dpop, "ProofError"));
    let id_token = include_str!("../../../protocol/src/token/id_token_error.rs");
    assert_eq!(inner("IdTokenRule("), variants(id_token, "IdTokenError"));
    assert_eq!(RequestProblem::ALL.len(), inner("Request(").len());
    assert_eq!(BindingProblem::ALL.len(), inner("Binding(").len());
}

#[test]
fn the_table_holds_every_way_in_which_asking_fails() {
    let source = include_str!("../introspection/error.rs");
    let (_, body) = source.split_once("fn rejection_code").unwrap();
    let (body, _) = body.split_once("\n    }\n").unwrap();
    let codes: BTreeSet<_> = body.split('"').skip(1).step_by(2).collect();
    let table = table();
    let asking = table.iter().filter_map(|(rejection, code, ..)| {
        matches!(rejection, Rejection::IntrospectionUnavailable(_)).then_some(*code)
    });
    assert_eq!(asking.collect::<BTreeSet<_>>(), codes);
}

#[test]
fn every_reason_is_told_in_lower_case_and_without_full_stop() {
    for (rejection, code, ..) in table() {
        let words = rejection.to_string();
        assert!(!words.ends_with('.'), "{code}: {words}");
        assert!(
            words.starts_with(|c: char| c.is_lowercase()),
            "{code}: {words}"
        );
    }
}

/// The first four cells of every row whose first cell is a code: `` | `code` | acts | 401 | `error` | … ``.
fn documented() -> BTreeSet<[String; 4]> {
    let page = include_str!("../../../../docs/verification.md");
    let (_, tables) = page.split_once("## Every reason").unwrap();
    let rows = tables.lines().filter(|line| line.starts_with("| `"));
    let cells = rows.map(|row| row.trim_matches('|').split('|'));
    let cell = |cell: Option<&str>| cell.unwrap_or_default().trim().replace('`', "");
    cells
        .map(|mut cells| std::array::from_fn(|_| cell(cells.next())))
        .collect()
}

#[test]
fn the_documentation_lists_exactly_these_reasons() {
    let told = table()
        .into_iter()
        .map(|(rejection, code, blame, status, error)| {
            let acts = match rejection {
                // As whatever failed below them.
                Rejection::KeysUnavailable(_) | Rejection::IntrospectionUnavailable(_) => {
                    "varies".to_owned()
                }
                _ => format!("{blame:?}").to_lowercase(),
            };
            let error = if error.is_empty() { "none" } else { error };
            [code.to_owned(), acts, status.to_string(), error.to_owned()]
        });
    let told: BTreeSet<_> = told.collect();
    let documented = documented();
    let differing: Vec<_> = told.symmetric_difference(&documented).collect();
    assert!(differing.is_empty(), "{differing:#?}");
}

#[test]
fn the_page_of_events_names_the_reasons_of_each_event() {
    let page = include_str!("../../../../docs/events.md");
    for (rejection, code, ..) in table() {
        let named = format!("| `{}` | WARN", rejection.event());
        let row = page.lines().find(|line| line.starts_with(&named));
        let row = row.unwrap_or_default();
        let expected = match rejection.event() {
            event::TOKEN_INVALID => "all others",
            _ => code,
        };
        assert!(row.contains(expected), "{code}: {row}");
    }
}
