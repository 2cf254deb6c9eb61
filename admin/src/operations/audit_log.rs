//! Reading and checking the audit log.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::{Keystile, OperationError};
use crate::audit::{Chain, Record};
use crate::domain::{Actor, Permission, Timestamp};
use crate::store::{AuditLine, Snapshot};

/// The most entries that are read at once.
const PAGE: u32 = 1000;

/// One entry.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct AuditEntryView {
    /// Its number, from 1, without gaps.
    pub seq: u64,
    /// When it happened.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// Who did it.
    pub actor: String,
    /// What was done, such as `key.activated`.
    pub action: String,
    /// What it was done to.
    pub subject: String,
    /// The issuer concerned.
    pub issuer: Option<String>,
    /// Why, in the actor's words.
    pub reason: Option<String>,
    /// The state before.
    #[schema(value_type = Option<Object>)]
    pub before: Option<Value>,
    /// The state after.
    #[schema(value_type = Option<Object>)]
    pub after: Option<Value>,
    /// The request within which it happened.
    pub request_id: Option<String>,
    /// Where the order came from: the address of the connection, or the server's own command line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The hash of this entry and, through the chain, of all before it: hex of SHA-256.
    pub hash: String,
}

/// Whether the chain holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ChainView {
    /// Whether every entry is the one that was written.
    pub ok: bool,
    /// The number of the last entry that was checked.
    pub entries: u64,
    /// The number of the first one that is there; those before it were deleted (`keystile audit retention show`).
    pub first: u64,
    /// The hash of the last one: keep it elsewhere, and a cut tail shows too.
    pub head: Option<String>,
    /// The first entry that does not fit.
    pub first_broken_seq: Option<u64>,
}

/// The newest entries below `before`, newest first; at most `limit`, and at most 1000.
pub async fn list(
    keystile: &Keystile,
    actor: &Actor,
    limit: u32,
    before: Option<u64>,
) -> Result<Vec<AuditEntryView>, OperationError> {
    actor.may(Permission::ReadAudit)?;
    let mut snapshot = keystile.store.read().await?;
    let lines = snapshot.audit_before(before.unwrap_or(u64::MAX), limit.min(PAGE)).await?;
    lines.into_iter().map(view).collect()
}

/// Computes the chain again from the first entry that is there.
pub async fn verify(keystile: &Keystile, actor: &Actor) -> Result<ChainView, OperationError> {
    actor.may(Permission::ReadAudit)?;
    check(&mut keystile.store.read().await?).await
}

/// The same for what `snapshot` reads.
pub(super) async fn check(snapshot: &mut Snapshot) -> Result<ChainView, OperationError> {
    let base = snapshot.audit_base().await?.map_or(Chain::new().head(), |base| base.head);
    let mut chain = Chain::from_head(base);
    let mut first_broken_seq = None;
    while first_broken_seq.is_none() {
        let lines = snapshot.audit_after(chain.head().entries, PAGE).await?;
        if lines.is_empty() {
            break;
        }
        // A hash that cannot be read is that of no entry.
        let check = |line: &AuditLine| match line.hash.parse() {
            Ok(hash) => chain.check(&line.entry, hash).err().map(|broken| broken.seq),
            Err(_) => Some(chain.next_seq()),
        };
        first_broken_seq = lines.iter().find_map(check);
    }
    let head = chain.head();
    Ok(ChainView {
        ok: first_broken_seq.is_none(),
        entries: first_broken_seq.map_or(head.entries, |seq| seq.saturating_sub(1)),
        first: base.entries + 1,
        head: head.hash.filter(|_| first_broken_seq.is_none()).map(|hash| hash.to_string()),
        first_broken_seq,
    })
}

fn view(line: AuditLine) -> Result<AuditEntryView, OperationError> {
    let unreadable = |_| OperationError::StoreFailed {
        detail: format!(
            "audit entry {} cannot be read: check the log with `keystile audit verify`",
            line.seq
        ),
    };
    let record = Record::from_text(&line.entry).map_err(unreadable)?;
    Ok(AuditEntryView {
        seq: line.seq,
        at: record.timestamp(),
        actor: record.actor,
        action: record.action,
        subject: record.subject,
        issuer: record.issuer,
        reason: record.reason,
        before: record.before,
        after: record.after,
        request_id: record.request_id,
        from: record.from,
        hash: line.hash,
    })
}
