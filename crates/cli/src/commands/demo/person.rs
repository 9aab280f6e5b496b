//! The scripted person in front of the demo's login pages.
use keyfob::login::{Answer, DevicePrompt, Interaction, Question, UrlPrompt};
use keyfob_sandbox::Person;

/// Does at once what a person would do with an address or a code.
pub(super) struct Scripted(pub(super) Person);

impl Interaction for Scripted {
    fn show_url(&self, shown: &UrlPrompt<'_>) {
        let (person, url) = (self.0.clone(), shown.url.to_string());
        // A visit that fails leaves the login unanswered, and its time limit says so.
        std::thread::spawn(move || person.approve_blocking(&url));
    }

    fn show_device_code(&self, shown: &DevicePrompt<'_>) {
        let (person, code) = (self.0.clone(), shown.user_code.to_owned());
        std::thread::spawn(move || person.approve_device_blocking(&code));
    }

    fn ask<'a>(&'a self, _question: &Question<'_>) -> Answer<'a> {
        Box::pin(std::future::ready(None))
    }
}
