//! Where the installation has moved to.

use super::row::secs;
use super::statement::query;
use super::{Change, Snapshot, StoreError};
use crate::domain::Timestamp;

impl Snapshot {
    /// The database in which the installation lives now, if that is another.
    pub async fn moved_to(&mut self) -> Result<Option<String>, StoreError> {
        let row = query("SELECT place FROM moved").fetch_optional(self.connection()).await?;
        row.map(|row| row.text("place")).transpose()
    }
}

impl Change {
    /// Notes that the installation lives in another database from now on: nothing is changed in this one any more.
    pub(super) async fn note_moved(&mut self, place: &str, now: Timestamp) -> Result<(), StoreError> {
        query(
            "INSERT INTO moved (\"only\", place, at) VALUES (1, $1, $2)
             ON CONFLICT (\"only\") DO UPDATE SET place = excluded.place, at = excluded.at",
        )
        .bind(place)
        .bind(secs(now))
        .execute(self.connection())
        .await?;
        Ok(())
    }
}
