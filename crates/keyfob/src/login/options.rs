//! What a caller may set about a login.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use keyfob_protocol::danger::PastedCode;

use super::ask::{Ask, ask_builder};
use super::{Browser, LoginMethod, PageHandler, Surroundings};
use crate::client::ClientConfig;

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
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent switches, not states"
)]
pub struct LoginOptions {
    pub(super) surroundings: Surroundings,
    pub(super) browser: Browser,
    pub(super) method: Option<LoginMethod>,
    pub(super) no_input: bool,
    pub(super) timeout: Option<Duration>,
    pub(super) port: Option<u16>,
    pub(super) lock_file: Option<PathBuf>,
    pub(super) qr_colours: bool,
    pub(super) pages: Option<Arc<dyn PageHandler>>,
    pub(super) start_page: Option<bool>,
    pub(super) bare_codes: bool,
    pub(super) device_fallback: bool,
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
            pages: None,
            start_page: None,
            bare_codes: false,
            device_fallback: false,
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

    /// Shows these pages at the end of a login by browser.
    pub fn with_pages(self, pages: impl PageHandler + 'static) -> Self {
        Self {
            pages: Some(Arc::new(pages)),
            ..self
        }
    }

    /// Opens the browser at an address of this machine that sends it on once, or at the provider's itself.
    ///
    /// Any user of this machine can see with which address a browser was started. Unless told otherwise, the detour is
    /// taken where the browser is surely on this machine: not where a command in `BROWSER` reaches out of a remote
    /// session, a container or WSL.
    pub fn with_start_page(self, start_page: bool) -> Self {
        Self {
            start_page: Some(start_page),
            ..self
        }
    }

    /// Takes a pasted code without its address too, for redirect pages that show nothing else.
    ///
    /// It is taken anyway where the redirect URI is no address of this machine. See [`PastedCode`] for what is lost.
    pub fn with_bare_codes(self, _: PastedCode) -> Self {
        Self {
            bare_codes: true,
            ..self
        }
    }

    /// Logs in by device code where no browser opens, as far as the provider offers that.
    pub fn with_device_fallback(self, device_fallback: bool) -> Self {
        Self {
            device_fallback,
            ..self
        }
    }

    /// Asks for a refresh token too, where the provider has them for the asking (OpenID Connect Core §11).
    pub(crate) fn renewable(self, config: &ClientConfig, supported: Option<&[String]>) -> Self {
        const RENEWABLE: &str = "offline_access";
        let has = |scopes: &[String], scope: &str| scopes.iter().any(|own| own == scope);
        let own = config.scopes();
        let asks = self.ask.scopes.is_empty() && has(&own, "openid") && !has(&own, RENEWABLE);
        if asks && supported.is_some_and(|supported| has(supported, RENEWABLE)) {
            return self.with_scopes(own.into_iter().chain([RENEWABLE.to_owned()]));
        }
        self
    }

    /// Whether the browser takes the detour.
    pub(super) fn starts_here(&self) -> bool {
        let place = &self.surroundings;
        let elsewhere = place.ssh || place.container || place.wsl;
        self.start_page
            .unwrap_or_else(|| !elsewhere || place.browser.is_none())
    }

    ask_builder!();
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
