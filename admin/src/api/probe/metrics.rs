//! What monitoring reads.

use std::fmt::Write;

use axum::http::header;
use axum::response::IntoResponse;

use crate::api::caller::Caller;
use crate::api::problem::Refusal;
use crate::operations::{IssuerStatus, KeyView, keys, status};

/// Keys, versions, pushes and refusals, in the text format of Prometheus.
#[utoipa::path(
    get,
    path = "/metrics",
    tag = "probes", operation_id = "metrics",
    responses((status = 200, body = String, content_type = "text/plain")),
)]
pub(in crate::api) async fn handler(caller: Caller) -> Result<impl IntoResponse, Refusal> {
    let status = status::status(&caller.keystile, &caller.actor).await?;
    let mut text = Exposition::default();
    for issuer in &status.issuers {
        text.issuer(issuer);
        if let Ok(id) = issuer.id.parse() {
            let keys = keys::list(&caller.keystile, &caller.actor, &id).await?;
            keys.iter().for_each(|key| text.key(&issuer.id, key, status.now.since(key.created_at)));
        }
    }
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text.finish()))
}

/// Every metric: name, kind, meaning. Samples are kept by metric, because the format wants them together.
const METRICS: [(&str, &str, &str); 15] = [
    (
        "keystile_key_age_seconds",
        "gauge",
        "Seconds since a key of the set, or one that is about to enter it, was made.",
    ),
    ("keystile_key_set_version", "gauge", "Current version of the key set."),
    ("keystile_pushed_version", "gauge", "Highest version that was pushed and read back."),
    ("keystile_confirmed_version", "gauge", "Lowest version that a live instance of the region runs."),
    ("keystile_region_stale", "gauge", "1 if the region has been silent for longer than the report window."),
    ("keystile_key_set_age_seconds", "gauge", "Age of the oldest key set in the region, at its last report."),
    ("keystile_outbox_pending", "gauge", "1 while the current version is not pushed and read back."),
    ("keystile_outbox_attempts", "gauge", "Attempts to push the current version."),
    ("keystile_store_disturbances", "counter", "Times the edge store was found not to hold what was pushed."),
    ("keystile_store_disturbed", "gauge", "1 while the edge store is known not to hold what was pushed."),
    (
        "keystile_delegation_expires_at",
        "gauge",
        "When the delegation of the set-signing key ends, in seconds since 1970.",
    ),
    ("keystile_rotation_in_progress", "gauge", "1 while a rotation is under way."),
    ("keystile_tokens_without_kid", "counter", "Tokens of the key accepted though they do not name it."),
    ("keystile_tokens_accepted", "counter", "Tokens accepted in the region."),
    ("auth_jwt_validation_errors", "counter", "Tokens refused in the region, by code."),
];

#[derive(Default)]
struct Exposition {
    samples: [String; METRICS.len()],
}

impl Exposition {
    fn sample(&mut self, metric: &str, labels: &[(&str, &str)], value: u64) {
        let position = METRICS.iter().position(|(name, _, _)| *name == metric);
        let Some(samples) = position.and_then(|position| self.samples.get_mut(position)) else { return };
        let labels: Vec<_> =
            labels.iter().map(|(name, value)| format!("{name}=\"{}\"", escape(value))).collect();
        let _ = writeln!(samples, "{metric}{{{}}} {value}", labels.join(","));
    }

    fn issuer(&mut self, issuer: &IssuerStatus) {
        let labels = [("issuer", issuer.id.as_str())];
        self.sample("keystile_key_set_version", &labels, issuer.version);
        self.sample("keystile_pushed_version", &labels, issuer.pushed_version.unwrap_or(0));
        self.sample("keystile_outbox_pending", &labels, u64::from(issuer.push.pending));
        self.sample("keystile_outbox_attempts", &labels, u64::from(issuer.push.attempts));
        if let Some(store) = &issuer.store {
            let disturbed = store.disturbed_at.is_some() && store.repaired_at.is_none();
            self.sample("keystile_store_disturbances", &labels, store.disturbances);
            self.sample("keystile_store_disturbed", &labels, u64::from(disturbed));
        }
        if let Some(at) = issuer.signer.expires_at {
            self.sample("keystile_delegation_expires_at", &labels, at.as_secs());
        }
        self.sample("keystile_rotation_in_progress", &labels, u64::from(issuer.rotation.is_some()));
        for region in &issuer.edge.regions {
            let labels = [("issuer", issuer.id.as_str()), ("region", region.region.as_str())];
            self.sample("keystile_confirmed_version", &labels, region.version.unwrap_or(0));
            self.sample("keystile_region_stale", &labels, u64::from(region.stale));
            self.sample("keystile_key_set_age_seconds", &labels, region.key_set_age_seconds);
            self.sample("keystile_tokens_accepted", &labels, region.accepted);
            for (code, times) in &region.refused {
                let [issuer, region] = labels;
                self.sample("auth_jwt_validation_errors", &[issuer, region, ("code", code)], *times);
            }
        }
    }

    /// Keys that left say nothing to monitoring, and their number only grows.
    fn key(&mut self, issuer: &str, key: &KeyView, age_secs: u64) {
        if key.retired_at.is_none() && key.revoked_at.is_none() {
            let labels = [("issuer", issuer), ("kid", key.kid.as_str()), ("state", key.state)];
            self.sample("keystile_key_age_seconds", &labels, age_secs);
            self.sample("keystile_tokens_without_kid", &labels, key.seen_without_kid);
        }
    }

    fn finish(self) -> String {
        let mut text = String::new();
        for ((name, kind, meaning), samples) in METRICS.iter().zip(self.samples) {
            let _ = write!(text, "# HELP {name} {meaning}\n# TYPE {name} {kind}\n{samples}");
        }
        text
    }
}

/// Region names and codes come from the edge: nothing in them may end the label.
fn escape(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_cannot_break_out_of_its_quotes() {
        let mut text = Exposition::default();
        text.sample("keystile_tokens_accepted", &[("region", "a\"} 1\nx\\")], 7);
        assert!(text.finish().contains("keystile_tokens_accepted{region=\"a\\\"} 1\\nx\\\\\"} 7\n"));
    }

    #[test]
    fn samples_follow_the_head_of_their_metric() {
        let mut text = Exposition::default();
        text.sample("keystile_outbox_attempts", &[("issuer", "main")], 2);
        let finished = text.finish();
        assert!(finished.contains(
            "# TYPE keystile_outbox_attempts gauge\nkeystile_outbox_attempts{issuer=\"main\"} 2\n"
        ));
    }
}
