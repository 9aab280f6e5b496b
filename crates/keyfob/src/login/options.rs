//! What a caller may set about a login.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use super::ask::Ask;
use super::{Browser, LoginMethod, Surroundings};

/// How long a person has in a browser by default: planet-auth's and most providers' five minutes.
const TIMEOUT: Duration = Duration::from_mins(5);

/// A device code that lives longer is not waited for to its end.
const DEVICE_TIMEOUT: Duration = Duration::from_mins(30);

/// What a caller may set about a login; everything else comes from the client config.
///
/// ```
/// use std::time::Duration;
/// use keyfob::login::{LoginMethod, LoginOptions, Surroundings};
///
/// let options = LoginOptions::new(Surroundings::capture())
///     .with_method(LoginMethod::Device)
///     .with_scopes(["openid", "offline_access"])
///     .with_timeout(Duration::from_secs(60));
/// # drop(options);
/// ```
#[derive(Clone)]
pub struct LoginOptions {
    pub(super) surroundings: Surroundings,
    pub(super) browser: Browser,
    pub(super) method: Option<LoginMethod>,
    pub(super) no_input: bool,
    pub(super) timeout: Option<Duration>,
    pub(super) port: Option<u16>,
    pub(super) lock_file: Option<PathBuf>,
    pub(super) qr_colours: bool,
    pub(super) ask: Ask,
}

impl LoginOptions {
    /// The defaults for a login in these surroundings: their method, their browser, five minutes
    /// (or as long as a device code lives, half an hour at most).
    pub fn new(surroundings: Surroundings) -> Self {
        let browser = surroundings.browser.as_deref();
        Self {
            browser: browser.map_or_else(Browser::system, Browser::from_variable),
            surroundings,
            method: None,
            no_input: false,
            timeout: None,
            port: None,
            lock_file: None,
            qr_colours: false,
            ask: Ask::default(),
        }
    }

    /// Logs in by this method, whatever the surroundings suggest.
    pub fn with_method(self, method: LoginMethod) -> Self {
        Self {
            method: Some(method),
            ..self
        }
    }

    /// Asks nothing: without a method given, no login is tried.
    pub fn with_no_input(self, no_input: bool) -> Self {
        Self { no_input, ..self }
    }

    /// Limits the time a person has. A device code may end earlier by itself.
    pub fn with_timeout(self, timeout: Duration) -> Self {
        Self {
            timeout: Some(timeout),
            ..self
        }
    }

    /// How long a person at this machine is waited for.
    pub(super) fn limit(&self) -> Duration {
        self.timeout.unwrap_or(TIMEOUT)
    }

    /// How long a person with another device is waited for, whose code is good for this time.
    pub(super) fn device_limit(&self, code_lives: Duration) -> Duration {
        code_lives.min(self.timeout.unwrap_or(DEVICE_TIMEOUT))
    }

    /// Listens on this port, whatever the config says; 0 means what it says.
    pub fn with_port(self, port: u16) -> Self {
        Self {
            port: Some(port),
            ..self
        }
    }

    /// Opens this browser.
    pub fn with_browser(self, browser: Browser) -> Self {
        Self { browser, ..self }
    }

    /// Rations logins over all processes that name the same file; its folder must exist.
    pub fn with_lock_file(self, lock_file: impl Into<PathBuf>) -> Self {
        Self {
            lock_file: Some(lock_file.into()),
            ..self
        }
    }

    /// Draws QR codes white on black by escape sequences, for output to a terminal.
    pub fn with_qr_colours(self, qr_colours: bool) -> Self {
        Self { qr_colours, ..self }
    }

    /// Asks for these scopes instead of the config's.
    pub fn with_scopes<S: Into<String>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        self.ask.scopes = scopes.into_iter().map(Into::into).collect();
        self
    }

    /// Asks for these audiences instead of the config's.
    pub fn with_audiences<S: Into<String>>(
        mut self,
        audiences: impl IntoIterator<Item = S>,
    ) -> Self {
        self.ask.audiences = audiences.into_iter().map(Into::into).collect();
        self
    }

    /// Asks for tokens for these resources (RFC 8707) instead of the config's.
    pub fn with_resources<S: Into<String>>(
        mut self,
        resources: impl IntoIterator<Item = S>,
    ) -> Self {
        self.ask.resources = resources.into_iter().map(Into::into).collect();
        self
    }

    /// Sends `prompt` (OpenID Connect Core §3.1.2.1), for example `login` or `consent`.
    pub fn with_prompt(mut self, prompt: impl Into<String>) -> Self {
        self.ask.prompt = Some(prompt.into());
        self
    }

    /// Sends `login_hint`: whom the provider should expect.
    pub fn with_login_hint(mut self, login_hint: impl Into<String>) -> Self {
        self.ask.login_hint = Some(login_hint.into());
        self
    }

    /// Sends one more parameter with the authorization or device request.
    pub fn with_param(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.ask.params.push((name.into(), value.into()));
        self
    }
}

impl fmt::Debug for LoginOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoginOptions")
            .field("surroundings", &self.surroundings)
            .field("method", &self.method)
            .field("timeout", &self.timeout)
            .field("port", &self.port)
            .field("scopes", &self.ask.scopes)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn device_is_waited_for_as_long_as_its_code_lives_within_half_an_hour() {
        let options = LoginOptions::new(Surroundings::default());
        let minutes = Duration::from_mins;
        assert_eq!(options.device_limit(minutes(10)), minutes(10));
        assert_eq!(options.device_limit(minutes(600)), minutes(30));
        assert_eq!(options.limit(), minutes(5));
        let options = options.with_timeout(minutes(2));
        assert_eq!(options.device_limit(minutes(10)), minutes(2));
    }
}
