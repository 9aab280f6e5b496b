//! A program that logs a person in with keyfob, then asks for userinfo and calls an API.

use std::time::{Duration, SystemTime};

use keyfob::authenticate::{AttachPolicy, AuthenticateError, AuthorizedClient};
use keyfob::login::{Login, LoginMethod, LoginOptions, Surroundings};
use keyfob::protocol::{IdToken, Userinfo};
use keyfob::store::{Credential, MemoryStore, Store};
use keyfob::transport::{Clock, ManualClock, ReqwestTransport, RetryPolicy, Transport};
use keyfob::{Client, ClientConfig, Error, ProfileName, Session};
use keyfob_sandbox::{
    Client as Registration, Counters, Endpoint, Fault, RequestRecord, Sandbox, SandboxConfig,
};
use serde_json::json;

use super::screen::Screen;

/// Nothing here takes this long, even on a busy machine; what does hangs.
const LIMIT: Duration = Duration::from_mins(1);

/// Longer than keyfob waits between two fetches of one document.
const FLOOR: Duration = Duration::from_secs(10);

/// The relying party of a case, its provider, and what the two have exchanged so far.
pub(crate) struct RelyingParty {
    pub(crate) provider: Sandbox,
    pub(crate) session: Session,
    pub(crate) options: LoginOptions,
    clock: ManualClock,
    store: Store,
    profile: ProfileName,
    id_token: Option<IdToken>,
    page: String,
}

/// How a login failed, and what the provider had seen by then.
pub(crate) struct Rejection {
    pub(crate) error: Error,
    pub(crate) counters: Counters,
}

/// A client with a secret, as the official suite registers it.
pub(crate) fn registration() -> Registration {
    let secret = "conformance-secret-0123456789-abcdefghijklmnop";
    Registration::confidential("conformance", secret)
}

impl RelyingParty {
    /// A relying party of a provider that behaves.
    pub(crate) fn new() -> Self {
        Self::registered(registration(), &[])
    }

    /// A relying party of a provider that misbehaves like this.
    pub(crate) fn facing(fault: impl Into<Fault>) -> Self {
        let rp = Self::new();
        rp.provider.fault(fault);
        rp
    }

    /// A relying party whose ID tokens are signed with this algorithm, and may be with no other.
    pub(crate) fn with_id_token_algorithm(algorithm: &str) -> Self {
        let client = registration().with_id_token_algorithm(algorithm);
        Self::registered(client, &[("id_token_algorithms", json!([algorithm]))])
    }

    /// A relying party that is registered like this, with these additions to keyfob's client configuration.
    pub(crate) fn registered(
        client: Registration,
        additions: &[(&str, serde_json::Value)],
    ) -> Self {
        let mut config = ClientConfig::new(serde_json::Map::new())
            .with("client_type", "oidc_auth_code_secret")
            .with("client_id", client.id())
            .with("client_secret", client.secret())
            .with("redirect_uri", "http://127.0.0.1/callback")
            .with("scopes", json!(["openid", "offline_access"]));
        let provider = Sandbox::start(SandboxConfig::default().with_client(client)).unwrap();
        config.set("auth_server", provider.issuer());
        for (key, value) in additions {
            config.set(*key, value.clone());
        }
        let transport = Transport::new(ReqwestTransport::builder().build());
        let transport = transport.with_retry(RetryPolicy::never());
        let clock = ManualClock::restless(SystemTime::now());
        let client = Client::from_config(config, transport, Clock::from(clock.clone())).unwrap();
        let store = Store::new(MemoryStore::new());
        let profile: ProfileName = "conformance".parse().unwrap();
        let session = Session::new(client, store.clone(), profile.clone());
        let options = LoginOptions::new(Surroundings::default()).with_method(LoginMethod::Paste);
        Self {
            provider,
            session,
            options,
            clock,
            store,
            profile,
            id_token: None,
            page: String::new(),
        }
    }

    /// Lets so much time pass that keyfob may fetch metadata and keys again.
    fn let_time_pass(&self) {
        self.clock.advance(FLOOR);
    }

    /// Logs the person in by authorization code.
    pub(crate) async fn log_in(&mut self) -> Result<(), Error> {
        let screen = Screen::of(self.provider.person());
        let login = Login::begin(self.session.client(), self.options.clone())?.run(&screen);
        let outcome = tokio::time::timeout(LIMIT, login).await.expect("an end");
        self.page = screen.last_page().await;
        let logged_in = outcome?;
        self.id_token.clone_from(&logged_in.id_token);
        self.session.adopt(logged_in).await.map(drop)
    }

    /// Who logged in.
    pub(crate) fn id_token(&self) -> &IdToken {
        self.id_token.as_ref().expect("an ID token")
    }

    /// Asks who the person is who logged in.
    pub(crate) async fn userinfo(&self) -> Result<Userinfo, Error> {
        let token = self.session.access_token().await?;
        let subject = self.id_token().subject();
        let client = self.session.client();
        client.userinfo(token.secret(), Some(subject)).await
    }

    /// Calls the API with the session's token.
    pub(crate) async fn call_api(&self) -> Result<u16, AuthenticateError> {
        let policy = AttachPolicy::for_origins([self.provider.issuer()])?;
        let api = AuthorizedClient::new(self.session.clone(), policy);
        let answer = api.get(self.provider.url("/api/whoami")).await?;
        Ok(answer.status().as_u16())
    }

    /// Asks for userinfo and calls the API; both must work.
    pub(crate) async fn uses_the_token(&self) {
        let userinfo = self.userinfo().await.unwrap();
        assert_eq!(userinfo.subject(), self.id_token().subject());
        assert_eq!(self.call_api().await.unwrap(), 200);
    }

    /// Logs in and uses the token; all of it must work.
    pub(crate) async fn accepts(&mut self) {
        self.log_in().await.unwrap();
        self.uses_the_token().await;
    }

    /// Logs in, which must fail by this check: nothing is stored or handed out, nobody is asked for anything with it,
    /// and the person is told. The same login at the same provider must then work once it behaves.
    pub(crate) async fn rejects(&mut self, code: &str) -> Rejection {
        let error = self.log_in().await.expect_err("the login must be rejected");
        assert_eq!(error.code(), code, "{error}");
        assert!(self.stored().await.is_none(), "something was stored");
        assert!(self.session.current().is_none(), "a token was handed out");
        let nothing = self.call_api().await.expect_err("there is no token");
        assert_eq!(nothing.code(), "login_needed");
        let counters = self.provider.counters();
        assert_eq!(counters.requests(Endpoint::Userinfo), 0);
        assert_eq!(counters.requests(Endpoint::Api), 0);
        let was_sent_there = counters.requests(Endpoint::Authorize) > 0;
        assert_eq!(self.page.contains(code), was_sent_there, "{}", self.page);
        self.provider.clear_faults();
        self.let_time_pass();
        self.accepts().await;
        Rejection { error, counters }
    }

    /// Logs in, then refreshes, which must fail by this check: what is stored and handed out is what was there before.
    pub(crate) async fn rejects_refresh(&mut self, code: &str) {
        self.accepts().await;
        let before = self.stored().await.expect("a login");
        self.provider.reset_counters();
        let error = self.session.refresh().await.expect_err("must be rejected");
        let Error::RefreshRefused(why) = &error else {
            panic!("{error:?}");
        };
        assert_eq!(why.code(), code, "{why}");
        let after = self.stored().await.expect("the old login");
        assert_eq!(after.access_token(), before.access_token());
        assert_eq!(after.id_token(), before.id_token());
        if let Some(token) = self.session.current() {
            assert_eq!(Some(token.expose()), before.access_token());
        }
        let counters = self.provider.counters();
        assert_eq!(counters.grant("refresh_token").requests, 1);
        assert_eq!(counters.requests(Endpoint::Userinfo), 0);
        assert_eq!(counters.requests(Endpoint::Api), 0);
    }

    /// What lies in the store.
    pub(crate) async fn stored(&self) -> Option<Credential> {
        let stored = self.store.load(&self.profile).await.unwrap()?;
        Some(Credential::from_stored(&stored, self.clock.now()).unwrap())
    }

    /// The requests that reached an endpoint, oldest first.
    pub(crate) fn requests(&self, endpoint: Endpoint) -> Vec<RequestRecord> {
        let all = self.provider.requests().into_iter();
        all.filter(|request| endpoint.covers(request.endpoint))
            .collect()
    }
}
