//! Faults in the claims of a token; those of its signature are in `crate::jwt`.

use serde_json::{Map, Value, json};

use super::FaultKind;

/// An issuer, audience or subject that is nobody here.
pub(crate) const FOREIGN: &str = "https://foreign.example.test";

/// Spoils the claims.
pub(crate) fn spoil_claims(claims: &mut Map<String, Value>, faults: &[FaultKind], now: i64) {
    for fault in faults {
        match fault {
            FaultKind::WrongIssuer => set(claims, "iss", json!(FOREIGN)),
            FaultKind::WrongAudience => set(claims, "aud", json!(FOREIGN)),
            FaultKind::ExtraAudience => {
                let own = claims.remove("aud").unwrap_or_default();
                claims.remove("azp");
                set(claims, "aud", json!([own, FOREIGN]));
            }
            FaultKind::AudienceArray => {
                if let Some(own @ Value::String(_)) = claims.remove("aud") {
                    set(claims, "aud", json!([own]));
                }
            }
            FaultKind::WrongAuthorizedParty => set(claims, "azp", json!("somebody-else")),
            FaultKind::WrongNonce => set(claims, "nonce", json!("another-nonce")),
            FaultKind::WrongSubject => set(claims, "sub", json!("user-somebody-else")),
            FaultKind::MissingIss => drop(claims.remove("iss")),
            FaultKind::MissingSub => drop(claims.remove("sub")),
            FaultKind::MissingAud => drop(claims.remove("aud")),
            FaultKind::MissingExp => drop(claims.remove("exp")),
            FaultKind::MissingIat => drop(claims.remove("iat")),
            FaultKind::MissingNonce => drop(claims.remove("nonce")),
            FaultKind::MissingAtHash => drop(claims.remove("at_hash")),
            FaultKind::WrongAtHash => set(claims, "at_hash", json!("AAAAAAAAAAAAAAAAAAAAAA")),
            FaultKind::Expired => {
                set(claims, "iat", json!(now - 7200));
                set(claims, "exp", json!(now - 3600));
            }
            FaultKind::NotYetValid => set(claims, "nbf", json!(now + 3600)),
            FaultKind::ClockSkew { seconds } => shift(claims, *seconds),
            FaultKind::Claim {
                name,
                value: Value::Null,
            } => drop(claims.remove(name)),
            FaultKind::Claim { name, value } => set(claims, name, value.clone()),
            _ => {}
        }
    }
}

fn set(claims: &mut Map<String, Value>, name: &str, value: Value) {
    claims.insert(name.to_owned(), value);
}

fn shift(claims: &mut Map<String, Value>, seconds: i64) {
    for name in ["iat", "exp", "nbf", "auth_time"] {
        if let Some(time) = claims.get(name).and_then(Value::as_i64) {
            set(claims, name, json!(time + seconds));
        }
    }
}
