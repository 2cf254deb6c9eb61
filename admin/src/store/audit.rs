//! The audit log. The schema refuses to change an entry, and to delete one that the retention does not let go.

use super::row::{Row, int};
use super::statement::{Statement, places, query};
use super::{Change, Notification, Snapshot, StoreError};
use crate::audit::{Chain, Hash, Head, Record};

/// An entry as it was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditLine {
    /// Its number.
    pub seq: u64,
    /// The line that was hashed.
    pub entry: String,
    /// The hash beside it, in hex.
    pub hash: String,
}

impl Snapshot {
    /// At most `limit` entries with numbers below `before`, highest first.
    pub async fn audit_before(&mut self, before: u64, limit: u32) -> Result<Vec<AuditLine>, StoreError> {
        let rows = query("SELECT seq, entry, hash FROM audit WHERE seq < $1 ORDER BY seq DESC LIMIT $2")
            .bind(int(before))
            .bind(limit)
            .fetch_all(self.connection())
            .await?;
        rows.iter().map(line).collect()
    }

    /// At most `limit` entries with numbers above `after`, lowest first.
    pub async fn audit_after(&mut self, after: u64, limit: u32) -> Result<Vec<AuditLine>, StoreError> {
        let rows = query("SELECT seq, entry, hash FROM audit WHERE seq > $1 ORDER BY seq LIMIT $2")
            .bind(int(after))
            .bind(limit)
            .fetch_all(self.connection())
            .await?;
        rows.iter().map(line).collect()
    }

    /// Where the chain ends, by what is written beside its last entry.
    pub async fn audit_head(&mut self) -> Result<Head, StoreError> {
        let Some(last) = self.audit_before(u64::MAX, 1).await?.pop() else { return Ok(Chain::new().head()) };
        let hash: Hash = last.hash.parse().map_err(|_| StoreError::Unexpected("audit.hash"))?;
        Ok(Head { entries: last.seq, hash: Some(hash) })
    }
}

impl Change {
    /// Adds an entry to the end of the chain. So whatever changes something within a request says so here, once.
    pub async fn record(&mut self, record: Record) -> Result<(), StoreError> {
        self.record_all(vec![record]).await
    }

    /// Adds entries to the end of the chain, in this order.
    pub async fn record_all(&mut self, records: Vec<Record>) -> Result<(), StoreError> {
        let requests: Vec<_> = records.iter().filter_map(|record| record.request_id.as_deref()).collect();
        self.note_changed(&requests).await?;
        let mut chain = Chain::from_head(self.audit_head().await?);
        let mut rows = Vec::with_capacity(records.len());
        for record in records {
            let record = Record { seq: chain.next_seq(), ..record };
            let entry = record.to_text().map_err(|_| StoreError::Unexpected("audit.entry"))?;
            let hash = chain.append(&entry).to_string();
            if let Some(body) = record.news() {
                // The hash stands for this very entry, also where a restored log counts the same numbers anew.
                let id = format!("msg_{}", hash.get(..32).unwrap_or_default());
                let (event, at, body) = (record.action.clone(), record.timestamp(), body.to_string());
                self.notify(&Notification { id, event, at, body }).await?;
            }
            rows.push((int(record.seq), entry, hash));
        }
        let insert = format!("INSERT INTO audit (seq, entry, hash) VALUES {}", places(0, rows.len(), 3));
        let bind = |insert: Statement, (seq, entry, hash)| insert.bind(seq).bind(entry).bind(hash);
        rows.into_iter().fold(Statement::made(insert), bind).execute(self.connection()).await?;
        Ok(())
    }
}

fn line(row: &Row) -> Result<AuditLine, StoreError> {
    Ok(AuditLine { seq: row.number("seq")?, entry: row.text("entry")?, hash: row.text("hash")? })
}
