use anyhow::Result;

use crate::http::Client;
use crate::place::Place;
use crate::process::Service;
use crate::system::{Folder, any_free_port, wait_until};

/// What stands behind the edge.
#[derive(Clone, Debug)]
pub enum Behind {
    /// A stand-in that answers every request with what reached it, started with the rest.
    Echo,
    /// A service of somebody else's, at this URL.
    At(String),
}

/// A stand-in for the service behind the edge: it answers every request with what reached it.
#[derive(Debug)]
pub struct Origin {
    service: Service,
    url: String,
}

impl Origin {
    /// Starts it on a free port.
    pub fn start(place: &Place, folder: &Folder) -> Result<Self> {
        let port = any_free_port()?;
        let mut node = place.command("node");
        node.arg("tests/origin/echo.mjs").arg(port.to_string());
        let service = Service::start("origin", &mut node, &folder.log("origin"))?;
        let mut origin = Self { service, url: format!("http://127.0.0.1:{port}") };
        let client = Client::new();
        wait_until("the origin to answer", || {
            origin.service.still_running()?;
            Ok(client.get(&origin.url, None).is_ok())
        })?;
        Ok(origin)
    }

    /// Where it answers.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Its process.
    pub fn service(&mut self) -> &mut Service {
        &mut self.service
    }
}
