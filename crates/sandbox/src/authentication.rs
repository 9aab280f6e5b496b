//! Client authentication at the token endpoint and its neighbours (OpenID Connect Core 1.0 §9).

use std::sync::Arc;

use subtle::ConstantTimeEq;

use crate::{AuthenticationMethod, Client, call::Call, refusal::Refusal};

mod assertion;

/// Finds out which client is calling, by exactly one method and one that it registered.
pub(crate) fn authenticate(call: &Call) -> Result<Arc<Client>, Refusal> {
    let basic = call.basic()?;
    let secret = call.form.one("client_secret")?;
    let assertion = call.form.one("client_assertion")?;
    let named = call.form.one("client_id")?;
    let ways = [basic.is_some(), secret.is_some(), assertion.is_some()];
    if ways.into_iter().filter(|&used| used).count() > 1 {
        return Err(Refusal::invalid_request(
            "more than one client authentication",
        ));
    }
    let (client, method) = if let Some((id, secret)) = basic {
        if named.is_some_and(|named| named != id) {
            return Err(Refusal::invalid_request(
                "client_id differs from the credentials",
            ));
        }
        let client = known(call, &id)?;
        check_secret(&client, &secret)?;
        (client, AuthenticationMethod::SecretBasic)
    } else if let Some(assertion) = assertion {
        assertion::check(call, assertion, named)?
    } else {
        let id = named.ok_or_else(|| Refusal::invalid_client("no client authentication"))?;
        let client = known(call, id)?;
        match secret {
            Some(secret) => {
                check_secret(&client, secret)?;
                (client, AuthenticationMethod::SecretPost)
            }
            None => (client, AuthenticationMethod::None),
        }
    };
    call.note(|record| {
        record.client_id = Some(client.id.clone());
        record.client_authentication = Some(method.as_str().to_owned());
    });
    if !client.methods.contains(&method) {
        return Err(Refusal::invalid_client(
            "this client registered another method",
        ));
    }
    Ok(client)
}

fn known(call: &Call, id: &str) -> Result<Arc<Client>, Refusal> {
    call.provider
        .client(id)
        .ok_or_else(|| Refusal::invalid_client("the client is unknown"))
}

fn check_secret(client: &Client, given: &str) -> Result<(), Refusal> {
    let right = client
        .secret
        .as_ref()
        .is_some_and(|secret| bool::from(secret.as_bytes().ct_eq(given.as_bytes())));
    if right {
        Ok(())
    } else {
        Err(Refusal::invalid_client("the secret is wrong"))
    }
}
