//! For how long entries of the audit log are kept.

use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::approvals::{self, Deed};
use super::legal_holds::{self, LegalHoldView};
use super::{Keystile, OperationError, reason};
use crate::audit::{Action, Record};
use crate::domain::{Actor, LONGEST_DAYS, Permission, Retention, SHORTEST_DAYS, Timestamp};
use crate::store::Snapshot;

/// For how long entries are kept, and what of that is done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RetentionView {
    /// For how many days entries of the audit log are kept; null for ever.
    pub days: Option<u32>,
    /// A shorter time that is going to take its place.
    pub next_days: Option<u32>,
    /// When it does.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub next_at: Option<Timestamp>,
    /// The number of the first entry that is there; those before it were deleted.
    pub first_entry: u64,
    /// When the newest entry was written that was deleted.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub deleted_until: Option<Timestamp>,
    /// When entries were deleted, at last.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub deleted_at: Option<Timestamp>,
    /// The holds that stand, the newest first: what they cover is kept whatever the days say.
    pub holds: Vec<LegalHoldView>,
}

/// For how long entries are kept, and the holds that stand.
pub async fn get(keystile: &Keystile, actor: &Actor) -> Result<RetentionView, OperationError> {
    actor.may(Permission::ReadAudit)?;
    view(&mut keystile.store.read().await?, keystile.now()).await
}

/// Keeps entries for `days` from now on; for ever where there are none. What is shorter than the time in force takes its
/// place after a notice of thirty days, and takes two people where the policy wants that.
pub async fn set(
    keystile: &Keystile,
    actor: &Actor,
    days: Option<u32>,
    reason: &str,
) -> Result<RetentionView, OperationError> {
    actor.may(Permission::Administer)?;
    let reason = reason::required("reason", reason)?;
    check(days)?;
    let mut change = keystile.store.write().await?;
    let now = keystile.now();
    let before = change.audit_retention().await?;
    if before.is_shortened_by(days, now) {
        let deed = Deed::ShortenRetention { days: days.unwrap_or_default(), reason: reason.clone() };
        approvals::pass(&mut change, actor, &deed, now).await?;
    }
    let after = before.set(days, now);
    change.set_audit_retention(after).await?;
    let record = Record::new(now, actor, Action::AuditRetentionSet, "audit").because(Some(&reason));
    change.record(record.changing(Some(told(before)), Some(told(after)))).await?;
    let view = view(&mut change, now).await?;
    change.commit().await?;
    Ok(view)
}

/// Returns `Ok` only if entries can be kept for so long.
pub(super) fn check(days: Option<u32>) -> Result<(), OperationError> {
    match days {
        Some(days) if !(SHORTEST_DAYS..=LONGEST_DAYS).contains(&days) => {
            let detail = format!(
                "entries are kept for {SHORTEST_DAYS} to {LONGEST_DAYS} days, or for ever, and not for {days} days"
            );
            Err(OperationError::InvalidInput { field: "days", detail })
        }
        _ => Ok(()),
    }
}

async fn view(snapshot: &mut Snapshot, now: Timestamp) -> Result<RetentionView, OperationError> {
    let retention = snapshot.audit_retention().await?;
    let base = snapshot.audit_base().await?;
    let pending = retention.pending_at(now);
    Ok(RetentionView {
        days: retention.days_at(now),
        next_days: pending.map(|(days, _)| days),
        next_at: pending.map(|(_, at)| at),
        first_entry: base.as_ref().map_or(0, |base| base.head.entries) + 1,
        deleted_until: base.as_ref().map(|base| base.newest_at),
        deleted_at: base.map(|base| base.deleted_at),
        holds: legal_holds::standing(snapshot).await?,
    })
}

pub(super) fn told(retention: Retention) -> serde_json::Value {
    let (next_days, next_at) = retention.next.unzip();
    json!({ "days": retention.days, "next_days": next_days, "next_at": next_at })
}
