//! What monitoring reads.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use keystile_validator::Code;

use super::exposition::{CONTENT_TYPE, Exposition};
use crate::api::caller::Caller;
use crate::api::problem::Refusal;
use crate::api::router::Server;
use crate::auth::Door;
use crate::domain::Timestamp;
use crate::operations::figures::{self, Figures, IssuerFigures, RegionFigures};
use crate::operations::hand_off::HandOffStatus;
use crate::operations::{IssuerStatus, KeyView};

/// What a key that does not fit leads to. These are there from the beginning, at 0: a series that appears with its first
/// refusals has no rate.
const OF_KEYS: [Code; 4] = [Code::KidUnknown, Code::KeyRetired, Code::KeyRevoked, Code::SignatureInvalid];

/// For how long after a key has left it is shown who still tries it: a month, which is the default life of a refresh token.
const TRIED_SECS: u64 = 30 * 86_400;

/// Keys, versions, pushes, regions, refusals and alerts, in the text format of Prometheus.
#[utoipa::path(
    get,
    path = "/metrics",
    tag = "probes", operation_id = "metrics",
    responses((status = 200, body = String, content_type = "text/plain")),
)]
pub(in crate::api) async fn handler(
    State(server): State<Arc<Server>>,
    caller: Caller,
) -> Result<impl IntoResponse, Refusal> {
    let figures = figures::all(&caller.keystile, &caller.actor).await?;
    let mut text = Exposition::default();
    for door in Door::ALL {
        text.sample("auth_login_failures", &[("door", door.as_str())], server.failures.count_of(door));
    }
    text.server(&figures);
    figures.issuers.iter().for_each(|issuer| text.issuer(issuer, figures.now));
    Ok(([(header::CONTENT_TYPE, CONTENT_TYPE)], text.finish()))
}

impl Exposition {
    fn server(&mut self, figures: &Figures) {
        self.sample("keystile_build_info", &[("version", env!("CARGO_PKG_VERSION"))], 1);
        self.sample("keystile_read_only", &[], u64::from(figures.read_only));
        for (receiver, waiting) in &figures.waiting {
            self.sample("keystile_notifications_waiting", &[("receiver", receiver)], *waiting);
        }
        for alert in &figures.alerts {
            let labels = [
                ("issuer", alert.issuer.as_str()),
                ("kind", alert.alert.kind.as_str()),
                ("severity", alert.alert.severity.as_str()),
                ("subject", alert.alert.subject.as_str()),
            ];
            self.sample("keystile_alert", &labels, 1);
        }
    }

    fn issuer(&mut self, issuer: &IssuerFigures, now: Timestamp) {
        let status = &issuer.status;
        let labels = [("issuer", status.id.as_str())];
        self.push(status, issuer);
        if let Some(secs) = issuer.rotation_due_in_secs {
            self.sample("keystile_rotation_due_in_seconds", &labels, secs);
        }
        self.sample("keystile_rotation_in_progress", &labels, u64::from(status.rotation.is_some()));
        self.sample("keystile_rotation_waiting_seconds", &labels, issuer.rotation_waiting_secs);
        self.sample("keystile_emergency_unconfirmed", &labels, u64::from(status.emergency.is_some()));
        if let Some(at) = status.signer.expires_at {
            self.sample("keystile_delegation_expires_timestamp_seconds", &labels, at.as_secs());
        }
        issuer.keys.iter().for_each(|key| self.key(&status.id, key, now));
        issuer.regions.iter().for_each(|region| self.region(&status.id, region));
        status.hand_off.iter().for_each(|target| self.target(&status.id, target, now));
    }

    fn target(&mut self, issuer: &str, target: &HandOffStatus, now: Timestamp) {
        let labels = [("issuer", issuer), ("target", target.target.as_str())];
        if let Some(at) = target.seen_at {
            self.sample("keystile_hand_off_proved_timestamp_seconds", &labels, at.as_secs());
        }
        let waiting = target.waiting_since.map_or(0, |since| now.since(since));
        self.sample("keystile_hand_off_waiting_seconds", &labels, waiting);
        self.sample("keystile_hand_off_failures", &labels, target.tries);
    }

    fn push(&mut self, status: &IssuerStatus, issuer: &IssuerFigures) {
        let labels = [("issuer", status.id.as_str())];
        self.sample("keystile_key_set_version", &labels, status.version);
        self.sample("keystile_pushed_version", &labels, status.pushed_version.unwrap_or(0));
        if let Some(at) = issuer.pushed_expires_at {
            self.sample("keystile_key_set_expires_timestamp_seconds", &labels, at.as_secs());
        }
        self.sample("keystile_outbox_pending", &labels, u64::from(status.push.pending));
        self.sample("keystile_outbox_attempts", &labels, status.push.attempts);
        self.sample("keystile_publish_failures_total", &labels, issuer.publish_failures);
        self.sample("keystile_publish_lag_seconds", &labels, issuer.publish_lag_secs);
        if let Some(store) = &status.store {
            let disturbed = store.disturbed_at.is_some() && store.repaired_at.is_none();
            self.sample("keystile_store_disturbances_total", &labels, store.disturbances);
            self.sample("keystile_store_disturbed", &labels, u64::from(disturbed));
        }
    }

    fn region(&mut self, issuer: &str, figures: &RegionFigures) {
        let region = &figures.view;
        let labels = [("issuer", issuer), ("region", region.region.as_str())];
        self.sample("keystile_confirmed_version", &labels, region.version.unwrap_or(0));
        self.sample("keystile_region_stale", &labels, u64::from(region.stale));
        self.sample("keystile_region_lag_seconds", &labels, figures.lag_secs);
        self.sample("keystile_overlap_breach", &labels, u64::from(figures.lacks_active_key));
        self.sample("keystile_key_set_age_seconds", &labels, region.key_set_age_seconds);
        self.sample("keystile_tokens_accepted_total", &labels, region.accepted);
        self.sample("keystile_unknown_kids_total", &labels, figures.unknown_kids);
        let never = OF_KEYS.map(|code| (code.as_str(), 0)).into_iter();
        let refused = region.refused.iter().map(|(code, times)| (code.as_str(), *times));
        for (code, times) in never.filter(|(code, _)| !region.refused.contains_key(*code)).chain(refused) {
            let [issuer, region] = labels;
            self.sample("auth_jwt_validation_errors", &[issuer, region, ("code", code)], times);
        }
    }

    /// Keys that left say nothing more to monitoring than who still tries them, and their number only grows.
    fn key(&mut self, issuer: &str, key: &KeyView, now: Timestamp) {
        let left_at = key.revoked_at.or(key.retired_at);
        if left_at.is_none_or(|at| now.since(at) < TRIED_SECS) {
            for (code, times) in &key.refused {
                let labels = [("issuer", issuer), ("kid", key.kid.as_str()), ("code", code)];
                self.sample("keystile_key_tokens_refused_total", &labels, times);
            }
        }
        if left_at.is_some() {
            return;
        }
        let labels = [("issuer", issuer), ("kid", key.kid.as_str()), ("state", key.state)];
        self.sample("keystile_key_age_seconds", &labels, now.since(key.created_at));
        let [issuer, kid, _] = labels;
        self.sample("keystile_key_tokens_accepted_total", &[issuer, kid], key.seen_count);
        self.sample("keystile_tokens_without_kid_total", &[issuer, kid], key.seen_without_kid);
        if let Some(at) = key.last_seen_at_edge {
            self.sample("keystile_key_last_used_timestamp_seconds", &[issuer, kid], at.as_secs());
        }
        if let Some(at) = key.safe_to_remove_at {
            self.sample("keystile_key_leaves_timestamp_seconds", &[issuer, kid], at.as_secs());
        }
    }
}
