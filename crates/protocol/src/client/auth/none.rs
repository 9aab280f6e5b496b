//! `none`: the client only names itself (RFC 6749 §3.2.1).

use crate::exchange::Form;

pub(super) fn apply(form: &mut Form, client_id: &str) {
    form.push("client_id", client_id);
}
