//! Logins of a person: browser with a loopback listener, paste, device code, password.
//!
//! | file | idea |
//! |---|---|
//! | `attempt.rs`, `options.rs`, `ask.rs` | one login, and what may be set about it |
//! | `surroundings.rs`, `turn.rs` | which way suits the place; one login at a time |
//! | `code.rs`, `device.rs`, `password.rs` | the ways |
//! | `wait.rs` | callback port and paste race, the first valid answer wins |
//! | `loopback/`, `pages.rs`, `browser.rs`, `launcher.rs`, `paste.rs` | the browser's side |
//! | `interaction.rs`, `qr.rs` | the words on screen, which the caller brings |

mod ask;
mod attempt;
mod begin;
mod begin_device;
pub mod blocking;
mod browser;
mod code;
mod device;
mod error;
mod interaction;
mod launcher;
mod loopback;
mod options;
mod pages;
mod password;
mod paste;
mod pending_device;
mod qr;
mod redirect_answer;
mod surroundings;
mod turn;
mod verify;
mod wait;

pub use self::attempt::{LoggedIn, Login};
pub use self::begin::{BeginOptions, Begun, PendingLogin, begin, finish};
pub use self::begin_device::{begin_device, finish_device, poll_device};
pub use self::browser::{Browser, BrowserError};
pub use self::error::LoginError;
pub use self::interaction::{Answer, DevicePrompt, Interaction, Progress, Question, UrlPrompt};
pub use self::options::LoginOptions;
pub use self::pages::{
    DefaultPages, Page, PageError, PageFuture, PageHandler, PageRequest, TokenFuture, escape_html,
};
pub use self::paste::PasteProblem;
pub use self::pending_device::{DevicePoll, PendingDevice};
pub use self::qr::qr_code;
pub use self::redirect_answer::RedirectAnswer;
pub use self::surroundings::{Choice, LoginMethod, Offers, Surroundings, Wish};
