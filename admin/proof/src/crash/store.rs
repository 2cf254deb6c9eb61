//! A stand-in for Workers KV, because a test puts back what was there before each crash. The end-to-end tests use the
//! real API.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::{Context, Result, bail};
use axum::Router;
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::{Engine, engine::general_purpose::STANDARD};
use keystile_admin::settings::KvSettings;
use serde_json::Value;

use crate::house::kv_settings;

/// The key of the only key set.
const KEY_SET: &str = "keyset/main";
/// Where the namespace is, with a slash after it.
const NAMESPACE: &str = "/storage/kv/namespaces/ns/";
/// More than any value here has.
const LARGEST: usize = 32 << 20;

/// Everything that is kept, by its key.
pub(super) type Content = BTreeMap<String, Vec<u8>>;

#[derive(Clone)]
pub(super) struct ShelfStore {
    content: Arc<Mutex<Content>>,
    base_url: String,
}

impl ShelfStore {
    pub(super) async fn start() -> Result<Self> {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let base_url = format!("http://{}", listener.local_addr()?);
        let store = Self { content: Arc::default(), base_url };
        let router = Router::new().fallback(answer).with_state(store.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(store)
    }

    /// What is kept now.
    pub(super) fn content(&self) -> Content {
        self.lock().clone()
    }

    /// Puts everything back as it was.
    pub(super) fn restore(&self, content: Content) {
        *self.lock() = content;
    }

    pub(super) fn get(&self, key: &str) -> Option<Vec<u8>> {
        self.lock().get(key).cloned()
    }

    pub(super) fn key_set(&self) -> Option<Vec<u8>> {
        self.get(KEY_SET)
    }

    /// Somebody else writes over the key set.
    pub(super) fn disturb(&self) {
        self.lock().insert(KEY_SET.to_owned(), b"somebody else was here".to_vec());
    }

    pub(super) fn settings(&self) -> KvSettings {
        kv_settings(&self.base_url)
    }

    pub(super) fn base_url(&self) -> &str {
        &self.base_url
    }

    fn lock(&self) -> MutexGuard<'_, Content> {
        self.content.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self, method: &Method, path: &str, body: &[u8]) -> Result<Response> {
        let path = path.strip_prefix(NAMESPACE).context("another namespace")?.replace("%2F", "/");
        let done = r#"{"success":true,"result":{"unsuccessful_keys":[]}}"#.into_response();
        match (method.as_str(), path.as_str(), path.strip_prefix("values/")) {
            ("PUT", "bulk", _) => {
                for item in serde_json::from_slice::<Vec<Value>>(body)? {
                    let text = |name| item.get(name).and_then(Value::as_str).context("no text");
                    self.lock().insert(text("key")?.to_owned(), STANDARD.decode(text("value")?)?);
                }
                Ok(done)
            }
            ("POST", "bulk/delete", _) => {
                for key in serde_json::from_slice::<Vec<String>>(body)? {
                    self.lock().remove(&key);
                }
                Ok(done)
            }
            ("PUT", _, Some(key)) => {
                self.lock().insert(key.to_owned(), body.to_vec());
                Ok(done)
            }
            ("GET", _, Some(key)) => Ok(match self.get(key) {
                Some(value) => value.into_response(),
                None => (StatusCode::NOT_FOUND, r#"{"errors":[{"code":10009}]}"#).into_response(),
            }),
            _ => bail!("the stand-in does not know `{method} {path}`"),
        }
    }
}

async fn answer(State(store): State<ShelfStore>, request: Request) -> Response {
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let Ok(body) = axum::body::to_bytes(request.into_body(), LARGEST).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let refused = |error: anyhow::Error| (StatusCode::BAD_REQUEST, error.to_string()).into_response();
    store.take(&method, &path, &body).unwrap_or_else(refused)
}
