//! A running Keystile on this machine: an origin to protect, the edge worker in workerd, and the admin server.

mod admin;
mod edge;
mod folder;
mod origin;
mod ports;
mod wait;

pub use admin::Admin;
pub use edge::{Edge, EdgeSettings};
pub use folder::Folder;
pub use origin::Origin;
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
    /// More settings of the admin server, as environment variables.
    pub environment: Vec<(String, String)>,
}

/// The parts, running. Dropping it ends them.
#[derive(Debug)]
pub struct System {
    /// What the edge protects.
    pub origin: Origin,
    /// The worker.
    pub edge: Edge,
    /// The admin server.
    pub admin: Admin,
}

impl System {
    /// Starts what has been built, makes a first key if there is none, and waits until the worker has confirmed it.
    pub fn start(place: &Place, settings: &Settings) -> Result<Self> {
        let origin = Origin::start(place, &settings.folder)?;
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
                origin: origin.url().to_owned(),
                admin_url: admin.url().to_owned(),
                edge_token: admin.edge_token().to_owned(),
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
        self.origin.service().still_running()?;
        self.edge.still_running()?;
        self.admin.still_running()
    }
}
