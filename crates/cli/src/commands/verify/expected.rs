//! What a token is held against, made out.
use std::time::{Duration, SystemTime};

use keyfob::jose::{Algorithm, Secret};
use keyfob::protocol::{IdTokenRules, Issuer};
use keyfob::transport::{Clock, ManualClock};
use keyfob::verify::{Profile, Requirement, Rules};
use keyfob::{Client, Error};

use crate::context::Context;
use crate::failure::{Exit, Failure};

/// Which kind of token it must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// An access token, strictly or loosely.
    AccessToken(Profile),
    /// An ID token; the audience is the client.
    IdToken,
}

/// Demands of which one must be met.
pub(crate) type Alternatives = Vec<Requirement>;

/// What a token is held against.
pub(crate) struct Expected {
    /// At least one.
    pub(crate) issuers: Vec<String>,
    /// At least one; for ID tokens the first is the client.
    pub(crate) audiences: Vec<String>,
    pub(crate) algorithms: Vec<Algorithm>,
    pub(crate) kind: Kind,
    /// `None` is the default of the kind.
    pub(crate) leeway: Option<Duration>,
    pub(crate) nonce: Option<Secret>,
    pub(crate) allow_bound: bool,
    /// Stands still at another time if that was asked for.
    pub(crate) clock: Clock,
    demands: Vec<(&'static str, Alternatives)>,
}

impl Expected {
    /// Starts from what must be known.
    ///
    /// # Errors
    ///
    /// Says what is missing.
    pub(crate) fn new(
        context: &Context,
        issuers: Vec<String>,
        kind: Kind,
        audiences: Vec<String>,
    ) -> Result<Self, Failure> {
        for issuer in &issuers {
            Issuer::parse(issuer.as_str()).map_err(|error| {
                Failure::new(Exit::Usage, error.code(), format!("--issuer: {error}")).with_hint(
                    "an issuer is an address such as https://id.example, as its tokens name it",
                )
            })?;
        }
        if issuers.is_empty() {
            return Err(Failure::new(
                Exit::Usage,
                "no_issuer",
                "nobody is named whose tokens are good",
            )
            .with_hint("say who issued it: --issuer https://id.example, or -p PROFILE"));
        }
        if audiences.is_empty() || audiences.iter().any(String::is_empty) {
            let hint = match kind {
                Kind::AccessToken(_) => "say whom the token is for: --audience AUDIENCE",
                Kind::IdToken => "say which client the ID token is for: --audience CLIENT-ID",
            };
            return Err(Failure::new(
                Exit::Usage,
                "no_audience",
                "a token is only good for somebody: an audience is needed",
            )
            .with_hint(hint));
        }
        Ok(Self::lenient(context, issuers, kind, audiences))
    }

    /// Starts from what is known, which may not be enough to call a token good.
    pub(crate) fn lenient(
        context: &Context,
        issuers: Vec<String>,
        kind: Kind,
        audiences: Vec<String>,
    ) -> Self {
        Self {
            issuers,
            audiences,
            algorithms: Algorithm::ASYMMETRIC.to_vec(),
            kind,
            leeway: None,
            nonce: None,
            allow_bound: false,
            clock: context.clock().clone(),
            demands: Vec::new(),
        }
    }

    /// Starts from what a client's configuration says; audiences that are given take the place of its own.
    ///
    /// # Errors
    ///
    /// As [`Expected::new`], and that the client has no provider.
    pub(crate) fn of_client(
        context: &Context,
        client: &Client,
        kind: Kind,
        audiences: Vec<String>,
    ) -> Result<Self, Failure> {
        let issuer = client.named_issuer().map_err(Error::from)?;
        let config = client.config();
        let (audiences, algorithms) = match kind {
            Kind::IdToken if audiences.is_empty() => {
                let client_id = config.client_id().map_err(Error::from)?;
                (vec![client_id.to_owned()], config.id_token_algorithms())
            }
            Kind::IdToken => (audiences, config.id_token_algorithms()),
            Kind::AccessToken(_) if audiences.is_empty() => {
                (config.audiences(), config.algorithms())
            }
            Kind::AccessToken(_) => (audiences, config.algorithms()),
        };
        let mut expected = Self::new(context, vec![issuer.as_str().to_owned()], kind, audiences)?;
        if !algorithms.is_empty() {
            expected.algorithms = algorithms;
        }
        expected.leeway = config.leeway();
        Ok(expected)
    }

    /// Asks for one of these scopes; none asks for nothing.
    pub(crate) fn with_any_scope(mut self, scopes: Vec<String>) -> Self {
        if !scopes.is_empty() {
            self.demand("scope", vec![Requirement::new().any_scope(scopes)]);
        }
        self
    }

    /// Adds a demand, under the name of its rule.
    pub(crate) fn demand(&mut self, rule: &'static str, ways: Alternatives) {
        self.demands.push((rule, ways));
    }

    /// The demands beyond being good, by the clock and leeway that count.
    pub(crate) fn demands(&self) -> impl Iterator<Item = (&'static str, Alternatives)> {
        self.demands.iter().map(|(rule, ways)| {
            let ways = ways.iter().map(|way| {
                let leeway = self.leeway.unwrap_or(Requirement::LEEWAY);
                way.clone().clock(self.clock.clone()).leeway(leeway)
            });
            (*rule, ways.collect())
        })
    }

    /// The rules for access tokens of one issuer.
    pub(crate) fn access_token_rules(&self, issuer: &str, profile: Profile) -> Rules {
        let algorithms = self.algorithms.iter().copied();
        let rules = Rules::new(issuer, &self.audiences, algorithms, profile);
        match self.leeway {
            Some(leeway) => rules.with_leeway(leeway),
            None => rules,
        }
    }

    /// The rules for ID tokens of one issuer.
    ///
    /// # Errors
    ///
    /// Says what is wrong with the issuer.
    pub(crate) fn id_token_rules(&self, issuer: &str) -> Result<IdTokenRules, Failure> {
        let mut audiences = self.audiences.iter();
        let client = audiences.next().map(String::as_str).unwrap_or_default();
        let mut rules = IdTokenRules::new(&Issuer::parse(issuer)?, client)
            .with_algorithms(self.algorithms.iter().copied());
        for audience in audiences {
            rules = rules.with_trusted_audience(audience);
        }
        if let Some(leeway) = self.leeway {
            rules = rules.with_leeway(leeway);
        }
        if let Some(nonce) = &self.nonce {
            rules = rules.with_nonce(nonce.clone());
        }
        Ok(rules)
    }

    /// Checks as of another time.
    pub(crate) fn at(&mut self, now: SystemTime) {
        self.clock = ManualClock::new(now).into();
    }

    /// The time that counts as now.
    pub(crate) fn now(&self) -> SystemTime {
        self.clock.now()
    }
}
