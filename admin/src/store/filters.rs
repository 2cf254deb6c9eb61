//! Filters of what is revoked, with the values that lie in the edge's store.

use keystile_validator::{RevokedClaim, WrittenFilter};

use super::row::{Row, int, secs};
use super::statement::query;
use super::{Change, Snapshot, StoreError};
use crate::domain::{IssuerId, RevocationFilter, Timestamp};

impl Snapshot {
    /// The filters that the next document names, oldest first.
    pub async fn filters(&mut self, issuer: &IssuerId) -> Result<Vec<RevocationFilter>, StoreError> {
        let rows = query(
            "SELECT claim, name, sha256, entries, first, last, ends_at FROM revocation_filters
             WHERE issuer = $1 AND keep_until IS NULL ORDER BY first",
        )
        .bind(issuer.as_str())
        .fetch_all(self.connection())
        .await?;
        rows.iter().map(filter).collect()
    }

    /// The names of the filters that are not known to lie in the store `target`.
    pub async fn unpushed_filters(
        &mut self,
        issuer: &IssuerId,
        target: &str,
    ) -> Result<Vec<String>, StoreError> {
        let rows = query(
            "SELECT name FROM revocation_filters
             WHERE issuer = $1 AND keep_until IS NULL AND target IS DISTINCT FROM $2 ORDER BY first",
        )
        .bind(issuer.as_str())
        .bind(target)
        .fetch_all(self.connection())
        .await?;
        rows.iter().map(|row| row.text("name")).collect()
    }

    /// The values of a filter as the store is to have them: the filter itself under its name, and then its lists.
    pub async fn filter_values(
        &mut self,
        issuer: &IssuerId,
        name: &str,
    ) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        let rows = query(
            "SELECT name AS place, value, -1 AS nth FROM revocation_filters WHERE issuer = $1 AND name = $2
             UNION ALL
             SELECT filter || '/' || number, value, number FROM revocation_lists WHERE issuer = $1 AND filter = $2
             ORDER BY nth",
        )
        .bind(issuer.as_str())
        .bind(name)
        .fetch_all(self.connection())
        .await?;
        rows.iter().map(|row| Ok((row.text("place")?, row.bytes("value")?))).collect()
    }

    /// One value as the store is to have it: a filter, or one of its lists.
    pub async fn filter_value(
        &mut self,
        issuer: &IssuerId,
        place: &str,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        // A filter's own name ends with its digest, which is no number of so few digits.
        let list =
            place.rsplit_once('/').and_then(|(filter, number)| Some((filter, number.parse::<u32>().ok()?)));
        let query = match list {
            None => query("SELECT value FROM revocation_filters WHERE issuer = $1 AND name = $2")
                .bind(issuer.as_str())
                .bind(place),
            Some((filter, number)) => {
                query("SELECT value FROM revocation_lists WHERE issuer = $1 AND filter = $2 AND number = $3")
                    .bind(issuer.as_str())
                    .bind(filter)
                    .bind(number)
            }
        };
        let row = query.fetch_optional(self.connection()).await?;
        row.map(|row| row.bytes("value")).transpose()
    }

    /// How many bytes a filter has, and all of its lists together.
    pub async fn filter_bytes(&mut self, issuer: &IssuerId, name: &str) -> Result<(u64, u64), StoreError> {
        let row = query(
            "SELECT CAST(length(value) AS BIGINT) AS bytes,
                    (SELECT SUM(length(value)) FROM revocation_lists
                     WHERE issuer = $1 AND filter = $2) AS list_bytes
             FROM revocation_filters WHERE issuer = $1 AND name = $2",
        )
        .bind(issuer.as_str())
        .bind(name)
        .fetch_one(self.connection())
        .await?;
        Ok((row.number("bytes")?, row.number("list_bytes")?))
    }

    /// Dropped filters that no document names any more that is believed at `now`.
    pub async fn forgotten_filters(&mut self, now: Timestamp) -> Result<Vec<(IssuerId, String)>, StoreError> {
        let rows = query("SELECT issuer, name FROM revocation_filters WHERE keep_until < $1")
            .bind(secs(now))
            .fetch_all(self.connection())
            .await?;
        let issuer = |row: &Row| {
            let id = row.text("issuer")?.parse();
            id.map_err(|_| StoreError::Unexpected("revocation_filters.issuer"))
        };
        rows.iter().map(|row| Ok((issuer(row)?, row.text("name")?))).collect()
    }
}

impl Change {
    /// Keeps a filter that the next document is to name. One of the same content is named again.
    pub async fn add_filter(
        &mut self,
        issuer: &IssuerId,
        filter: &RevocationFilter,
        written: &WrittenFilter,
    ) -> Result<(), StoreError> {
        query(
            "INSERT INTO revocation_filters (issuer, name, claim, sha256, entries, first, last, ends_at, value)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
             ON CONFLICT (issuer, name) DO UPDATE SET first = excluded.first, last = excluded.last,
                 ends_at = excluded.ends_at, target = NULL, keep_until = NULL",
        )
        .bind(issuer.as_str())
        .bind(&filter.name)
        .bind(filter.claim.as_str())
        .bind(filter.sha256.as_slice())
        .bind(int(filter.count))
        .bind(int(filter.first))
        .bind(int(filter.last))
        .bind(secs(filter.ends_at))
        .bind(&written.value)
        .execute(self.connection())
        .await?;
        for (number, list) in (0_u32..).zip(&written.shards) {
            query(
                "INSERT INTO revocation_lists (issuer, filter, number, value) VALUES ($1, $2, $3, $4)
                 ON CONFLICT (issuer, filter, number) DO NOTHING",
            )
            .bind(issuer.as_str())
            .bind(&filter.name)
            .bind(number)
            .bind(list)
            .execute(self.connection())
            .await?;
        }
        Ok(())
    }

    /// Leaves a filter out of the next document. It lies where it is until no document that names it is believed.
    pub async fn drop_filter(&mut self, issuer: &IssuerId, name: &str) -> Result<(), StoreError> {
        query(
            "UPDATE revocation_filters
             SET keep_until = (SELECT MAX(expires_at) FROM key_sets WHERE key_sets.issuer = $1)
             WHERE issuer = $1 AND name = $2",
        )
        .bind(issuer.as_str())
        .bind(name)
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Notes that a filter and its lists lie in the store `target`.
    pub async fn note_filter_pushed(
        &mut self,
        issuer: &IssuerId,
        name: &str,
        target: &str,
    ) -> Result<(), StoreError> {
        query("UPDATE revocation_filters SET target = $1 WHERE issuer = $2 AND name = $3")
            .bind(target)
            .bind(issuer.as_str())
            .bind(name)
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Forgets a dropped filter. Nothing happens to one that a document names again.
    pub async fn forget_filter(&mut self, issuer: &IssuerId, name: &str) -> Result<(), StoreError> {
        query("DELETE FROM revocation_filters WHERE issuer = $1 AND name = $2 AND keep_until IS NOT NULL")
            .bind(issuer.as_str())
            .bind(name)
            .execute(self.connection())
            .await?;
        Ok(())
    }
}

fn filter(row: &Row) -> Result<RevocationFilter, StoreError> {
    let claim = row.text("claim")?;
    Ok(RevocationFilter {
        claim: RevokedClaim::ALL
            .into_iter()
            .find(|known| known.as_str() == claim)
            .ok_or(StoreError::Unexpected("revocation_filters.claim"))?,
        name: row.text("name")?,
        sha256: row
            .bytes("sha256")?
            .try_into()
            .map_err(|_| StoreError::Unexpected("revocation_filters.sha256"))?,
        count: row.number("entries")?,
        first: row.number("first")?,
        last: row.number("last")?,
        ends_at: row.at("ends_at")?,
    })
}
