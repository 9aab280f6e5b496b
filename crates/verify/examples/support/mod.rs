//! A client of the example's service: what to try by hand, and the same as a check.

use keyfob_sandbox::Sandbox;
use reqwest::{Client, RequestBuilder};
use serde_json::Value;

use crate::Failure;

/// Prints requests to try.
pub(crate) fn explain(address: &str, issuer: &Sandbox) {
    let client = issuer.client("demo-service");
    let secret = client.as_ref().and_then(|client| client.secret());
    println!("no token, and where to get one:");
    println!("  curl -i {address}/orders");
    println!("  curl {address}/.well-known/oauth-protected-resource");
    println!("a token from the first issuer, for reading:");
    println!(
        "  TOKEN=$(curl -s {} -u demo-service:{} -d grant_type=client_credentials \\",
        issuer.url("/token"),
        secret.unwrap_or_default()
    );
    println!(
        "    -d scope=api:read -d resource={address} | sed 's/.*\"access_token\":\"\\([^\"]*\\)\".*/\\1/')"
    );
    println!("good, too little, and too long ago:");
    for method in ["GET", "POST", "DELETE"] {
        println!("  curl -i -X {method} -H \"Authorization: Bearer $TOKEN\" {address}/orders");
    }
}

/// Makes requests of every kind, and fails at the first answer that is not the expected one.
pub(crate) async fn check(
    address: &str,
    staff: &Sandbox,
    partners: &Sandbox,
) -> Result<(), Failure> {
    let http = Client::builder().no_proxy().build()?;
    let stranger = Sandbox::start(keyfob_sandbox::SandboxConfig::default())?;
    let read = token(&http, staff, address, "api:read").await?;
    let write = token(&http, partners, address, "api:read api:write").await?;
    let elsewhere = token(&http, staff, "https://other.example", "api:read").await?;
    let strange = token(&http, &stranger, address, "api:read").await?;
    let orders = format!("{address}/orders");

    let metadata = format!("{address}/.well-known/oauth-protected-resource");
    expect("metadata", http.get(metadata), 200, "").await?;
    expect("health", http.get(format!("{address}/health")), 200, "").await?;
    expect("no token", http.get(&orders), 401, "resource_metadata=").await?;
    for (what, token) in [("staff", &read), ("a partner", &write)] {
        let request = http.get(&orders).bearer_auth(token);
        expect(what, request, 200, "").await?;
    }
    let post = |token: &str| http.post(&orders).bearer_auth(token);
    expect("a partner writes", post(&write), 200, "").await?;
    expect("staff writes", post(&read), 403, r#"scope="api:write""#).await?;
    let delete = http.delete(&orders).bearer_auth(&write);
    expect("no recent login", delete, 401, r"max_age=").await?;
    for (what, token) in [
        ("for another service", elsewhere.as_str()),
        ("of a stranger", &strange),
        ("garbage", "garbage"),
    ] {
        let request = http.get(&orders).bearer_auth(token);
        expect(what, request, 401, r#"error="invalid_token""#).await?;
    }
    let two = http.get(&orders).bearer_auth(&read).bearer_auth(&read);
    expect("two tokens", two, 400, r#"error="invalid_request""#).await
}

async fn token(
    http: &Client,
    issuer: &Sandbox,
    resource: &str,
    scope: &str,
) -> Result<String, Failure> {
    let client = issuer.client("demo-service").ok_or("no demo client")?;
    let form = [
        ("grant_type", "client_credentials"),
        ("scope", scope),
        ("resource", resource),
    ];
    let mut body = url::form_urlencoded::Serializer::new(String::new());
    let request = http
        .post(issuer.url("/token"))
        .basic_auth(client.id(), client.secret())
        .header("content-type", "application/x-www-form-urlencoded")
        .body(body.extend_pairs(form).finish());
    let answer: Value = serde_json::from_slice(&request.send().await?.bytes().await?)?;
    let token = answer.get("access_token").and_then(Value::as_str);
    Ok(token.ok_or("the sandbox gave no token")?.to_owned())
}

async fn expect(
    what: &str,
    request: RequestBuilder,
    status: u16,
    challenge: &str,
) -> Result<(), Failure> {
    let answer = request.send().await?;
    let found = answer.status().as_u16();
    let told = answer.headers().get("www-authenticate");
    let told = told.map_or(Ok(""), |value| value.to_str())?.to_owned();
    println!("{what}: {found} {told}");
    if found == status && told.contains(challenge) {
        return Ok(());
    }
    Err(format!("{what}: expected {status} with `{challenge}`, got {found} with `{told}`").into())
}
