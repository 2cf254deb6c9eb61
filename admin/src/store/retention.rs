//! For how long records are kept, and the holds that keep them longer.

use super::row::{Row, int, secs};
use super::statement::query;
use super::{Change, Snapshot, StoreError};
use crate::domain::{LegalHold, Release, Retention};

impl Snapshot {
    /// For how long entries of the audit log are kept.
    pub async fn audit_retention(&mut self) -> Result<Retention, StoreError> {
        let row = query("SELECT * FROM audit_retention").fetch_optional(self.connection()).await?;
        let Some(row) = row else { return Ok(Retention::default()) };
        let next = days(&row, "next_days")?.zip(row.at_opt("next_at")?);
        Ok(Retention { days: days(&row, "days")?, next })
    }

    /// Every hold there was, the newest first.
    pub async fn legal_holds(&mut self) -> Result<Vec<LegalHold>, StoreError> {
        let rows =
            query("SELECT * FROM legal_holds ORDER BY set_at DESC, id").fetch_all(self.connection()).await?;
        rows.iter().map(hold).collect()
    }
}

impl Change {
    /// Keeps entries of the audit log for so long from now on.
    pub async fn set_audit_retention(&mut self, retention: Retention) -> Result<(), StoreError> {
        query(
            "INSERT INTO audit_retention (\"only\", days, next_days, next_at) VALUES (1, $1, $2, $3)
             ON CONFLICT (\"only\") DO UPDATE SET days = excluded.days, next_days = excluded.next_days,
                 next_at = excluded.next_at",
        )
        .bind(retention.days.map(|days| int(days.into())))
        .bind(retention.next.map(|(days, _)| int(days.into())))
        .bind(retention.next.map(|(_, at)| secs(at)))
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Writes a hold, new or released. What it covers never changes.
    pub async fn save_legal_hold(&mut self, hold: &LegalHold) -> Result<(), StoreError> {
        let released = hold.released.as_ref();
        query(
            "INSERT INTO legal_holds (id, reason, from_at, to_at, set_by, set_at, released_by, released_at,
                 release_reason)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
             ON CONFLICT (id) DO UPDATE SET released_by = excluded.released_by,
                 released_at = excluded.released_at, release_reason = excluded.release_reason",
        )
        .bind(&hold.id)
        .bind(&hold.reason)
        .bind(hold.from.map(secs))
        .bind(hold.to.map(secs))
        .bind(&hold.set_by)
        .bind(secs(hold.set_at))
        .bind(released.map(|it| it.by.as_str()))
        .bind(released.map(|it| secs(it.at)))
        .bind(released.map(|it| it.reason.as_str()))
        .execute(self.connection())
        .await?;
        Ok(())
    }
}

fn days(row: &Row, column: &'static str) -> Result<Option<u32>, StoreError> {
    let days = row.number_opt(column)?.map(u32::try_from).transpose();
    days.map_err(|_| StoreError::Unexpected(column))
}

fn hold(row: &Row) -> Result<LegalHold, StoreError> {
    let told = (row.text_opt("released_by")?, row.at_opt("released_at")?, row.text_opt("release_reason")?);
    Ok(LegalHold {
        id: row.text("id")?,
        reason: row.text("reason")?,
        from: row.at_opt("from_at")?,
        to: row.at_opt("to_at")?,
        set_by: row.text("set_by")?,
        set_at: row.at("set_at")?,
        released: match told {
            (Some(by), Some(at), Some(reason)) => Some(Release { by, at, reason }),
            _ => None,
        },
    })
}
