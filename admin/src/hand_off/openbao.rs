use std::collections::BTreeMap;

use reqwest::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::content::{Content, digest_of};
use super::{HandOffError, Standing};
use crate::domain::SecretText;
use crate::managers::{ManagerError, OpenBaoServer, refused_by_openbao, says_why};

/// One path of a KV engine, version 2. Vault and OpenBao have the same API there.
pub(super) struct OpenBao<'a> {
    pub(super) server: OpenBaoServer<'a>,
    pub(super) mount: &'a str,
    pub(super) path: &'a str,
}

/// What `data` answers: the secret, and its version.
#[derive(Deserialize)]
struct Secret {
    data: SecretData,
}

#[derive(Deserialize)]
struct SecretData {
    /// Null where the newest version was deleted.
    data: Option<BTreeMap<String, Value>>,
    metadata: Metadata,
}

#[derive(Deserialize)]
struct Metadata {
    version: u64,
}

impl OpenBao<'_> {
    /// What stands there.
    pub(super) async fn look(&self, content: &Content) -> Result<Standing, HandOffError> {
        let answer = self.server.get(self.path("data")).await?;
        let is_there = answer.status == StatusCode::OK;
        // A path whose newest version was deleted answers 404, but names the version.
        let secret = serde_json::from_slice::<Secret>(&answer.body).map(|secret| secret.data);
        match (is_there, secret) {
            (true, Ok(SecretData { data: Some(data), metadata })) => {
                let data = texts(data)?;
                if let Some(name) = content.foreign(&data) {
                    return Err(HandOffError::Foreign { name: name.to_owned() });
                }
                let is_content = digest_of(&data) == content.digest();
                Ok(Standing { is_content, version: Some(metadata.version.to_string()) })
            }
            (_, Ok(SecretData { data: None, metadata })) => {
                Ok(Standing { is_content: false, version: Some(metadata.version.to_string()) })
            }
            (false, _) if answer.status == StatusCode::NOT_FOUND && says_why(&answer) => {
                Err(refused_by_openbao(&answer).into())
            }
            (false, _) if answer.status == StatusCode::NOT_FOUND => Ok(Standing::default()),
            (true, Err(error)) => {
                Err(ManagerError::Unreadable { detail: format!("it is no secret: {error}") }.into())
            }
            (false, _) => Err(refused_by_openbao(&answer).into()),
        }
    }

    /// Writes the next version, provided that nobody has written one since `over` was seen.
    pub(super) async fn write(&self, content: &Content, over: &Standing) -> Result<(), HandOffError> {
        let seen = over.version.as_deref().unwrap_or("0");
        // The content is JSON already, and one copy of it is enough.
        let body = format!("{{\"options\":{{\"cas\":{seen}}},\"data\":{}}}", content.to_json().as_str());
        self.post("data", body).await
    }

    /// Destroys one version for good.
    pub(super) async fn remove(&self, version: &str) -> Result<(), HandOffError> {
        let number: u64 = version.parse().map_err(|_| HandOffError::Misconfigured {
            detail: format!("`{version}` is no version of a secret"),
        })?;
        self.post("destroy", json!({ "versions": [number] }).to_string()).await
    }

    async fn post(&self, what: &str, body: String) -> Result<(), HandOffError> {
        self.server.post(self.path(what), body).await?;
        Ok(())
    }

    fn path<'p>(&'p self, what: &'p str) -> impl Iterator<Item = &'p str> {
        self.mount.split('/').chain([what]).chain(self.path.split('/'))
    }
}

fn texts(data: BTreeMap<String, Value>) -> Result<BTreeMap<String, SecretText>, HandOffError> {
    let text = |(name, value)| match value {
        Value::String(text) => Ok((name, SecretText::new(text))),
        // What is no text is not ours.
        _ => Err(HandOffError::Foreign { name }),
    };
    data.into_iter().map(text).collect()
}
