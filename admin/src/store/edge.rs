//! What the edge reported.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::row::{int, secs};
use super::statement::query;
use super::{Change, Snapshot, StoreError};
use crate::domain::{InstanceReport, IssuerId, Timestamp};

/// What one instance has counted since it started: kept, to tell what is new in its next report.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredCounters {
    /// By counter: `accepted`, `unknown_kid`, `refused/<code>`.
    pub counts: BTreeMap<String, u64>,
    /// Accepted tokens by kid.
    pub by_kid: BTreeMap<String, u64>,
    /// Refused tokens by the kid that they name, then by code.
    #[serde(default)]
    pub refused_by_kid: BTreeMap<String, BTreeMap<String, u64>>,
    /// Those among them that do not name their key.
    #[serde(default)]
    pub without_kid: BTreeMap<String, u64>,
}

/// What counters of refused tokens of one key begin with: `<this>/<kid>/<code>`. No kid of ours has a stroke in it.
pub const REFUSED_BY_KID: &str = "kid_refused";

impl StoredCounters {
    /// The counters of refused tokens of each key.
    pub(super) fn of_refused_keys(&self) -> impl Iterator<Item = (String, u64)> {
        self.refused_by_kid.iter().flat_map(|(kid, codes)| {
            codes.iter().map(move |(code, count)| (format!("{REFUSED_BY_KID}/{kid}/{code}"), *count))
        })
    }
}

/// One report, and what is new in it.
#[derive(Debug)]
pub struct EdgeUpdate<'a> {
    /// Where it comes from.
    pub issuer: &'a IssuerId,
    /// Which instance it is.
    pub instance: &'a str,
    /// What it says about the key set.
    pub report: InstanceReport,
    /// Its counters, to be kept.
    pub counters: &'a StoredCounters,
    /// What came on top of the report before.
    pub growth: StoredCounters,
    /// When it last saw a token of each key.
    pub last_seen: BTreeMap<String, Timestamp>,
}

/// Sums by region, then by counter.
pub type CounterSums = BTreeMap<String, BTreeMap<String, u64>>;

/// How much a key is used at the edge.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeyUse {
    /// Accepted tokens of this key.
    pub seen_count: u64,
    /// When the last one was seen.
    pub last_seen_at: Option<Timestamp>,
    /// Refused tokens that name this key, by code.
    pub refused: BTreeMap<String, u64>,
    /// Accepted tokens that do not name their key.
    pub without_kid: u64,
    /// When the last of these was reported.
    pub without_kid_at: Option<Timestamp>,
}

impl Snapshot {
    /// The last report of every instance.
    pub async fn instance_reports(&mut self, issuer: &IssuerId) -> Result<Vec<InstanceReport>, StoreError> {
        let rows = query(
            "SELECT region, version, key_set_age_secs, reported_at, roots FROM edge_instances WHERE issuer = $1",
        )
        .bind(issuer.as_str())
        .fetch_all(self.connection())
        .await?;
        rows.iter()
            .map(|row| {
                Ok(InstanceReport {
                    region: row.text("region")?,
                    version: row.number_opt("version")?,
                    key_set_age_secs: row.number("key_set_age_secs")?,
                    reported_at: row.at("reported_at")?,
                    roots: row
                        .text_opt("roots")?
                        .map(|json| serde_json::from_str(&json))
                        .transpose()
                        .map_err(|_| StoreError::Unexpected("edge_instances.roots"))?,
                })
            })
            .collect()
    }

    /// The counters of the last report of one instance.
    pub async fn instance_counters(
        &mut self,
        issuer: &IssuerId,
        region: &str,
        instance: &str,
    ) -> Result<Option<StoredCounters>, StoreError> {
        let row =
            query("SELECT counters FROM edge_instances WHERE issuer = $1 AND region = $2 AND instance = $3")
                .bind(issuer.as_str())
                .bind(region)
                .bind(instance)
                .fetch_optional(self.connection())
                .await?;
        let json = row.map(|row| row.text("counters")).transpose()?;
        json.map(|json| {
            serde_json::from_str(&json).map_err(|_| StoreError::Unexpected("edge_instances.counters"))
        })
        .transpose()
    }

    /// What all instances of each region have counted.
    pub async fn edge_counters(&mut self, issuer: &IssuerId) -> Result<CounterSums, StoreError> {
        let rows = query("SELECT region, counter, count FROM edge_counters WHERE issuer = $1")
            .bind(issuer.as_str())
            .fetch_all(self.connection())
            .await?;
        let mut sums = CounterSums::new();
        for row in rows {
            sums.entry(row.text("region")?).or_default().insert(row.text("counter")?, row.number("count")?);
        }
        Ok(sums)
    }

    /// How much each key is used at the edge.
    pub async fn key_uses(&mut self, issuer: &IssuerId) -> Result<BTreeMap<String, KeyUse>, StoreError> {
        let rows = query(
            "SELECT kid, seen_count, last_seen_at, without_kid, without_kid_at FROM edge_keys WHERE issuer = $1",
        )
        .bind(issuer.as_str())
        .fetch_all(self.connection())
        .await?;
        let mut uses = BTreeMap::new();
        for row in rows {
            let key_use = KeyUse {
                seen_count: row.number("seen_count")?,
                last_seen_at: row.at_opt("last_seen_at")?,
                refused: BTreeMap::new(),
                without_kid: row.number("without_kid")?,
                without_kid_at: row.at_opt("without_kid_at")?,
            };
            uses.insert(row.text("kid")?, key_use);
        }
        for (counter, count) in self.edge_counters(issuer).await?.into_values().flatten() {
            let of_key =
                counter.strip_prefix(REFUSED_BY_KID).and_then(|of| of.strip_prefix('/')?.split_once('/'));
            if let Some((kid, code)) = of_key {
                let refused = &mut uses.entry(kid.to_owned()).or_default().refused;
                *refused.entry(code.to_owned()).or_default() += count;
            }
        }
        Ok(uses)
    }
}

impl Change {
    /// Records a report.
    pub async fn record_report(&mut self, update: &EdgeUpdate<'_>) -> Result<(), StoreError> {
        self.save_instance(update).await?;
        self.count_hour(update.issuer, update.report.reported_at, &update.growth.counts).await?;
        self.count_minute(update).await?;
        let mut counts = update.growth.counts.clone();
        counts.extend(update.growth.of_refused_keys());
        for (counter, grown) in &counts {
            query(
                "INSERT INTO edge_counters (issuer, region, counter, count) VALUES ($1, $2, $3, $4)
                 ON CONFLICT (issuer, region, counter) DO UPDATE SET count = edge_counters.count + excluded.count",
            )
            .bind(update.issuer.as_str())
            .bind(&update.report.region)
            .bind(counter)
            .bind(int(*grown))
            .execute(self.connection())
            .await?;
        }
        for (kid, grown) in &update.growth.by_kid {
            self.count_key(update.issuer, kid, *grown, update.last_seen.get(kid).copied()).await?;
        }
        for (kid, grown) in &update.growth.without_kid {
            self.count_without_kid(update.issuer, kid, *grown, update.report.reported_at).await?;
        }
        Ok(())
    }

    async fn save_instance(&mut self, update: &EdgeUpdate<'_>) -> Result<(), StoreError> {
        let counters = serde_json::to_string(update.counters)
            .map_err(|_| StoreError::Unexpected("edge_instances.counters"))?;
        let roots = update.report.roots.as_ref().map(serde_json::to_string).transpose();
        let roots = roots.map_err(|_| StoreError::Unexpected("edge_instances.roots"))?;
        query(
            "INSERT INTO edge_instances
               (issuer, region, instance, version, key_set_age_secs, reported_at, counters, roots)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
             ON CONFLICT (issuer, region, instance) DO UPDATE SET
               version = excluded.version, key_set_age_secs = excluded.key_set_age_secs,
               reported_at = excluded.reported_at, counters = excluded.counters, roots = excluded.roots",
        )
        .bind(update.issuer.as_str())
        .bind(&update.report.region)
        .bind(update.instance)
        .bind(update.report.version.map(int))
        .bind(int(update.report.key_set_age_secs))
        .bind(secs(update.report.reported_at))
        .bind(counters)
        .bind(roots)
        .execute(self.connection())
        .await?;
        Ok(())
    }

    async fn count_key(
        &mut self,
        issuer: &IssuerId,
        kid: &str,
        grown: u64,
        last_seen_at: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        query(
            "INSERT INTO edge_keys (issuer, kid, seen_count, last_seen_at) VALUES ($1, $2, $3, $4)
             ON CONFLICT (issuer, kid) DO UPDATE SET
               seen_count = edge_keys.seen_count + excluded.seen_count,
               last_seen_at = CASE WHEN COALESCE(edge_keys.last_seen_at, 0) < COALESCE(excluded.last_seen_at, 0)
                 THEN excluded.last_seen_at ELSE COALESCE(edge_keys.last_seen_at, 0) END",
        )
        .bind(issuer.as_str())
        .bind(kid)
        .bind(int(grown))
        .bind(last_seen_at.map(secs))
        .execute(self.connection())
        .await?;
        Ok(())
    }

    async fn count_without_kid(
        &mut self,
        issuer: &IssuerId,
        kid: &str,
        grown: u64,
        reported_at: Timestamp,
    ) -> Result<(), StoreError> {
        query(
            "INSERT INTO edge_keys (issuer, kid, seen_count, without_kid, without_kid_at) VALUES ($1, $2, 0, $3, $4)
             ON CONFLICT (issuer, kid) DO UPDATE SET
               without_kid = edge_keys.without_kid + excluded.without_kid,
               without_kid_at = excluded.without_kid_at",
        )
        .bind(issuer.as_str())
        .bind(kid)
        .bind(int(grown))
        .bind(secs(reported_at))
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Forgets instances that have been silent since `before`, except the last of each region.
    pub async fn forget_instances(&mut self, issuer: &IssuerId, before: Timestamp) -> Result<(), StoreError> {
        query(
            "DELETE FROM edge_instances AS silent WHERE issuer = $1 AND reported_at < $2
               AND EXISTS (SELECT 1 FROM edge_instances AS newer
                           WHERE newer.issuer = $1 AND newer.region = silent.region
                             AND (newer.reported_at, newer.instance) > (silent.reported_at, silent.instance))",
        )
        .bind(issuer.as_str())
        .bind(secs(before))
        .execute(self.connection())
        .await?;
        Ok(())
    }
}
