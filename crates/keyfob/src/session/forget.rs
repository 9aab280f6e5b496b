//! Forgetting without revoking: the whole credential, or its access token only.

use keyfob_store::Document;

use crate::Error;
use crate::session::core::Core;
use crate::session::lock;
use crate::session::notes::Notes;

/// What is to be forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Forget {
    /// The whole credential: the next token needs a login.
    Everything,
    /// The access token: the refresh token stays, and the next token comes by it.
    AccessToken,
    /// The refresh token: the access token is used until it expires.
    RefreshToken,
}

/// Forgets what is stored and what is in memory; tells whether there was anything.
pub(crate) async fn forget(core: &Core, what: Forget) -> Result<bool, Error> {
    if what != Forget::Everything && core.client.keeps_key() {
        // A key has no token beside it that could go alone.
        return Ok(false);
    }
    let mut lease = lock::lease(core).await?;
    let stored = match lease.load().await {
        Ok(stored) => stored,
        // What cannot be read holds no access token that anybody could use.
        Err(error) if error.is_replaceable() && what == Forget::Everything => None,
        Err(error) => return Err(error.into()),
    };
    // Tokens that could not be written are newer than what is stored.
    let unsaved = core.unsaved().as_ref().map(|held| held.document.clone());
    let in_memory = unsaved.is_some() || core.current.load().is_some();
    let newest = unsaved
        .as_ref()
        .or_else(|| stored.as_ref().map(|stored| &stored.document));
    let present = stored.as_ref().map(|stored| &stored.revision);
    let changed = match newest.and_then(|document| rest(document, what)) {
        Some(left)
            if stored
                .as_ref()
                .is_some_and(|stored| stored.document == left) =>
        {
            false
        }
        Some(left) => lease.commit(present, &left).await.map(|_| true)?,
        None if what == Forget::Everything => lease.remove(None).await?,
        None if present.is_some() => lease.remove(present).await?,
        None => false,
    };
    // Memory goes last: until here, whoever looked took over what was stored.
    *core.unsaved() = None;
    core.current.store(None);
    core.pause().succeeded();
    Ok(changed || in_memory)
}

/// What is left of a credential; `None` if that is nothing that a token could come from.
pub(crate) fn rest(document: &Document, what: Forget) -> Option<Document> {
    let mut rest = document.clone();
    let mut notes = Notes::of(&rest);
    let (members, useful): (&[&str], _) = match what {
        Forget::Everything => return None,
        Forget::AccessToken => {
            (notes.received_at, notes.expires_at) = (None, None);
            let members = &["access_token", "_iat", "_exp", "expires_in"];
            (members, ["refresh_token", "id_token"])
        }
        Forget::RefreshToken => {
            (notes.redeeming, notes.retired) = (None, None);
            (&["refresh_token"], ["access_token", "id_token"])
        }
    };
    if members
        .first()
        .is_some_and(|token| rest.text(token).is_none())
    {
        return Some(rest);
    }
    for member in members {
        rest.unset(member);
    }
    notes.write(&mut rest);
    let is_useful = useful.iter().any(|member| rest.text(member).is_some());
    (is_useful || notes.retired.is_some()).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(json: &str) -> Document {
        Document::parse(json.as_bytes()).unwrap()
    }

    #[test]
    fn the_refresh_token_and_what_is_unknown_stay_and_all_dates_of_the_access_token_go() {
        let before = document(
            r#"{"access_token":"a","refresh_token":"r","id_token":"i","scope":"s","expires_in":60,
                "_iat":1,"_exp":61,"other":1,"_keyfob":{"received_at":1,"expires_at":61,"identity":"x"}}"#,
        );
        let after = document(
            r#"{"refresh_token":"r","id_token":"i","scope":"s","other":1,"_keyfob":{"identity":"x"}}"#,
        );
        assert_eq!(rest(&before, Forget::AccessToken), Some(after.clone()));
        assert_eq!(rest(&after, Forget::AccessToken), Some(after));
        assert_eq!(rest(&before, Forget::Everything), None);
    }

    #[test]
    fn without_its_refresh_token_a_login_lasts_as_long_as_its_access_token() {
        let before = document(
            r#"{"access_token":"a","refresh_token":"r","_iat":1,"_exp":61,
                "_keyfob":{"received_at":1,"redeeming":{"at":2,"token":"t"}}}"#,
        );
        let after =
            document(r#"{"access_token":"a","_iat":1,"_exp":61,"_keyfob":{"received_at":1}}"#);
        assert_eq!(rest(&before, Forget::RefreshToken), Some(after.clone()));
        assert_eq!(rest(&after, Forget::RefreshToken), Some(after));
        let alone = document(r#"{"refresh_token":"r"}"#);
        assert_eq!(rest(&alone, Forget::RefreshToken), None);
    }

    #[test]
    fn an_access_token_alone_leaves_nothing_behind() {
        let before = document(r#"{"access_token":"a","scope":"s"}"#);
        assert_eq!(rest(&before, Forget::AccessToken), None);
        let key = document(r#"{"api_key":"k"}"#);
        assert_eq!(rest(&key, Forget::AccessToken), Some(key));
    }
}
