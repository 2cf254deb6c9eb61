//! Issuers, and everything that decides what may happen to their keys.

use super::row::Row;
use super::statement::query;
use super::{Change, Snapshot, StoreError};
use crate::domain::{Issuer, IssuerId, IssuerState, KeyRing, Timestamp, regions};

impl Snapshot {
    /// The ids of all issuers, in order.
    pub async fn issuer_ids(&mut self) -> Result<Vec<IssuerId>, StoreError> {
        let rows = query("SELECT id FROM issuers ORDER BY id").fetch_all(self.connection()).await?;
        rows.iter().map(issuer_id).collect()
    }

    /// One issuer.
    pub async fn issuer(&mut self, id: &IssuerId) -> Result<Option<Issuer>, StoreError> {
        let row = query("SELECT id, iss, audience, policy FROM issuers WHERE id = $1")
            .bind(id.as_str())
            .fetch_optional(self.connection())
            .await?;
        row.as_ref().map(issuer).transpose()
    }

    /// One issuer with its keys, its key set and its edge.
    pub async fn issuer_state(
        &mut self,
        id: &IssuerId,
        now: Timestamp,
    ) -> Result<Option<IssuerState>, StoreError> {
        let Some(issuer) = self.issuer(id).await? else { return Ok(None) };
        let ring =
            KeyRing::restored(self.keys(id).await?).map_err(|_| StoreError::Unexpected("keys.state"))?;
        let current = self.current_key_set(id).await?.ok_or(StoreError::Unexpected("key_sets"))?.stamp;
        let reports = self.instance_reports(id).await?;
        Ok(Some(IssuerState {
            regions: regions(&reports, &issuer.policy, now),
            epochs: self.epochs(id).await?,
            emergency: self.latest_emergency(id).await?,
            rotation: self.latest_rotation(id).await?,
            hand_offs: self.hand_offs(id).await?,
            current,
            ring,
            issuer,
        }))
    }
}

impl Change {
    /// Writes an issuer, new or changed.
    pub async fn save_issuer(&mut self, issuer: &Issuer) -> Result<(), StoreError> {
        let json =
            |text: Result<String, _>| text.map_err(|_: serde_json::Error| StoreError::Unexpected("issuers"));
        let audience =
            issuer.audience.as_ref().map(|audience| json(serde_json::to_string(audience))).transpose()?;
        query(
            "INSERT INTO issuers (id, iss, audience, policy) VALUES ($1, $2, $3, $4)
             ON CONFLICT (id) DO UPDATE SET iss = excluded.iss, audience = excluded.audience,
                                            policy = excluded.policy",
        )
        .bind(issuer.id.as_str())
        .bind(&issuer.iss)
        .bind(audience)
        .bind(json(serde_json::to_string(&issuer.policy))?)
        .execute(self.connection())
        .await?;
        Ok(())
    }
}

fn issuer_id(row: &Row) -> Result<IssuerId, StoreError> {
    row.text("id")?.parse().map_err(|_| StoreError::Unexpected("issuers.id"))
}

fn issuer(row: &Row) -> Result<Issuer, StoreError> {
    let audience = row.text_opt("audience")?;
    let parsed = audience.map(|json| serde_json::from_str(&json)).transpose();
    Ok(Issuer {
        id: issuer_id(row)?,
        iss: row.text("iss")?,
        audience: parsed.map_err(|_| StoreError::Unexpected("issuers.audience"))?,
        policy: serde_json::from_str(&row.text("policy")?)
            .map_err(|_| StoreError::Unexpected("issuers.policy"))?,
    })
}
