//! What several issuers tell about a token: exactly one event, whoever was asked, or none.

use keyfob_protocol::{Client, ClientAuthentication, Endpoint};
use keyfob_verify::issuers::{IssuerEntry, IssuersBuilder};
use keyfob_verify::testing::{TestIssuer, Wrong};
use keyfob_verify::{CheckToken, Introspector, Issuers, event};

use crate::events;

/// Every event; what the transport says about its requests is not one.
async fn recorded(act: impl AsyncFn()) -> Vec<String> {
    let mut lines = events::recorded(act).await;
    lines.retain(|line| !line.trim_start().starts_with("DEBUG keyfob_transport"));
    lines
}

fn entry(one: &TestIssuer) -> IssuerEntry {
    let introspector = Introspector::builder(one.issuer())
        .audience(one.audience())
        .client(Client::new("api", ClientAuthentication::None))
        .transport(one.transport())
        .clock(one.clock().clone().into())
        .build()
        .unwrap();
    // Its own setting does not count: the issuers together tell, once.
    IssuerEntry::from(one.verifier_builder().events(true)).revocation(introspector)
}

fn trusting(one: &TestIssuer) -> IssuersBuilder {
    Issuers::builder().issuer(entry(one))
}

// covers: planet-87
#[tokio::test]
async fn a_good_token_is_told_by_exactly_one_info_or_by_nothing() {
    let one = TestIssuer::new("https://one.example");
    let token = one.token().sign();
    for (tells, expected) in [(true, 1), (false, 0)] {
        let issuers = trusting(&one).events(tells).build().unwrap();
        let checking = issuers.checking_revocation();
        let ways = [
            recorded(async || assert!(issuers.verify(&token).await.is_ok())).await,
            recorded(async || assert!(issuers.check(&token).await.is_ok())).await,
            recorded(async || assert!(issuers.verify_with_revocation(&token).await.is_ok())).await,
            recorded(async || assert!(checking.check(&token).await.is_ok())).await,
        ];
        for lines in ways {
            assert_eq!(lines.len(), expected, "{lines:?}");
            for line in lines {
                assert!(line.trim_start().starts_with("INFO"), "{line}");
                assert!(line.contains(event::TOKEN_VALID), "{line}");
            }
        }
    }
}

// covers: planet-87, W29
#[tokio::test]
async fn each_refusal_is_told_by_exactly_one_warning_an_unknown_issuer_and_the_issuers_no_included()
{
    let one = TestIssuer::new("https://one.example");
    let revoked = one.token().sign();
    one.revoke(&revoked);
    let issuers = trusting(&one).build().unwrap();
    assert!(issuers.verify(&revoked).await.is_ok());
    for (token, name) in [
        (
            one.wrong(Wrong::OtherIssuer),
            event::TOKEN_INVALID_BAD_ISSUER,
        ),
        (one.wrong(Wrong::IssuerList), event::TOKEN_INVALID),
        (one.wrong(Wrong::NoIssuer), event::TOKEN_INVALID),
        (one.wrong(Wrong::Expired), event::TOKEN_INVALID_EXPIRED),
        (
            one.wrong(Wrong::UnknownKey),
            event::TOKEN_INVALID_BAD_SIGNING_KEY,
        ),
        (one.wrong(Wrong::Junk), event::TOKEN_INVALID),
        (revoked, event::TOKEN_INVALID_INTROSPECTION_REJECTION),
    ] {
        let lines = recorded(async || drop(issuers.verify_with_revocation(&token).await)).await;
        assert_eq!(lines.len(), 1, "{name}: {lines:?}");
        let line = lines.first().unwrap();
        assert!(line.trim_start().starts_with("WARN"), "{line}");
        assert!(
            line.contains(&format!(r#"event="{name}" "#)),
            "{name}: {line}"
        );
        assert!(!line.contains(&token), "{line}");
    }
}

#[tokio::test]
async fn a_token_that_nobody_could_check_is_not_told_as_a_bad_one() {
    let one = TestIssuer::new("https://one.example");
    let issuers = trusting(&one).build().unwrap();
    let token = one.token().sign();
    assert!(issuers.verify(&token).await.is_ok());
    one.answer(Endpoint::Introspection, 503, "");
    let lines = recorded(async || drop(issuers.verify_with_revocation(&token).await)).await;
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(
        lines.first().unwrap().contains(r#"event="TRACE" "#),
        "{lines:?}"
    );
}
