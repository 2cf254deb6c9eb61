use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use xtask::http::Client;
use xtask::place::Place;
use xtask::process::Service;
use xtask::system::{any_free_port, wait_until};

use crate::Wire;
use crate::dialogue::Dialogue;

const ROOT: &str = "root-token";
/// What the token of the hand-off may do: `docs/hand-off.md` says the same.
const POLICY: &str = r#"
path "secret/data/apps/backend" { capabilities = ["create", "read", "update"] }
path "secret/destroy/apps/backend" { capabilities = ["update"] }
"#;

/// A real OpenBao in memory, at the far end of a [`Wire`].
#[derive(Debug)]
pub struct OpenBao {
    place: Place,
    log: PathBuf,
    port: u16,
    /// The line on which Keystile reaches it.
    pub wire: Wire,
    service: Option<Service>,
    client: Client,
}

impl OpenBao {
    /// The token that the hand-off uses.
    pub const TOKEN: &str = "hand-off-token";

    /// Starts one whose log goes there.
    pub fn start(place: &Place, log: PathBuf) -> Result<Self> {
        let port = any_free_port()?;
        let wire = Wire::to(port)?;
        let place = place.clone();
        let mut bao = Self { place, log, port, wire, service: None, client: Client::new() };
        bao.start_again()?;
        Ok(bao)
    }

    /// Starts it again, with nothing in it but the token.
    pub fn start_again(&mut self) -> Result<()> {
        let mut command = self.place.command(self.place.python("bao"));
        command.args(["server", "-dev", "-dev-no-store-token"]);
        command.arg(format!("-dev-root-token-id={ROOT}"));
        command.arg(format!("-dev-listen-address=127.0.0.1:{}", self.port));
        self.service = Some(Service::start("OpenBao", &mut command, &self.log)?);
        wait_until("OpenBao to answer", || {
            self.service.as_mut().map_or(Ok(()), Service::still_running)?;
            let mounted = self.client.get(&self.url("sys/mounts/secret"), Some(ROOT));
            Ok(mounted.is_ok_and(|answer| answer.status == 200))
        })?;
        self.allow()?;
        let token = json!({ "id": Self::TOKEN, "policies": ["hand-off"] });
        self.client.post(&self.url("auth/token/create"), Some(ROOT), &token)?.success().map(drop)
    }

    /// Ends it at once.
    pub fn kill(&mut self) {
        if let Some(service) = self.service.take() {
            service.kill();
        }
    }

    /// Gives the token its rights.
    pub fn allow(&self) -> Result<()> {
        let policy = json!({ "policy": POLICY });
        self.client.post(&self.url("sys/policies/acl/hand-off"), Some(ROOT), &policy)?.success().map(drop)
    }

    /// Where Keystile reaches it.
    pub fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.wire.port())
    }

    /// What a backend reads.
    pub fn read(&self) -> Result<Value> {
        let answer = self.client.get(&self.url("secret/data/apps/backend"), Some(ROOT))?.success()?;
        Ok(answer["data"]["data"].clone())
    }

    /// Whether every version but the newest is destroyed.
    pub fn keeps_nothing_older(&self) -> Result<bool> {
        let answer = self.client.get(&self.url("secret/metadata/apps/backend"), Some(ROOT))?.success()?;
        let versions = answer["data"]["versions"].as_object().context("no versions")?;
        let kept = versions.values().filter(|version| version["destroyed"] == false);
        Ok(kept.count() == 1)
    }

    fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}/v1/{path}", self.port)
    }
}

/// AWS Secrets Manager as moto has it, with signatures and policies checked, seen by boto3.
#[derive(Debug)]
pub struct Aws {
    port: u16,
    _service: Service,
    backend: Dialogue,
    /// The access key that the hand-off uses.
    pub access_key: Value,
}

impl Aws {
    /// The name of the secret.
    pub const SECRET: &str = "apps/backend";

    /// Starts one whose log goes there.
    pub fn start(place: &Place, log: &Path) -> Result<Self> {
        let port = any_free_port()?;
        let mut command = place.command(place.python("moto_server"));
        let mut service =
            Service::start("moto", command.args(["-H", "127.0.0.1", "-p", &port.to_string()]), log)?;
        let (client, url) = (Client::new(), format!("http://127.0.0.1:{port}"));
        wait_until("moto to answer", || {
            service.still_running()?;
            Ok(client.get(&format!("{url}/moto-api/data.json"), None).is_ok())
        })?;
        let mut python = place.command(place.python("python"));
        let mut backend = Dialogue::start(python.arg("tests/aws/backend.py").arg(&url))?;
        let access_key = serde_json::from_str(&backend.ask(r#"{"do":"begin"}"#)?)?;
        Ok(Self { port, _service: service, backend, access_key })
    }

    /// Where it answers.
    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}/", self.port)
    }

    /// Its host and port.
    pub fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// What a backend reads.
    pub fn read(&mut self) -> Result<Value> {
        Ok(self.ask("read")?["variables"].clone())
    }

    /// Takes the rights from the access key.
    pub fn deny(&mut self) -> Result<()> {
        self.ask("deny").map(drop)
    }

    /// Gives them back.
    pub fn allow(&mut self) -> Result<()> {
        self.ask("allow").map(drop)
    }

    /// Whether no version but the current one has a label.
    pub fn keeps_nothing_older(&mut self) -> Result<bool> {
        let labels = self.ask("labels")?;
        let labels = labels.as_object().context("no labels")?.values();
        Ok(labels.filter_map(Value::as_array).flatten().all(|label| label == "AWSCURRENT"))
    }

    fn ask(&mut self, what: &str) -> Result<Value> {
        let answer = self.backend.ask(&json!({ "do": what, "secret": Self::SECRET }).to_string())?;
        let answer: Value = serde_json::from_str(&answer)?;
        ensure!(answer.get("error").is_none(), "{what}: {answer}");
        Ok(answer)
    }
}
