//! A verifier of access tokens of a profile's provider.
use keyfob::jose::Algorithm;
use keyfob::verify::{Profile, Verifier, VerifierBuilder};
use keyfob::{Client, Error};

use crate::failure::{Exit, Failure};

/// Makes a verifier with the keys of this client's provider, for these audiences.
///
/// # Errors
///
/// Says that no audience is known, or that the client has no provider.
pub(crate) fn verifier(
    client: &Client,
    audiences: &[String],
    profile: Profile,
) -> Result<Verifier, Failure> {
    let (issuer, keys) = (
        client.named_issuer().map_err(Error::from)?,
        client.keys().map_err(Error::from)?,
    );
    let config = client.config();
    let algorithms = match config.algorithms() {
        configured if configured.is_empty() => Algorithm::ASYMMETRIC.to_vec(),
        configured => configured,
    };
    let builder = Verifier::builder(issuer.as_str())
        .algorithms(algorithms)
        .profile(profile)
        .key_set(keys.clone())
        .clock(client.clock().clone());
    let builder = match config.leeway() {
        Some(leeway) => builder.leeway(leeway),
        None => builder,
    };
    let builder = audiences.iter().fold(builder, VerifierBuilder::audience);
    builder.build().map_err(|error| {
        Failure::new(Exit::Usage, error.code(), error.to_string())
            .with_hint("say whom the token is for: --audience AUDIENCE")
    })
}
