//! `keyfob token` and `keyfob header` with a good cached token: two reads, no parser, no runtime, no lock.
//!
//! Everything that is not surely this case is left to the full program.
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};
use std::time::SystemTime;

use keyfob::profile::{CachedToken, cached_token, cached_token_of};
use keyfob::settings::{Given, Resolver, Setting};
use keyfob::{Preset, ProfileName, Profiles};

use crate::commands::token_text::{self, Shape, TokenView};
use crate::home::{self, PROFILE_VARIABLE};
use crate::ui::output;

/// The preset of keyfob's own home.
const OWN: &str = "keyfob";

/// Prints the token and ends, or steps aside.
pub(crate) fn run() -> Option<ExitCode> {
    let request = Request::parse(std::env::args_os().skip(1))?;
    let preset = match &request.preset {
        Some(preset) => Some(preset.clone()),
        None => home::set(home::PRESET_VARIABLE)
            .map(OsString::into_string)
            .transpose()
            .ok()?,
    };
    let now = SystemTime::now();
    let preset = preset.filter(|preset| preset != OWN);
    let found = match &preset {
        None => of_own(&request, now)?,
        Some(preset) => of_preset(preset, &request, now)?,
    };
    let view = TokenView {
        token: found.cached.access_token.expose(),
        scheme: token_text::BEARER,
        profile: found.profile.as_str(),
        expires_at: Some(found.cached.expires_at),
    };
    output::stdout(&token_text::render(&view, request.shape, now)).ok()?;
    refresh_if_due(preset.as_deref(), &found);
    Some(ExitCode::SUCCESS)
}

/// Prints the bare token of a preset's profile and ends, or steps aside: for other names of this command.
pub(crate) fn print_token_of(
    preset: &str,
    home: PathBuf,
    profile: Option<String>,
) -> Option<ExitCode> {
    let request = Request {
        profile,
        home: Some(home),
        ..Request::default()
    };
    let found = of_preset(preset, &request, SystemTime::now())?;
    output::stdout(&format!("{}\n", found.cached.access_token.expose())).ok()?;
    refresh_if_due(Some(preset), &found);
    Some(ExitCode::SUCCESS)
}

/// A token that can be printed, and where it lies.
struct Found {
    cached: CachedToken,
    profile: ProfileName,
    home: PathBuf,
}

/// In keyfob's own home, which has no settings but the profile's name.
fn of_own(request: &Request, now: SystemTime) -> Option<Found> {
    let home = home::home(request.home.clone())?;
    let profile: ProfileName = match &request.profile {
        Some(name) => name.parse().ok()?,
        None => match home::set(PROFILE_VARIABLE) {
            Some(name) => name.to_str()?.parse().ok()?,
            None => Profiles::open(&home).current().ok()??,
        },
    };
    let cached = cached_token(&home, &profile, now)?;
    Some(Found {
        cached,
        profile,
        home,
    })
}

/// In the home of a preset, by its variables and its settings file.
fn of_preset(preset: &str, request: &Request, now: SystemTime) -> Option<Found> {
    let preset = Preset::builtin(preset).ok()?;
    let home = home::home_of(&preset, request.home.clone())?;
    let profiles = Profiles::open(&home).with_preset(&preset);
    let environment = home::environment();
    let given = Given::new().with_some(Setting::Profile, request.profile.clone());
    let meant = Resolver::new(&preset, &profiles, &environment);
    let meant = meant.resolve(&given).ok()?;
    Some(Found {
        cached: cached_token_of(&meant, now)?,
        profile: meant.key,
        home,
    })
}

/// Leaves an early refresh to a process of its own: whoever asked for the token waits for nobody.
fn refresh_if_due(preset: Option<&str>, found: &Found) {
    // The first process of a container takes all others with it, even between the sending of a refresh token and the storing
    // of its successor. There, the refresh waits until it has to be made by whoever needs it.
    if !found.cached.refresh_is_due || std::process::id() == 1 {
        return;
    }
    let Ok(program) = std::env::current_exe() else {
        return;
    };
    let mut command = Command::new(program);
    command
        .args(["refresh", "--ahead", "--no-input", "--quiet", "--profile"])
        .arg(found.profile.as_str())
        .arg("--home")
        .arg(&found.home)
        .arg("--preset")
        .arg(preset.unwrap_or(OWN))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    #[cfg(unix)]
    {
        use std::os::unix::process::CommandExt as _;
        // A copy of the program may have another name, under which it takes other command lines.
        command.arg0(OWN);
        // Ctrl-C at the terminal is meant for the command that asked.
        command.process_group(0);
    }
    // The token is out; if no process can be had, a later call tries again.
    drop(command.spawn());
}

/// A command line of the simple kind.
#[derive(Debug, Default, PartialEq)]
struct Request {
    preset: Option<String>,
    profile: Option<String>,
    home: Option<PathBuf>,
    shape: Shape,
}

impl Request {
    /// Understands the usual spellings; `None` for anything else, right or wrong.
    fn parse(mut arguments: impl Iterator<Item = OsString>) -> Option<Self> {
        let mut shape = match arguments.next()?.to_str()? {
            "token" => Shape::Token,
            "header" => Shape::Header,
            _ => return None,
        };
        let mut request = Self::default();
        while let Some(argument) = arguments.next() {
            let argument = argument.into_string().ok()?;
            let (flag, value) = match argument.split_once('=') {
                Some((flag, value)) if flag.starts_with("--") => (flag, Some(value.to_owned())),
                _ => (argument.as_str(), None),
            };
            let mut value = || {
                value
                    .clone()
                    .or_else(|| arguments.next()?.into_string().ok())
            };
            match flag {
                "-p" | "--profile" => request.name(value()?)?,
                "--home" => request.home = Some(value()?.into()),
                "--preset" => request.preset = Some(value()?),
                "-o" | "--output" => shape = Shape::parse(&value()?)?.or(shape),
                "-q" | "--quiet" | "--no-input" if argument == flag => {}
                _ if argument.starts_with('-') => return None,
                _ => request.name(argument.clone())?,
            }
        }
        request.shape = shape;
        Some(request)
    }

    /// Two names are the full program's business.
    fn name(&mut self, profile: String) -> Option<()> {
        if self.profile.is_some() || profile.is_empty() {
            return None;
        }
        self.profile = Some(profile);
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Option<Request> {
        Request::parse(line.split_whitespace().map(OsString::from))
    }

    fn request(profile: Option<&str>, home: Option<&str>, shape: Shape) -> Request {
        let (profile, home) = (profile.map(str::to_owned), home.map(PathBuf::from));
        Request {
            preset: None,
            profile,
            home,
            shape,
        }
    }

    #[test]
    fn understands_the_usual_spellings() {
        assert_eq!(parse("token"), Some(request(None, None, Shape::Token)));
        assert_eq!(
            parse("token work"),
            Some(request(Some("work"), None, Shape::Token))
        );
        assert_eq!(
            parse("header -p work -q"),
            Some(request(Some("work"), None, Shape::Header))
        );
        assert_eq!(
            parse("token --home=/h --profile work -o json"),
            Some(request(Some("work"), Some("/h"), Shape::Json))
        );
        assert_eq!(
            parse("token -o header"),
            Some(request(None, None, Shape::Header))
        );
        assert_eq!(
            parse("header -o text"),
            Some(request(None, None, Shape::Header))
        );
    }

    #[test]
    fn leaves_everything_else_to_the_full_program() {
        for line in [
            "",
            "status",
            "-p work token",
            "token --force",
            "token -v",
            "token --help",
            "token a b",
            "token a -p a",
            "token -o yaml",
            "token -p",
            "token --quiet=yes",
            "token -",
        ] {
            assert_eq!(parse(line), None, "{line}");
        }
    }
}
