//! What the edges counted, hour by hour.

use std::collections::BTreeMap;

use super::row::{Row, int, secs};
use super::statement::query;
use super::{Change, Snapshot, StoreError};
use crate::domain::{IssuerId, Timestamp};

const HOUR_SECS: u64 = 3600;
/// Longer than any retention that is asked of such records (HIPAA: six years), and small: one row an hour and code.
const KEPT_SECS: u64 = 7 * 366 * 86_400;

/// What was counted in one hour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HourCount {
    /// The hour's first second.
    pub hour: Timestamp,
    /// `accepted`, `refused/<code>` and so on.
    pub counter: String,
    /// How many.
    pub count: u64,
}

impl HourCount {
    /// Whether any instant of the hour lies between the two.
    pub fn touches(&self, from: Timestamp, to: Timestamp) -> bool {
        self.hour < to && self.hour.plus(HOUR_SECS) > from
    }
}

impl Snapshot {
    /// What was counted since, in hours that began before `to`.
    pub async fn edge_hours(
        &mut self,
        issuer: &IssuerId,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<HourCount>, StoreError> {
        let rows = query(
            "SELECT hour, counter, count FROM edge_hours WHERE issuer = $1 AND hour > $2 AND hour < $3",
        )
        .bind(issuer.as_str())
        .bind(secs(from) - int(HOUR_SECS))
        .bind(secs(to))
        .fetch_all(self.connection())
        .await?;
        let count = |row: &Row| {
            Ok(HourCount {
                hour: row.at("hour")?,
                counter: row.text("counter")?,
                count: row.number("count")?,
            })
        };
        rows.iter().map(count).collect()
    }
}

impl Change {
    /// Adds what came on top to the present hour.
    pub(super) async fn count_hour(
        &mut self,
        issuer: &IssuerId,
        now: Timestamp,
        growth: &BTreeMap<String, u64>,
    ) -> Result<(), StoreError> {
        let hour = now.as_secs() - now.as_secs() % HOUR_SECS;
        for (counter, grown) in growth.iter().filter(|(_, grown)| **grown > 0) {
            query(
                "INSERT INTO edge_hours (issuer, hour, counter, count) VALUES ($1, $2, $3, $4)
                 ON CONFLICT (issuer, hour, counter) DO UPDATE SET count = edge_hours.count + excluded.count",
            )
            .bind(issuer.as_str())
            .bind(int(hour))
            .bind(counter)
            .bind(int(*grown))
            .execute(self.connection())
            .await?;
        }
        // An hour that a hold covers stays, as the entries of the audit log do.
        query(
            "DELETE FROM edge_hours WHERE issuer = $1 AND hour < $2
                 AND NOT EXISTS (SELECT 1 FROM legal_holds
                     WHERE released_at IS NULL
                       AND (from_at IS NULL OR edge_hours.hour + $3 > from_at)
                       AND (to_at IS NULL OR edge_hours.hour < to_at))",
        )
        .bind(issuer.as_str())
        .bind(int(now.as_secs().saturating_sub(KEPT_SECS)))
        .bind(int(HOUR_SECS))
        .execute(self.connection())
        .await?;
        Ok(())
    }
}
