//! The list of faults, against the sandbox over real HTTP and real files: each a typed error or a recovery, nothing lost.

use std::time::{Duration, Instant};

use keyfob::store::{Document, FileStore, Store, TryLock};
use keyfob::transport::{Clock, ReqwestTransport, Transport};
use keyfob::{Client, ClientConfig, Error, Profiles, Session, SessionPolicy};
use keyfob_sandbox::{Endpoint, Fault, FaultKind, Sandbox, SandboxConfig};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{of, profile};

/// A provider, a home folder with a login in it, and sessions over both.
pub(crate) struct Field {
    pub(crate) sandbox: Sandbox,
    pub(crate) first_token: String,
    home: TempDir,
}

impl Field {
    pub(crate) async fn start(config: SandboxConfig) -> Self {
        let sandbox = Sandbox::start(config).unwrap();
        let home = tempfile::tempdir().unwrap();
        let mut field = Self {
            sandbox,
            home,
            first_token: String::new(),
        };
        // The quickest way to a refresh token: a password, by the same public client.
        let by_password = field
            .config()
            .with("client_type", "oidc_resource_owner")
            .with("username", "alice")
            .with("password", "wonderland");
        let client = Client::from_config(by_password, transport(), Clock::system()).unwrap();
        let granted = client
            .login_unattended(Duration::from_secs(20))
            .await
            .unwrap();
        Profiles::open(field.home())
            .add(&profile(), &field.config())
            .unwrap();
        let token = field.session().adopt(granted).await.unwrap();
        token.expose().clone_into(&mut field.first_token);
        field
    }

    pub(crate) fn home(&self) -> std::path::PathBuf {
        self.home.path().join("home")
    }

    pub(crate) fn files(&self) -> FileStore {
        FileStore::new(self.home())
    }

    pub(crate) fn config(&self) -> ClientConfig {
        of(
            &json!({"client_type": "oidc_device_code", "auth_server": self.sandbox.issuer(), "client_id": "demo-cli",
                   "scopes": ["openid", "offline_access"]}),
        )
    }

    /// A session that shares nothing with others but the files: what another process would have.
    pub(crate) fn session(&self) -> Session {
        self.session_over(transport())
    }

    fn session_over(&self, transport: Transport) -> Session {
        let client = Client::from_config(self.config(), transport, Clock::system()).unwrap();
        let policy = SessionPolicy::default().with_lock_wait(Duration::from_secs(10));
        Session::with_policy(client, Store::new(self.files()), profile(), policy)
    }

    /// Makes the stored access token one that expired an hour ago.
    pub(crate) fn expire(&self) {
        self.edit(|token| {
            let now = crate::support::seconds(std::time::SystemTime::now());
            token["_keyfob"]["received_at"] = json!(now - 7200);
            token["_keyfob"]["expires_at"] = json!(now - 3600);
        });
    }

    pub(crate) fn edit(&self, change: impl FnOnce(&mut Value)) {
        let TryLock::Held(mut lease) = self.files().try_lock_now(&profile()).unwrap() else {
            panic!("locked")
        };
        let stored = lease.load_now().unwrap().unwrap();
        let mut token = Value::Object(stored.document.as_map().clone());
        change(&mut token);
        let Value::Object(members) = token else {
            panic!("no object")
        };
        lease
            .commit_now(Some(&stored.revision), &Document::from(members))
            .unwrap();
    }

    pub(crate) fn refresh_token(&self) -> Option<String> {
        let stored = self.files().load_now(&profile()).unwrap()?;
        stored.document.text("refresh_token").map(str::to_owned)
    }

    fn id_token(&self) -> Option<String> {
        let stored = self.files().load_now(&profile()).unwrap()?;
        stored.document.text("id_token").map(str::to_owned)
    }

    /// One fault of the token endpoint, met with an expired token by a new session.
    async fn meet(&self, fault: Fault) -> (Session, Result<String, Error>) {
        self.expire();
        self.sandbox.fault(fault.grant("refresh_token"));
        let session = self.session();
        let began = Instant::now();
        let outcome = session
            .access_token()
            .await
            .map(|token| token.expose().to_owned());
        assert!(
            began.elapsed() < Duration::from_secs(15),
            "took {:?}",
            began.elapsed()
        );
        (session, outcome)
    }
}

fn transport() -> Transport {
    Transport::new(
        ReqwestTransport::builder()
            .timeout(Duration::from_secs(20))
            .build(),
    )
}

/// After a fault that consumed nothing, the same login goes on.
async fn recovers(field: &Field) {
    field.sandbox.clear_faults();
    let token = field.session().refresh().await.unwrap();
    assert_ne!(token.expose(), field.first_token);
    assert_eq!(field.sandbox.counters().reuse_detected, 0);
}

#[tokio::test]
async fn refusals_before_any_work_cost_nothing() {
    let html = FaultKind::Html { status: 500 };
    for (fault, code) in [
        (Fault::status(500).once(), "http_error"),
        (html.into(), "http_error"),
        (Fault::retry_after(503, 120), "http_error"),
        (Fault::retry_after(429, 120), "http_error"),
        (Fault::new(FaultKind::Disconnect), "answer_lost"),
        (Fault::new(FaultKind::TruncatedJson), "not_json"),
        (Fault::new(FaultKind::Html { status: 200 }), "not_json"),
        (Fault::new(FaultKind::Empty), "not_json"),
        (Fault::new(FaultKind::TruncatedBody), "answer_lost"),
        (
            Fault::new(FaultKind::Huge { bytes: 3_000_000 }),
            "body_too_large",
        ),
        (
            Fault::new(FaultKind::Redirect {
                location: "https://elsewhere.example/".into(),
            }),
            "redirect_refused",
        ),
        (Fault::oauth_error("invalid_client"), "oauth_error"),
        (Fault::oauth_error("temporarily_unavailable"), "oauth_error"),
    ] {
        let field = Field::start(SandboxConfig::default()).await;
        let kept = field.refresh_token();
        let (_session, outcome) = field.meet(fault.clone()).await;
        assert_eq!(outcome.unwrap_err().code(), code, "{fault:?}");
        assert_eq!(field.refresh_token(), kept, "{fault:?}");
        recovers(&field).await;
    }
}

#[tokio::test]
async fn a_short_retry_after_is_waited_for() {
    let field = Field::start(SandboxConfig::default()).await;
    let (_session, outcome) = field.meet(Fault::retry_after(503, 1).once()).await;
    assert_ne!(outcome.unwrap(), field.first_token);
    assert_eq!(field.sandbox.counters().reuse_detected, 0);
}

#[tokio::test]
async fn a_hung_provider_is_a_typed_error_in_time_and_loses_nothing() {
    let field = Field::start(SandboxConfig::default()).await;
    field.expire();
    field
        .sandbox
        .fault(Fault::new(FaultKind::Hang).grant("refresh_token"));
    let hasty = Transport::new(
        ReqwestTransport::builder()
            .timeout(Duration::from_secs(2))
            .build(),
    );
    let error = field.session_over(hasty).access_token().await.unwrap_err();
    assert_eq!(error.code(), "answer_timeout");
    recovers(&field).await;
}

#[tokio::test]
async fn a_rotation_whose_answer_is_lost_is_said_in_words_by_the_next_run() {
    for fault in [
        Fault::new(FaultKind::Disconnect),
        Fault::new(FaultKind::TruncatedJson),
        Fault::status(500),
    ] {
        let field = Field::start(SandboxConfig::default()).await;
        let (_session, outcome) = field.meet(fault.after().once()).await;
        assert!(!outcome.unwrap_err().is_login_needed());
        assert!(
            field
                .session()
                .status()
                .await
                .unwrap()
                .redeeming_since
                .is_some()
        );
        let error = field.session().refresh().await.unwrap_err();
        assert_eq!(error.code(), "login_lost_in_rotation");
        assert!(error.to_string().contains("never arrived"));
        assert_eq!(
            field.session().access_token().await.unwrap_err().code(),
            "login_lost_in_rotation"
        );
    }
}

#[tokio::test]
async fn a_lost_answer_of_a_provider_that_does_not_rotate_costs_nothing() {
    let field = Field::start(SandboxConfig::default()).await;
    field
        .sandbox
        .settings(|settings| settings.rotation = keyfob_sandbox::Rotation::Silent);
    let (_session, outcome) = field
        .meet(Fault::new(FaultKind::Disconnect).after().once())
        .await;
    assert_eq!(outcome.unwrap_err().code(), "answer_lost");
    recovers(&field).await;
}

#[tokio::test]
async fn an_invalid_grant_ends_the_login_and_says_so() {
    let field = Field::start(SandboxConfig::default()).await;
    field.sandbox.revoke_refresh_tokens();
    field.expire();
    let error = field.session().access_token().await.unwrap_err();
    assert_eq!(error.code(), "login_ended");
    assert_eq!(field.refresh_token(), None);
}

#[tokio::test]
async fn a_refresh_with_an_id_token_that_must_not_be_trusted_is_discarded_whole() {
    for kind in [
        FaultKind::WrongIssuer,
        FaultKind::WrongAudience,
        FaultKind::WrongSubject,
        FaultKind::BadSignature,
        FaultKind::AlgNone,
        FaultKind::ForeignKey,
        FaultKind::WrongAtHash,
    ] {
        let field = Field::start(SandboxConfig::default()).await;
        let kept = field.refresh_token();
        let (session, outcome) = field.meet(Fault::new(kind.clone())).await;
        assert_eq!(outcome.unwrap_err().code(), "refresh_refused", "{kind:?}");
        assert_eq!(field.refresh_token(), kept, "{kind:?}");
        assert!(session.current().is_none(), "{kind:?}");
    }
}

#[tokio::test]
async fn a_rotated_signing_key_is_fetched() {
    let field = Field::start(SandboxConfig::default()).await;
    let session = field.session();
    session.refresh().await.unwrap();
    field.sandbox.rotate_keys().unwrap();
    // Another process has no keys yet and fetches them.
    field.session().refresh().await.unwrap();
}

#[tokio::test]
async fn an_id_token_by_an_unknown_key_is_not_kept_and_the_rotated_refresh_token_is() {
    let field = Field::start(SandboxConfig::default()).await;
    let (login, kept) = (field.id_token(), field.refresh_token());
    let (_session, outcome) = field.meet(Fault::new(FaultKind::UnknownKey)).await;
    outcome.unwrap();
    assert_eq!(field.id_token(), login);
    assert_ne!(field.refresh_token(), kept);
    recovers(&field).await;
}

#[tokio::test]
async fn an_id_token_by_a_clock_that_is_off_is_not_kept_and_the_rotated_refresh_token_is() {
    for kind in [
        FaultKind::Expired,
        FaultKind::NotYetValid,
        FaultKind::ClockSkew { seconds: 600 },
        FaultKind::ClockSkew { seconds: -600 },
    ] {
        let field = Field::start(SandboxConfig::default()).await;
        let (login, kept) = (field.id_token(), field.refresh_token());
        let (_session, outcome) = field.meet(Fault::new(kind.clone())).await;
        assert_ne!(outcome.unwrap(), field.first_token, "{kind:?}");
        assert_eq!(field.id_token(), login, "{kind:?}");
        assert_ne!(field.refresh_token(), kept, "{kind:?}");
        recovers(&field).await;
        // A clock explains no foreign subject.
        let both = Field::start(SandboxConfig::default()).await;
        both.sandbox.fault(FaultKind::WrongSubject);
        let (_session, outcome) = both.meet(Fault::new(kind.clone())).await;
        assert_eq!(outcome.unwrap_err().code(), "refresh_refused", "{kind:?}");
    }
}

#[tokio::test]
async fn an_answer_without_an_access_token_still_brings_the_new_refresh_token() {
    let field = Field::start(SandboxConfig::default()).await;
    let kept = field.refresh_token();
    let (_session, outcome) = field
        .meet(Fault::new(FaultKind::NoAccessToken).once())
        .await;
    assert_eq!(outcome.unwrap_err().code(), "missing");
    assert_ne!(field.refresh_token(), kept);
    recovers(&field).await;
}

#[tokio::test]
async fn clocks_that_are_off_neither_loop_nor_fail() {
    for skew in [-600, -60, 60, 600] {
        let field = Field::start(
            SandboxConfig::default().with_settings(|settings| settings.clock_skew = skew),
        )
        .await;
        field.expire();
        field.sandbox.reset_counters();
        let session = field.session();
        for _ in 0..20 {
            let token = session.access_token().await.unwrap();
            assert!(
                token.remaining(std::time::SystemTime::now()) > Duration::from_mins(50),
                "{skew}"
            );
        }
        session.settle().await;
        assert_eq!(
            field.sandbox.counters().requests(Endpoint::Token),
            1,
            "{skew}"
        );
    }
}

#[tokio::test]
async fn a_damaged_token_file_is_a_typed_error_and_a_login_mends_it() {
    for damage in ["", "{\"access_token\": \"tr", "[]", "null"] {
        let field = Field::start(SandboxConfig::default()).await;
        std::fs::write(field.files().token_path(&profile()), damage).unwrap();
        let session = field.session();
        let error = session.access_token().await.unwrap_err();
        assert_eq!(error.code(), "store_corrupt", "{damage}");
        assert!(matches!(
            error.advice(),
            keyfob::protocol::Advice::LoginAgain
        ));
    }
}

#[tokio::test]
async fn a_token_file_damaged_under_a_running_session_is_mended_from_memory() {
    let field = Field::start(SandboxConfig::default()).await;
    let session = field.session();
    let first = session.access_token().await.unwrap();
    std::fs::write(field.files().token_path(&profile()), "{").unwrap();
    assert!(session.access_token().await.unwrap().is_same(&first));
    assert!(!session.refresh().await.unwrap().is_same(&first));
    assert!(field.refresh_token().is_some());
    assert_eq!(field.sandbox.counters().reuse_detected, 0);
}

#[tokio::test]
async fn a_token_file_that_is_gone_needs_a_login() {
    let field = Field::start(SandboxConfig::default()).await;
    std::fs::remove_file(field.files().token_path(&profile())).unwrap();
    assert_eq!(
        field.session().access_token().await.unwrap_err().code(),
        "login_needed"
    );
}

#[tokio::test]
async fn a_held_lock_is_a_typed_error_in_time_that_names_its_holder() {
    let field = Field::start(SandboxConfig::default()).await;
    field.expire();
    let TryLock::Held(_lease) = field.files().try_lock_now(&profile()).unwrap() else {
        panic!("locked")
    };
    let client = Client::from_config(field.config(), transport(), Clock::system()).unwrap();
    let policy = SessionPolicy::default().with_lock_wait(Duration::from_millis(200));
    let session = Session::with_policy(client, Store::new(field.files()), profile(), policy);
    let error = session.access_token().await.unwrap_err();
    assert_eq!(error.code(), "store_locked");
    assert!(
        error.to_string().contains(&std::process::id().to_string()),
        "{error}"
    );
}

#[cfg(unix)]
#[tokio::test]
async fn a_read_only_home_keeps_the_login() {
    use std::os::unix::fs::PermissionsExt;
    let field = Field::start(SandboxConfig::default()).await;
    field.expire();
    let folder = field.home().join(profile().as_str());
    std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o500)).unwrap();
    let outcome = field.session().access_token().await;
    std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o700)).unwrap();
    // Root may write anywhere; everybody else finds out before anything is sent.
    if let Err(error) = outcome {
        assert_eq!(error.code(), "store_unwritable");
        assert_eq!(field.sandbox.counters().requests(Endpoint::Token), 1);
    }
    recovers(&field).await;
}
