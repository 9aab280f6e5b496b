//! The refresh grant (RFC 6749 §6) with rotation and reuse detection (RFC 9700 §4.14.2).

use serde_json::{Map, Value};

use crate::{
    Client, Rotation,
    call::Call,
    issue::{Issue, Refresh},
    lock,
    refusal::Refusal,
    scope,
};

pub(super) fn redeem(call: &Call, client: &Client) -> Result<Map<String, Value>, Refusal> {
    let provider = &call.provider;
    let token = call.form.required("refresh_token", "no refresh_token")?;
    let rotation = provider.settings().rotation;
    let (asked, resources) = (scope::requested(&call.form)?, scope::audience(&call.form)?);

    // One lock from the look to the rotation: of two requests with one token, one is a reuse.
    let mut grants = lock(&provider.grants);
    let found = grants.refreshable(token, &client.id, provider.clock())?;
    let Some(grant) = found else {
        drop(grants);
        provider
            .tally
            .count(|counters| counters.reuse_detected += 1);
        return Err(Refusal::invalid_grant(
            "the refresh token was used before; all are revoked",
        ));
    };
    let scopes = scope::narrowed(&grant.scopes, asked)?;
    let audience = scope::target(&grant.audience, resources, provider.default_audience())?;
    let refresh = match rotation {
        Rotation::Always => {
            grants.spend_refresh(token);
            Refresh::New
        }
        Rotation::Same => Refresh::Same(token.to_owned()),
        Rotation::Silent => Refresh::None,
    };
    drop(grants);
    Issue {
        call,
        client,
        grant_type: "refresh_token",
        grant,
        scopes,
        audience,
        refresh,
    }
    .response()
}
