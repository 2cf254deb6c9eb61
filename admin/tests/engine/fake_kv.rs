//! A stand-in for the KV store, because the real one cannot be made to fail on demand. The end-to-end tests use the real
//! API.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use keystile_admin::domain::{SecretText, Timestamp};
use keystile_admin::settings::KvSettings;
use tokio::sync::Notify;

const NAMESPACE: &str = "/storage/kv/namespaces/ns";
const PATH: &str = "/storage/kv/namespaces/ns/values/keyset%2Fmain";

/// It keeps one key set and what lies beside it, and answers first what it was scripted to.
#[derive(Clone)]
pub(crate) struct FakeKv {
    shelf: Arc<Mutex<Shelf>>,
    /// Rings when a write that is held up may go on.
    release: Arc<Notify>,
    base_url: String,
}

#[derive(Default)]
pub(crate) struct Shelf {
    pub(crate) value: Option<Vec<u8>>,
    pub(crate) script: VecDeque<(StatusCode, &'static str)>,
    pub(crate) writes: usize,
    /// The versions that were written, in order.
    pub(crate) history: Vec<u64>,
    pub(crate) forgetful: bool,
    /// Whether the next write is taken, but does not happen before it is released.
    pub(crate) holds_next_write: bool,
    pub(crate) held: bool,
    /// What was written in bulk.
    pub(crate) beside: BTreeMap<String, Vec<u8>>,
    /// Whether it loses what is written in bulk.
    pub(crate) loses_bulk: bool,
    /// What time it says it is; it says none otherwise, because the rehearsals have a time of their own.
    pub(crate) now: Option<Timestamp>,
}

impl FakeKv {
    /// Starts the store.
    pub(crate) async fn start(shelf: Shelf) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base_url = format!("http://{}", listener.local_addr().unwrap());
        let fake = Self { shelf: Arc::new(Mutex::new(shelf)), release: Arc::default(), base_url };
        let router = Router::new().fallback(answer).with_state(fake.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        fake
    }

    /// How to reach it.
    pub(crate) fn settings(&self) -> KvSettings {
        settings(&self.base_url)
    }

    pub(crate) fn writes(&self) -> usize {
        self.shelf.lock().unwrap().writes
    }

    pub(crate) fn history(&self) -> Vec<u64> {
        self.shelf.lock().unwrap().history.clone()
    }

    pub(crate) fn value(&self) -> Option<Vec<u8>> {
        self.shelf.lock().unwrap().value.clone()
    }

    pub(crate) fn put(&self, value: &[u8]) {
        self.shelf.lock().unwrap().value = Some(value.to_vec());
    }

    /// What lies beside the key set, by its key.
    pub(crate) fn beside(&self) -> BTreeMap<String, Vec<u8>> {
        self.shelf.lock().unwrap().beside.clone()
    }

    pub(crate) fn remove_beside(&self, key: &str) {
        self.shelf.lock().unwrap().beside.remove(key);
    }

    /// Makes it lose what is written in bulk, or not any more.
    pub(crate) fn lose_bulk(&self, loses: bool) {
        self.shelf.lock().unwrap().loses_bulk = loses;
    }

    /// Makes it say what time it is.
    pub(crate) fn say_it_is(&self, now: Timestamp) {
        self.shelf.lock().unwrap().now = Some(now);
    }

    /// Makes it say no time any more.
    pub(crate) fn say_no_time(&self) {
        self.shelf.lock().unwrap().now = None;
    }

    pub(crate) fn remove(&self) {
        self.shelf.lock().unwrap().value = None;
    }

    /// Takes the next write, but lets it happen only at [`release_write`](Self::release_write).
    pub(crate) fn hold_next_write(&self) {
        self.shelf.lock().unwrap().holds_next_write = true;
    }

    /// Returns when a write is held up.
    pub(crate) async fn until_held(&self) {
        while !self.shelf.lock().unwrap().held {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    pub(crate) fn release_write(&self) {
        self.release.notify_one();
    }

    /// Answers the next requests so.
    pub(crate) fn script(&self, answers: &[(StatusCode, &'static str)]) {
        self.shelf.lock().unwrap().script.extend(answers);
    }
}

impl FakeKv {
    /// Whether this write is to be held up.
    fn take_hold(&self) -> bool {
        let mut shelf = self.shelf.lock().unwrap();
        let holds = std::mem::take(&mut shelf.holds_next_write);
        shelf.held |= holds;
        holds
    }
}

pub(crate) fn settings(base_url: &str) -> KvSettings {
    KvSettings {
        base_url: base_url.to_owned(),
        namespace_id: "ns".to_owned(),
        api_token: SecretText::new("kv-token".to_owned()),
    }
}

/// What a signed key set says of itself.
fn version(document: &[u8]) -> Option<u64> {
    let payload = document.split(|byte| *byte == b'.').nth(1)?;
    let json: serde_json::Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()?;
    json.get("version")?.as_u64()
}

/// RFC 9110, section 5.6.7.
fn http_date(at: Timestamp) -> String {
    let at = time::OffsetDateTime::from_unix_timestamp(at.as_secs().try_into().unwrap()).unwrap();
    at.format(&time::format_description::well_known::Rfc2822).unwrap().replace("+0000", "GMT")
}

async fn answer(State(fake): State<FakeKv>, request: Request) -> Response {
    let method = request.method().clone();
    let authorised = request.headers().get(header::AUTHORIZATION).is_some_and(|v| v == "Bearer kv-token");
    let path = request.uri().path().to_owned();
    let body: Bytes = axum::body::to_bytes(request.into_body(), 64 << 20).await.unwrap();
    if method == Method::PUT && fake.take_hold() {
        fake.release.notified().await;
    }
    let mut shelf = fake.shelf.lock().unwrap();
    let below = path.strip_prefix(NAMESPACE).filter(|_| authorised && path != PATH);
    if let Some(beside) = below {
        return shelf.answer_beside(&method, beside, &body);
    }
    if !authorised {
        return StatusCode::IM_A_TEAPOT.into_response();
    }
    if let Some((status, body)) = shelf.script.pop_front() {
        return (status, [(header::RETRY_AFTER, "7")], body).into_response();
    }
    if method == Method::PUT {
        shelf.writes += 1;
        shelf.history.extend(version(&body));
        if !shelf.forgetful {
            shelf.value = Some(body.to_vec());
        }
        return r#"{"success":true}"#.into_response();
    }
    match shelf.value.clone() {
        Some(value) => value.into_response(),
        None => (StatusCode::NOT_FOUND, r#"{"errors":[{"code":10009}]}"#).into_response(),
    }
}

impl Shelf {
    /// What lies beside the key set is written and deleted in bulk, and read one by one.
    fn answer_beside(&mut self, method: &Method, path: &str, body: &[u8]) -> Response {
        let items = || serde_json::from_slice::<Vec<serde_json::Value>>(body).unwrap();
        let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
        match (method.as_str(), path) {
            ("PUT", "/bulk") => {
                for item in items().into_iter().filter(|_| !self.loses_bulk) {
                    let value = STANDARD.decode(item["value"].as_str().unwrap()).unwrap();
                    self.beside.insert(text(&item["key"]), value);
                }
                r#"{"success":true,"result":{"unsuccessful_keys":[]}}"#.into_response()
            }
            ("POST", "/bulk/delete") => {
                items().iter().for_each(|key| drop(self.beside.remove(&text(key))));
                r#"{"success":true}"#.into_response()
            }
            ("PUT", _) => {
                let key = path.strip_prefix("/values/").unwrap_or_default().replace("%2F", "/");
                self.beside.insert(key, body.to_vec());
                r#"{"success":true}"#.into_response()
            }
            ("GET", "/values/clock") => {
                let date = self.now.map_or("not said".to_owned(), http_date);
                (StatusCode::NOT_FOUND, [(header::DATE, date)]).into_response()
            }
            ("GET", _) => {
                let key = path.strip_prefix("/values/").unwrap_or_default().replace("%2F", "/");
                match self.beside.get(&key) {
                    Some(value) => value.clone().into_response(),
                    None => (StatusCode::NOT_FOUND, r#"{"errors":[{"code":10009}]}"#).into_response(),
                }
            }
            _ => StatusCode::IM_A_TEAPOT.into_response(),
        }
    }
}
