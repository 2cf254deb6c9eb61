//! A stand-in for Workers KV, because a test puts back what was there before each crash, and looks at every value that was
//! ever written. The end-to-end tests use the real API.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::{Context, Result, bail};
use axum::Router;
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode, header};
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
pub(crate) type Content = BTreeMap<String, Vec<u8>>;

/// The store.
#[derive(Clone)]
pub(crate) struct ShelfStore {
    content: Arc<Mutex<Content>>,
    key_sets: Arc<Mutex<Vec<Vec<u8>>>>,
    base_url: String,
}

impl ShelfStore {
    /// Starts it on a free port.
    pub(crate) async fn start() -> Result<Self> {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let base_url = format!("http://{}", listener.local_addr()?);
        let store = Self { content: Arc::default(), key_sets: Arc::default(), base_url };
        let router = Router::new().fallback(answer).with_state(store.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(store)
    }

    /// What is kept now.
    pub(crate) fn content(&self) -> Content {
        self.lock().clone()
    }

    /// Puts everything back as it was.
    pub(crate) fn restore(&self, content: Content) {
        *self.lock() = content;
    }

    /// A value.
    pub(crate) fn get(&self, key: &str) -> Option<Vec<u8>> {
        self.lock().get(key).cloned()
    }

    /// Every key set that was written, in order.
    pub(crate) fn key_sets(&self) -> Vec<Vec<u8>> {
        self.key_sets.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The key set that is kept now.
    pub(crate) fn key_set(&self) -> Option<Vec<u8>> {
        self.get(KEY_SET)
    }

    /// Somebody else writes over the key set.
    pub(crate) fn disturb(&self) {
        self.lock().insert(KEY_SET.to_owned(), b"somebody else was here".to_vec());
    }

    /// How a server in this process reaches it.
    pub(crate) fn settings(&self) -> KvSettings {
        kv_settings(&self.base_url)
    }

    /// Where it answers.
    pub(crate) fn base_url(&self) -> &str {
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
                if key == KEY_SET {
                    self.key_sets.lock().unwrap_or_else(PoisonError::into_inner).push(body.to_vec());
                }
                self.lock().insert(key.to_owned(), body.to_vec());
                Ok(done)
            }
            // The trials have a time of their own, which no header tells.
            ("GET", "values/clock", _) => {
                Ok((StatusCode::NOT_FOUND, [(header::DATE, "not said")]).into_response())
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
