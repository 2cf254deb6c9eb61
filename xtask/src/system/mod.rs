//! A running Keystile on this machine: an origin to protect, the edge worker in workerd, and the admin server.

mod admin;
mod edge;
mod folder;
mod gate;
mod origin;
mod phone_manager;
mod ports;
mod wait;

pub use admin::Admin;
pub use edge::{Edge, EdgeSettings};
pub use folder::Folder;
pub use gate::{ASSERTION_KEY, Gate, GatePolicy};
pub use origin::{Behind, Origin};
pub use phone_manager::{Environment, PhoneManager, Session};
pub use ports::{NoFreePort, any_free_port, free_port};
pub use wait::wait_until;

use anyhow::Result;

use crate::build_parts::Worker;
use crate::http::Client;
use crate::place::Place;

/// What a system is started with.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where everything it keeps is kept.
    pub folder: Folder,
    /// The port of the edge worker.
    pub edge_port: u16,
    /// The port of the admin server.
    pub admin_port: u16,
    /// `iss` of the tokens.
    pub issuer: String,
    /// `aud` of the tokens.
    pub audience: String,
    /// What the edge protects.
    pub behind: Behind,
    /// More settings of the admin server, as environment variables.
    pub environment: Vec<(String, String)>,
    /// More variables of the worker.
    pub edge_variables: Vec<(String, String)>,
}

/// The parts, running. Dropping it ends them.
#[derive(Debug)]
pub struct System {
    /// The stand-in behind the edge, unless another service is there.
    pub origin: Option<Origin>,
    /// The worker.
    pub edge: Edge,
    /// The admin server.
    pub admin: Admin,
}

impl System {
    /// Starts what has been built, makes a first key if there is none, and waits until the worker has confirmed it.
    pub fn start(place: &Place, settings: &Settings) -> Result<Self> {
        let (origin, url) = match &settings.behind {
            Behind::At(url) => (None, url.clone()),
            Behind::Echo => {
                let echo = Origin::start(place, &settings.folder)?;
                let url = echo.url().to_owned();
                (Some(echo), url)
            }
        };
        let mut admin = Admin::prepare(place, settings)?;
        let mut edge = Edge::start(
            place,
            &EdgeSettings {
                folder: settings.folder.clone(),
                worker: Worker::Deployed,
                port: settings.edge_port,
                issuer: settings.issuer.clone(),
                audience: settings.audience.clone(),
                roots: admin.roots()?,
                origin: url,
                admin_url: admin.url().to_owned(),
                edge_token: admin.edge_token().to_owned(),
                more: settings.edge_variables.clone(),
            },
        )?;
        edge.wait_until_it_answers()?;
        admin.start()?;
        let mut system = Self { origin, edge, admin };
        system.wait_until_confirmed()?;
        Ok(system)
    }

    /// Waits until every region runs the newest key set. The edge reports while it is visited, so it is.
    pub fn wait_until_confirmed(&mut self) -> Result<()> {
        let client = Client::new();
        wait_until("the edge to confirm the key set", || {
            self.still_running()?;
            self.edge.visit(&client)?;
            self.admin.edge_has_confirmed(&client)
        })
    }

    /// Fails when a part has ended, with its last lines.
    pub fn still_running(&mut self) -> Result<()> {
        self.origin.as_mut().map_or(Ok(()), |origin| origin.service().still_running())?;
        self.edge.still_running()?;
        self.admin.still_running()
    }
}
