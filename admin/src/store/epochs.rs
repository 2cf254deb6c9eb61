//! Not-before instants.

use super::row::secs;
use super::statement::query;
use super::{Change, Snapshot, StoreError};
use crate::domain::{Epochs, IssuerId, Scope};

impl Snapshot {
    /// The epochs of an issuer.
    pub async fn epochs(&mut self, issuer: &IssuerId) -> Result<Epochs, StoreError> {
        let rows = query("SELECT scope, value, epoch FROM epochs WHERE issuer = $1")
            .bind(issuer.as_str())
            .fetch_all(self.connection())
            .await?;
        let epochs: Result<Vec<_>, StoreError> = rows
            .iter()
            .map(|row| {
                let scope = Scope::new(&row.text("scope")?, &row.text("value")?);
                Ok((scope.ok_or(StoreError::Unexpected("epochs.scope"))?, row.at("epoch")?))
            })
            .collect();
        Ok(Epochs::restored(epochs?))
    }
}

impl Change {
    /// Makes the epochs of an issuer, which were `before`, those in `after`. The schema refuses one that falls.
    pub async fn save_epochs(
        &mut self,
        issuer: &IssuerId,
        before: &Epochs,
        after: &Epochs,
    ) -> Result<(), StoreError> {
        for (scope, epoch) in after.iter().filter(|(scope, epoch)| before.of(scope) != Some(*epoch)) {
            query(
                "INSERT INTO epochs (issuer, scope, value, epoch) VALUES ($1, $2, $3, $4)
                 ON CONFLICT (issuer, scope, value) DO UPDATE SET epoch = excluded.epoch",
            )
            .bind(issuer.as_str())
            .bind(scope.name())
            .bind(scope.value())
            .bind(secs(epoch))
            .execute(self.connection())
            .await?;
        }
        for (scope, _) in before.iter().filter(|(scope, _)| after.of(scope).is_none()) {
            query("DELETE FROM epochs WHERE issuer = $1 AND scope = $2 AND value = $3")
                .bind(issuer.as_str())
                .bind(scope.name())
                .bind(scope.value())
                .execute(self.connection())
                .await?;
        }
        Ok(())
    }
}
