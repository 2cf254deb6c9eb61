//! A stand-in for Workers KV with one value, because a test puts back what was there before each crash. The end-to-end
//! tests use the real API.

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use keystile_admin::settings::KvSettings;

use crate::house::kv_settings;

#[derive(Clone)]
pub(super) struct OneValue {
    value: Arc<Mutex<Option<Vec<u8>>>>,
    base_url: String,
}

impl OneValue {
    pub(super) async fn start() -> Result<Self> {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let base_url = format!("http://{}", listener.local_addr()?);
        let store = Self { value: Arc::default(), base_url };
        let router = Router::new().fallback(answer).with_state(store.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(store)
    }

    pub(super) fn get(&self) -> Option<Vec<u8>> {
        self.value.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn set(&self, value: Option<Vec<u8>>) {
        *self.value.lock().unwrap_or_else(PoisonError::into_inner) = value;
    }

    pub(super) fn settings(&self) -> KvSettings {
        kv_settings(&self.base_url)
    }

    pub(super) fn base_url(&self) -> &str {
        &self.base_url
    }
}

async fn answer(State(store): State<OneValue>, request: Request) -> Response {
    let is_write = request.method() == Method::PUT;
    let body = axum::body::to_bytes(request.into_body(), 1 << 20).await.unwrap_or_else(|_| Bytes::new());
    if is_write {
        store.set(Some(body.to_vec()));
        return r#"{"success":true}"#.into_response();
    }
    match store.get() {
        Some(value) => value.into_response(),
        None => (StatusCode::NOT_FOUND, r#"{"errors":[{"code":10009}]}"#).into_response(),
    }
}
