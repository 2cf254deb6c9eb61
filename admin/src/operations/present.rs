//! From the domain to what doors show.

use std::collections::BTreeMap;

use super::{
    EdgeView, EmergencyStatus, IssuerView, KeyView, OperationError, PolicyView, PushView, Readiness,
    RegionView, RotationStage, RotationView, StoreView, WithoutKidView,
};
use crate::domain::{
    Emergency, HandOff, Issuer, IssuerState, Key, KeyState, PublicJwk, Region, Rotation, Stage, Timestamp,
    confirm,
};
use crate::signing::public_to_pem;
use crate::store::{CounterSums, KeyUse, PushState, StoreWatch};

/// A key.
pub(super) fn key(
    state: &IssuerState,
    key: &Key,
    uses: &BTreeMap<String, KeyUse>,
    now: Timestamp,
) -> Result<KeyView, OperationError> {
    let facts = key.facts();
    let key_use = uses.get(key.kid()).cloned().unwrap_or_default();
    let jwk = serde_json::to_value(PublicJwk::of(&facts.public));
    let mut view = KeyView {
        kid: key.kid().to_owned(),
        state: key.state().as_str(),
        bits: u32::try_from(facts.public.bits()).unwrap_or(u32::MAX),
        source: facts.source.as_str(),
        created_at: facts.created_at,
        published_at: facts.published_at,
        confirmed_at: facts.confirmed_at,
        activated_at: None,
        superseded_at: None,
        retired_at: None,
        sealed_until: None,
        revoked_at: None,
        reason: None,
        safe_to_activate_at: None,
        safe_to_activate: None,
        safe_to_remove_at: key.safe_to_retire_at(&state.issuer.policy),
        longest_token_lifetime_secs: facts.longest_token_lifetime_secs,
        last_seen_at_edge: key_use.last_seen_at,
        seen_count: key_use.seen_count,
        seen_without_kid: key_use.without_kid,
        refused: key_use.refused,
        has_private_key: facts.has_private_key,
        public_jwk: jwk.map_err(|error| OperationError::Internal { detail: error.to_string() })?,
        public_pem: public_to_pem(&facts.public)?,
    };
    show_state(&mut view, key.state());
    show_readiness(&mut view, state, key, now);
    Ok(view)
}

fn show_state(view: &mut KeyView, state: &KeyState) {
    match state {
        KeyState::Pending => {}
        KeyState::Active { activated_at } => view.activated_at = Some(*activated_at),
        KeyState::Retiring { activated_at, superseded_at } => {
            view.activated_at = Some(*activated_at);
            view.superseded_at = Some(*superseded_at);
        }
        KeyState::Retired { activated_at, superseded_at, retired_at, sealed_until } => {
            view.sealed_until = *sealed_until;
            view.activated_at = Some(*activated_at);
            view.superseded_at = Some(*superseded_at);
            view.retired_at = Some(*retired_at);
        }
        KeyState::Revoked { activated_at, superseded_at, revoked_at, reason } => {
            view.activated_at = *activated_at;
            view.superseded_at = *superseded_at;
            view.revoked_at = Some(*revoked_at);
            view.reason = Some(reason.clone());
        }
    }
}

fn show_readiness(view: &mut KeyView, state: &IssuerState, key: &Key, now: Timestamp) {
    if !matches!(key.state(), KeyState::Pending | KeyState::Retiring { .. }) {
        return;
    }
    let settlement = state.settlement(key, now);
    let waiting_for = key.can_activate().and_then(|()| state.clearance(key, now).map(drop)).err();
    let waiting_for = waiting_for.map(|refusal| refusal.to_string());
    view.safe_to_activate_at = match &settlement {
        Ok(settled) => {
            key.facts().confirmed_at.map(|at| at.max(settled.pause_ended_at(&state.issuer.policy)))
        }
        Err(missing) => missing.safe_at,
    };
    view.safe_to_activate = Some(Readiness { ok: waiting_for.is_none(), waiting_for });
}

/// An issuer.
pub(super) fn issuer(issuer: &Issuer) -> IssuerView {
    let policy = &issuer.policy;
    IssuerView {
        id: issuer.id.to_string(),
        issuer: issuer.iss.clone(),
        audience: issuer.audience.clone(),
        policy: PolicyView {
            key_bits: policy.key_size.bits(),
            access_token_expiry_secs: policy.access_token_expiry_secs,
            refresh_token_expiry_secs: policy.refresh_token_expiry_secs,
            leeway_secs: policy.leeway_secs,
            kv_bound_secs: policy.propagation.kv_bound_secs,
            cache_ttl_secs: policy.propagation.cache_ttl_secs,
            readers_secs: policy.propagation.readers_secs,
            refresh_secs: policy.propagation.refresh_secs,
            arrival_bound_secs: policy.arrival_bound_secs(),
            propagation_bound_secs: policy.propagation_bound_secs(),
            report_window_secs: policy.propagation.report_window_secs,
            rotation_interval_days: policy.rotation_interval_days,
            rotation_window: policy.rotation_window.to_string(),
            retired_key_sealed_days: policy.retired_key_sealed_days,
            key_set_lifetime_secs: policy.key_set_lifetime_secs,
            approval_required: policy.approval_required,
        },
    }
}

/// A rotation.
pub(super) fn rotation(state: &IssuerState, rotation: &Rotation) -> RotationView {
    RotationView {
        id: rotation.id.clone(),
        new_kid: rotation.new_kid.clone(),
        old_kid: rotation.old_kid.clone(),
        stage: match rotation.stage(&state.ring) {
            Stage::Publishing => RotationStage::Publishing,
            Stage::Confirming => RotationStage::Confirming,
            Stage::Activating => RotationStage::Activating,
            Stage::Retiring => RotationStage::Retiring,
            Stage::Done => RotationStage::Done,
            Stage::Cancelled => RotationStage::Cancelled,
        },
        started_at: rotation.started_at,
        version: rotation.version,
        automatic: rotation.paused_at.is_none(),
        scheduled: rotation.scheduled,
        paused_at: rotation.paused_at,
        reason: rotation.reason.clone(),
    }
}

/// An emergency.
pub(super) fn emergency(state: &IssuerState, emergency: &Emergency) -> EmergencyStatus {
    let reporting: Vec<_> = state.regions.iter().filter(|region| !region.stale).collect();
    let missing: Vec<_> = reporting.iter().filter(|region| !region.has(emergency.version)).collect();
    EmergencyStatus {
        revoked_kid: emergency.revoked_kid.clone(),
        new_kid: emergency.new_kid.clone(),
        version: emergency.version,
        declared_at: emergency.declared_at,
        confirmed_at: emergency.confirmed_at,
        seconds_to_last_region: emergency.seconds_to_last_region(),
        regions_confirmed: reporting.len() - missing.len(),
        regions_reporting: reporting.len(),
        waiting_for: missing.into_iter().map(|region| region.name.clone()).collect(),
        not_handed_over: lacking(state, &emergency.new_kid),
    }
}

/// The targets of the hand-off that do not hold this key, while it is the one that signs.
fn lacking(state: &IssuerState, kid: &str) -> Vec<String> {
    let lacks = |target: &&HandOff| state.ring.active().kid() == kid && !target.holds(kid);
    state.hand_offs.iter().filter(lacks).map(|target| target.target.clone()).collect()
}

/// The tokens that do not name their key, if there are any.
pub(super) fn without_kid(state: &IssuerState, uses: &BTreeMap<String, KeyUse>) -> Option<WithoutKidView> {
    let uses = || uses.iter().filter(|(_, used)| used.without_kid > 0);
    let seen = uses().map(|(_, used)| used.without_kid).sum();
    let view = WithoutKidView {
        seen,
        last_seen_at: uses().filter_map(|(_, used)| used.without_kid_at).max(),
        closable_at: state.all_gone_at(uses().map(|(kid, _)| kid.as_str())),
    };
    (seen > 0).then_some(view)
}

/// A push.
pub(super) fn push(push: &PushState) -> PushView {
    PushView {
        pending: push.pushed_at.is_none(),
        attempts: push.attempts,
        last_error: push.last_error.clone(),
    }
}

/// The store of the edge.
pub(super) fn store(watch: StoreWatch) -> StoreView {
    StoreView {
        intact_at: watch.intact_at,
        disturbances: watch.disturbances,
        disturbed_at: watch.disturbed_at,
        found: watch.found,
        repaired_at: watch.repaired_at,
    }
}

/// The edge of an issuer.
pub(super) fn edge(state: &IssuerState, sums: &CounterSums, push: &PushState, now: Timestamp) -> EdgeView {
    let version = state.current.version;
    let reached = confirm(version, push.pushed_at, &state.regions, &state.issuer.policy, now);
    EdgeView {
        version,
        confirmed: reached.is_ok(),
        regions: state.regions.iter().map(|region| self::region(region, version, sums)).collect(),
        waiting_for: reached.err().map(|unconfirmed| unconfirmed.missing).unwrap_or_default(),
    }
}

fn region(region: &Region, version: u64, sums: &CounterSums) -> RegionView {
    let counters = sums.get(&region.name);
    let refused =
        |(counter, count): (&String, &u64)| Some((counter.strip_prefix("refused/")?.to_owned(), *count));
    RegionView {
        region: region.name.clone(),
        version: region.version,
        confirmed: region.has(version),
        instances: region.instances,
        last_report_at: region.last_report_at,
        key_set_age_seconds: region.key_set_age_secs,
        stale: region.stale,
        refused: counters.into_iter().flatten().filter_map(refused).collect(),
        accepted: counters.and_then(|counters| counters.get("accepted")).copied().unwrap_or(0),
        roots: region.roots.clone(),
    }
}
