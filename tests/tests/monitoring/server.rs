use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, bail, ensure};
use serde_json::{Value, json};
use tempfile::TempDir;
use xtask::http::Client;
use xtask::place::Place;
use xtask::promtool::{Promtool, promtool};
use xtask::system::{Admin, Behind, Folder, Settings, any_free_port};

/// An admin server alone, whose edge is a test that reports, and whose store is nowhere.
pub(crate) struct Server {
    pub(crate) admin: Admin,
    pub(crate) place: Place,
    pub(crate) client: Client,
    _folder: TempDir,
}

impl Server {
    pub(crate) fn start(environment: &[(&str, &str)]) -> Result<Self> {
        let (place, folder) = (Place::find()?, TempDir::new()?);
        let settings = Settings {
            folder: Folder::new(&folder.path().join("data"))?,
            edge_port: any_free_port()?,
            admin_port: any_free_port()?,
            issuer: "https://issuer.example".to_owned(),
            audience: "api.example".to_owned(),
            behind: Behind::Echo,
            environment: environment
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            edge_variables: Vec::new(),
        };
        let mut admin = Admin::prepare(&place, &settings)?;
        admin.start()?;
        Ok(Self { admin, place, client: Client::new(), _folder: folder })
    }

    pub(crate) fn report(&self, region: &str, version: u64, counters: &Value) -> Result<()> {
        let report = json!({
            "region": region, "instance": "a", "version": version, "key_set_age_seconds": 3, "counters": counters,
        });
        let url = format!("{}/v1/issuers/main/reports", self.admin.url());
        let answer = self.client.post(&url, Some(self.admin.edge_token()), &report)?;
        ensure!(answer.status == 204, "{answer:?}");
        Ok(())
    }

    pub(crate) fn metrics(&self) -> Result<String> {
        let answer = self.client.get(&format!("{}/metrics", self.admin.url()), Some(self.admin.token()))?;
        ensure!(answer.status == 200, "{answer:?}");
        Ok(answer.body)
    }

    pub(crate) fn promtool(&self) -> Result<Command> {
        match promtool(&self.place)? {
            Promtool::At(program) => Ok(Command::new(program)),
            Promtool::Missing(reason) => bail!(reason),
        }
    }

    pub(crate) fn shipped(&self, name: &str) -> PathBuf {
        self.place.root().join("examples/monitoring").join(name)
    }
}
