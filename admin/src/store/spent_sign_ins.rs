//! Sign-ins at the identity provider that have led to a session, so that none leads to a second one.

use super::row::secs;
use super::statement::query;
use super::{Change, StoreError};
use crate::domain::Timestamp;

impl Change {
    /// Marks one as spent until nobody could repeat it any more. Says whether it was not spent before.
    pub async fn spend_sign_in(&mut self, mark: &[u8], until: Timestamp) -> Result<bool, StoreError> {
        let written =
            query("INSERT INTO spent_sign_ins (mark, ends_at) VALUES ($1, $2) ON CONFLICT (mark) DO NOTHING")
                .bind(mark)
                .bind(secs(until))
                .execute(self.connection())
                .await?;
        Ok(written > 0)
    }

    /// Forgets those that nobody could repeat any more.
    pub async fn forget_spent_sign_ins_before(&mut self, now: Timestamp) -> Result<(), StoreError> {
        query("DELETE FROM spent_sign_ins WHERE ends_at <= $1")
            .bind(secs(now))
            .execute(self.connection())
            .await?;
        Ok(())
    }
}
