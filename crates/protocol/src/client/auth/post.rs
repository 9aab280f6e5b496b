//! `client_secret_post`: identifier and secret in the body (RFC 6749 §2.3.1).

use keyfob_jose::Secret;

use crate::exchange::Form;

pub(super) fn apply(form: &mut Form, client_id: &str, secret: &Secret) {
    form.push("client_id", client_id);
    form.push("client_secret", secret.expose());
}
