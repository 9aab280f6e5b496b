//! Where keyfob runs, and which way of logging in suits that place.

use std::borrow::Cow;
use std::fmt;
use std::io::IsTerminal;
use std::path::Path;

/// A way for a person to log in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LoginMethod {
    /// A browser on this machine reports back to a loopback port (RFC 8252 §7.3).
    Browser,
    /// The person opens the address anywhere and pastes what the browser ended at.
    Paste,
    /// The person types a code into a page on any device (RFC 8628).
    Device,
    /// The person types name and password here (RFC 6749 §4.3).
    Password,
}

impl fmt::Display for LoginMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Browser => "browser",
            Self::Paste => "paste",
            Self::Device => "device code",
            Self::Password => "password",
        })
    }
}

/// A snapshot of what matters for choosing a [`LoginMethod`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent observations, not states"
)]
pub struct Surroundings {
    /// Input and error output are terminals.
    pub terminal: bool,
    /// A desktop session is there: `DISPLAY`, `WAYLAND_DISPLAY`, or a platform that always has one.
    pub desktop: bool,
    /// Logged in from another machine: `SSH_CONNECTION` or `SSH_TTY`.
    pub ssh: bool,
    /// Inside a container.
    pub container: bool,
    /// Under a continuous integration service: `CI`.
    pub ci: bool,
    /// Linux under Windows, where the Windows browser can be opened.
    pub wsl: bool,
    /// The commands of `BROWSER`, if set and not empty.
    pub browser: Option<String>,
}

impl Surroundings {
    /// Looks around in this process: its environment, its terminal, and container marks.
    pub fn capture() -> Self {
        let marks = ["/.dockerenv", "/run/.containerenv"];
        Self::observe(
            |name| std::env::var_os(name).map(|value| value.to_string_lossy().into_owned()),
            std::io::stdin().is_terminal() && std::io::stderr().is_terminal(),
            marks.iter().any(|mark| Path::new(mark).exists()),
            cfg!(any(target_os = "macos", windows)),
        )
    }

    /// Reads the snapshot from a given environment.
    ///
    /// `container_mark` says whether a container's marker file exists; `always_desktop` whether the
    /// platform has a desktop without naming it in the environment.
    pub fn observe(
        lookup: impl Fn(&str) -> Option<String>,
        terminal: bool,
        container_mark: bool,
        always_desktop: bool,
    ) -> Self {
        let value = |name: &str| lookup(name).filter(|value| !value.trim().is_empty());
        let set = |name: &str| value(name).is_some();
        let ssh = set("SSH_CONNECTION") || set("SSH_TTY");
        Self {
            terminal,
            desktop: always_desktop || set("DISPLAY") || set("WAYLAND_DISPLAY"),
            ssh,
            container: container_mark || set("container") || set("KUBERNETES_SERVICE_HOST"),
            ci: value("CI").is_some_and(|value| !matches!(value.as_str(), "0" | "false")),
            wsl: set("WSL_DISTRO_NAME") || set("WSL_INTEROP"),
            browser: value("BROWSER"),
        }
    }

    /// Chooses the way to log in, among those that the client can do.
    pub fn choose(&self, wish: &Wish) -> Choice {
        if let Some(method) = wish.method {
            return Self::forced(method, wish.no_input);
        }
        if wish.no_input {
            return Choice::none("input is switched off");
        }
        if self.ci && !self.terminal {
            return Choice::none("this is a continuous integration job without a terminal");
        }
        if !self.terminal && (!self.desktop || self.ssh) {
            return Choice::none("there is neither a terminal nor a desktop session");
        }
        if wish.offers.password {
            return self.at_terminal(LoginMethod::Password, "the client is a password client");
        }
        match (wish.offers.code, wish.offers.device) {
            (true, device) => self.for_code(device),
            (false, true) => self.at_terminal(LoginMethod::Device, "the client is a device client"),
            (false, false) => Choice::none("this client has no login for a person"),
        }
    }

    fn for_code(&self, device: bool) -> Choice {
        let without_browser = |reason: &'static str| {
            let method = if device {
                LoginMethod::Device
            } else {
                LoginMethod::Paste
            };
            self.at_terminal(method, reason)
        };
        if self.browser.is_some() {
            return Choice::some(LoginMethod::Browser, "BROWSER names one");
        }
        if self.ssh {
            return without_browser("this is a session from another machine");
        }
        if self.wsl {
            return Choice::some(LoginMethod::Browser, "Windows has one");
        }
        if self.desktop {
            return Choice::some(LoginMethod::Browser, "there is a desktop session");
        }
        without_browser(if self.container {
            "this is a container without a desktop session"
        } else {
            "there is no desktop session"
        })
    }

    fn forced(method: LoginMethod, no_input: bool) -> Choice {
        let types = matches!(method, LoginMethod::Paste | LoginMethod::Password);
        if types && no_input {
            return Choice::none("input is switched off, and this way of logging in needs it");
        }
        Choice::some(method, "it was asked for")
    }

    fn at_terminal(&self, method: LoginMethod, reason: &'static str) -> Choice {
        if self.terminal {
            Choice::some(method, reason)
        } else {
            Choice::none("there is no terminal to show a code or an address on")
        }
    }
}

/// What the caller wants and what the client can do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Wish {
    /// The method asked for, which overrides what the surroundings suggest.
    pub method: Option<LoginMethod>,
    /// No question may be asked.
    pub no_input: bool,
    /// What the client can do.
    pub offers: Offers,
}

/// The ways for a person to log in that a client has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Offers {
    /// Authorization code.
    pub code: bool,
    /// Device code.
    pub device: bool,
    /// Name and password.
    pub password: bool,
}

/// The method that suits the place, or none, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The method; `None` if nobody can be asked.
    pub method: Option<LoginMethod>,
    /// Why, in words.
    pub reason: Cow<'static, str>,
}

impl Choice {
    fn some(method: LoginMethod, reason: &'static str) -> Self {
        Self {
            method: Some(method),
            reason: reason.into(),
        }
    }

    fn none(reason: &'static str) -> Self {
        Self {
            method: None,
            reason: reason.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CODE: Offers = Offers {
        code: true,
        device: false,
        password: false,
    };
    const BOTH: Offers = Offers {
        code: true,
        device: true,
        password: false,
    };
    const DEVICE: Offers = Offers {
        code: false,
        device: true,
        password: false,
    };

    fn at(variables: &[(&str, &str)], terminal: bool) -> Surroundings {
        let lookup = |name: &str| {
            let hit = variables.iter().find(|(key, _)| *key == name);
            hit.map(|(_, value)| (*value).to_owned())
        };
        Surroundings::observe(lookup, terminal, false, false)
    }

    fn chosen(place: &Surroundings, offers: Offers) -> Option<LoginMethod> {
        place
            .choose(&Wish {
                offers,
                ..Wish::default()
            })
            .method
    }

    const SSH: (&str, &str) = ("SSH_CONNECTION", "10.0.0.1 1 10.0.0.2 22");
    const X11: (&str, &str) = ("DISPLAY", ":0");

    #[test]
    fn opens_a_browser_where_there_is_one() {
        for (name, place) in [
            ("X11", at(&[X11], true)),
            ("Wayland", at(&[("WAYLAND_DISPLAY", "wayland-0")], true)),
            ("desktop without terminal", at(&[X11], false)),
            ("ssh with BROWSER", at(&[SSH, ("BROWSER", "open.sh")], true)),
            ("WSL", at(&[("WSL_DISTRO_NAME", "Debian")], true)),
            ("CI=false", at(&[("CI", "false"), X11], false)),
        ] {
            assert_eq!(chosen(&place, CODE), Some(LoginMethod::Browser), "{name}");
        }
    }

    #[test]
    fn asks_to_paste_or_for_a_device_where_there_is_only_a_terminal() {
        for (name, place) in [
            ("console", at(&[], true)),
            ("ssh", at(&[SSH], true)),
            (
                "ssh with forwarded X",
                at(&[SSH, ("DISPLAY", "localhost:10")], true),
            ),
            ("empty BROWSER", at(&[("BROWSER", " ")], true)),
        ] {
            assert_eq!(chosen(&place, CODE), Some(LoginMethod::Paste), "{name}");
            assert_eq!(chosen(&place, BOTH), Some(LoginMethod::Device), "{name}");
        }
        assert_eq!(chosen(&at(&[X11], true), DEVICE), Some(LoginMethod::Device));
    }

    // covers: planet-46
    #[test]
    fn troubles_nobody_where_nobody_is() {
        for (name, place) in [
            ("cron", at(&[], false)),
            ("cron with BROWSER", at(&[("BROWSER", "firefox")], false)),
            ("ssh without terminal", at(&[SSH, X11], false)),
            ("CI", at(&[("CI", "true"), ("DISPLAY", ":99")], false)),
        ] {
            assert_eq!(chosen(&place, BOTH), None, "{name}");
        }
        assert_eq!(
            chosen(&at(&[X11], false), DEVICE),
            None,
            "a code needs a terminal"
        );
        assert_eq!(
            chosen(&at(&[X11], true), Offers::default()),
            None,
            "a service client"
        );
    }

    #[test]
    fn says_that_a_container_is_one() {
        let place = Surroundings {
            terminal: true,
            container: true,
            ..Surroundings::default()
        };
        let choice = place.choose(&Wish {
            offers: CODE,
            ..Wish::default()
        });
        assert_eq!(choice.method, Some(LoginMethod::Paste));
        assert!(choice.reason.contains("container"), "{}", choice.reason);
    }

    #[test]
    fn a_wish_overrides_the_place_but_not_the_ban_on_input() {
        let cron = at(&[], false);
        let wish = |method, no_input| Wish {
            method: Some(method),
            no_input,
            offers: CODE,
        };
        let method = |wish: Wish| cron.choose(&wish).method;
        assert_eq!(
            method(wish(LoginMethod::Browser, false)),
            Some(LoginMethod::Browser)
        );
        assert_eq!(
            method(wish(LoginMethod::Browser, true)),
            Some(LoginMethod::Browser)
        );
        assert_eq!(
            method(wish(LoginMethod::Device, true)),
            Some(LoginMethod::Device)
        );
        assert_eq!(method(wish(LoginMethod::Paste, true)), None);
        let desktop = at(&[("DISPLAY", ":0")], true);
        let silent = Wish {
            no_input: true,
            offers: CODE,
            ..Wish::default()
        };
        assert_eq!(desktop.choose(&silent).method, None);
    }
}
