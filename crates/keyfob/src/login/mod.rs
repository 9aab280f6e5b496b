//! Logins of a person: browser with a loopback listener, paste, device code, password.

mod browser;
mod error;
mod interaction;
mod loopback;
mod pace;
mod pages;
mod paste;
mod qr;
mod surroundings;
mod turn;

pub use self::browser::{Browser, BrowserError};
pub use self::error::LoginError;
pub use self::interaction::{Answer, DevicePrompt, Interaction, Progress, Question, UrlPrompt};
pub use self::paste::PasteProblem;
pub use self::qr::qr_code;
pub use self::surroundings::{Choice, LoginMethod, Offers, Surroundings, Wish};
