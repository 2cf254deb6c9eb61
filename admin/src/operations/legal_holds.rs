//! Legal holds: while one stands, nothing that it covers is deleted.

use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::approvals::{self, Deed};
use super::{Keystile, OperationError, random, reason};
use crate::audit::{Action, Record};
use crate::domain::{Actor, LegalHold, Permission, Release, Timestamp};
use crate::store::Snapshot;

/// A server has one or two at a time; the list is read as a whole.
const MOST: usize = 1000;

/// A hold to set.
#[derive(Debug, Clone, Default)]
pub struct HoldOrder {
    /// Why.
    pub reason: String,
    /// The first instant that it covers; everything before `to` where there is none.
    pub from: Option<Timestamp>,
    /// The instant after the last; everything since `from`, what is to come included, where there is none.
    pub to: Option<Timestamp>,
}

/// A hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct LegalHoldView {
    /// Its id.
    pub id: String,
    /// Why it was set.
    pub reason: String,
    /// The first instant that it covers; null for no bound.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub from: Option<Timestamp>,
    /// The instant after the last that it covers; null for no bound.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub to: Option<Timestamp>,
    /// Who set it.
    pub set_by: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub set_at: Timestamp,
    /// Who released it; null while it stands.
    pub released_by: Option<String>,
    /// When.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub released_at: Option<Timestamp>,
    /// Why.
    pub release_reason: Option<String>,
}

/// Every hold there was, the newest first.
pub async fn list(keystile: &Keystile, actor: &Actor) -> Result<Vec<LegalHoldView>, OperationError> {
    actor.may(Permission::ReadAudit)?;
    Ok(keystile.store.read().await?.legal_holds().await?.into_iter().map(view).collect())
}

/// Sets a hold.
pub async fn set(
    keystile: &Keystile,
    actor: &Actor,
    order: HoldOrder,
) -> Result<LegalHoldView, OperationError> {
    actor.may(Permission::Administer)?;
    let reason = reason::required("reason", &order.reason)?;
    if let (Some(from), Some(to)) = (order.from, order.to)
        && to <= from
    {
        let detail = format!("the hold ends at {to}, before it begins");
        return Err(OperationError::InvalidInput { field: "to", detail });
    }
    let mut change = keystile.store.write().await?;
    if change.legal_holds().await?.len() >= MOST {
        return Err(OperationError::TooManyLegalHolds { most: MOST });
    }
    let hold = LegalHold {
        id: format!("hold_{}", random::text::<9>()?),
        reason,
        from: order.from,
        to: order.to,
        set_by: actor.name().to_owned(),
        set_at: keystile.now(),
        released: None,
    };
    change.save_legal_hold(&hold).await?;
    let record = Record::new(hold.set_at, actor, Action::LegalHoldSet, &hold.id).because(Some(&hold.reason));
    change.record(record.changing(None, Some(covered(&hold)))).await?;
    change.commit().await?;
    Ok(view(hold))
}

/// Releases a hold: what it covers is deleted once it is old enough. Takes two people where the policy wants that.
pub async fn release(
    keystile: &Keystile,
    actor: &Actor,
    id: &str,
    reason: &str,
) -> Result<LegalHoldView, OperationError> {
    actor.may(Permission::Administer)?;
    let reason = reason::required("reason", reason)?;
    let mut change = keystile.store.write().await?;
    let now = keystile.now();
    let hold = find(&mut change, id).await?;
    let deed = Deed::ReleaseHold { id: id.to_owned(), reason: reason.clone() };
    approvals::pass(&mut change, actor, &deed, now).await?;
    let before = covered(&hold);
    let released = Some(Release { by: actor.name().to_owned(), at: now, reason: reason.clone() });
    let hold = LegalHold { released, ..hold };
    change.save_legal_hold(&hold).await?;
    let record = Record::new(now, actor, Action::LegalHoldReleased, &hold.id).because(Some(&reason));
    change.record(record.changing(Some(before), None)).await?;
    change.commit().await?;
    Ok(view(hold))
}

/// The holds that stand, the newest first.
pub(super) async fn standing(snapshot: &mut Snapshot) -> Result<Vec<LegalHoldView>, OperationError> {
    Ok(snapshot.legal_holds().await?.into_iter().filter(LegalHold::stands).map(view).collect())
}

/// A hold that stands.
pub(super) async fn find(snapshot: &mut Snapshot, id: &str) -> Result<LegalHold, OperationError> {
    let found = snapshot.legal_holds().await?.into_iter().find(|hold| hold.id == id && hold.stands());
    found.ok_or_else(|| OperationError::LegalHoldNotFound { id: id.to_owned() })
}

fn covered(hold: &LegalHold) -> serde_json::Value {
    json!({ "from": hold.from, "to": hold.to, "reason": hold.reason })
}

pub(super) fn view(hold: LegalHold) -> LegalHoldView {
    let (released_by, released_at, release_reason) = match hold.released {
        Some(Release { by, at, reason }) => (Some(by), Some(at), Some(reason)),
        None => (None, None, None),
    };
    LegalHoldView {
        id: hold.id,
        reason: hold.reason,
        from: hold.from,
        to: hold.to,
        set_by: hold.set_by,
        set_at: hold.set_at,
        released_by,
        released_at,
        release_reason,
    }
}
