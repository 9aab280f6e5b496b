//! Which exit code and which hint each error of the libraries gets.
use keyfob::Error;
use keyfob::foundry::FoundryError;
use keyfob::login::{BrowserError, LoginError};
use keyfob::preset::PresetError;
use keyfob::protocol::{Advice, Blame, ProtocolError};
use keyfob::settings::SettingsError;
use keyfob::store::StoreError;
use keyfob::transport::{DocumentError, KeySetError, TransportError, UnsentStage};
use keyfob::verify::{IntrospectionError, Rejection};

use super::{Exit, Failure};

const LOG_IN: &str = "keyfob login{at}";
const SHOW: &str = "keyfob profile show{at}";
const TRY_AGAIN: &str = "wait a little and run it again";
const CLOCK: &str = "compare this machine's clock with the time (date -u), then: keyfob login{at}";

/// An exit code and what to type next.
type Verdict = (Exit, Option<String>);

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let (exit, hint) = judge(&error);
        let code = match (&error, error.oauth_error()) {
            (Error::Protocol(_), Some(_)) => "oauth_error",
            _ => error.code(),
        };
        let failure = Self::new(exit, code, error.to_string());
        match hint {
            Some(hint) => failure.with_hint(hint),
            None => failure,
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Error::from(error).into()
    }
}

impl From<ProtocolError> for Failure {
    fn from(error: ProtocolError) -> Self {
        Error::from(error).into()
    }
}

impl From<Rejection> for Failure {
    fn from(rejection: Rejection) -> Self {
        match rejection {
            Rejection::KeysUnavailable(error) => Error::from(error).into(),
            Rejection::IntrospectionUnavailable(error) => introspection(error),
            _ => Self::new(Exit::Security, rejection.code(), rejection.to_string())
                .with_hint("do not trust this token; keyfob jwt decode shows what it claims"),
        }
    }
}

/// The issuer could not be asked, or did not answer like one.
fn introspection(error: IntrospectionError) -> Failure {
    match error {
        IntrospectionError::Transport(error) => Error::from(error).into(),
        IntrospectionError::Protocol(error) => Error::from(error).into(),
        IntrospectionError::Metadata(error)
        | IntrospectionError::Keys(KeySetError::Unavailable(error)) => Error::from(error).into(),
        IntrospectionError::Slow(_) => Failure::timed_out(error.to_string()),
        _ => Failure::new(Exit::Refused, error.code(), error.to_string()).with_hint(SHOW),
    }
}

fn judge(error: &Error) -> Verdict {
    match error {
        Error::LoginNeeded(_) | Error::Credential(_) => (Exit::LoginNeeded, hint(LOG_IN)),
        Error::Config(_) | Error::Jose(_) => (Exit::Usage, hint(SHOW)),
        Error::Preset(error) => preset(error),
        Error::Settings(error) => settings(error),
        Error::Protocol(error) => protocol(error),
        Error::Transport(error) => transport(error),
        Error::Document(error) => document(error),
        Error::Store(error) | Error::Foundry(FoundryError::Store(error)) => store(error),
        Error::Foundry(error) => (Exit::Store, error.remedy()),
        Error::Login(error) => login(error),
        Error::StoreLocked { .. } => (
            Exit::Store,
            hint("wait for that process to end, or end it, and run it again"),
        ),
        Error::RefreshRefused(_) => (Exit::Security, hint(LOG_IN)),
        Error::Paused { .. } => (Exit::Network, hint(TRY_AGAIN)),
        Error::WaitedTooLong { .. } => (Exit::TimedOut, hint(TRY_AGAIN)),
        Error::RejectedAgain => (Exit::Refused, hint("keyfob jwt decode{at}")),
        Error::NoSuchProfile { .. } => (Exit::NotFound, hint("keyfob list{home}")),
        Error::NoProfile => (
            Exit::NotFound,
            hint("keyfob switch{home} PROFILE   (keyfob list{home} shows them)"),
        ),
        Error::ProfileExists { .. } => (Exit::Usage, hint("add --replace to replace it")),
        _ => (Exit::Other, None),
    }
}

fn preset(error: &PresetError) -> Verdict {
    match error {
        PresetError::NoSuchProfile { .. } => (Exit::NotFound, hint("keyfob list{home}")),
        PresetError::Unknown { .. } => (
            Exit::Usage,
            hint("choose one with --preset NAME or KEYFOB_PRESET, or leave both out"),
        ),
        _ => (Exit::Usage, None),
    }
}

fn settings(error: &SettingsError) -> Verdict {
    match error {
        SettingsError::NoSuchProfile { .. } => {
            (Exit::NotFound, hint("keyfob list{home}   (what there is)"))
        }
        SettingsError::BadName { .. } => (Exit::Usage, hint("keyfob list{home}   (what there is)")),
        _ => (
            Exit::Usage,
            hint("keyfob status --explain{home}   (what each setting is, and why)"),
        ),
    }
}

fn protocol(error: &ProtocolError) -> Verdict {
    match error {
        ProtocolError::OAuth { .. } | ProtocolError::Http { .. } => refusal(error),
        error if error.may_be_clock() => (Exit::Security, hint(CLOCK)),
        ProtocolError::NotJson { .. } => (
            Exit::Network,
            hint("check for a proxy or captive portal in between, then run it again"),
        ),
        ProtocolError::InsecureUrl { .. } => (Exit::Usage, hint("use the server's https address")),
        ProtocolError::IssuerMismatch { found, .. } => (
            Exit::Security,
            Some(format!(
                "if {found} is the server that is meant, use exactly that as --issuer"
            )),
        ),
        ProtocolError::NoEndpoint { .. } | ProtocolError::Unsupported { .. } => (
            Exit::Other,
            hint("keyfob discover{at}   (what this server offers)"),
        ),
        ProtocolError::Callback(_) if error.oauth_error().is_some() => refusal(error),
        ProtocolError::SubjectMismatch | ProtocolError::Callback(_) | ProtocolError::IdToken(_) => {
            (Exit::Security, hint(LOG_IN))
        }
        ProtocolError::Jose(_) if error.blame() == Blame::Caller => (Exit::Usage, hint(SHOW)),
        ProtocolError::Jose(_) => (Exit::Security, None),
        ProtocolError::Missing { .. } | ProtocolError::Malformed { .. } => (
            Exit::Network,
            hint("run it again; if that does not help, the provider has to mend its answers"),
        ),
        _ => (Exit::Other, None),
    }
}

fn refusal(error: &ProtocolError) -> Verdict {
    let exit = Exit::Refused;
    match (error.oauth_error(), error.advice()) {
        (_, Advice::RetryAfter(Some(time))) => (
            Exit::Network,
            Some(format!("run it again in {} s", time.as_secs().max(1))),
        ),
        (_, Advice::RetryAfter(None)) => (Exit::Network, hint(TRY_AGAIN)),
        (Some("access_denied"), _) => (Exit::Cancelled, hint(LOG_IN)),
        (Some("invalid_client"), _) => (
            exit,
            hint("check client id and secret: keyfob profile show{at}"),
        ),
        (Some("invalid_scope" | "invalid_target"), _) => (
            exit,
            hint("check scopes and audience: keyfob profile show{at}"),
        ),
        (_, Advice::LoginAgain) => (exit, hint(LOG_IN)),
        _ => (exit, hint(SHOW)),
    }
}

fn transport(error: &TransportError) -> Verdict {
    match error {
        TransportError::Unsent {
            stage: UnsentStage::Tls,
            ..
        } => (
            Exit::Network,
            hint("if the server has its own certificate authority: {trust}"),
        ),
        TransportError::Unsent {
            stage: UnsentStage::Dns,
            ..
        } => (
            Exit::Network,
            hint("check the address and the network: keyfob profile show{at}"),
        ),
        TransportError::Setup { .. } => (Exit::Usage, hint(SHOW)),
        TransportError::Redirect { .. } => (
            Exit::Refused,
            hint("the address has moved; keyfob discover ISSUER shows the right ones"),
        ),
        _ => (Exit::Network, hint(TRY_AGAIN)),
    }
}

fn document(error: &DocumentError) -> Verdict {
    match error {
        DocumentError::Transport(error) => transport(error),
        DocumentError::Protocol(error) => protocol(error),
        DocumentError::KeySet(_) => (Exit::Other, None),
        _ => (Exit::Network, hint(TRY_AGAIN)),
    }
}

fn store(error: &StoreError) -> Verdict {
    match error {
        StoreError::BadName { .. } => (
            Exit::Usage,
            hint("use letters, digits, '.', '_' and '-', such as work or ci-deploy"),
        ),
        StoreError::Unsafe { fix, .. } => (Exit::Store, Some(fix.clone())),
        StoreError::Corrupt { path, .. } | StoreError::TooLarge { path, .. }
            if path.file_name().is_some_and(|name| name == "token.json") =>
        {
            (Exit::Store, hint(LOG_IN))
        }
        StoreError::Corrupt { .. } | StoreError::TooLarge { .. } | StoreError::Encrypted { .. } => {
            (Exit::Store, error.remedy())
        }
        StoreError::NoSpace { .. } => (
            Exit::Store,
            hint("make room and run it again; nothing is lost"),
        ),
        StoreError::Unwritable { .. } => (
            Exit::Store,
            hint("make the folder writable and run it again; nothing is lost"),
        ),
        StoreError::Io { .. } => (
            Exit::Store,
            hint("see to that file or folder, or choose another with --home FOLDER"),
        ),
        _ => (Exit::Store, hint(TRY_AGAIN)),
    }
}

fn login(error: &LoginError) -> Verdict {
    match error {
        LoginError::NobodyToAsk { .. } => (
            Exit::LoginNeeded,
            hint("run this in a terminal: keyfob login{at}"),
        ),
        LoginError::MethodUnsupported { .. } | LoginError::RedirectUri { .. } => {
            (Exit::Usage, hint(SHOW))
        }
        LoginError::Busy { .. } => (Exit::Store, hint("finish or end the other login first")),
        LoginError::Lock(_) => (Exit::Store, None),
        LoginError::PortBusy { .. } | LoginError::PortsBusy { .. } | LoginError::Listen(_) => {
            (Exit::Other, hint("keyfob login{at} --paste"))
        }
        LoginError::Denied { .. } | LoginError::NoAnswer => (Exit::Cancelled, hint(LOG_IN)),
        LoginError::Callback(error) => protocol(&ProtocolError::Callback(error.clone())),
        LoginError::Browser(BrowserError::Failed { .. }) => (
            Exit::Other,
            hint("keyfob login{at} --paste   (or --device)"),
        ),
        LoginError::Browser(_) => (Exit::Security, hint(SHOW)),
        LoginError::TimedOut { .. } | LoginError::CodeExpired => (Exit::TimedOut, hint(LOG_IN)),
        _ => (Exit::Other, hint(LOG_IN)),
    }
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "reads better in the verdicts above"
)]
fn hint(text: &str) -> Option<String> {
    Some(text.to_owned())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use keyfob::LoginNeeded;
    use keyfob::protocol::CallbackError;

    use super::*;

    fn exit(error: impl Into<Error>) -> u8 {
        Failure::from(error.into()).exit_code()
    }

    #[test]
    fn each_kind_of_error_has_its_exit_code() {
        let path = std::path::PathBuf::from("token.json");
        assert_eq!(exit(LoginNeeded::NoCredential), 4);
        assert_eq!(
            exit(LoginNeeded::LostInRotation {
                sent_at: std::time::SystemTime::UNIX_EPOCH
            }),
            4
        );
        assert_eq!(
            exit(Error::StoreLocked {
                holder: None,
                waited: Duration::ZERO
            }),
            7
        );
        assert_eq!(exit(StoreError::NoSpace { path }), 7);
        assert_eq!(exit(StoreError::BadName { why: "it is empty" }), 2);
        assert_eq!(
            exit(Error::WaitedTooLong {
                limit: Duration::ZERO
            }),
            8
        );
        assert_eq!(exit(Error::NoSuchProfile { name: "x".into() }), 10);
        assert_eq!(exit(Error::NoProfile), 10);
        assert_eq!(exit(LoginError::Denied { description: None }), 3);
        assert_eq!(exit(LoginError::NobodyToAsk { why: String::new() }), 4);
        assert_eq!(exit(LoginError::Callback(CallbackError::IssuerMissing)), 9);
        let refused = CallbackError::Provider {
            error: "invalid_scope".into(),
            description: None,
            uri: None,
        };
        assert_eq!(exit(LoginError::Callback(refused)), 5);
        assert_eq!(exit(LoginError::CodeExpired), 8);
        let timeout = TransportError::Timeout {
            host: String::new(),
            sent: true,
            limit: Duration::ZERO,
        };
        assert_eq!(exit(timeout), 6);
        let mismatch = ProtocolError::IssuerMismatch {
            expected: String::new(),
            found: String::new(),
        };
        assert_eq!(exit(mismatch), 9);
        assert_eq!(exit(ProtocolError::SubjectMismatch), 9);
    }

    #[test]
    fn unsafe_file_is_mended_by_the_hint() {
        let fix = "chmod 600 token.json".to_owned();
        let error = StoreError::Unsafe {
            path: "token.json".into(),
            why: String::new(),
            fix: fix.clone(),
        };
        assert_eq!(judge(&error.into()).1, Some(fix));
    }
}
