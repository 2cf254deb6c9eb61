//! The HTTP door.

mod auth;
mod caller;
mod failure;
mod users;

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use axum::routing::{get, post};
use axum::{Json, Router};
use metrics_exporter_prometheus::PrometheusHandle;
use serde_json::{Value, json};
use sqlx::SqlitePool;

use crate::tokens::Issuer;
use crate::verification_keys::VerificationKeys;

pub(crate) struct Service {
    pub(crate) database: SqlitePool,
    pub(crate) issuer: Issuer,
    pub(crate) keys: VerificationKeys,
}

/// The two counters that the procedure tells operators to watch.
pub(crate) const VALIDATION_ERRORS: &str = "auth_jwt_validation_errors";
pub(crate) const LOGIN_FAILURES: &str = "auth_login_failures";

/// Both counters stand in the metrics from the start, at zero.
pub(crate) fn describe_metrics() {
    metrics::describe_counter!(VALIDATION_ERRORS, "Tokens that were refused.");
    metrics::describe_counter!(LOGIN_FAILURES, "Attempts to sign in that failed.");
    metrics::counter!(VALIDATION_ERRORS).absolute(0);
    metrics::counter!(LOGIN_FAILURES).absolute(0);
}

pub(crate) fn router(service: Service, metrics: PrometheusHandle) -> Router {
    Router::new()
        .route("/api/health", get(health))
        .route("/api/v1/auth/login", post(auth::login))
        .route("/api/v1/auth/refresh", post(auth::refresh))
        .route("/api/v1/auth/logout", post(auth::logout))
        .route("/api/v1/users/me", get(users::me))
        .route("/metrics", get(move || async move { metrics.render() }))
        .with_state(Arc::new(service))
}

async fn health() -> Json<Value> {
    Json(json!({ "status": "healthy" }))
}

/// Seconds since 1970.
#[expect(clippy::disallowed_methods, reason = "this is where the example reads the clock")]
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
