//! One verifier for tokens of several issuers: two that are named, and the tenants of a multi-tenant provider.
//!
//! `cargo run -p keyfob-verify --example several_issuers` starts the issuers within the process and needs no network.
#![expect(clippy::print_stdout, reason = "an example talks to the terminal")]

use std::error::Error;

use keyfob_verify::issuers::{IssuerEntry, Template};
use keyfob_verify::protocol::{Client, ClientAuthentication};
use keyfob_verify::testing::{self, TestIssuer};
use keyfob_verify::{Algorithm, Introspector, Issuers, Profile, Verifier};

const API: &str = "https://api.example.com";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    // Who makes the tokens. In a service these are somewhere else, and no transport or clock has to be given below.
    let staff = TestIssuer::new("https://login.example.com").for_audience(API);
    let on_same_clock = |issuer: &str| TestIssuer::new(issuer).on_clock(staff.clock().clone());
    let partner = on_same_clock("https://id.partner.example").for_audience("urn:example:api");
    let contoso = on_same_clock("https://tenants.example.com/contoso/v2.0").for_audience(API);
    let stranger = on_same_clock("https://stranger.example").for_audience(API);
    let transport = testing::transport([staff.clone(), partner.clone(), contoso.clone()]);
    let rules = |issuer: &str| {
        let rules = Verifier::builder(issuer).clock(staff.clock().clone().into());
        rules.transport(transport.clone())
    };

    // The staff's issuer makes tokens as RFC 9068 has them, and can be asked whether one was revoked.
    let introspector = Introspector::builder("https://login.example.com")
        .audience(API)
        .client(Client::new(
            "my-api",
            ClientAuthentication::SecretBasic("s3cret".into()),
        ))
        .transport(transport.clone())
        .clock(staff.clock().clone().into())
        .build()?;
    let of_staff = rules("https://login.example.com")
        .audience(API)
        .algorithms([Algorithm::ES256])
        .profile(Profile::Rfc9068);
    // The partner's predates it, and calls this service by another name.
    let of_partner = rules("https://id.partner.example")
        .audience("urn:example:api")
        .algorithms([Algorithm::ES256, Algorithm::RS256])
        .profile(Profile::Plain);
    // Customers have a tenant each at one provider; these two are ours.
    let of_customers = rules("https://tenants.example.com/{tenant}/v2.0")
        .audience(API)
        .algorithms([Algorithm::ES256])
        .profile(Profile::Rfc9068);

    let issuers = Issuers::builder()
        .issuer(IssuerEntry::from(of_staff).revocation(introspector))
        .issuer(of_partner)
        .template(Template::new(of_customers).tenants(["contoso", "fabrikam"]))
        .build()?;

    // Nothing was fetched so far. A service may do that before its first request; an issuer that is down fails nobody.
    for warm in issuers.warm_up().await {
        let state = warm
            .failure
            .map_or_else(|| "keys at hand".to_owned(), |why| why.to_string());
        println!("{}: {state}", warm.issuer);
    }

    for issuer in [&staff, &partner, &contoso, &stranger] {
        match issuers.verify(&issuer.token().sign()).await {
            Ok(principal) => println!("{} of {}", principal.subject(), principal.issuer()),
            Err(rejection) => println!(
                "token of {}: {rejection} ({})",
                issuer.issuer(),
                rejection.code()
            ),
        }
    }

    ask_before_what_cannot_be_undone(&issuers, &staff).await
}

/// A signed token is good until it expires; whether it was revoked only its issuer knows.
async fn ask_before_what_cannot_be_undone(
    issuers: &Issuers,
    staff: &TestIssuer,
) -> Result<(), Box<dyn Error>> {
    let token = staff.token().sign();
    let confirmed = issuers.verify_with_revocation(&token).await?;
    println!("{} is still welcome", confirmed.principal.subject());
    staff.revoke(&token);
    match issuers.verify_with_revocation(&token).await {
        Ok(_) => Err("a revoked token was accepted".into()),
        Err(rejection) => {
            println!("and now not any more: {rejection} ({})", rejection.code());
            Ok(())
        }
    }
}
