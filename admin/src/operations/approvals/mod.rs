//! What takes two people: one asks, another one approves, the first one does it.
//!
//! Every deed of [`Deed`] comes through `passage::pass` within the transaction that does it, whichever door it came in by. There, and
//! nowhere else, is decided whether the policy wants a second person, and whether the approval that it comes with counts.

mod deed;
mod passage;
mod request;
mod view;

use serde_json::json;

use super::{Keystile, OperationError, reason};
use crate::audit::{Action, Record};
use crate::domain::{Actor, Answer, Ending, Permission, Timestamp, Verdict};
use crate::store::{Review, Snapshot, StoredApproval};

pub use deed::{Credential, Deed};
pub use request::{ask, break_glass};
pub use view::ApprovalView;

pub(super) use passage::{grants_take_two, pass};

/// Every request, the newest first.
pub async fn list(keystile: &Keystile, actor: &Actor) -> Result<Vec<ApprovalView>, OperationError> {
    actor.may(Permission::Read)?;
    let now = keystile.now();
    let stored = keystile.store.read().await?.approvals().await?;
    stored.into_iter().map(|it| view::of(it, now)).collect()
}

/// One request, and what it would do now.
pub async fn get(keystile: &Keystile, actor: &Actor, id: &str) -> Result<ApprovalView, OperationError> {
    actor.may(Permission::Read)?;
    let stored = find(&mut keystile.store.read().await?, id).await?;
    let view = view::of(stored, keystile.now())?;
    let plan = if view.is_open() { view::plan(keystile, actor, &view.deed).await? } else { None };
    Ok(ApprovalView { plan, ..view })
}

/// Approves what somebody else has asked for.
pub async fn approve(
    keystile: &Keystile,
    actor: &Actor,
    id: &str,
    reason: Option<String>,
) -> Result<ApprovalView, OperationError> {
    let reason = reason::optional("reason", reason.as_deref())?;
    answer(keystile, actor, id, Verdict::Approved, reason).await
}

/// Refuses what somebody else has asked for.
pub async fn refuse(
    keystile: &Keystile,
    actor: &Actor,
    id: &str,
    reason: &str,
) -> Result<ApprovalView, OperationError> {
    let reason = Some(reason::required("reason", reason)?);
    answer(keystile, actor, id, Verdict::Refused, reason).await
}

async fn answer(
    keystile: &Keystile,
    actor: &Actor,
    id: &str,
    verdict: Verdict,
    reason: Option<String>,
) -> Result<ApprovalView, OperationError> {
    actor.role_grants(Permission::Operate)?;
    let mut change = keystile.store.write().await?;
    let now = keystile.now();
    let mut stored = find(&mut change, id).await?;
    let deed = view::deed(&stored)?;
    passage::may(actor, deed.permission(), stored.issuer.as_ref())?;
    let by = actor.principal().clone();
    stored.approval.answer(Answer { verdict, by, at: now, reason: reason.clone() })?;
    change.save_approval(&stored).await?;
    let action = match verdict {
        Verdict::Refused => Action::ApprovalRefused,
        Verdict::Approved | Verdict::GlassBroken => Action::ApprovalGiven,
    };
    change.record(about(&stored, &deed, actor, action, now).because(reason.as_deref())).await?;
    change.commit().await?;
    view::of(stored, now)
}

/// Notes that somebody has looked at what another person did alone. Ends the alert about it.
pub async fn review(
    keystile: &Keystile,
    actor: &Actor,
    id: &str,
    finding: &str,
) -> Result<ApprovalView, OperationError> {
    actor.role_grants(Permission::Operate)?;
    let finding = reason::required("finding", finding)?;
    let mut change = keystile.store.write().await?;
    let now = keystile.now();
    let mut stored = find(&mut change, id).await?;
    let deed = view::deed(&stored)?;
    passage::may(actor, deed.permission(), stored.issuer.as_ref())?;
    let broken = stored.approval.answer.as_ref().is_some_and(|it| it.verdict == Verdict::GlassBroken);
    if !broken || stored.review.is_some() {
        return Err(OperationError::NothingToReview { id: id.to_owned() });
    }
    if stored.approval.asked_by == *actor.principal() {
        return Err(crate::domain::ApprovalError::OwnRequest.into());
    }
    stored.review = Some(Review { by: actor.principal().to_string(), at: now, finding: finding.clone() });
    change.save_approval(&stored).await?;
    let record = about(&stored, &deed, actor, Action::BrokenGlassReviewed, now).because(Some(&finding));
    change.record(record).await?;
    change.commit().await?;
    view::of(stored, now)
}

/// Ends for good what is too old, so that no clock that is set back later gives it time again.
pub(super) async fn end_what_is_over(keystile: &Keystile) -> Result<(), OperationError> {
    let now = keystile.now();
    let is_over = |it: &StoredApproval| it.approval.expires_at <= now;
    if !keystile.store.read().await?.open_approvals().await?.iter().any(is_over) {
        return Ok(());
    }
    let mut change = keystile.store.write().await?;
    for mut stored in change.open_approvals().await?.into_iter().filter(is_over) {
        stored.approval.ending = Some(Ending::Expired(now));
        change.save_approval(&stored).await?;
        let deed = view::deed(&stored)?;
        change.record(about(&stored, &deed, &Actor::steward(), Action::ApprovalExpired, now)).await?;
    }
    Ok(change.commit().await?)
}

async fn find(snapshot: &mut Snapshot, id: &str) -> Result<StoredApproval, OperationError> {
    let found = snapshot.approval(id).await?;
    found.ok_or_else(|| OperationError::ApprovalNotFound { id: id.to_owned() })
}

/// What is written down about a request: which deed, by its digest, and who asked.
fn about(stored: &StoredApproval, deed: &Deed, actor: &Actor, action: Action, now: Timestamp) -> Record {
    let approval = &stored.approval;
    let answered_by = approval.answer.as_ref().map(|answer| answer.by.to_string());
    let after = json!({
        "deed": deed.kind(),
        "digest": approval.digest,
        "asked_by": approval.asked_by.to_string(),
        "answered_by": answered_by,
        "verdict": approval.answer.as_ref().map(|answer| answer.verdict.as_str()),
    });
    let record = Record::new(now, actor, action, &approval.id).changing(None, Some(after));
    match &stored.issuer {
        Some(issuer) => record.of_issuer(issuer),
        None => record,
    }
}
