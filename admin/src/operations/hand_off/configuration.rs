//! The targets of an issuer.

use std::collections::BTreeSet;

use serde_json::json;
use tracing::instrument;

use super::view::{self, HandOffView, TargetView};
use crate::audit::Action;
use crate::domain::{Actor, HandOff, IssuerId, IssuerState, Permission, Timestamp};
use crate::hand_off::Target;
use crate::operations::approvals::{self, Deed};
use crate::operations::environment::check_prefix;
use crate::operations::{Keystile, OperationError, Precondition, Revision};
use crate::telemetry::SPANS;

/// The targets that an issuer is to have, in place of those before.
#[derive(Debug, Clone, Default)]
pub struct Configuration {
    /// All of them.
    pub targets: Vec<Target>,
    /// Whether to say only what would be.
    pub dry_run: bool,
    /// The state that the change starts from: the revision of the targets, or that of all that is shown of them.
    pub precondition: Option<Precondition>,
}

impl From<Vec<Target>> for Configuration {
    fn from(targets: Vec<Target>) -> Self {
        Self { targets, ..Self::default() }
    }
}

/// Each is asked in every rotation, and every minute.
const MOST_TARGETS: usize = 16;

/// The targets of an issuer, what stands there, and what each waits for.
pub async fn get(
    keystile: &Keystile,
    actor: &Actor,
    issuer: &IssuerId,
) -> Result<HandOffView, OperationError> {
    actor.may_at(Permission::Read, issuer)?;
    let mut snapshot = keystile.store.read().await?;
    let state = keystile.state(&mut snapshot, issuer).await?;
    let targets = snapshot.hand_off_targets(issuer).await?;
    shown(&state, targets, keystile.now())
}

/// Sets all targets of an issuer, in place of those before. The key that signs is handed to new ones at once; what stands in
/// those that are taken out stays there, and nobody waits for them any more.
#[instrument(name = "hand_off.configure", target = SPANS, skip_all)]
pub async fn configure(
    keystile: &Keystile,
    actor: &Actor,
    issuer: &IssuerId,
    configuration: Configuration,
) -> Result<HandOffView, OperationError> {
    actor.may_at(Permission::Administer, issuer)?;
    let Configuration { targets, dry_run, precondition } = configuration;
    let targets = in_order(keystile, targets)?;
    let mut amendment = keystile.amend(issuer).await?;
    let before = amendment.change.hand_off_targets(issuer).await?;
    if let Some(precondition) = precondition {
        let view = shown(&amendment.state, before.clone(), amendment.now)?;
        precondition.holds_for(&before).or_else(|_| precondition.holds_for(&view))?;
    }
    if before != targets {
        if !dry_run {
            let deed = Deed::SetHandOff { issuer: issuer.to_string(), targets: targets.clone() };
            approvals::pass(&mut amendment.change, actor, &deed, amendment.now).await?;
        }
        let known = amendment.state.hand_offs.clone();
        let gone = before.iter().filter(|old| !targets.iter().any(|target| target.name == old.name));
        for old in gone {
            amendment.change.remove_hand_off_target(issuer, &old.name).await?;
        }
        for target in &targets {
            let known = carried_over(target, &before, &known);
            amendment.change.save_hand_off_target(issuer, target, &known).await?;
        }
        let (before, after) = (json!({ "targets": before }), json!({ "targets": targets }));
        let action = Action::HandOffTargetsSet;
        amendment.record(actor, action, issuer.as_str(), None, Some(before), Some(after)).await?;
    }
    amendment.state.hand_offs = amendment.change.hand_offs(issuer).await?;
    let now = amendment.now;
    if dry_run {
        return shown(&amendment.state, targets, now);
    }
    let state = amendment.commit().await?;
    shown(&state, targets, now)
}

/// What is known about a target that is where it was; it is looked at anew.
fn carried_over(target: &Target, before: &[Target], known: &[HandOff]) -> HandOff {
    let new = HandOff::unknown(target.name.clone(), target.reload_secs);
    let same = before.iter().any(|old| old.name == target.name && old.place == target.place);
    match known.iter().find(|known| same && known.target == target.name) {
        Some(known) => HandOff { looked_at: new.looked_at, reload_secs: new.reload_secs, ..known.clone() },
        None => new,
    }
}

/// Targets that can be set, in the order of their names.
pub(in crate::operations) fn in_order(
    keystile: &Keystile,
    mut targets: Vec<Target>,
) -> Result<Vec<Target>, OperationError> {
    check(keystile, &targets)?;
    targets.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(targets)
}

fn check(keystile: &Keystile, targets: &[Target]) -> Result<(), OperationError> {
    let invalid = |detail: String| OperationError::InvalidInput { field: "targets", detail };
    if targets.len() > MOST_TARGETS {
        return Err(invalid(format!("an issuer has at most {MOST_TARGETS} targets, not {}", targets.len())));
    }
    let mut names = BTreeSet::new();
    for (number, target) in targets.iter().enumerate() {
        target.check().map_err(|error| invalid(error.to_string()))?;
        check_prefix(&target.prefix)?;
        let refused = |error| invalid(format!("`{}`: {error}", target.name));
        keystile.surroundings.check(target).map_err(refused)?;
        if !names.insert(&target.name) {
            return Err(invalid(format!("two targets are called `{}`", target.name)));
        }
        if targets.iter().take(number).any(|other| other.place == target.place) {
            return Err(invalid(format!("another target is where `{}` is", target.name)));
        }
    }
    Ok(())
}

fn shown(state: &IssuerState, targets: Vec<Target>, now: Timestamp) -> Result<HandOffView, OperationError> {
    let revision = Revision::of_shown(&targets)?.as_str().to_owned();
    let status = view::status(state, now);
    let paired = targets.into_iter().filter_map(|target| {
        let status = status.iter().find(|status| status.target == target.name)?.clone();
        Some(TargetView { target, status })
    });
    Ok(HandOffView { revision, targets: paired.collect() })
}
