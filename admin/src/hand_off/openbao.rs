use std::collections::BTreeMap;

use reqwest::{Method, RequestBuilder, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use super::content::{Content, digest_of};
use super::exchange::{Answer, json as read_json, refusal, send};
use super::{HandOffError, Standing};
use crate::domain::SecretText;
use crate::outbound::{Destination, Outbound};

/// One path of a KV engine, version 2. Vault and OpenBao have the same API there.
pub(super) struct OpenBao<'a> {
    pub(super) outbound: &'a Outbound,
    pub(super) address: Destination,
    pub(super) mount: &'a str,
    pub(super) path: &'a str,
    pub(super) namespace: Option<&'a str>,
    pub(super) token: SecretText,
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
        let answer = send(self.request(Method::GET, "data")).await?;
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
            (false, _) if answer.status == StatusCode::NOT_FOUND && names_no_mount(&answer) => {
                Err(refused(&answer))
            }
            (false, _) if answer.status == StatusCode::NOT_FOUND => Ok(Standing::default()),
            (true, Err(error)) => {
                Err(HandOffError::Unreadable { detail: format!("it is no secret: {error}") })
            }
            (false, _) => Err(refused(&answer)),
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
        let request = self.request(Method::POST, what).header("content-type", "application/json").body(body);
        let answer = send(request).await?;
        if answer.status.is_success() { Ok(()) } else { Err(refused(&answer)) }
    }

    fn request(&self, method: Method, what: &str) -> RequestBuilder {
        let engine = ["v1"].into_iter().chain(self.mount.split('/'));
        let secret = self.address.below(engine.chain([what]).chain(self.path.split('/')));
        let request = self.outbound.request(method, &secret).header("x-vault-request", "true");
        let request = request.header("x-vault-token", self.token.reveal());
        match self.namespace {
            Some(namespace) => request.header("x-vault-namespace", namespace),
            None => request,
        }
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

/// A missing secret answers with an empty list of errors; a missing engine says so.
fn names_no_mount(answer: &Answer) -> bool {
    let errors = read_json(&answer.body).ok().and_then(|said| Some(said.get("errors")?.as_array()?.len()));
    errors.unwrap_or(0) > 0
}

fn refused(answer: &Answer) -> HandOffError {
    let said = read_json(&answer.body).unwrap_or_default();
    let errors = said.get("errors").and_then(Value::as_array).into_iter().flatten();
    let errors: Vec<_> = errors.filter_map(Value::as_str).collect();
    refusal(answer.status, &errors.join("; "))
}
