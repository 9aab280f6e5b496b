//! The faults that are waiting, and the rule by which a request draws them.

use std::sync::Mutex;

use tokio::sync::watch;

use super::{Fault, FaultKind, Group, TokenKind};
use crate::{Endpoint, lock};

/// The faults that are waiting.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    waiting: Mutex<Vec<Fault>>,
    cleared: watch::Sender<()>,
}

/// What a fault's filters are compared with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'a> {
    pub(crate) endpoint: Endpoint,
    pub(crate) grant_type: Option<&'a str>,
    pub(crate) client_id: Option<&'a str>,
}

impl Faults {
    pub(crate) fn add(&self, fault: Fault) {
        lock(&self.waiting).push(fault);
    }

    pub(crate) fn list(&self) -> Vec<Fault> {
        lock(&self.waiting).clone()
    }

    pub(crate) fn clear(&self) {
        lock(&self.waiting).clear();
        self.cleared.send_replace(());
    }

    /// Tells when the faults are cleared the next time: the end of a hanging request.
    pub(crate) fn clearing(&self) -> watch::Receiver<()> {
        self.cleared.subscribe()
    }

    /// Draws the faults of the connection and the answer: all delays, and the first answer.
    pub(crate) fn take_wire(&self, place: Place<'_>) -> Vec<Fault> {
        // At the authorization endpoint an OAuth error goes to the redirect URI instead.
        let at_authorize = place.endpoint == Endpoint::Authorize;
        self.take(place, |fault| {
            fault.kind.group() == Group::Wire
                && !(at_authorize && matches!(fault.kind, FaultKind::OauthError { .. }))
        })
    }

    /// Draws the faults of one group.
    pub(crate) fn take_group(&self, place: Place<'_>, group: Group) -> Vec<FaultKind> {
        kinds(self.take(place, |fault| fault.kind.group() == group))
    }

    /// Draws the faults of one token.
    pub(crate) fn take_token(&self, place: Place<'_>, token: TokenKind) -> Vec<FaultKind> {
        kinds(self.take(place, |f| {
            f.kind.group() == Group::Token && f.token == token
        }))
    }

    /// Draws one OAuth error for the authorization response: code and description.
    pub(crate) fn take_oauth_error(&self, place: Place<'_>) -> Option<(String, String)> {
        let drawn = self.take(place, |f| matches!(f.kind, FaultKind::OauthError { .. }));
        kinds(drawn).into_iter().find_map(|kind| match kind {
            FaultKind::OauthError { error, description } => {
                Some((error, description.unwrap_or_default()))
            }
            _ => None,
        })
    }

    fn take(&self, place: Place<'_>, wanted: impl Fn(&Fault) -> bool) -> Vec<Fault> {
        let mut drawn = Vec::new();
        let mut answered = false;
        lock(&self.waiting).retain_mut(|fault| {
            if !place.matches(fault) || !wanted(fault) || (answered && fault.kind.is_answer()) {
                return true;
            }
            if fault.skip > 0 {
                fault.skip -= 1;
                return true;
            }
            if fault.count == Some(0) {
                return false;
            }
            answered |= fault.kind.is_answer();
            drawn.push(fault.clone());
            fault.count = fault.count.map(|count| count - 1);
            fault.count != Some(0)
        });
        drawn
    }
}

impl Place<'_> {
    fn matches(&self, fault: &Fault) -> bool {
        let same = |wanted: &Option<String>, found: Option<&str>| {
            wanted.as_deref().is_none_or(|wanted| found == Some(wanted))
        };
        fault.place().covers(self.endpoint)
            && same(&fault.grant_type, self.grant_type)
            && same(&fault.client_id, self.client_id)
    }
}

fn kinds(faults: Vec<Fault>) -> Vec<FaultKind> {
    faults.into_iter().map(|fault| fault.kind).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const REFRESH: Place<'_> = Place {
        endpoint: Endpoint::Token,
        grant_type: Some("refresh_token"),
        client_id: Some("demo-cli"),
    };

    #[test]
    fn counted_fault_is_spent_after_its_count() {
        let faults = Faults::default();
        faults.add(Fault::status(500).times(2));
        let seen: Vec<_> = (0..3).map(|_| faults.take_wire(REFRESH).len()).collect();
        assert_eq!(seen, [1, 1, 0]);
        assert_eq!(faults.list(), []);
    }

    #[test]
    fn answers_queue_and_delays_add_up() {
        let faults = Faults::default();
        faults.add(Fault::slow(Duration::from_millis(1)));
        faults.add(Fault::status(500).once());
        faults.add(Fault::status(503).once());
        let statuses: Vec<_> = (0..3).map(|_| faults.take_wire(REFRESH).len()).collect();
        assert_eq!(statuses, [2, 2, 1]);
    }

    #[test]
    fn fault_spares_other_grants_clients_and_endpoints() {
        let faults = Faults::default();
        faults.add(Fault::status(500).grant("password"));
        faults.add(Fault::status(500).client("demo-web"));
        faults.add(Fault::status(500).at(Endpoint::Jwks));
        assert_eq!(faults.take_wire(REFRESH), []);
    }

    #[test]
    fn skipped_requests_pass_first() {
        let faults = Faults::default();
        faults.add(Fault::status(500).skip(1).once());
        let seen: Vec<_> = (0..3).map(|_| faults.take_wire(REFRESH).len()).collect();
        assert_eq!(seen, [0, 1, 0]);
    }

    #[test]
    fn token_fault_waits_for_its_token() {
        let faults = Faults::default();
        faults.add(Fault::new(FaultKind::WrongIssuer).in_access_token().once());
        assert_eq!(faults.take_token(REFRESH, TokenKind::IdToken), []);
        assert_eq!(
            faults.take_token(REFRESH, TokenKind::AccessToken),
            [FaultKind::WrongIssuer]
        );
    }
}
