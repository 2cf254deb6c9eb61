use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use tempfile::TempDir;
use xtask::http::Client;
use xtask::place::Place;
use xtask::system::{Admin, Behind, Folder, Settings, any_free_port};

use crate::house::{AUDIENCE, ISS, temporary_folder};
use crate::shelf::ShelfStore;

const PATIENCE: u32 = 300;
const GLANCE: Duration = Duration::from_millis(100);

/// A server that can be killed, and the store that it publishes to, which cannot.
pub(super) struct FaultyHouse {
    pub(super) admin: Admin,
    pub(super) store: ShelfStore,
    client: Client,
    // Last, so that the folder is removed when nobody writes to it any more.
    _folder: Option<TempDir>,
}

/// Where the server is reached, and with what.
#[derive(Debug, Clone)]
pub(super) struct Door {
    pub(super) client: Client,
    pub(super) url: String,
    pub(super) token: String,
}

impl FaultyHouse {
    /// Starts a new server on `data`, or on a folder of its own.
    pub(super) async fn build(data: Option<&Path>) -> Result<Self> {
        let own = data.is_none().then(temporary_folder).transpose()?;
        let data = data.or(own.as_ref().map(TempDir::path)).context("no folder")?.to_owned();
        let store = ShelfStore::start().await?;
        let settings = Settings {
            folder: Folder::new(&data)?,
            edge_port: 0,
            admin_port: any_free_port()?,
            issuer: ISS.to_owned(),
            audience: AUDIENCE.to_owned(),
            behind: Behind::Echo,
            environment: vec![
                ("KEYSTILE__KV__BASE_URL".to_owned(), store.base_url().to_owned()),
                ("KEYSTILE__KV__NAMESPACE_ID".to_owned(), "ns".to_owned()),
            ],
            edge_variables: Vec::new(),
        };
        let prepared = tokio::task::spawn_blocking(move || Admin::prepare(&Place::find()?, &settings));
        let mut house = Self { admin: prepared.await??, store, client: Client::new(), _folder: own };
        house.start().await?;
        Ok(house)
    }

    /// Starts the server, which must be ready without anybody's help.
    pub(super) async fn start(&mut self) -> Result<()> {
        tokio::task::block_in_place(|| self.admin.start())
    }

    pub(super) fn door(&self) -> Door {
        Door {
            client: self.client.clone(),
            url: self.admin.url().to_owned(),
            token: self.admin.token().to_owned(),
        }
    }

    /// The issuer, as `GET /v1/status` has it.
    pub(super) fn issuer(&self) -> Result<Value> {
        let status = self.door().get("/v1/status")?;
        status.pointer("/issuers/0").cloned().context("the status has no issuer")
    }

    /// The server brings what it committed to the store, by itself.
    pub(super) async fn until_all_is_pushed(&self) -> Result<()> {
        for _ in 0..PATIENCE {
            let issuer = tokio::task::block_in_place(|| self.issuer())?;
            if issuer.get("pushed_version") == issuer.get("version") {
                return Ok(());
            }
            tokio::time::sleep(GLANCE).await;
        }
        ensure!(false, "the newest key set does not reach the store");
        Ok(())
    }
}

impl Door {
    pub(super) fn get(&self, path: &str) -> Result<Value> {
        self.client.get(&format!("{}{path}", self.url), Some(&self.token))?.success()
    }
}
