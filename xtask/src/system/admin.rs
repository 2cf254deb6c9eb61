use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::http::Client;
use crate::place::Place;
use crate::process::{self, Service};
use crate::system::{Edge, Environment, Settings, wait_until};

const ADMIN_TOKEN: &str = "admin-token";
const EDGE_TOKEN: &str = "edge-token";

/// The admin server on its data folder, running or not.
#[derive(Debug)]
pub struct Admin {
    program: PathBuf,
    settings: Settings,
    environment: Environment,
    url: String,
    token: String,
    edge_token: String,
    service: Option<Service>,
}

impl Admin {
    /// Makes the data folder with its first key unless it is there, and an API token each for people and for the
    /// edge; both are kept, so that the next run has them again.
    pub fn prepare(place: &Place, settings: &Settings) -> Result<Self> {
        let url = format!("http://127.0.0.1:{}", settings.admin_port);
        let mut admin = Self {
            program: place.keystile(),
            environment: environment(place, settings, &url)?,
            settings: settings.clone(),
            url,
            token: String::new(),
            edge_token: String::new(),
            service: None,
        };
        let first = admin.ask(["init"])?;
        admin.token = admin.token_for(ADMIN_TOKEN, "admin", first.get("admin_token"))?;
        admin.edge_token = admin.token_for(EDGE_TOKEN, "edge", first.get("edge_token"))?;
        Ok(admin)
    }

    /// Starts the server and waits until it is ready.
    pub fn start(&mut self) -> Result<()> {
        let mut serve = self.command(["serve"]);
        let service = Service::start("admin server", &mut serve, &self.settings.folder.log("admin"))?;
        self.service = Some(service);
        let client = Client::new();
        let readiness = format!("{}/readyz", self.url);
        wait_until("the admin server to be ready", || {
            self.still_running()?;
            Ok(client.get(&readiness, None).is_ok_and(|answer| answer.status == 200))
        })
    }

    /// Ends the server at once, as `kill -9` does.
    pub fn kill(&mut self) {
        if let Some(service) = self.service.take() {
            service.kill();
        }
    }

    /// Fails when the server has ended, with its last lines.
    pub fn still_running(&mut self) -> Result<()> {
        self.service.as_mut().map_or(Ok(()), Service::still_running)
    }

    /// Runs a command of `keystile` on the data folder and reads its JSON.
    pub fn ask<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Result<Value> {
        let mut command = self.command(arguments);
        let output = process::read(command.arg("--json"))?;
        serde_json::from_str(&output).with_context(|| format!("not JSON: `{output}`"))
    }

    /// A command of `keystile` on the data folder.
    pub fn command<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Command {
        let mut command = Command::new(&self.program);
        command.envs(self.environment.iter().map(|(name, value)| (name, value))).args(arguments);
        command
    }

    /// Whether every region runs the newest key set.
    pub fn edge_has_confirmed(&self, client: &Client) -> Result<bool> {
        let edge = client.get(&format!("{}/v1/issuers/main/edge", self.url), Some(&self.token))?.success()?;
        let reported = edge.pointer("/regions/0").is_some();
        Ok(reported && edge.pointer("/confirmed") == Some(&Value::Bool(true)))
    }

    /// The settings that it runs with.
    pub fn environment(&self) -> &Environment {
        &self.environment
    }

    /// The kid of the key that signs.
    pub fn active_kid(&self, client: &Client) -> Result<String> {
        let status = client.get(&format!("{}/v1/status", self.url), Some(&self.token))?.success()?;
        text(status.pointer("/issuers/0/active_kid")).context("the status names no active key")
    }

    /// What a backend whose variables have this prefix is handed: the key that signs, and the lifetimes.
    pub fn hand_off(&self, prefix: &str) -> Result<Environment> {
        let variables = self.ask(["env", "--prefix", prefix])?;
        let pairs = variables.as_object().context("`keystile env` gave no variables")?.iter();
        pairs.map(|(name, value)| Ok((name.clone(), text(Some(value)).context("not a text")?))).collect()
    }

    /// The public root keys that the edge pins.
    pub fn roots(&self) -> Result<Value> {
        self.ask(["roots"])
    }

    /// Signs a token for trying things out.
    pub fn sample_token(&self, subject: &str) -> Result<String> {
        let minted = self.ask(["token", "mint", "--subject", subject])?;
        text(minted.get("token")).context("`keystile token mint` gave no token")
    }

    /// Where it answers.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What an administrator signs in with.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// What the edge reports with.
    pub fn edge_token(&self) -> &str {
        &self.edge_token
    }

    /// A fresh token was made by the first start, and the first start shows it once: whoever lost it makes another.
    fn token_for(&self, name: &str, role: &str, fresh: Option<&Value>) -> Result<String> {
        let token = match (text(fresh), self.settings.folder.kept(name)?) {
            (Some(fresh), _) => fresh,
            (None, Some(kept)) => return Ok(kept),
            (None, None) => {
                let made = self.ask(["api-token", "create", "--label", "xtask up", "--role", role])?;
                text(made.get("token")).context("`keystile api-token create` gave no token")?
            }
        };
        self.settings.folder.keep(name, &token)?;
        Ok(token)
    }
}

fn environment(place: &Place, settings: &Settings, url: &str) -> Result<Environment> {
    let data = settings.folder.data().to_str().context("the data folder's name is not UTF-8")?;
    let ours = [
        ("KEYSTILE__DATA", data.to_owned()),
        ("KEYSTILE__LISTEN", format!("127.0.0.1:{}", settings.admin_port)),
        ("KEYSTILE__PUBLIC_URL", url.to_owned()),
        ("KEYSTILE__ISSUER__ISS", settings.issuer.clone()),
        ("KEYSTILE__ISSUER__AUDIENCE", settings.audience.clone()),
        ("KEYSTILE__KV__BASE_URL", Edge::kv_api(settings.edge_port)),
        ("KEYSTILE__KV__NAMESPACE_ID", Edge::kv_namespace(place)?),
        // The local KV asks for none; the setting is needed all the same.
        ("KEYSTILE__KV__API_TOKEN", "local".to_owned()),
    ];
    let ours = ours.into_iter().map(|(name, value)| (name.to_owned(), value));
    Ok(ours.chain(settings.environment.iter().cloned()).collect())
}

fn text(value: Option<&Value>) -> Option<String> {
    value.and_then(Value::as_str).map(str::to_owned)
}
