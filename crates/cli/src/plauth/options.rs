//! Options that several of plauth's commands take, with click's rules: the last of a pair counts.
use clap::Args;
use keyfob::settings::{Given, Setting};
use zeroize::Zeroizing;

use super::variables;

/// `--open-browser / --no-open-browser`, `--show-qr-code / --no-show-qr-code`.
#[derive(Args, Debug, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "two pairs of flags, as they are typed"
)]
pub(super) struct Showing {
    /// Open a browser window for the login [default]
    #[arg(long, overrides_with_all = ["open_browser", "no_open_browser"])]
    open_browser: bool,
    /// Open no browser window; show an address or a code instead
    #[arg(long, overrides_with_all = ["open_browser", "no_open_browser"])]
    no_open_browser: bool,
    /// Draw the address of a device login as a QR code
    #[arg(long, overrides_with_all = ["show_qr_code", "no_show_qr_code"])]
    show_qr_code: bool,
    /// Draw no QR code [default]
    #[arg(long, overrides_with_all = ["show_qr_code", "no_show_qr_code"])]
    no_show_qr_code: bool,
}

impl Showing {
    /// Whether a browser is to be opened even where none seems to be of use.
    pub(super) fn must_open_browser(&self) -> bool {
        self.open_browser
    }

    /// Whether a browser may be opened.
    pub(super) fn may_open_browser(&self) -> bool {
        !self.no_open_browser
    }

    /// Whether a QR code is wanted.
    pub(super) fn wants_qr_code(&self) -> bool {
        self.show_qr_code
    }
}

/// What a login asks the provider for.
#[derive(Args, Debug, Default)]
pub(super) struct Asked {
    /// Scope to ask for; repeat for more [env: PL_AUTH_SCOPE, separated by spaces]
    #[arg(long = "scope", value_name = "TEXT", allow_hyphen_values = true)]
    scopes: Vec<String>,
    /// Audience to ask for; repeat for more [env: PL_AUTH_AUDIENCE, separated by spaces]
    #[arg(long = "audience", value_name = "TEXT", allow_hyphen_values = true)]
    audiences: Vec<String>,
    /// Organization to log in to, if the provider knows such a thing [env: PL_AUTH_ORGANIZATION]
    #[arg(
        long,
        value_name = "TEXT",
        overrides_with = "organization",
        allow_hyphen_values = true
    )]
    organization: Option<String>,
    /// Project to log in to, if the provider knows such a thing [env: PL_AUTH_PROJECT]
    #[arg(
        long,
        value_name = "TEXT",
        overrides_with = "project",
        allow_hyphen_values = true
    )]
    project: Option<String>,
}

impl Asked {
    /// Puts what was typed in front of what the environment says.
    pub(super) fn put(&self, given: Given) -> Given {
        given
            .with_list(Setting::Scopes, self.scopes.clone())
            .with_list(Setting::Audiences, self.audiences.clone())
            .with_some(Setting::Organization, self.organization.clone())
            .with_some(Setting::Project, self.project.clone())
    }
}

/// Client id and secret of a service, instead of a profile's.
#[derive(Args, Debug, Default)]
pub(super) struct Service {
    /// Client id of a service [env: PL_AUTH_CLIENT_ID]
    #[arg(
        long,
        value_name = "TEXT",
        overrides_with = "auth_client_id",
        allow_hyphen_values = true
    )]
    auth_client_id: Option<String>,
    /// Client secret of a service [env: PL_AUTH_CLIENT_SECRET, which other users cannot read, unlike an option]
    #[arg(
        long,
        value_name = "TEXT",
        overrides_with = "auth_client_secret",
        allow_hyphen_values = true
    )]
    auth_client_secret: Option<String>,
}

impl Service {
    /// Puts what was typed in front of what the environment says, with a warning for the secret.
    pub(super) fn put(&self, given: Given) -> Given {
        if self.auth_client_secret.is_some() {
            variables::warn_of_argument(
                "--auth-client-secret",
                "set PL_AUTH_CLIENT_SECRET instead",
            );
        }
        given
            .with_some(Setting::ClientId, self.auth_client_id.clone())
            .with_some(Setting::ClientSecret, self.auth_client_secret.clone())
    }
}

/// User name and password, for the logins that take them.
#[derive(Args, Debug, Default)]
pub(super) struct Person {
    /// User name [env: PL_AUTH_USERNAME]
    #[arg(
        long,
        visible_alias = "email",
        value_name = "TEXT",
        overrides_with = "username",
        allow_hyphen_values = true
    )]
    username: Option<String>,
    /// Password [env: PL_AUTH_PASSWORD, which other users cannot read, unlike an option]
    #[arg(
        long,
        value_name = "TEXT",
        overrides_with = "password",
        allow_hyphen_values = true
    )]
    password: Option<String>,
}

impl Person {
    /// The user name by option or variable.
    pub(super) fn username(&self) -> Option<String> {
        variables::one(self.username.as_ref(), variables::USERNAME)
    }

    /// Whether nobody has to type a password.
    pub(super) fn has_password(&self) -> bool {
        variables::one(self.password.as_ref(), variables::PASSWORD).is_some()
    }

    /// The password by option, with a warning, or by variable.
    pub(super) fn password(&self) -> Option<Zeroizing<String>> {
        if self.password.is_some() {
            variables::warn_of_argument("--password", "set PL_AUTH_PASSWORD instead");
        }
        variables::one(self.password.as_ref(), variables::PASSWORD).map(Zeroizing::new)
    }
}

/// `-y, --yes / -n, --no`: the answer to the question that may follow a login.
#[derive(Args, Debug, Default)]
pub(super) struct Answer {
    /// Answer questions with yes: make the profile the default one
    #[arg(short, long, overrides_with_all = ["yes", "no"])]
    yes: bool,
    /// Answer questions with no: leave the default profile as it is
    #[arg(short, long, overrides_with_all = ["yes", "no"])]
    no: bool,
}

impl Answer {
    /// The answer that was given beforehand, if one was.
    pub(super) fn given(&self) -> Option<bool> {
        (self.yes || self.no).then_some(self.yes)
    }
}

/// `--sops / --no-sops`.
#[derive(Args, Debug, Default)]
pub(super) struct Sops {
    /// Write files encrypted by SOPS; refused, since keyfob cannot do that yet
    #[arg(long, overrides_with_all = ["sops", "no_sops"])]
    sops: bool,
    /// Write plain files [default]
    #[arg(long, overrides_with_all = ["sops", "no_sops"])]
    no_sops: bool,
}

impl Sops {
    /// Whether encrypted files are wanted.
    pub(super) fn is_wanted(&self) -> bool {
        self.sops
    }
}

/// `-H, --human-readable / --no-human-readable`.
#[derive(Args, Debug, Default)]
pub(super) struct Human {
    /// Print the dates of a token in local time
    #[arg(short = 'H', long, overrides_with_all = ["human_readable", "no_human_readable"])]
    human_readable: bool,
    /// Print the dates of a token as numbers [default]
    #[arg(long, overrides_with_all = ["human_readable", "no_human_readable"])]
    no_human_readable: bool,
}

impl Human {
    /// Whether dates are for people.
    pub(super) fn is_wanted(&self) -> bool {
        self.human_readable
    }
}
