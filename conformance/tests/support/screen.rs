//! The screen of a login: whoever it shows the address to goes there, logs in and agrees.

use std::sync::Mutex;

use keyfob::login::{Answer, DevicePrompt, Interaction, Question, UrlPrompt};
use keyfob_sandbox::{Person, SandboxError, Visit};
use tokio::task::JoinHandle;

/// A scripted person in front of the login.
pub(crate) struct Screen {
    person: Person,
    visit: Mutex<Option<JoinHandle<Result<Visit, SandboxError>>>>,
}

impl Screen {
    pub(crate) fn of(person: Person) -> Self {
        Self {
            person,
            visit: Mutex::default(),
        }
    }

    /// The page that the person saw last; empty if they were sent nowhere.
    pub(crate) async fn last_page(&self) -> String {
        let visit = self.visit.lock().unwrap().take();
        match visit {
            Some(visit) => visit.await.unwrap().unwrap().body,
            None => String::new(),
        }
    }
}

impl Interaction for Screen {
    fn show_url(&self, shown: &UrlPrompt<'_>) {
        let (person, url) = (self.person.clone(), shown.url.to_string());
        let visit = tokio::spawn(async move { person.approve(&url).await });
        *self.visit.lock().unwrap() = Some(visit);
    }

    fn show_device_code(&self, _: &DevicePrompt<'_>) {
        panic!("a login by code shows no device code");
    }

    fn ask<'a>(&'a self, _: &Question<'_>) -> Answer<'a> {
        Box::pin(std::future::pending())
    }
}
