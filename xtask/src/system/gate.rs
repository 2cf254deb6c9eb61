use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::http::Client;
use crate::place::Place;
use crate::process::Service;
use crate::system::{Admin, Folder, any_free_port, wait_until};

/// What the gates here sign their assertions with, and their origins check them by.
pub const ASSERTION_KEY: &str = "an-assertion-key-for-local-gates";

/// Where a gate has its policy from.
#[derive(Clone, Copy, Debug)]
pub enum GatePolicy<'a> {
    /// It is given this one.
    Given(&'a Value),
    /// It follows the signed one in this file.
    Signed {
        /// The file with it.
        file: &'a str,
        /// The file with the roots.
        roots: &'a str,
        /// The issuer for whose gateways it is.
        issuer: &'a str,
    },
}

/// `keystile gate`, running.
#[derive(Debug)]
pub struct Gate {
    name: String,
    program: PathBuf,
    arguments: Vec<String>,
    edge_token: String,
    folder: Folder,
    port: u16,
    status_port: u16,
    /// `None` while it is stopped.
    service: Option<Service>,
}

impl Gate {
    /// Starts it for `policy` with these arguments beside, as a region of the admin server that is called `name`.
    pub fn start(
        place: &Place,
        (name, folder): (&str, &Folder),
        admin: &Admin,
        policy: GatePolicy<'_>,
        arguments: &[&str],
    ) -> Result<Self> {
        let given = folder.data().join(format!("{name}.policy.json"));
        let given = given.to_str().context("the data folder's name is not UTF-8")?;
        let signed;
        let policy: &[&str] = match policy {
            GatePolicy::Given(policy) => {
                fs::write(given, policy.to_string())?;
                &["--policy", given]
            }
            GatePolicy::Signed { file, roots, issuer } => {
                signed = format!("file:{file}");
                &["--signed-policy", &signed, "--roots", roots, "--policy-issuer", issuer]
            }
        };
        let reports = ["--admin", admin.url(), "--report", "main=main", "--region", name];
        let all = [&["gate", "--json"], policy, &reports, arguments].concat();
        let mut gate = Self {
            name: name.to_owned(),
            program: place.keystile(),
            arguments: all.into_iter().map(str::to_owned).collect(),
            edge_token: admin.edge_token().to_owned(),
            folder: folder.clone(),
            port: any_free_port()?,
            status_port: any_free_port()?,
            service: None,
        };
        gate.start_again()?;
        Ok(gate)
    }

    /// Starts it anew after it was stopped, on the same ports, and returns when it answers.
    pub fn start_again(&mut self) -> Result<()> {
        let mut command = Command::new(&self.program);
        command.env("EDGE_TOKEN", &self.edge_token).env("ASSERTION_KEY", ASSERTION_KEY).args(&self.arguments);
        command.args(["--listen", &format!("127.0.0.1:{}", self.port)]);
        command.args(["--status", &format!("127.0.0.1:{}", self.status_port)]);
        self.service = Some(Service::start("gate", &mut command, &self.log())?);
        let client = Client::new();
        wait_until("the gate to answer", || {
            self.still_running()?;
            Ok(self.get(&client, "/healthz").is_ok())
        })
    }

    /// Stops it, as an orchestrator does, and waits for its end.
    pub fn stop(&mut self) {
        drop(self.service.take());
    }

    /// The port where requests, or questions about them, come in.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Where requests, or questions about them, come in.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// What it tells about itself under this path: status and body.
    pub fn get(&self, client: &Client, path: &str) -> Result<(u16, String)> {
        let answer = client.get(&format!("http://127.0.0.1:{}{path}", self.status_port), None)?;
        Ok((answer.status, answer.body))
    }

    /// What it has logged since it was first started.
    pub fn logged(&self) -> Result<String> {
        Ok(fs::read_to_string(self.log())?)
    }

    /// Fails when it has ended, with its last lines.
    pub fn still_running(&mut self) -> Result<()> {
        self.service.as_mut().map_or(Ok(()), Service::still_running)
    }

    fn log(&self) -> PathBuf {
        self.folder.log(&self.name)
    }
}
