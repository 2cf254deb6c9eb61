//! Targets of the hand-off: what was set, and what is known to stand there.

use super::row::{Row, int, secs};
use super::statement::query;
use super::{Change, Snapshot, StoreError};
use crate::domain::{Attempt, HandOff, HeldKey, IssuerId};
use crate::hand_off::Target;

impl Snapshot {
    /// What is known about each target of an issuer, in the order of their names.
    pub async fn hand_offs(&mut self, issuer: &IssuerId) -> Result<Vec<HandOff>, StoreError> {
        self.targets(issuer).await?.iter().map(hand_off).collect()
    }

    /// The targets of an issuer as they were set, in the order of their names.
    pub async fn hand_off_targets(&mut self, issuer: &IssuerId) -> Result<Vec<Target>, StoreError> {
        let rows = self.targets(issuer).await?;
        let read = |row: &Row| {
            serde_json::from_str(&row.text("document")?)
                .map_err(|_| StoreError::Unexpected("hand_off_targets.document"))
        };
        rows.iter().map(read).collect()
    }

    async fn targets(&mut self, issuer: &IssuerId) -> Result<Vec<Row>, StoreError> {
        let rows = query("SELECT * FROM hand_off_targets WHERE issuer = $1 ORDER BY name")
            .bind(issuer.as_str())
            .fetch_all(self.connection())
            .await?;
        Ok(rows)
    }
}

impl Change {
    /// Writes a target, new or changed, and what is known about it.
    pub async fn save_hand_off_target(
        &mut self,
        issuer: &IssuerId,
        target: &Target,
        known: &HandOff,
    ) -> Result<(), StoreError> {
        let document =
            serde_json::to_string(target).map_err(|_| StoreError::Unexpected("hand_off_targets.document"))?;
        query(
            "INSERT INTO hand_off_targets (issuer, name, document, reload_secs) VALUES ($1, $2, $3, $4)
             ON CONFLICT (issuer, name) DO UPDATE SET document = excluded.document, reload_secs = excluded.reload_secs",
        )
        .bind(issuer.as_str())
        .bind(&target.name)
        .bind(document)
        .bind(int(target.reload_secs))
        .execute(self.connection())
        .await?;
        self.save_hand_off(issuer, known).await
    }

    /// Writes what is known about a target; one that was taken out stays out.
    pub async fn save_hand_off(&mut self, issuer: &IssuerId, known: &HandOff) -> Result<(), StoreError> {
        let (held, attempt) = (known.held.as_ref(), known.attempt.as_ref());
        let older = serde_json::to_string(&known.older)
            .map_err(|_| StoreError::Unexpected("hand_off_targets.older"))?;
        query(
            "UPDATE hand_off_targets
             SET held_kid = $1, held_version = $2, arrived_at = $3, looked_at = $4, older = $5, wanted_kid = $6,
                 wanted_since = $7, begun = $8, tries = $9, next_try_at = $10, error = $11
             WHERE issuer = $12 AND name = $13",
        )
        .bind(held.map(|held| &held.kid))
        .bind(held.map(|held| &held.version))
        .bind(held.map(|held| secs(held.arrived_at)))
        .bind(secs(known.looked_at))
        .bind(older)
        .bind(attempt.map(|attempt| &attempt.kid))
        .bind(attempt.map(|attempt| secs(attempt.since)))
        .bind(attempt.is_some_and(|attempt| attempt.begun))
        .bind(attempt.map_or(0, |attempt| attempt.tries))
        .bind(attempt.map_or(0, |attempt| secs(attempt.next_try_at)))
        .bind(attempt.and_then(|attempt| attempt.error.as_ref()))
        .bind(issuer.as_str())
        .bind(&known.target)
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Takes a target out. What stands there stays there.
    pub async fn remove_hand_off_target(&mut self, issuer: &IssuerId, name: &str) -> Result<(), StoreError> {
        query("DELETE FROM hand_off_targets WHERE issuer = $1 AND name = $2")
            .bind(issuer.as_str())
            .bind(name)
            .execute(self.connection())
            .await?;
        Ok(())
    }
}

fn hand_off(row: &Row) -> Result<HandOff, StoreError> {
    let held = match (row.text_opt("held_kid")?, row.text_opt("held_version")?, row.at_opt("arrived_at")?) {
        (Some(kid), Some(version), Some(arrived_at)) => Some(HeldKey { kid, version, arrived_at }),
        _ => None,
    };
    let attempt = match (row.text_opt("wanted_kid")?, row.at_opt("wanted_since")?) {
        (Some(kid), Some(since)) => Some(Attempt {
            kid,
            since,
            begun: row.number("begun")? == 1,
            tries: u32::try_from(row.number("tries")?).unwrap_or(u32::MAX),
            error: row.text_opt("error")?,
            next_try_at: row.at("next_try_at")?,
        }),
        _ => None,
    };
    Ok(HandOff {
        target: row.text("name")?,
        reload_secs: row.number("reload_secs")?,
        held,
        attempt,
        older: serde_json::from_str(&row.text("older")?)
            .map_err(|_| StoreError::Unexpected("hand_off_targets.older"))?,
        looked_at: row.at("looked_at")?,
    })
}
