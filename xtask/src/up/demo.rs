//! The backend of the demonstration: it signs its own tokens, with the key that Keystile hands it.

use anyhow::{Context, Result};
use serde::Serialize;

use crate::http::Client;
use crate::place::Place;
use crate::progress::say;
use crate::system::{Admin, Environment, PhoneManager, Session, Settings};

const EMAIL: &str = "test@example.com";
const PASSWORD: &str = "testpass";

/// The phone manager, running, and its deployment system, which gives it each new key.
#[derive(Debug)]
pub(super) struct Demo {
    phone_manager: PhoneManager,
    settings: Settings,
    /// The key it signs with.
    kid: String,
}

/// How to sign in.
#[derive(Debug, Serialize)]
pub(super) struct Door {
    pub(super) url: String,
    pub(super) email: &'static str,
    pub(super) password: &'static str,
}

impl Demo {
    /// Starts it on this port, with the key that signs now and one user.
    pub(super) fn start(place: &Place, settings: &Settings, port: u16, admin: &Admin) -> Result<Self> {
        let mut demo = Self {
            phone_manager: PhoneManager::on(place, &settings.folder, port),
            settings: settings.clone(),
            kid: String::new(),
        };
        demo.phone_manager.add_user(&demo.environment(admin)?, EMAIL, PASSWORD)?;
        demo.deploy(admin)?;
        Ok(demo)
    }

    /// Deploys it anew when another key signs: what a deployment system does after a rotation.
    pub(super) fn follow(&mut self, admin: &Admin, client: &Client) -> Result<()> {
        self.phone_manager.still_running()?;
        // That the server does not answer is told elsewhere.
        if admin.active_kid(client).is_ok_and(|kid| kid != self.kid) {
            self.deploy(admin)?;
            say(&format!("the phone manager was deployed anew; it signs with `{}` now", self.kid));
        }
        Ok(())
    }

    /// Where and how its user signs in.
    pub(super) fn door(&self) -> Door {
        Door { url: self.phone_manager.url(), email: EMAIL, password: PASSWORD }
    }

    /// Signs its user in.
    pub(super) fn sign_in(&self) -> Result<Session> {
        self.phone_manager.sign_in(EMAIL, PASSWORD)
    }

    fn deploy(&mut self, admin: &Admin) -> Result<()> {
        let environment = self.environment(admin)?;
        self.phone_manager.deploy(&environment)?;
        let kid = environment.into_iter().find(|(name, _)| name == "PM__JWT__KEY_ID");
        self.kid = kid.context("`keystile env` names no key")?.1;
        Ok(())
    }

    /// What `keystile env` hands over, and where the other keys of a rotation are published.
    fn environment(&self, admin: &Admin) -> Result<Environment> {
        let mut environment = admin.hand_off("PM")?;
        let more = [
            ("PM__JWT__ISSUER", self.settings.issuer.clone()),
            ("PM__JWT__AUDIENCE", self.settings.audience.clone()),
            ("PM__JWT__JWKS_URL", format!("{}/.well-known/jwks.json", admin.url())),
        ];
        environment.extend(more.map(|(name, value)| (name.to_owned(), value)));
        Ok(environment)
    }
}
