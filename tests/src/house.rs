use std::process::Output;

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use tempfile::TempDir;
use xtask::http::{Answer, Client};
use xtask::place::Place;
use xtask::system::{Behind, Folder, Settings, System, any_free_port};

use crate::KeyPair;

/// `iss` of the tokens in these tests.
pub const ISSUER: &str = "https://issuer.example";
/// `aud` of the tokens in these tests.
pub const AUDIENCE: &str = "api.example";

/// A whole Keystile of its own: admin server, worker in workerd with its KV, origin. Dropping it ends all of it.
#[derive(Debug)]
pub struct House {
    /// Its running parts.
    pub system: System,
    /// Where programs and sources are.
    pub place: Place,
    client: Client,
    folder: Folder,
    // Last, so that the folder is removed when nobody writes to it any more.
    _folder: TempDir,
}

impl House {
    /// A house that has adopted this key pair from `PM__JWT__*`, as a service moves in that has signed so far. The edge
    /// looks for news every second, and nobody here makes up a `kid` while a new key is on its way, so that a test need
    /// not wait long.
    pub fn adopting(pair: &KeyPair) -> Result<Self> {
        Self::adopting_for(pair, Behind::Echo, &[], &[])
    }

    /// The same in front of another origin, with more settings of the admin server and variables of the worker.
    pub fn adopting_for(
        pair: &KeyPair,
        behind: Behind,
        settings: &[(&str, &str)],
        edge_variables: &[(&str, &str)],
    ) -> Result<Self> {
        Self::at(any_free_port()?, pair, behind, [settings, edge_variables])
    }

    /// A house whose server brings key sets to the edge's emergency channel too. The edge looks at the store so seldom
    /// that what it knows soon it knows from there.
    pub fn with_the_emergency_channel(pair: &KeyPair) -> Result<Self> {
        let edge_port = any_free_port()?;
        let url = format!("http://127.0.0.1:{edge_port}");
        let settings = [("KEYSTILE__EDGE__EMERGENCY_URL", &*url), ("KEYSTILE__EDGE__REFRESH_SECS", "3600")];
        Self::at(edge_port, pair, Behind::Echo, [&settings, &[]])
    }

    fn at(
        edge_port: u16,
        pair: &KeyPair,
        behind: Behind,
        [settings, edge_variables]: [&[(&str, &str)]; 2],
    ) -> Result<Self> {
        let place = Place::find()?;
        let temporary = TempDir::new()?;
        let adopted = [
            ("KEYSTILE__ENV_PREFIX", "PM"),
            ("PM__JWT__PRIVATE_KEY", &pair.private_pem),
            ("PM__JWT__PUBLIC_KEY", &pair.public_pem),
            ("KEYSTILE__EDGE__REFRESH_SECS", "1"),
            ("KEYSTILE__EDGE__CACHE_TTL_SECS", "1"),
        ];
        let owned = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        let settings = Settings {
            folder: Folder::new(&temporary.path().join("data"))?,
            edge_port,
            admin_port: any_free_port()?,
            issuer: ISSUER.to_owned(),
            audience: AUDIENCE.to_owned(),
            behind,
            environment: owned(&[&adopted, settings].concat()),
            edge_variables: owned(edge_variables),
        };
        let system = System::start(&place, &settings)?;
        Ok(Self { system, place, client: Client::new(), folder: settings.folder, _folder: temporary })
    }

    /// Where it keeps what it keeps.
    pub fn folder(&self) -> &Folder {
        &self.folder
    }

    /// What the edge answers to a request with this token.
    pub fn visit(&self, token: &str) -> Result<Answer> {
        self.client.get(&format!("{}/orders?page=2", self.system.edge.url()), Some(token))
    }

    /// What the edge answers without one.
    pub fn visit_without_token(&self) -> Result<Answer> {
        self.client.get(&format!("{}/orders", self.system.edge.url()), None)
    }

    /// Asks the admin server, as an administrator.
    pub fn admin(&self, path: &str) -> Result<Value> {
        self.client
            .get(&format!("{}{path}", self.system.admin.url()), Some(self.system.admin.token()))?
            .success()
    }

    /// Orders something of the admin server, as an administrator.
    pub fn order(&self, path: &str, body: &Value) -> Result<Value> {
        let url = format!("{}{path}", self.system.admin.url());
        self.client.post(&url, Some(self.system.admin.token()), body)?.success()
    }

    /// Empties the KV of its only key set, through the store's own API.
    pub fn empty_the_kv(&self) -> Result<()> {
        self.client.send("DELETE", &self.kv_value()?, None, None)?.success()?;
        ensure!(!self.kv_has_a_key_set()?, "the KV still has a key set");
        Ok(())
    }

    /// Whether the KV has a key set, genuine or not.
    pub fn kv_has_a_key_set(&self) -> Result<bool> {
        Ok(self.client.get(&self.kv_value()?, None)?.status == 200)
    }

    fn kv_value(&self) -> Result<String> {
        let api = format!("{}/cdn-cgi/explorer/api/storage/kv/namespaces", self.system.edge.url());
        let namespace = xtask::system::Edge::kv_namespace(&self.place)?;
        Ok(format!("{api}/{namespace}/values/keyset%2Fmain"))
    }

    /// The kid of the key that signs.
    pub fn active_kid(&self) -> Result<String> {
        let status = self.system.admin.ask(["status"])?;
        text(&status, "/issuers/0/active_kid")
    }

    /// The private key that signs, as `keystile env` hands it to a backend.
    pub fn active_private_key(&self) -> Result<String> {
        text(&self.system.admin.ask(["env", "--prefix", "PM"])?, "/PM__JWT__PRIVATE_KEY")
    }

    /// Runs a command of `keystile` to its end, whatever that is.
    pub fn keystile(&self, arguments: &[&str]) -> Result<Output> {
        Ok(self.system.admin.command(arguments).output()?)
    }
}

fn text(value: &Value, pointer: &str) -> Result<String> {
    let found = value.pointer(pointer).and_then(Value::as_str);
    found.map(str::to_owned).with_context(|| format!("no `{pointer}` in {value}"))
}
