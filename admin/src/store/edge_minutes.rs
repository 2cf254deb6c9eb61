//! What the edges counted, minute by minute, for as long as a spike is measured against it, and somebody looks at it.

use std::collections::BTreeMap;

use super::row::{Row, int, secs};
use super::statement::query;
use super::{Change, EdgeUpdate, Snapshot, StoreError};
use crate::domain::{IssuerId, Minute, TRAFFIC_SECS, Timestamp, Traffic};

const MINUTE_SECS: u64 = 60;

/// What was counted in one minute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MinuteCount {
    /// The minute's first second.
    pub minute: Timestamp,
    /// `accepted`, `refused/<code>`, `kid/<kid>`, `kid_refused/<kid>/<code>`.
    pub counter: String,
    /// How many.
    pub count: u64,
}

impl Snapshot {
    /// What was counted of late, in all regions together.
    pub async fn traffic(&mut self, issuer: &IssuerId, now: Timestamp) -> Result<Traffic, StoreError> {
        let from = Timestamp::from_secs(now.as_secs().saturating_sub(TRAFFIC_SECS).saturating_add(1));
        let mut minutes = BTreeMap::new();
        for MinuteCount { minute: starts_at, counter, count } in self.edge_minutes(issuer, from).await? {
            let minute = minutes.entry(starts_at).or_insert_with(|| Minute {
                starts_at,
                accepted: 0,
                refused: BTreeMap::new(),
            });
            match counter.strip_prefix("refused/") {
                Some(code) => drop(minute.refused.insert(code.to_owned(), count)),
                None if counter == "accepted" => minute.accepted = count,
                None => {}
            }
        }
        Ok(Traffic(minutes.into_values().collect()))
    }

    /// What was counted in the minutes from `from` on.
    pub async fn edge_minutes(
        &mut self,
        issuer: &IssuerId,
        from: Timestamp,
    ) -> Result<Vec<MinuteCount>, StoreError> {
        let rows = query(
            "SELECT minute, counter, count FROM edge_minutes WHERE issuer = $1 AND minute >= $2 ORDER BY minute",
        )
        .bind(issuer.as_str())
        .bind(secs(from))
        .fetch_all(self.connection())
        .await?;
        let count = |row: &Row| {
            Ok(MinuteCount {
                minute: row.at("minute")?,
                counter: row.text("counter")?,
                count: row.number("count")?,
            })
        };
        rows.iter().map(count).collect()
    }
}

impl Change {
    /// Adds what a report brought to the minute in which it came.
    pub(super) async fn count_minute(&mut self, update: &EdgeUpdate<'_>) -> Result<(), StoreError> {
        let now = update.report.reported_at;
        let minute = now.as_secs() - now.as_secs() % MINUTE_SECS;
        let shown = |counter: &str| counter == "accepted" || counter.starts_with("refused/");
        let mut growth = update.growth.counts.clone();
        growth.retain(|counter, _| shown(counter));
        growth.extend(update.growth.by_kid.iter().map(|(kid, grown)| (format!("kid/{kid}"), *grown)));
        growth.extend(update.growth.of_refused_keys());
        for (counter, grown) in growth.iter().filter(|(_, grown)| **grown > 0) {
            query(
                "INSERT INTO edge_minutes (issuer, minute, counter, count) VALUES ($1, $2, $3, $4)
                 ON CONFLICT (issuer, minute, counter) DO UPDATE SET count = edge_minutes.count + excluded.count",
            )
            .bind(update.issuer.as_str())
            .bind(int(minute))
            .bind(counter)
            .bind(int(*grown))
            .execute(self.connection())
            .await?;
        }
        let old = Timestamp::from_secs(now.as_secs().saturating_sub(TRAFFIC_SECS));
        query("DELETE FROM edge_minutes WHERE issuer = $1 AND minute <= $2")
            .bind(update.issuer.as_str())
            .bind(secs(old))
            .execute(self.connection())
            .await?;
        Ok(())
    }
}
