//! What the edges counted, minute by minute, for as long as a spike is measured against it.

use std::collections::BTreeMap;

use super::row::{Columns, int, secs};
use super::{Change, Snapshot, StoreError};
use crate::domain::{IssuerId, Minute, TRAFFIC_SECS, Timestamp, Traffic};

const MINUTE_SECS: u64 = 60;

impl Snapshot {
    /// What was counted of late, in all regions together.
    pub async fn traffic(&mut self, issuer: &IssuerId, now: Timestamp) -> Result<Traffic, StoreError> {
        let rows = sqlx::query(
            "SELECT minute, counter, count FROM edge_minutes WHERE issuer = ? AND minute > ? ORDER BY minute",
        )
        .bind(issuer.as_str())
        .bind(int(now.as_secs().saturating_sub(TRAFFIC_SECS)))
        .fetch_all(self.connection())
        .await?;
        let mut minutes = BTreeMap::new();
        for row in rows {
            let starts_at = row.at("minute")?;
            let minute = minutes.entry(starts_at).or_insert_with(|| Minute {
                starts_at,
                accepted: 0,
                refused: BTreeMap::new(),
            });
            let (counter, count) = (row.text("counter")?, row.number("count")?);
            match counter.strip_prefix("refused/") {
                Some(code) => drop(minute.refused.insert(code.to_owned(), count)),
                None => minute.accepted = count,
            }
        }
        Ok(Traffic(minutes.into_values().collect()))
    }
}

impl Change {
    /// Adds what came on top to the present minute.
    pub(super) async fn count_minute(
        &mut self,
        issuer: &IssuerId,
        now: Timestamp,
        growth: &BTreeMap<String, u64>,
    ) -> Result<(), StoreError> {
        let minute = now.as_secs() - now.as_secs() % MINUTE_SECS;
        let judged = |counter: &str| counter == "accepted" || counter.starts_with("refused/");
        for (counter, grown) in growth.iter().filter(|(counter, grown)| **grown > 0 && judged(counter)) {
            sqlx::query(
                "INSERT INTO edge_minutes (issuer, minute, counter, count) VALUES (?, ?, ?, ?)
                 ON CONFLICT (issuer, minute, counter) DO UPDATE SET count = count + excluded.count",
            )
            .bind(issuer.as_str())
            .bind(int(minute))
            .bind(counter)
            .bind(int(*grown))
            .execute(self.connection())
            .await?;
        }
        let old = Timestamp::from_secs(now.as_secs().saturating_sub(TRAFFIC_SECS));
        sqlx::query("DELETE FROM edge_minutes WHERE issuer = ? AND minute <= ?")
            .bind(issuer.as_str())
            .bind(secs(old))
            .execute(self.connection())
            .await?;
        Ok(())
    }
}
