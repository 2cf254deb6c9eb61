//! A stand-in for Workers KV, because the real one cannot be told how late to be. It speaks the REST API that the real
//! publisher speaks, and shows each write to each region as late as it likes, up to a limit.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Result;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// The part of requests to the API that fail, in percent, some of them after the write was done.
const FAILING_PERCENT: u8 = 4;

/// One value, everything that was ever written to it, and when each region sees it.
#[derive(Clone)]
pub(super) struct SlowStore {
    shelf: Arc<Mutex<Shelf>>,
    base_url: String,
}

struct Shelf {
    now_millis: u64,
    writes: Vec<Write>,
    regions: usize,
    longest_delay_secs: u64,
    random: fastrand::Rng,
}

struct Write {
    value: String,
    /// When each region sees it.
    visible_at: Vec<u64>,
}

impl SlowStore {
    /// Starts the store, which answers on loopback until the runtime ends.
    pub(super) async fn start(regions: usize, random: fastrand::Rng) -> Result<Self> {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let base_url = format!("http://{}", listener.local_addr()?);
        let shelf = Shelf { now_millis: 0, writes: Vec::new(), regions, longest_delay_secs: 1, random };
        let store = Self { shelf: Arc::new(Mutex::new(shelf)), base_url };
        let router = Router::new().fallback(answer).with_state(store.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(store)
    }

    /// Empties the store, for the next world.
    pub(super) fn clear(&self, random: fastrand::Rng) {
        let mut shelf = self.shelf();
        shelf.writes.clear();
        shelf.random = random;
    }

    /// Where it answers.
    pub(super) fn base_url(&self) -> &str {
        &self.base_url
    }

    /// From now on each region sees a write after 1 to so many seconds.
    pub(super) fn delay_up_to(&self, secs: u64) {
        self.shelf().longest_delay_secs = secs;
    }

    /// Tells the time.
    pub(super) fn set_time(&self, now_millis: u64) {
        self.shelf().now_millis = now_millis;
    }

    /// What a region sees now: the latest write that has reached it.
    pub(super) fn seen_from(&self, region: usize) -> Option<String> {
        let shelf = self.shelf();
        let reached = |write: &&Write| write.visible_at.get(region).is_some_and(|at| *at <= shelf.now_millis);
        shelf.writes.iter().rev().find(reached).map(|write| write.value.clone())
    }

    fn shelf(&self) -> MutexGuard<'_, Shelf> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shelf {
    fn fails(&mut self) -> bool {
        self.random.u8(0..100) < FAILING_PERCENT
    }

    fn write(&mut self, value: String) {
        let delays = (0..self.regions).map(|_| self.random.u64(1..=self.longest_delay_secs) * 1_000);
        let visible_at = delays.map(|delay| self.now_millis + delay).collect();
        self.writes.push(Write { value, visible_at });
        // A region that sees none of the last few has seen nothing for hours; what came before is history.
        let superfluous = self.writes.len().saturating_sub(50);
        self.writes.drain(..superfluous);
    }
}

async fn answer(State(store): State<SlowStore>, request: Request) -> Response {
    // The world has a time of its own, which no header tells.
    if request.uri().path().ends_with("/values/clock") {
        return (StatusCode::NOT_FOUND, [(header::DATE, "not said")]).into_response();
    }
    let is_write = request.method() == Method::PUT;
    let body = axum::body::to_bytes(request.into_body(), 1 << 20).await.unwrap_or_else(|_| Bytes::new());
    let mut shelf = store.shelf();
    let (is_lost, is_unanswered) = (shelf.fails(), shelf.fails());
    if is_lost {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    if is_write {
        shelf.write(String::from_utf8_lossy(&body).into_owned());
    }
    if is_unanswered {
        return StatusCode::GATEWAY_TIMEOUT.into_response();
    }
    match shelf.writes.last() {
        _ if is_write => r#"{"success":true}"#.into_response(),
        Some(write) => write.value.clone().into_response(),
        None => (StatusCode::NOT_FOUND, r#"{"errors":[{"code":10009}]}"#).into_response(),
    }
}
