//! What the provider has issued: codes, refresh tokens, access tokens, and which families died.
//!
//! `now` and `expires` are times since 1970 by the provider's clock, finer than claims have them:
//! a token of one second lives for one second.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use crate::refusal::Refusal;

/// What a person (or a client for itself) has allowed.
#[derive(Clone, Debug)]
pub(crate) struct Grant {
    /// All tokens of one login; they die together.
    pub(crate) family: u64,
    pub(crate) client_id: String,
    /// The login name; none where a client acts for itself.
    pub(crate) login: Option<String>,
    pub(crate) sub: String,
    pub(crate) scopes: Vec<String>,
    pub(crate) audience: Vec<String>,
    pub(crate) auth_time: i64,
    pub(crate) nonce: Option<String>,
}

/// An authorization code (RFC 6749 §4.1.2).
pub(crate) struct Code {
    pub(crate) grant: Grant,
    pub(crate) redirect_uri: String,
    pub(crate) challenge: Option<String>,
    pub(crate) expires: Duration,
    pub(crate) spent: bool,
}

/// A refresh token.
pub(crate) struct RefreshToken {
    pub(crate) grant: Grant,
    pub(crate) expires: Duration,
    pub(crate) spent: bool,
}

/// An access token as introspection and the API see it.
#[derive(Clone)]
pub(crate) struct AccessToken {
    pub(crate) grant: Grant,
    pub(crate) jti: String,
    pub(crate) issued: i64,
    pub(crate) expires: Duration,
    /// Deliberately spoilt by a fault: no resource server may accept it.
    pub(crate) damaged: bool,
}

/// Everything that was issued.
#[derive(Default)]
pub(crate) struct Grants {
    families: u64,
    dead: HashSet<u64>,
    codes: HashMap<String, Code>,
    refresh: HashMap<String, RefreshToken>,
    access: HashMap<String, AccessToken>,
    assertion_ids: HashMap<String, i64>,
}

impl std::fmt::Debug for Grants {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Grants")
            .field("families", &self.families)
            .finish_non_exhaustive()
    }
}

/// Beyond this many entries, expired ones are swept out.
const SWEEP_AT: usize = 10_000;

impl Grants {
    pub(crate) fn new_family(&mut self) -> u64 {
        self.families += 1;
        self.families
    }

    pub(crate) fn add_code(&mut self, text: String, code: Code, now: Duration) {
        sweep(&mut self.codes, |code| code.expires > now);
        self.codes.insert(text, code);
    }

    pub(crate) fn add_refresh(&mut self, text: String, token: RefreshToken, now: Duration) {
        sweep(&mut self.refresh, |token| token.expires > now);
        self.refresh.insert(text, token);
    }

    pub(crate) fn add_access(&mut self, text: String, token: AccessToken, now: Duration) {
        sweep(&mut self.access, |token| token.expires > now);
        self.access.insert(text, token);
    }

    /// Takes a code out of circulation, whatever comes of it (RFC 6749 §4.1.2: one use);
    /// `None` if it was used before, which kills its family.
    pub(crate) fn spend_code(
        &mut self,
        text: &str,
        client_id: &str,
        now: Duration,
    ) -> Result<Option<FreshCode>, Refusal> {
        let code = self
            .codes
            .get_mut(text)
            .filter(|code| code.grant.client_id == client_id)
            .ok_or_else(|| Refusal::invalid_grant("the code is unknown"))?;
        if std::mem::replace(&mut code.spent, true) {
            let family = code.grant.family;
            self.dead.insert(family);
            return Ok(None);
        }
        if code.expires <= now {
            return Err(Refusal::invalid_grant("the code has expired"));
        }
        Ok(Some(FreshCode {
            grant: code.grant.clone(),
            redirect_uri: code.redirect_uri.clone(),
            challenge: code.challenge.clone(),
        }))
    }

    /// Looks at a refresh token; `None` if it was rotated away, which kills its family
    /// (RFC 9700 §4.14.2).
    pub(crate) fn refreshable(
        &mut self,
        text: &str,
        client_id: &str,
        now: Duration,
    ) -> Result<Option<Grant>, Refusal> {
        let token = self
            .refresh
            .get(text)
            .filter(|token| token.grant.client_id == client_id)
            .ok_or_else(|| Refusal::invalid_grant("the refresh token is unknown"))?;
        if token.spent {
            self.dead.insert(token.grant.family);
            return Ok(None);
        }
        if self.dead.contains(&token.grant.family) {
            return Err(Refusal::invalid_grant("the refresh token was revoked"));
        }
        if token.expires <= now {
            return Err(Refusal::invalid_grant("the refresh token has expired"));
        }
        Ok(Some(token.grant.clone()))
    }

    /// Marks a refresh token as rotated away.
    pub(crate) fn spend_refresh(&mut self, text: &str) {
        if let Some(token) = self.refresh.get_mut(text) {
            token.spent = true;
        }
    }

    /// Finds an access token that is active now.
    pub(crate) fn active_access(&self, text: &str, now: Duration) -> Option<&AccessToken> {
        self.access.get(text).filter(|token| {
            token.expires > now && !token.damaged && !self.dead.contains(&token.grant.family)
        })
    }

    /// Finds a refresh token that is active now.
    pub(crate) fn active_refresh(&self, text: &str, now: Duration) -> Option<&RefreshToken> {
        self.refresh.get(text).filter(|token| {
            token.expires > now && !token.spent && !self.dead.contains(&token.grant.family)
        })
    }

    /// Revokes a token of this client; a refresh token takes its family along (RFC 7009 §2.1).
    pub(crate) fn revoke(&mut self, text: &str, client_id: &str) {
        if let Some(token) = self.refresh.get(text)
            && token.grant.client_id == client_id
        {
            self.dead.insert(token.grant.family);
        }
        if self
            .access
            .get(text)
            .is_some_and(|token| token.grant.client_id == client_id)
        {
            self.access.remove(text);
        }
    }

    /// Forgets every access token of a client, or of all.
    pub(crate) fn forget_access(&mut self, client_id: Option<&str>) {
        self.access
            .retain(|_, t| client_id.is_some_and(|id| t.grant.client_id != id));
    }

    /// Forgets every refresh token of a client, or of all.
    pub(crate) fn forget_refresh(&mut self, client_id: Option<&str>) {
        self.refresh
            .retain(|_, t| client_id.is_some_and(|id| t.grant.client_id != id));
    }

    /// Notes an assertion's `jti`; false if it was used before (RFC 7523 §3).
    pub(crate) fn first_use(&mut self, jti: String, expires: i64, now: i64) -> bool {
        self.assertion_ids.retain(|_, expires| *expires > now);
        self.assertion_ids.insert(jti, expires).is_none()
    }
}

/// A code that was presented for the first time.
pub(crate) struct FreshCode {
    pub(crate) grant: Grant,
    pub(crate) redirect_uri: String,
    pub(crate) challenge: Option<String>,
}

fn sweep<T>(map: &mut HashMap<String, T>, keep: impl Fn(&T) -> bool) {
    if map.len() >= SWEEP_AT {
        map.retain(|_, entry| keep(entry));
    }
}
