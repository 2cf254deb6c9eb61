//! Every metric: its name, its kind and its meaning.
//!
//! Names and units follow Prometheus' naming practices: base units, `_total` for what only rises. The two names that
//! begin with `auth_` are those of the procedure that this server replaces. They only rise too, but lack the suffix that
//! a counter's name should have, and so are declared `untyped`, which every function of PromQL takes for the same.

pub(super) struct Metric {
    pub(super) name: &'static str,
    pub(super) kind: &'static str,
    pub(super) meaning: &'static str,
}

const fn gauge(name: &'static str, meaning: &'static str) -> Metric {
    Metric { name, kind: "gauge", meaning }
}

const fn counter(name: &'static str, meaning: &'static str) -> Metric {
    Metric { name, kind: "counter", meaning }
}

const fn untyped(name: &'static str, meaning: &'static str) -> Metric {
    Metric { name, kind: "untyped", meaning }
}

pub(super) const METRICS: [Metric; 36] = [
    gauge("keystile_build_info", "1, with the version of this program."),
    gauge("keystile_read_only", "1 while the master key is not there, so that nothing is signed."),
    gauge("keystile_alert", "1 while this alert is open, as keystile alerts shows it."),
    gauge("keystile_notifications_waiting", "Events that wait to be delivered to the webhook, or by mail."),
    untyped("auth_login_failures", "Credentials that were refused since the server started, by door."),
    gauge(
        "keystile_key_age_seconds",
        "Seconds since a key of the set, or one that is about to enter it, was made.",
    ),
    gauge("keystile_key_last_used_timestamp_seconds", "When a token of the key was last seen at any edge."),
    gauge(
        "keystile_key_leaves_timestamp_seconds",
        "When the last token of a retiring key has expired everywhere.",
    ),
    counter("keystile_key_tokens_accepted_total", "Tokens of the key accepted at all edges."),
    counter("keystile_key_tokens_refused_total", "Tokens refused at all edges that name the key, by code."),
    counter("keystile_tokens_without_kid_total", "Tokens of the key accepted though they do not name it."),
    gauge(
        "keystile_rotation_due_in_seconds",
        "Seconds until the schedule wants the key that signs replaced at the latest; negative afterwards.",
    ),
    gauge("keystile_rotation_in_progress", "1 while a rotation is under way."),
    gauge(
        "keystile_rotation_waiting_seconds",
        "Seconds for which a rotation has waited to let its key sign.",
    ),
    gauge("keystile_emergency_unconfirmed", "1 while a region lacks the answer to an emergency."),
    gauge("keystile_key_set_version", "Current version of the key set."),
    gauge("keystile_pushed_version", "Highest version that was pushed and read back."),
    gauge("keystile_key_set_expires_timestamp_seconds", "When the key set ends that was pushed last."),
    gauge("keystile_outbox_pending", "1 while the current version is not pushed and read back."),
    gauge("keystile_outbox_attempts", "Attempts to push the current version."),
    counter("keystile_publish_failures_total", "Attempts to push any version that failed."),
    gauge("keystile_publish_lag_seconds", "Seconds for which the current version has waited to be pushed."),
    counter(
        "keystile_store_disturbances_total",
        "Times the edge store was found not to hold what was pushed.",
    ),
    gauge("keystile_store_disturbed", "1 while the edge store is known not to hold what was pushed."),
    gauge(
        "keystile_delegation_expires_timestamp_seconds",
        "When the delegation of the set-signing key ends.",
    ),
    gauge(
        "keystile_hand_off_proved_timestamp_seconds",
        "When the target was last seen to hold its key; it is looked at every minute.",
    ),
    gauge(
        "keystile_hand_off_waiting_seconds",
        "Seconds for which the target has lacked the key that it should hold.",
    ),
    gauge("keystile_hand_off_failures", "Tries at the target that came to nothing since the last success."),
    gauge("keystile_confirmed_version", "Lowest version that a live instance of the region runs."),
    gauge("keystile_region_stale", "1 if the region has been silent for longer than the report window."),
    gauge("keystile_region_lag_seconds", "Seconds for which the region has lacked the current version."),
    gauge("keystile_overlap_breach", "1 while the region lacks the key that signs."),
    gauge("keystile_key_set_age_seconds", "Age of the oldest key set in the region, at its last report."),
    counter("keystile_tokens_accepted_total", "Tokens accepted in the region."),
    counter("keystile_unknown_kids_total", "Tokens refused in the region because their key is unknown."),
    untyped("auth_jwt_validation_errors", "Tokens refused in the region, by code."),
];
