use std::fs;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::build_parts::Worker;
use crate::http::Client;
use crate::place::Place;
use crate::process::Service;
use crate::system::{Folder, wait_until};

/// What the worker is started with.
#[derive(Clone, Debug)]
pub struct EdgeSettings {
    /// Where the local KV is kept.
    pub folder: Folder,
    /// Which build of it.
    pub worker: Worker,
    /// Where it listens, on 127.0.0.1.
    pub port: u16,
    /// `iss` of the tokens.
    pub issuer: String,
    /// `aud` of the tokens.
    pub audience: String,
    /// The public root keys, as a JWKS.
    pub roots: Value,
    /// What it protects.
    pub origin: String,
    /// Where it reports.
    pub admin_url: String,
    /// What it reports with.
    pub edge_token: String,
    /// More variables of it.
    pub more: Vec<(String, String)>,
}

/// The edge worker in real workerd, with a local KV that also answers Cloudflare's REST API.
#[derive(Debug)]
pub struct Edge {
    settings: EdgeSettings,
    url: String,
    /// `None` only while it is started anew.
    service: Option<Service>,
}

impl Edge {
    /// Starts it; it answers a little later.
    pub fn start(place: &Place, settings: &EdgeSettings) -> Result<Self> {
        let service = Some(settings.spawn(place)?);
        let url = format!("http://127.0.0.1:{}", settings.port);
        Ok(Self { settings: settings.clone(), url, service })
    }

    /// Starts it anew with these root keys, and returns when it answers.
    pub fn pin(&mut self, place: &Place, roots: Value) -> Result<()> {
        drop(self.service.take());
        self.settings.roots = roots;
        self.service = Some(self.settings.spawn(place)?);
        self.wait_until_it_answers()
    }

    /// Starts it anew with this variable, and returns when it answers.
    pub fn set(&mut self, place: &Place, name: &str, value: &str) -> Result<()> {
        drop(self.service.take());
        self.settings.more.retain(|(set, _)| set != name);
        self.settings.more.push((name.to_owned(), value.to_owned()));
        self.service = Some(self.settings.spawn(place)?);
        self.wait_until_it_answers()
    }

    /// Where it answers.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The base of the REST API of the KV that it reads from.
    pub fn kv_api(port: u16) -> String {
        format!("http://127.0.0.1:{port}/cdn-cgi/explorer/api")
    }

    /// The KV namespace that the worker's configuration binds.
    pub fn kv_namespace(place: &Place) -> Result<String> {
        let text =
            fs::read_to_string(place.root().join("wrangler.toml")).context("cannot read `wrangler.toml`")?;
        namespace_id(&text).map(str::to_owned).context("`wrangler.toml` binds no KV namespace")
    }

    /// Waits until workerd runs and the worker is loaded.
    pub fn wait_until_it_answers(&mut self) -> Result<()> {
        let client = Client::new();
        wait_until("the worker to answer", || {
            self.still_running()?;
            Ok(self.visit(&client).is_ok())
        })
    }

    /// What the worker says about itself.
    pub fn visit(&self, client: &Client) -> Result<Value> {
        client.get(&format!("{}/.well-known/keystile", self.url), None)?.success()
    }

    /// Fails when it has ended, with its last lines.
    pub fn still_running(&mut self) -> Result<()> {
        self.service.as_mut().map_or(Ok(()), Service::still_running)
    }
}

impl EdgeSettings {
    fn spawn(&self, place: &Place) -> Result<Service> {
        // A file, because command lines are seen by everybody on the machine.
        let variables = self.folder.keep("worker.env", &self.variables())?;
        let mut wrangler = place.command("wrangler");
        wrangler
            .env("CI", "1")
            .env("NO_COLOR", "1")
            .env("WRANGLER_SEND_METRICS", "false")
            .env("WRANGLER_LOG_PATH", self.folder.log("wrangler"))
            .env("X_LOCAL_EXPLORER", "true")
            .arg("dev")
            .args(self.entry())
            .args(["--config", "wrangler.toml", "--ip", "127.0.0.1", "--inspector-port", "0", "--port"])
            .arg(self.port.to_string())
            .arg("--env-file")
            .arg(variables)
            .arg("--persist-to")
            .arg(self.folder.kv());
        Service::start("worker", &mut wrangler, &self.folder.log("worker"))
    }

    fn entry(&self) -> Option<&'static str> {
        match self.worker {
            Worker::Deployed => None,
            Worker::WithVectors => Some("validator/worker/build/vectors/index.js"),
        }
    }

    fn variables(&self) -> String {
        let roots = self.roots.to_string();
        let variables = [
            ("ISSUER", self.issuer.as_str()),
            ("AUDIENCE", &self.audience),
            ("ROOT_KEYS", &roots),
            ("ORIGIN", &self.origin),
            ("ADMIN_URL", &self.admin_url),
            ("EDGE_TOKEN", &self.edge_token),
            // Local workerd names a data center that it is not in.
            ("REGION", "local"),
        ];
        let more = self.more.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        // For whom tokens are is said by a policy, if there is one.
        let has_policy = more.clone().any(|(name, _)| name == "POLICY");
        let variables = variables.into_iter().filter(|(name, _)| !(has_policy && *name == "AUDIENCE"));
        variables.chain(more).map(|(name, value)| format!("{name}='{value}'\n")).collect()
    }
}

fn namespace_id(configuration: &str) -> Option<&str> {
    let (_, bindings) = configuration.split_once("kv_namespaces")?;
    let (_, after) = bindings.split_once("id = \"")?;
    after.split_once('"').map(|(id, _)| id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_namespace_is_the_one_that_the_configuration_binds() {
        let text = "name = \"edge\"\n\n[[kv_namespaces]]\nbinding = \"KEYSETS\"\nid = \"0123abcd\"\n";
        assert_eq!(namespace_id(text), Some("0123abcd"));
        assert_eq!(namespace_id("name = \"edge\"\n"), None);
    }
}
